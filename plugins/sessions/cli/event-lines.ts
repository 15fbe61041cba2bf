import {
  arrayOf,
  H2mError,
  type JsonObject,
  numberOf,
  parseObject,
  stringOf,
  visible,
  visibleJson,
} from "../../../src/plugin.ts";

/** One event, as the server tells it. */
export interface Told {
  readonly event: string;
  readonly data: JsonObject;
}

/** Most characters of one event. */
const MOST = 1_000_000;

/** Puts events together from what comes of a stream. */
export class Events {
  readonly #onEvent: (told: Told) => void;
  #rest = "";

  constructor(onEvent: (told: Told) => void) {
    this.#onEvent = onEvent;
  }

  /** @throws H2mError `too-large` if one of them has no end */
  take(text: string): void {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    if (this.#rest.length > MOST) throw new H2mError("too-large", "An event is too long.");
    for (const block of blocks) {
      const [, event, json = ""] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      const data = parseObject(json);
      // What is none is a sign of life.
      if (event !== undefined && data) this.#onEvent({ event, data });
    }
  }
}

/** An event as one line for people. */
export function lineOf({ event, data }: Told): string {
  const said = (key: string) => stringOf(data[key]) ?? "";
  const begun = data["time"] === undefined ? Date.now() : Date.parse(said("time"));
  // As the audit has it, a call is told with the time of its beginning.
  const time = new Date(begun + (event === "call:end" ? (numberOf(data["ms"]) ?? 0) : 0));
  const clock = Number.isNaN(time.getTime()) ? "--:--:--" : time.toTimeString().slice(0, 8);
  return `${clock} ${visible(textOf(event, data, said))}`;
}

function textOf(event: string, data: JsonObject, said: (key: string) => string): string {
  const given = () => visibleJson(data["arguments"] ?? {});
  switch (event) {
    case "session":
      return `session ${said("id")} of ${said("harness")}${said("folder") && ` in ${said("folder")}`}`;
    case "call:start":
      return `call ${said("tool")} ${given()}`;
    case "call:end": {
      const reason = said("reason") && `: ${said("reason")}`;
      return `${said("outcome")} ${said("tool")}, ${numberOf(data["ms"])} ms, ${numberOf(data["bytes"])} bytes${reason}`;
    }
    case "turn":
      return `turn (${said("role")}) over ${said("api")} for ${said("model")}`;
    case "tools":
      return `tools: ${(arrayOf(data["names"]) ?? []).join(", ")}`;
    case "notice":
    case "log":
      return `${event === "log" ? said("level") : "notice"}: ${said("message")}`;
    case "close":
      return `closed: ${said("reason")}`;
    default:
      return `${event} ${visibleJson(data)}`;
  }
}
