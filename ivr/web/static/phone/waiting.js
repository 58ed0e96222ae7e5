// Waiting that can be broken off.

export function broken(signal) {
  if (signal.aborted) throw signal.reason;
}

/** Resolve after so many seconds, or reject as soon as the signal says so. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** A promise with its own handles, rejected when the signal says so. */
export function settled(signal) {
  const handles = {};
  handles.promise = new Promise((resolve, reject) => {
    handles.resolve = resolve;
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return handles;
}
