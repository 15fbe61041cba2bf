import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { driveOpencode } from "../../plugins/opencode/driver.ts";
import type { CallToolResult, HarnessDriver, HostIo, Seat } from "../../src/plugin.ts";
import { until } from "../helpers/until.ts";

const SECRET = "pass-word-1";

/** A small `opencode serve`: it remembers what it was asked, and tells what it is told to. */
class FakeServe {
  readonly requests: {
    readonly line: string;
    readonly authorization?: string | undefined;
    readonly body: unknown;
  }[] = [];
  /** What the history says. */
  parts: object[] = [];
  /** Requests that are never answered. */
  silent = 0;
  #streams = new Set<ServerResponse>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FakeServe> {
    const server = createServer();
    const fake = new FakeServe(server);
    server.on("request", (request, response) => void fake.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get listeners(): number {
    return this.#streams.size;
  }

  /** Sends text to every listener, in the pieces given. */
  async write(...pieces: (string | Buffer)[]): Promise<void> {
    for (const piece of pieces) {
      for (const stream of this.#streams) stream.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async tell(part: object): Promise<void> {
    await this.write(`data: ${JSON.stringify(event(part))}\n\n`);
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
    if (request.url === "/global/event") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": hello\n\n");
      this.#streams.add(response);
      return;
    }
    const answers: [RegExp, unknown][] = [
      [/^GET \/global\/health/, { healthy: true }],
      [/^POST \/session\?/, { id: "ses_1" }],
      [/^GET \/session\/ses_1\/message/, [{ parts: this.parts }]],
      [/^POST \/session\/ses_1\/abort/, true],
      [/^DELETE \/session\/ses_1/, true],
    ];
    const found = answers.find(([form]) => form.test(line));
    response.writeHead(found ? 200 : 204);
    response.end(found ? JSON.stringify(found[1]) : undefined);
  }
}

const event = (part: object) => ({
  directory: "/project",
  payload: { type: "message.part.updated", properties: { part } },
});

const part = (callID: string, state: object, more: object = {}) => ({
  type: "tool",
  sessionID: "ses_1",
  callID,
  tool: "bash",
  state,
  ...more,
});

const done = (output: string, more: object = {}) => ({ status: "completed", output, ...more });

describe("the driver of opencode", () => {
  let serve: FakeServe;
  let exit: AbortController;
  let driver: HarnessDriver;
  let settled: Map<string, CallToolResult>;
  let progress: [string, string][];
  let bound: [string, string][];
  let warnings: string[];

  const seat: Seat = { id: "seat-1", token: "t", cwd: "/the project", prompt: "go" };
  const call = { id: "c1", name: "bash", arguments: {} };

  beforeEach(async () => {
    serve = await FakeServe.start();
    exit = new AbortController();
    settled = new Map();
    progress = [];
    bound = [];
    warnings = [];
    const context = {
      install: { command: "opencode", facts: { ripgrep: "/bin/rg" } },
      options: {},
      prompt: "go",
      cwd: seat.cwd,
      home: "/private",
      origin: "http://127.0.0.1:1/x",
      token: "k",
      port: serve.port,
      secret: SECRET,
    };
    const host: HostIo = {
      plan: { command: "opencode", args: [] },
      context,
      pid: 1,
      exited: exit.signal,
      write: () => {},
      onLine: () => {},
      onPost: () => {},
      settle: (id, result) => settled.set(id, result),
      progress: (id, text) => progress.push([id, text]),
      run: () => Promise.reject(new Error("nothing runs here")),
      bind: (id, conversation) => bound.push([id, conversation]),
      warn: (message) => warnings.push(message),
      kill: () => {},
    };
    driver = driveOpencode(host);
  });

  afterEach(async () => {
    exit.abort(new Error("it has ended"));
    await serve.stop();
  });

  it("makes a session that asks nobody, binds it, and prompts it while it listens", async () => {
    await driver.open(seat);

    expect(bound).toEqual([["seat-1", "ses_1"]]);
    expect(serve.requests.map(({ line }) => line)).toEqual([
      "GET /global/health",
      "GET /global/event",
      "POST /session?directory=%2Fthe%20project",
      "POST /session/ses_1/prompt_async?directory=%2Fthe%20project",
    ]);
    const [, , session, prompt] = serve.requests;
    expect(session?.body).toMatchObject({
      permission: [
        { permission: "*", pattern: "*", action: "allow" },
        { permission: "question", pattern: "*", action: "deny" },
      ],
    });
    expect(prompt?.body).toEqual({
      model: { providerID: "h2m", modelID: "h2m" },
      parts: [{ type: "text", text: "go" }],
    });
    const basic = `Basic ${Buffer.from(`opencode:${SECRET}`).toString("base64")}`;
    expect(serve.requests.every(({ authorization }) => authorization === basic)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it("asks again when the first request hangs", async () => {
    serve.silent = 1;

    await driver.open(seat);

    expect(bound).toHaveLength(1);
  });

  it("gives up when the program ends before it is ready", async () => {
    serve.silent = 1_000;
    const opening = driver.open(seat);

    exit.abort(new Error("it has ended"));

    await expect(opening).rejects.toThrow("it has ended");
  });

  it("settles a call by its event, and tells of its output before", async () => {
    await driver.open(seat);

    await serve.tell(part("c1", { status: "running", metadata: { output: "so far" } }));
    await serve.tell(part("c1", done("all", { metadata: { exit: 3 } })));

    const result = await until("a result", () => settled.get("c1"));
    expect(result).toEqual({ content: [{ type: "text", text: "all" }], isError: true });
    expect(progress).toEqual([["c1", "so far"]]);
  });

  it("hears nothing but tools of its own session", async () => {
    await driver.open(seat);

    await serve.tell(part("other", done("x"), { sessionID: "ses_2" }));
    await serve.tell({ type: "text", sessionID: "ses_1", text: '"callID"' });
    await serve.write(
      'data: {"payload":{"type":"message.part.updated","properties":null},"callID":1}\n\n',
    );
    await serve.write('data: "message.part.updated" "callID" no JSON\n\n', "event: x\nid: 1\n\n");
    await serve.tell(part("c1", done("mine")));

    await until("a result", () => settled.get("c1"));
    expect([...settled.keys()]).toEqual(["c1"]);
  });

  it("reads events however they are cut into pieces", async () => {
    await driver.open(seat);
    const text = JSON.stringify(event(part("c1", done("größer\u2028 than"))));
    const bytes = Buffer.from(`data: ${text}\r\n\r\n`);

    await serve.write(...[...bytes].map((byte) => Buffer.of(byte)));
    await serve.tell(part("c2", done("after")));

    await until("the last result", () => settled.get("c2"));
    expect(settled.get("c1")?.content).toEqual([{ type: "text", text: "größer\u2028 than" }]);
  });

  it("settles early only while it hears, and catches up on what it missed", async () => {
    await driver.open(seat);
    await until("the events", () => driver.settles?.(call));

    serve.parts = [part("missed", done("while away"))];
    serve.cut();
    await until("the end of the events", () => driver.settles?.(call) === false);

    await until("a result", () => settled.get("missed"));
    await until("the events again", () => driver.settles?.(call));
    await serve.tell(part("next", done("again")));
    await until("the next result", () => settled.get("next"));
    expect(warnings).toEqual([expect.stringContaining("event stream broke")]);
  });

  it("closes a seat by ending what it runs, and then its session", async () => {
    await driver.open(seat);

    await driver.close?.(seat);
    await driver.close?.(seat);

    expect(serve.requests.slice(4).map(({ line }) => line)).toEqual([
      "POST /session/ses_1/abort?directory=%2Fthe%20project",
      "DELETE /session/ses_1?directory=%2Fthe%20project",
    ]);
  });

  it("stops cancelling a call when it has ended", async () => {
    await driver.open(seat);
    const cancelled = driver.cancel?.(seat, call);

    await serve.tell(part("c1", done("Terminated")));

    await cancelled;
    expect(settled.has("c1")).toBe(true);
  });
});
