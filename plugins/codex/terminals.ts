import { type JsonObject, numberOf, stringOf } from "../../src/plugin.ts";
import { Transcript } from "./transcript.ts";

/** Codex 0.169 tells no more than 10,000 pieces of one command's output. */
const MAX_PIECES = 9_990;
/** Codex 0.169 keeps 64 commands of a thread, those that have ended and were not asked for among them. */
const MAX_KEPT = 64;

/** One command that codex has started. */
export interface Terminal {
  readonly callId: string;
  /** Its number for `write_stdin`. */
  readonly sessionId: number | undefined;
  readonly startedAt: number;
  readonly transcript: Transcript;
  pieces: number;
  /** How it ended; `output` is the whole of it. */
  exit?: { readonly code: number; readonly ms: number; readonly output: string };
  /** The client knows that it has ended, codex still waits to be asked. */
  over?: boolean;
}

/** The commands of one thread, by the items of the app-server. */
export class Terminals {
  readonly #all = new Map<string, Terminal>();

  get(callId: string): Terminal | undefined {
    return this.#all.get(callId);
  }

  withSession(sessionId: unknown): Terminal | undefined {
    return [...this.#all.values()].find((each) => each.sessionId === sessionId);
  }

  /** The one with this number, if all that it prints is heard. */
  heard(sessionId: unknown): Terminal | undefined {
    const terminal = this.withSession(sessionId);
    return terminal && terminal.pieces < MAX_PIECES ? terminal : undefined;
  }

  started(item: JsonObject): Terminal | undefined {
    const callId = stringOf(item["id"]);
    if (callId === undefined) return undefined;
    const number = stringOf(item["processId"]);
    const sessionId = number === undefined ? undefined : Number(number);
    const transcript = new Transcript();
    const terminal = { callId, sessionId, startedAt: Date.now(), transcript, pieces: 0 };
    this.#all.set(callId, terminal);
    this.#prune();
    return terminal;
  }

  printed(callId: string, text: string): Terminal | undefined {
    const terminal = this.#all.get(callId);
    terminal?.transcript.append(text);
    if (terminal) terminal.pieces++;
    return terminal;
  }

  ended(item: JsonObject): Terminal | undefined {
    const terminal = this.#all.get(stringOf(item["id"]) ?? "");
    if (!terminal) return undefined;
    const output = stringOf(item["aggregatedOutput"]) ?? "";
    terminal.exit = {
      code: numberOf(item["exitCode"]) ?? -1,
      ms: numberOf(item["durationMs"]) ?? Date.now() - terminal.startedAt,
      output,
    };
    return terminal;
  }

  forget(callId: string): void {
    this.#all.delete(callId);
  }

  /** Those that ended long ago and were never asked for. */
  #prune(): void {
    for (const { callId, exit } of this.#all.values()) {
      if (this.#all.size <= MAX_KEPT) return;
      if (exit) this.#all.delete(callId);
    }
  }
}

/** How codex 0.169 answers when it is asked for a command whose end was told. */
export function goneText({ sessionId }: Terminal): string {
  return `write_stdin failed: Unknown process id ${sessionId}`;
}
