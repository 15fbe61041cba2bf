import type { Readable, Writable } from "node:stream";
import {
  type JSONRPCMessage,
  parseJSONRPCMessage,
  type RequestId,
  type Transport,
} from "@modelcontextprotocol/server";
import { within } from "../kit/deadline.ts";
import { type LineEnds, Lines } from "../core/host/lines.ts";
import { parseJson } from "../kit/json.ts";
import { requestIdIn } from "./id-in.ts";
import { crowdIn, invalid, noJson, type NoMessage, refusalOf } from "./message.ts";

/**
 * Milliseconds for the answers to what was asked before the input ended: enough for what is known, such as `initialize` from a shell's
 * pipe, and too little for a command to run on for a client that has gone.
 */
const LAST_ANSWERS = 1_000;

/**
 * MCP's messages as lines of a pair of streams. Beside what the SDK's own transport does (2.4), each line that is no message has an
 * answer, since its client waits for one; a batch is taken, its answers come one by one; and a line without end ends nothing.
 */
export class StdioLines implements Transport {
  onmessage?: Transport["onmessage"];
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #stdin: Readable;
  readonly #stdout: Writable;
  readonly #limit: number;
  #lines: Lines | undefined;
  #closed = false;
  /** Requests that have no answer yet. */
  readonly #asked = new Set<RequestId>();
  #onAnswered: (() => void) | undefined;

  /** @param limit bytes of a line */
  constructor(stdin: Readable, stdout: Writable, limit: number) {
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#limit = limit;
    // They stay: what comes when all is closed ends no process.
    stdin.on("error", (error) => {
      this.#failed(error);
      void this.close();
    });
    stdout.on("error", (error) => {
      this.#failed(error);
      void this.close();
    });
  }

  async start(): Promise<void> {
    const closed = () => void this.close();
    this.#stdin
      .once("end", () => void this.#lastAnswers().then(closed))
      .once("close", () => {
        if (!this.#stdin.readableEnded) closed();
      });
    // Such as `</dev/null`, which may have ended already.
    if (this.#stdin.readableEnded || this.#stdin.destroyed) return void setImmediate(closed);
    this.#lines = new Lines(
      this.#stdin,
      {
        onLine: (line) => this.#heard(line),
        onTooLong: () => {},
        onLost: (ends) => this.#lost(ends),
      },
      this.#limit,
    );
  }

  send(message: JSONRPCMessage): Promise<void> {
    if (this.#closed) return Promise.reject(new Error("The connection is closed."));
    return new Promise((resolve, reject) => {
      const sent = (error?: Error | null) => (error ? reject(error) : resolve());
      this.#stdout.write(`${JSON.stringify(message)}\n`, sent);
      if (!("method" in message) && message.id !== undefined) this.#answered(message.id);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#lines?.stop();
    this.#stdin.pause();
    this.onclose?.();
  }

  /** A request that was cancelled has no answer. */
  #forget(method: string, id: unknown): void {
    if (method === "notifications/cancelled") this.#answered(id as RequestId);
  }

  #answered(id: RequestId): void {
    this.#asked.delete(id);
    if (this.#asked.size === 0) this.#onAnswered?.();
  }

  /** Waits for them, for a while. */
  async #lastAnswers(): Promise<void> {
    if (this.#asked.size === 0) return;
    const all = new Promise<void>((resolve) => (this.#onAnswered = resolve));
    await within(all, LAST_ANSWERS, () => new Error("late")).catch(() => {});
  }

  #failed(error: Error): void {
    if (!this.#closed) this.onerror?.(error);
  }

  #heard(line: string): void {
    if (line.trim() === "") return;
    let value: unknown;
    const crowd = crowdIn(line);
    if (crowd) return this.#refuse(crowd);
    try {
      value = parseJson(line);
    } catch (error) {
      return this.#refuse(noJson("The line", error as SyntaxError));
    }
    const refusal = refusalOf(value);
    if (refusal) return this.#refuse(refusal);
    for (const message of Array.isArray(value) ? value : [value]) {
      // What was asked for by then is told to nobody.
      if (this.#closed) return;
      const parsed = parseJSONRPCMessage(message);
      if ("method" in parsed && "id" in parsed) this.#asked.add(parsed.id);
      else if ("method" in parsed) this.#forget(parsed.method, parsed.params?.["requestId"]);
      this.onmessage?.(parsed);
    }
  }

  #lost(ends: LineEnds): void {
    const size = `it has more than ${this.#limit / 1024 / 1024} MB`;
    this.#refuse(invalid(size, requestIdIn(ends)));
  }

  #refuse({ code, message, id }: NoMessage): void {
    this.onerror?.(new Error(`The client sent something else than a message. ${message}`));
    // `null` is JSON-RPC's own word for an id that could not be read, which the SDK's types do not know.
    const answer = { jsonrpc: "2.0", id, error: { code, message } } as JSONRPCMessage;
    // A client that has gone meanwhile hears nothing any more.
    this.send(answer).catch(() => {});
  }
}
