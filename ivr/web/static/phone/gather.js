// Gather: keys may come while the prompts are still playing, and silence them.

/** Collect keys; give where to go with them, or nothing if there were none and nobody wants to know. */
export async function gather(call, verb, base) {
  const { Digits, FinishedOnKey } = await collect(call, verb, base);
  if (!Digits && !verb.actionOnEmptyResult) return null;
  return call.go(verb.action, verb.method, base, { Digits, FinishedOnKey, msg: "Gather End" });
}

function collect(call, verb, base) {
  const quiet = new AbortController();
  const prompts = AbortSignal.any([call.signal, quiet.signal]);
  return new Promise((resolve, reject) => {
    let digits = "";
    let timer = null;
    const leave = (settle, value) => {
      clearTimeout(timer);
      call.onkey = null;
      call.signal.removeEventListener("abort", hungUp);
      settle(value);
    };
    const hungUp = () => leave(reject, call.signal.reason);
    const done = (key) => leave(resolve, { Digits: digits, FinishedOnKey: key });
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => done(""), verb.timeout * 1000);
    };
    call.signal.addEventListener("abort", hungUp);
    call.onkey = (key) => {
      quiet.abort(new Error("a key was pressed"));
      if (verb.finishOnKey.includes(key)) return done(key);
      digits += key;
      if (digits.length >= verb.numDigits) return done("");
      wait();
    };
    const listen = () => {
      call.phone.screen.activity("Gather");
      wait();
    };
    call.perform(verb.nested, base, prompts).then(listen, (error) => quiet.signal.aborted || leave(reject, error));
  });
}
