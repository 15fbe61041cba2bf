import type { Transport } from "./driver.ts";

/** A word that the tests look for, and why it is not the best one. */
export type Expected<T extends string> = T | readonly [word: T, why: string];

/** What a client makes of each case. The tests see that it is still so; docs/1.guide/6.tested-clients.md shows it. */
export interface Expectations {
  /** `all`: in its first list. `searched`: its model has only the names until it asks. */
  readonly list: Expected<"all" | "searched">;
  /** `flag`: a tool's error is marked as one. `text`: its text alone is passed on. */
  readonly error: Expected<"flag" | "text">;
  readonly image: Expected<"image" | "none">;
  /** Its own limit for a call, where the user sets it to 2 s: the command ends with it, or not; or there is no way to set it. */
  readonly limit: Expected<"stops" | "runs on" | "none">;
  /** Ctrl-C or an aborted signal while a command runs. */
  readonly cancel: Expected<"stops" | "runs on">;
  /** Its harness once it has ended; `gone` and `idle`: after the timeout of that name. */
  readonly end: Expected<"at once" | "gone" | "idle">;
  /** A call that `tools.confirm` names: it is `made`, `declined`, or `refused` because the client cannot ask. */
  readonly confirm: Expected<"made" | "declined" | "refused">;
}

/** One client of clients.json. */
export interface ClientEntry {
  readonly title: string;
  /** One of the built-in harnesses, at the newest version that test/live/versions.json names. */
  readonly harness?: string;
  /** Else: its packages and their versions, the client first. */
  readonly packages?: Readonly<Record<string, string>>;
  /** A library: its lines are `programs/<name>/<transport>.mjs`. */
  readonly library?: boolean;
  /** Else: the shell line that sets it up, or that names the server each time. */
  readonly setup?: Readonly<Record<Transport, string>>;
  /** Nothing is kept: the line itself begins each use. */
  readonly once?: boolean;
  /** How long it waits for a call by itself, in ms; `null`: longer than 90 s, which is what `--long` waits. */
  readonly waits: number | null;
  /** How its user changes that, if there is a way. */
  readonly waitsBy?: string;
  readonly expects: Readonly<Record<Transport, Expectations>>;
}

export function wordOf<T extends string>(expected: Expected<T>): T {
  return typeof expected === "string" ? expected : expected[0];
}
