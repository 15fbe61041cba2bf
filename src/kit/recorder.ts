import picomatch from "picomatch";
import type { HookEvents } from "../types/hooks.ts";
import { bytesOf, textOf } from "./content.ts";
import { withoutMiddle } from "./cut.ts";

/** Most characters of one text, and of all of a call's arguments. */
const LONGEST = 4_000;
const MOST = 64_000;
/** The value of a longer key is not written, unless nothing is to be hidden. */
const LONGEST_KEY = 200;
/** How deep arguments are written. */
const DEEPEST = 32;
/** Most characters of a reason. */
const LONGEST_REASON = 500;
const REDACTED = "[redacted]";

type Started = Parameters<HookEvents["call:start"]>[0];
type Ended = Parameters<HookEvents["call:end"]>[0];

export interface RecorderOptions {
  readonly redact: readonly string[];
  /** By what they open. */
  readonly secrets: { readonly [what: string]: string | undefined };
}

/** Makes of arguments what may be written down or told: without secrets, and bounded. */
export class Recorder {
  readonly #hidden: (key: string) => boolean;
  readonly #secrets: readonly string[];

  constructor({ redact, secrets }: RecorderOptions) {
    // Any key may come: with slashes, line ends, or a dot before it. A glob may take long for a long one.
    const options = { bash: true, dot: true, flags: "is" };
    const matches = picomatch([...redact], options);
    this.#hidden = (key) => redact.length > 0 && (key.length > LONGEST_KEY || matches(key));
    this.#secrets = Object.values(secrets).filter((secret) => secret !== undefined);
  }

  /** What is told of a call that begins. */
  started({ session, id, name, arguments: args }: Started): object {
    return {
      time: new Date().toISOString(),
      call: id,
      session: session.id,
      ...(session.name === undefined ? {} : { name: session.name }),
      harness: session.harness,
      tool: this.text(name),
      arguments: this.value(args),
    };
  }

  /** What is told of a call that has ended: what ran, where something did, and how it went; nothing of its result but the size. */
  ended(call: Ended): object {
    const { session, id, name, own, sent, ms, result, error } = call;
    const [first, ...more] = sent;
    const outcome = outcomeOf(call);
    const refusal = outcome === "refused" && result ? textOf(result) : undefined;
    const reason = error?.message ?? refusal;
    const further = more.map((each) => ({
      own: this.text(each.name),
      arguments: this.value(each.arguments),
    }));
    return {
      time: new Date(Date.now() - ms).toISOString(),
      call: id,
      session: session.id,
      ...(session.name === undefined ? {} : { name: session.name }),
      harness: session.harness,
      tool: this.text(name),
      ...(own !== undefined && own !== name ? { own: this.text(own) } : {}),
      arguments: this.value(first?.arguments ?? call.arguments),
      ...(further.length > 0 ? { more: further } : {}),
      outcome,
      ...(error ? { code: error.code } : {}),
      ...(reason === undefined ? {} : { reason: this.text(reason, LONGEST_REASON) }),
      ms: Math.round(ms),
      bytes: (result?.content ?? []).reduce((all, block) => all + bytesOf(block), 0),
    };
  }

  value(given: unknown): unknown {
    return this.#value(given, 0, { left: MOST });
  }

  /** One text without our secrets, its middle left out if it is long. */
  text(given: string, longest = LONGEST): string {
    // Keys that harnesses are given may show in what they print.
    let text = given.replaceAll(/h2mhost_\w+/g, "h2mhost_***");
    for (const secret of this.#secrets) text = text.replaceAll(secret, "***");
    return withoutMiddle(text, longest, (left) => `[… ${left} characters left out …]`);
  }

  #value(given: unknown, depth: number, room: { left: number }): unknown {
    if (typeof given !== "object" || given === null) return this.#leaf(given, room);
    if (depth >= DEEPEST) return "[too deep]";
    if (Array.isArray(given)) {
      const list: unknown[] = [];
      for (const [place, each] of given.entries()) {
        if (room.left <= 0) return [...list, `[… ${given.length - place} more …]`];
        list.push(this.#value(each, depth + 1, room));
      }
      return list;
    }
    const entries: [string, unknown][] = [];
    for (const [key, each] of Object.entries(given)) {
      if (room.left <= 0) {
        entries.push(["[… more …]", Object.keys(given).length - entries.length]);
        break;
      }
      const name = this.text(key, LONGEST_KEY);
      room.left -= name.length;
      entries.push([name, this.#hidden(key) ? REDACTED : this.#value(each, depth + 1, room)]);
    }
    return Object.fromEntries(entries);
  }

  #leaf(given: unknown, room: { left: number }): unknown {
    room.left -= 8;
    if (typeof given === "number" || typeof given === "boolean" || given === null) return given;
    const text = this.text(String(given));
    room.left -= text.length;
    return text;
  }
}

function outcomeOf({ sent, result, error }: Ended): string {
  if (result) return !result.isError ? "ok" : sent.length > 0 ? "error" : "refused";
  switch (error?.code) {
    case "cancelled":
    case "timeout":
      return error.code;
    case "outcome-unknown":
      return "unknown";
    case "unknown-tool":
    case "bad-request":
      return "refused";
    default:
      return "failed";
  }
}
