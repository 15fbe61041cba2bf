import { H2mError } from "../../errors.ts";
import { arrayOf, type JsonObject, objectOf } from "../../kit/json.ts";
import type { HarnessLauncher } from "../../types/harness.ts";
import type { ToolCall } from "../../types/turn.ts";
import type { Hooks } from "../plugins/hooks.ts";
import type { Occupant, Seats } from "./seats.ts";

/** How long a result may lag behind what seems to tell of it, in ms. */
const GRACE = 2_000;
/** Keys under which a harness may tell a result. */
const RESULT = /^(tool_?)?(use_?)?(result|output|content|stdout|error)s?$/i;
/** How deep they are looked for. */
const DEPTH = 6;
/** Most characters of a name that a harness gave. */
const LONGEST = 100;

/**
 * Notices that the witness of a host does not do what its driver promised: a harness of another version may tell results in
 * another way. It is told once, and until a result is heard again each turn is closed behind its calls, so that the next brings them.
 */
export class Unheard {
  readonly #launcher: Pick<HarnessLauncher, "name" | "tested">;
  readonly #version: string | undefined;
  readonly #seats: Pick<Seats, "all">;
  readonly #hooks: Hooks;
  /** The calls that something like a result was told of. */
  readonly #suspected = new Set<string>();
  readonly #noticed = new WeakSet<Occupant>();
  /** A result has been heard. */
  #heard = false;
  #broken = false;
  #warned = false;

  constructor(
    launcher: Pick<HarnessLauncher, "name" | "tested">,
    version: string | undefined,
    seats: Pick<Seats, "all">,
    hooks: Hooks,
  ) {
    this.#launcher = launcher;
    this.#version = version;
    this.#seats = seats;
    this.#hooks = hooks;
  }

  /** Turns may stay open. */
  get trusted(): boolean {
    return !this.#broken;
  }

  /** The driver gives the result of a call. */
  settled(callId: string): void {
    this.#suspected.delete(callId);
    this.#heard = true;
    this.#broken = false;
  }

  /** The harness said what the driver does not know. */
  unknown(kind: string, said: JsonObject): void {
    if (!hasResult(said, DEPTH)) return;
    const text = JSON.stringify(said);
    for (const { occupant } of this.#seats.all())
      for (const call of occupant.promised)
        if (text.includes(JSON.stringify(call.id))) this.#suspect(occupant, call, kind);
  }

  /** A call that is out is given up: gives why, with what else is known if it was promised and its time is over. */
  gaveUp(occupant: Occupant | undefined, { id, name }: ToolCall, error: unknown): unknown {
    if (this.#heard || !(error instanceof H2mError) || error.code !== "timeout") return error;
    if (!occupant?.promised.some((call) => call.id === id)) return error;
    const why = `it has told no result so far in a way that h2m knows, so that \`${name}\` may well have run`;
    const hint = [error.hint, this.#broke(occupant, why)].filter(Boolean).join(" ");
    return new H2mError(error.code, error.message, { hint, cause: error });
  }

  #suspect(occupant: Occupant, { id, name }: ToolCall, kind: string): void {
    if (this.#suspected.has(id)) return;
    this.#suspected.add(id);
    setTimeout(() => {
      this.#suspected.delete(id);
      if (!occupant.promised.some((call) => call.id === id)) return;
      const known = JSON.stringify(kind.slice(0, LONGEST));
      this.#broke(
        occupant,
        `it told of \`${name}\` in a way that h2m does not know (${known}), and gave no result that it knows`,
      );
    }, GRACE).unref();
  }

  #broke(occupant: Occupant, why: string): string {
    this.#broken = true;
    occupant.bringTurn();
    const { name, tested } = this.#launcher;
    const known = tested ? ` h2m was tested with ${tested.oldest} to ${tested.newest}.` : "";
    const message =
      `${[name, this.#version].filter(Boolean).join(" ")}: ${why}. Its tools are served on; ` +
      `each call takes a request of its own until results are heard again, which is slower.${known}`;
    if (!this.#warned) this.#hooks.emit("warning", { message });
    this.#warned = true;
    if (!this.#noticed.has(occupant)) occupant.notice(message, "warning");
    this.#noticed.add(occupant);
    return message;
  }
}

function hasResult(value: unknown, depth: number): boolean {
  if (depth === 0) return false;
  const list = arrayOf(value);
  if (list) return list.some((each) => hasResult(each, depth - 1));
  return Object.entries(objectOf(value) ?? {}).some(
    ([key, each]) =>
      (RESULT.test(key) && each !== null && each !== "") || hasResult(each, depth - 1),
  );
}
