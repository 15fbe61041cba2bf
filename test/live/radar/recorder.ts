import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  arrayOf,
  type HarnessLauncher,
  type HostIo,
  type JsonObject,
  objectOf,
  parseObject,
  stringOf,
} from "../../../src/plugin.ts";

/** What was seen of one kind of request. */
export interface RequestKind {
  readonly headers: Set<string>;
  /** The keys of its body. */
  readonly body: Set<string>;
  /** What it asks of the API beyond its version (`anthropic-beta`). */
  readonly betas: Set<string>;
}

/** Says nothing of a harness: the connection's own. */
const OF_THE_CONNECTION = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "transfer-encoding",
]);

/** Stands between a harness and h2m, changes nothing, and notes the kinds of what passes. */
export class Recorder {
  readonly requests = new Map<string, RequestKind>();
  /** By kind: the keys of the event. */
  readonly events = new Map<string, Set<string>>();
  readonly #server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));
  #upstream: URL | undefined;
  #launcher: HarnessLauncher | undefined;

  static async open(): Promise<Recorder> {
    const recorder = new Recorder();
    recorder.#server.on("connection", (socket) => socket.on("error", () => socket.destroy()));
    await new Promise<void>((resolve) => recorder.#server.listen(0, "127.0.0.1", resolve));
    return recorder;
  }

  /** The launcher as it is, but for where its harness is sent and who reads along. */
  wrap(launcher: HarnessLauncher): HarnessLauncher {
    this.#launcher = launcher;
    const { drive } = launcher;
    return {
      ...launcher,
      prepare: (context) =>
        launcher.prepare({ ...context, origin: this.#inFrontOf(context.origin) }),
      ...(drive ? { drive: (host) => drive(this.#listening(host)) } : {}),
    };
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.closeAllConnections();
      this.#server.close(() => resolve());
    });
  }

  #inFrontOf(origin: string): string {
    this.#upstream = new URL(origin);
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.#upstream.pathname}`;
  }

  #listening(host: HostIo): HostIo {
    const context = { ...host.context, origin: this.#inFrontOf(host.context.origin) };
    host.onLine((line) => {
      const event = parseObject(line);
      if (event) this.#noteEvent(event);
      const [, server] = /listening on (http:\S+)/.exec(line) ?? [];
      if (server !== undefined) void this.#hear(server, host);
    });
    return { ...host, context };
  }

  #noteEvent(event: JsonObject): void {
    const { kind, body } = readEvent(event);
    const keys = this.events.get(kind) ?? new Set();
    this.events.set(kind, keys);
    for (const key of Object.keys(body)) keys.add(key);
  }

  /** OpenCode tells its events over HTTP. */
  async #hear(server: string, host: HostIo): Promise<void> {
    const word = Buffer.from(`opencode:${host.context.secret}`).toString("base64");
    const options = { headers: { authorization: `Basic ${word}` }, signal: host.exited };
    try {
      const { body } = await fetch(`${server}/global/event`, options);
      let text = "";
      for await (const chunk of body ?? []) {
        text += Buffer.from(chunk).toString("utf8");
        const lines = text.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) {
          const event = objectOf(parseObject(line.replace(/^data: /, ""))?.["payload"]);
          if (event) this.#noteEvent(event);
        }
      }
    } catch (error) {
      // It ends with the host; before that the list of events would have a hole.
      if (!host.exited.aborted) process.emitWarning(`the events of ${server} broke off: ${error}`);
    }
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { hostname, port } = this.#upstream ?? new URL("http://127.0.0.1:9");
    const { method, url, headers } = incoming;
    const onwards = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("error", () => outgoing.destroy());
      answer.pipe(outgoing);
    });
    onwards.on("error", () => outgoing.destroy());
    incoming.on("error", () => onwards.destroy());
    outgoing.on("error", () => onwards.destroy());
    outgoing.on("close", () => onwards.destroy());
    let text = "";
    incoming.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      onwards.write(chunk);
    });
    incoming.on("end", () => {
      onwards.end();
      this.#noteRequest(incoming, text);
    });
  }

  #noteRequest({ method, url = "", headers }: IncomingMessage, text: string): void {
    const body = parseObject(text);
    const kind = `${method} ${pathOf(url)}${this.#who(headers, body)}`;
    const known = this.requests.get(kind) ?? {
      headers: new Set(),
      body: new Set(),
      betas: new Set(),
    };
    this.requests.set(kind, known);
    for (const name of Object.keys(headers))
      if (!OF_THE_CONNECTION.has(name)) known.headers.add(name);
    for (const key of Object.keys(body ?? {})) known.body.add(key);
    for (const beta of String(headers["anthropic-beta"] ?? "").split(","))
      if (beta !== "") known.betas.add(beta.trim());
  }

  #who(headers: IncomingMessage["headers"], body: object | undefined): string {
    const lists = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    const said = this.#launcher?.recognize?.(new Headers(lists as [string, string][]));
    const tools = arrayOf(objectOf(body)?.["tools"]);
    const none = tools && tools.length === 0 ? " without tools" : "";
    return `${said?.subagent ? " of a subagent" : ""}${none}`;
  }
}

/** The path without the place of h2m's API and without the ids in it. */
function pathOf(url: string): string {
  const path = url.replace(/\?.*/, "").replace(/^\/harness_to_mcp/, "");
  return path.replaceAll(/\/[0-9a-f-]{12,}/g, "/<id>");
}

/** What an event is, and the part of it that says more. */
function readEvent(event: JsonObject): { kind: string; body: JsonObject } {
  const { method, id, type } = event;
  // Codex: the method of a notification or a request, and what it is about; or an answer.
  if (typeof method === "string") {
    const params = objectOf(event["params"]) ?? {};
    const item = objectOf(params["item"]);
    const about = [method, stringOf(item?.["type"])].filter(Boolean).join(" ");
    return { kind: id === undefined ? about : `${about} (asks)`, body: { ...params, ...item } };
  }
  if (type === undefined && id !== undefined) return { kind: "(answer)", body: event };
  // OpenCode: the type and, of a part of a message, its kind.
  const properties = objectOf(event["properties"]);
  if (properties) {
    const part = objectOf(properties["part"]);
    const about = [stringOf(type), stringOf(part?.["type"]), stringOf(part?.["tool"])];
    return { kind: about.filter(Boolean).join(" "), body: { ...properties, ...part } };
  }
  // Claude Code.
  const kind = [stringOf(type) ?? "(none)", stringOf(event["subtype"])].filter(Boolean).join("/");
  return { kind, body: event };
}
