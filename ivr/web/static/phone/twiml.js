// TwiML, read as Twilio documents it: verbs in their order, attributes with their defaults.

export class BadDocument extends Error {}

const MANY = 1000; // loop="0" means for ever; Twilio stops here

const text = (element) => element.textContent.trim();
const attribute = (element, name, otherwise) => element.getAttribute(name) ?? otherwise;
const flag = (element, name, otherwise) => attribute(element, name, otherwise) === "true";
const method = (element, name = "method") => attribute(element, name, "POST").toUpperCase();

function number(element, name, otherwise) {
  const value = Number.parseFloat(attribute(element, name, ""));
  return Number.isFinite(value) && value >= 0 ? value : otherwise;
}

const children = (element) => [...element.children].map(read).filter(Boolean);

const READERS = {
  Play: (e) => ({ url: text(e), loop: number(e, "loop", 1) || MANY, digits: attribute(e, "digits", "") }),
  Say: (e) => ({ words: text(e) }),
  Pause: (e) => ({ length: number(e, "length", 1) }),
  Gather: (e) => ({
    action: attribute(e, "action", ""),
    method: method(e),
    numDigits: number(e, "numDigits", Infinity) || Infinity,
    timeout: number(e, "timeout", 5),
    finishOnKey: attribute(e, "finishOnKey", "#"),
    actionOnEmptyResult: flag(e, "actionOnEmptyResult", "false"),
    nested: children(e),
  }),
  Record: (e) => ({
    action: attribute(e, "action", ""),
    method: method(e),
    timeout: number(e, "timeout", 5),
    finishOnKey: attribute(e, "finishOnKey", "1234567890*#"),
    maxLength: number(e, "maxLength", 3600) || 3600,
    playBeep: flag(e, "playBeep", "true"),
    trim: attribute(e, "trim", "trim-silence") === "trim-silence",
    ...recordingCallback(e),
  }),
  Redirect: (e) => ({ url: text(e), method: method(e) }),
  Dial: (e) => ({
    action: attribute(e, "action", ""),
    method: method(e),
    timeout: number(e, "timeout", 30),
    timeLimit: number(e, "timeLimit", 14400),
    callerId: attribute(e, "callerId", ""),
    record: attribute(e, "record", "do-not-record") !== "do-not-record",
    trim: attribute(e, "trim", "do-not-trim") === "trim-silence",
    ...recordingCallback(e),
    party: party(e),
  }),
  Hangup: () => ({}),
  Reject: (e) => ({ reason: attribute(e, "reason", "rejected") }),
};

function recordingCallback(element) {
  return {
    statusCallback: attribute(element, "recordingStatusCallback", ""),
    statusEvents: attribute(element, "recordingStatusCallbackEvent", "completed"),
  };
}

/** Who is dialled: the first Number or Client, or the Dial's own text. */
function party(dial) {
  const noun = dial.querySelector("Number, Client");
  if (!noun) return { number: text(dial), url: "", statusCallback: "", statusEvents: "completed" };
  return {
    number: noun.nodeName === "Client" ? `client:${text(noun)}` : text(noun),
    url: attribute(noun, "url", ""),
    statusCallback: attribute(noun, "statusCallback", ""),
    statusEvents: attribute(noun, "statusCallbackEvent", "completed"),
  };
}

function read(element) {
  const reader = READERS[element.nodeName];
  return reader ? { name: element.nodeName, ...reader(element) } : null;
}

/** Give a document's verbs; verbs we do not know are passed over. */
export function parse(document) {
  const tree = new DOMParser().parseFromString(document, "text/xml");
  if (tree.querySelector("parsererror") || tree.documentElement.nodeName !== "Response") throw new BadDocument();
  return children(tree.documentElement);
}
