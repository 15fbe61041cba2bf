import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** A small `opencode serve`: it remembers what it was asked, and tells what it is told to. Its sessions are ses_1, ses_2, … */
export class OpencodeServe {
  readonly requests: SeenRequest[] = [];
  /** What the histories say. */
  parts: { readonly sessionID: string }[] = [];
  /** Requests that are never answered. */
  silent = 0;
  /** Requests that are refused: a form of their lines, and how many. */
  refused: { readonly form: RegExp; times: number } | undefined;
  /** Requests that are answered when the promise has resolved. */
  late: { readonly form: RegExp; readonly until: Promise<void> } | undefined;
  /** The folder that its sessions work in, whatever they are asked for. */
  folder: string | undefined;
  #made = 0;
  readonly #streams = new Set<ServerResponse>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<OpencodeServe> {
    const server = createServer();
    const serve = new OpencodeServe(server);
    server.on("request", (request, response) => void serve.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return serve;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get lines(): string[] {
    return this.requests.map(({ line }) => line);
  }

  /** Sends text to every listener, in the pieces given. */
  async write(...pieces: (string | Buffer)[]): Promise<void> {
    for (const piece of pieces) {
      for (const stream of this.#streams) stream.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async tell(part: object): Promise<void> {
    await this.write(`data: ${JSON.stringify(partEvent(part))}\n\n`);
  }

  /** Breaks the streams of events. */
  cut(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.silent-- > 0) return;
    let text = "";
    for await (const chunk of request) text += chunk;
    const line = `${request.method} ${request.url}`;
    const { authorization } = request.headers;
    this.requests.push({ line, authorization, body: text === "" ? undefined : JSON.parse(text) });
    if (this.refused?.form.test(line) && this.refused.times-- > 0) {
      response.writeHead(500);
      response.end("out of leaves");
      return;
    }
    if (this.late?.form.test(line)) await this.late.until;
    if (request.url === "/global/event") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": hello\n\n");
      this.#streams.add(response);
      return;
    }
    const body = this.#bodyFor(line);
    response.writeHead(body === undefined ? 204 : 200);
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  #bodyFor(line: string): unknown {
    const history = /^GET \/session\/(\w+)\/message/.exec(line)?.[1];
    if (history !== undefined)
      return [{ parts: this.parts.filter(({ sessionID }) => sessionID === history) }];
    if (line.startsWith("GET /global/health")) return { healthy: true };
    if (line.startsWith("POST /session?"))
      return { id: `ses_${++this.#made}`, directory: this.folder ?? folderIn(line) };
    if (/^(POST .*\/abort|DELETE |POST \/instance\/dispose)/.test(line)) return true;
    return undefined;
  }
}

/** The folder in the query of a request, as OpenCode 1.18.33 reads it: decoded twice. */
function folderIn(line: string): string | undefined {
  const told = new URLSearchParams(line.slice(line.indexOf("?"))).get("directory") ?? "";
  try {
    return decodeURIComponent(told);
  } catch {
    return told;
  }
}

/** A global event about a part of a message. */
export const partEvent = (part: object) => ({
  directory: "/project",
  payload: { type: "message.part.updated", properties: { part } },
});

/** The part of a call. */
export const toolPartOf = (callID: string, state: object, more: object = {}) => ({
  type: "tool",
  sessionID: "ses_1",
  callID,
  tool: "bash",
  state,
  ...more,
});

/** The state of a call that has ended well. */
export const doneState = (output: string, more: object = {}) => ({
  status: "completed",
  output,
  ...more,
});
