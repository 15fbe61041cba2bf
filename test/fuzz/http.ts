import { Agent, request as httpRequest } from "node:http";
import { count } from "./flood.ts";
import { type Answer, faultOf } from "./judge.ts";
import type { Random } from "./random.ts";

/** Milliseconds in which each request has its answer: more than all of the child's `timeouts` together, on a busy machine. */
export const PATIENCE = 60_000;

export interface Message {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Buffer | undefined;
  /** The answer may stay open: the client leaves so many ms after its head. */
  readonly held?: number | undefined;
  /** The client leaves at this time, in ms from the start, whatever there is. */
  readonly leave?: number | undefined;
  /** Only so many bytes of the body are sent before the client leaves. */
  readonly cut?: number | undefined;
}

export type Outcome =
  | { readonly kind: "answered" | "held"; readonly answer: Answer }
  | { readonly kind: "left" }
  | { readonly kind: "hung" }
  | { readonly kind: "refused"; readonly error: Error };

/** Sends messages over connections that are kept alive. */
export class Sender {
  readonly #origin: URL;
  /** How many messages had which status, or none. */
  readonly tally = new Map<string, number>();
  #agent = newAgent();

  constructor(origin: URL) {
    this.#origin = origin;
  }

  /** Lets all connections go. */
  rest(): void {
    this.#agent.destroy();
    this.#agent = newAgent();
  }

  send(message: Message): Promise<Outcome> {
    const { method, path, headers, body, cut } = message;
    return new Promise((resolve) => {
      const timers: NodeJS.Timeout[] = [];
      let over = false;
      const end = (outcome: Outcome) => {
        if (over) return;
        over = true;
        timers.forEach(clearTimeout);
        count(this.tally, "answer" in outcome ? outcome.answer.status : outcome.kind);
        resolve(outcome);
      };
      const leave = (outcome: Outcome) => {
        end(outcome);
        request.destroy();
      };
      const request = httpRequest({
        host: this.#origin.hostname,
        port: this.#origin.port,
        agent: this.#agent,
        method,
        path,
        headers: {
          ...headers,
          ...(body ? { "content-length": String(body.length) } : {}),
        } as Record<string, string>,
      });
      request.on("error", (error) => end({ kind: "refused", error }));
      request.on("upgrade", (response, socket) => {
        socket.destroy();
        end({ kind: "answered", answer: answerOf(response, "") });
      });
      request.on("response", (response) => {
        let text = "";
        const soFar = () => answerOf(response, text);
        response.on("data", (part: Buffer) => {
          if (text.length < 300_000) text += part.toString("latin1");
        });
        response.on("end", () => end({ kind: "answered", answer: soFar() }));
        response.on("error", (error) => end({ kind: "refused", error }));
        if (message.held !== undefined)
          timers.push(setTimeout(() => leave({ kind: "held", answer: soFar() }), message.held));
      });
      timers.push(setTimeout(() => leave({ kind: "hung" }), PATIENCE));
      if (message.leave !== undefined)
        timers.push(setTimeout(() => leave({ kind: "left" }), message.leave));
      if (cut === undefined) return void request.end(body);
      request.write(body?.subarray(0, cut) ?? "", () =>
        setImmediate(() => leave({ kind: "left" })),
      );
    });
  }
}

/** What is wrong with what became of a message, or `undefined`. */
export function judged(
  message: Message,
  outcome: Outcome,
  secrets: readonly string[],
): string | undefined {
  const what = `${message.method} ${message.path} ${message.body?.subarray(0, 300)} ${JSON.stringify(message.headers)}`;
  if (outcome.kind === "hung") return `no whole answer within ${PATIENCE} ms: ${what}`;
  if (outcome.kind === "refused") return `no answer, but ${outcome.error.message}: ${what}`;
  if (outcome.kind === "left") return undefined;
  const fault = faultOf(outcome.answer, secrets);
  return fault && `${fault}\n    to ${what}`;
}

function newAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 64 });
}

/** Headers that are not what they should be. */
export function strange(headers: Record<string, string>, random: Random): Record<string, string> {
  const changed = { ...headers };
  const names = Object.keys(changed);
  for (let i = 1 + random.below(2); i > 0; i--) {
    const [name, value] = random.pick(STRANGE);
    if (random.chance(0.3) && names.length > 0) delete changed[random.pick(names)];
    else changed[name] = value;
  }
  return changed;
}

const STRANGE: readonly (readonly [string, string])[] = [
  ["content-type", "text/plain"],
  ["content-type", "application/json; charset=utf-16"],
  ["content-type", "application/x-www-form-urlencoded"],
  ["content-type", "multipart/form-data"],
  ["content-type", ""],
  ["content-encoding", "gzip"],
  ["accept", "*/*"],
  ["accept", "text/html"],
  ["accept", ";;;,q=,"],
  ["accept", "application/json"],
  ["origin", "https://evil.example"],
  ["origin", "null"],
  ["origin", "http://localhost:1"],
  ["origin", "\u00ff"],
  ["host", "evil.example"],
  ["host", "localhost"],
  ["host", ""],
  ["host", "[::1"],
  ["authorization", "Bearer"],
  ["authorization", "Basic eDp5"],
  ["authorization", "Bearer h2mhost_00000000000000000000000000000000"],
  ["authorization", `Bearer ${"k".repeat(6_000)}`],
  ["x-api-key", "h2mhost_"],
  ["x-api-key", ""],
  ["x-forwarded-for", "10.0.0.1"],
  ["x-forwarded-host", "evil.example"],
  ["x-http-method-override", "DELETE"],
  ["mcp-session-id", "00000000-0000-0000-0000-000000000000"],
  ["mcp-session-id", ""],
  ["mcp-session-id", "\u00e9".repeat(100)],
  ["mcp-protocol-version", "2026-07-28"],
  ["mcp-protocol-version", "2025-11-25"],
  ["mcp-protocol-version", "1999-01-01"],
  ["mcp-protocol-version", "v999"],
  ["mcp-method", "tools/call"],
  ["mcp-method", "TOOLS/LIST"],
  ["mcp-name", "=?base64?!!?="],
  ["mcp-name", "echo"],
  ["last-event-id", "_GET_stream_1"],
  ["last-event-id", "../../x"],
  ["expect", "100-continue"],
  ["connection", "close"],
  ["range", "bytes=0-1"],
  ["if-none-match", "*"],
  ["upgrade", "websocket"],
  ["x-long", "l".repeat(9_000)],
];

function answerOf(
  response: { statusCode?: number | undefined; headers: Answer["headers"] },
  body: string,
): Answer {
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}
