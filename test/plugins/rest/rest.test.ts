import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { H2m, H2mConfig } from "../../../src/index.ts";
import { defineTool, type HookEvents } from "../../../src/plugin.ts";
import { fakePlugin, PIXEL } from "../../../src/testing.ts";
import { raw } from "../../helpers/raw.ts";
import { serve, serveFake, TOKEN } from "../../helpers/server.ts";
import { until } from "../../helpers/until.ts";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: any; // oxlint-disable-line typescript/no-explicit-any
}

const rootOf = (h2m: H2m) => h2m.mcpUrl.slice(0, -"/mcp".length);

async function ask(h2m: H2m, path: string, options: RequestInit = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${TOKEN}`, ...(options.headers as object) };
  const response = await fetch(rootOf(h2m) + path, { ...options, headers });
  const text = await response.text();
  const { status } = response;
  const isJson = response.headers.get("content-type")?.includes("json");
  return { status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

const post = (h2m: H2m, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  ask(h2m, path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body ?? {}),
  });

/** The events of a stream, and what each told. */
function eventsIn(text: string): [string, any][] {
  return text
    .split("\n\n")
    .filter((part) => part.startsWith("event:"))
    .map((part) => {
      const [event = "", data = ""] = part.split("\n");
      return [event.slice("event: ".length), JSON.parse(data.slice("data: ".length))];
    });
}

const EVENTS = { accept: "text/event-stream" };

const stream = defineTool({
  name: "stream",
  description: "Yields.",
  input: z.object({ fail: z.boolean().default(false), wait: z.number().default(0) }),
  async *handler({ fail, wait }, { signal }) {
    yield "one";
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      signal.addEventListener("abort", () => (clearTimeout(timer), resolve(undefined)));
    });
    yield { two: 2 };
    if (fail) throw new Error("no wood today");
    return "three";
  },
});

const image = defineTool({
  name: "draw",
  description: "Draws.",
  input: z.object({ type: z.string().default("image/png") }),
  handler: ({ type }) => ({
    content: [
      { type: "text", text: "drawn" },
      { type: "image", data: PIXEL, mimeType: type },
    ],
  }),
});

const own = (config: H2mConfig = {}) =>
  serve({ harnesses: [], ...config, tools: { local: [stream, image], ...config.tools } });

describe("tools over plain HTTP", () => {
  it("are listed, and called by their names", async () => {
    const h2m = await serveFake();

    const { status, json } = await ask(h2m, "/tools");
    expect(status).toBe(200);
    expect(json.tools.map(({ name }: { name: string }) => name)).toContain("echo");
    expect((await ask(h2m, "/tools/fake")).json).toEqual(json);

    const called = await post(h2m, "/tools/echo", { text: "hello" });
    expect(called.status).toBe(200);
    expect(called.json).toEqual({ content: [{ type: "text", text: "hello" }] });
    expect((await post(h2m, "/tools/fake/echo", { text: "x" })).json.content[0].text).toBe("x");
  });

  it("are those of several harnesses as one, or of one of them", async () => {
    const plugins = [fakePlugin({ name: "uno" }), fakePlugin({ name: "duo" })];
    const h2m = await serve({ harnesses: ["uno", "duo"], plugins });

    expect((await post(h2m, "/tools/duo_echo", { text: "x" })).json.content[0].text).toBe("x");
    expect((await post(h2m, "/tools/duo/echo", { text: "y" })).json.content[0].text).toBe("y");
  });

  it("work in the session that a header names, or in the one that all share", async () => {
    const h2m = await serveFake();
    const pid = async (headers = {}) =>
      (await post(h2m, "/tools/pid", {}, headers)).json.content[0].text;

    const [one, other, work] = [await pid(), await pid(), await pid({ "h2m-session": "work" })];

    expect(one).toBe(other);
    expect(work).not.toBe(one);
    expect(h2m.sessions.list().map((session) => session.info().name)).toEqual(["default", "work"]);
    const bad = await post(h2m, "/tools/pid", {}, { "h2m-session": "No Name" });
    expect(bad).toMatchObject({ status: 400, json: { error: { code: "bad-request" } } });
  });

  it("say `isError` where the tool itself fails, with 200: the call was made", async () => {
    const { status, json } = await post(await serveFake(), "/tools/fail", { text: "x" });

    expect({ status, isError: json.isError }).toEqual({ status: 200, isError: true });
  });
});

describe("a request that cannot be served", () => {
  it.each<[string, string, unknown, Record<string, string>, number, string]>([
    ["no such tool", "/tools/ecco", {}, {}, 404, "unknown-tool"],
    ["no such harness", "/tools/nobody/echo", {}, {}, 404, "unknown-harness"],
    ["a name that every object has", "/tools/__proto__", {}, {}, 404, "unknown-tool"],
    ["another one", "/tools/constructor", {}, {}, 404, "unknown-tool"],
    ["no JSON", "/tools/echo", "{", {}, 400, "bad-request"],
    ["a list", "/tools/echo", [], {}, 400, "bad-request"],
    ["a number", "/tools/echo", 3, {}, 400, "bad-request"],
    [
      "an answer that there is none of",
      "/tools/echo",
      {},
      { accept: "text/html" },
      406,
      "not-acceptable",
    ],
  ])("tells of %s", async (_, path, body, headers, status, code) => {
    const answer = await post(await serveFake(), path, body, headers);

    expect(answer).toMatchObject({
      status,
      json: { error: { code, message: expect.any(String) } },
    });
  });

  it("tells of a path with a percent sign that means nothing, and takes names that are written with them", async () => {
    const odd = defineTool({
      name: "a/b.c",
      description: "Odd.",
      input: z.object({}),
      handler: () => "ran",
    });
    const h2m = await serve({ tools: { local: [odd], portable: false } });

    expect((await post(h2m, "/tools/%zz")).status).toBe(400);
    expect((await post(h2m, "/tools/a%2Fb.c")).json.content[0].text).toBe("ran");
    expect((await post(h2m, "/tools/a%252Fb.c")).status).toBe(404);
  });

  it("tells where the arguments do not fit", async () => {
    const answer = await post(await serveFake(), "/tools/echo", { text: 3 });

    expect(answer.status).toBe(422);
    expect(answer.json.error).toMatchObject({
      code: "bad-arguments",
      issues: [{ path: "/text", message: expect.stringContaining("must be string") }],
    });
    const missing = await post(await serveFake(), "/tools/echo", {});
    expect(missing.json.error.issues).toEqual([{ path: "/text", message: "`text` is missing" }]);
  });

  it("tells where a tool of the project says more than JSON Schema can", async () => {
    const even = defineTool({
      name: "even",
      description: "Even.",
      input: z.object({ list: z.array(z.number().refine((n) => n % 2 === 0, "must be even")) }),
      handler: () => "ran",
    });
    const h2m = await serve({ tools: { local: [even] } });

    const answer = await post(h2m, "/tools/even", { list: [2, 3] });

    expect(answer.status).toBe(422);
    expect(answer.json.error.issues).toEqual([{ path: "/list/1", message: "must be even" }]);
  });

  it("tells of a body that is too large, stated or not", async () => {
    const h2m = await serveFake();
    const body = JSON.stringify({ text: "x".repeat(17 * 1024 * 1024) });
    const stated = await post(h2m, "/tools/echo", body).catch((error: Error) => error);
    if (!(stated instanceof Error))
      expect(stated).toMatchObject({ status: 413, json: { error: { code: "too-large" } } });

    const parts = new Blob([body]).stream();
    const unstated = await ask(h2m, "/tools/echo", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: parts,
      duplex: "half",
    } as RequestInit).catch((error: Error) => error);
    if (!(unstated instanceof Error)) expect(unstated.status).toBe(413);
  });

  it("tells of a call that took too long", async () => {
    const h2m = await serveFake({}, { timeouts: { call: 300 } });

    expect(await post(h2m, "/tools/slow", { ms: 60_000, text: "x" })).toMatchObject({
      status: 504,
      json: { error: { code: "timeout" } },
    });
  });

  it("tells when to come again; calls at once wait in line", async () => {
    const h2m = await serveFake({}, { tools: { limits: { perMinute: 3, concurrency: 1 } } });
    const calls = [1, 2, 3].map((n) => post(h2m, "/tools/echo", { text: String(n) }));
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200]);

    const more = await post(h2m, "/tools/echo", { text: "4" });

    expect(more).toMatchObject({ status: 429, json: { error: { code: "too-many-calls" } } });
    expect(Number(more.headers.get("retry-after"))).toBeGreaterThan(50);
  });

  it("tells of a file that no tool may write", async () => {
    const h2m = await serveFake({ tools: ["write"] });

    const answer = await post(h2m, "/tools/write", {
      path: `${process.cwd()}/h2m.config.ts`,
      text: "x",
    });

    expect(answer).toMatchObject({ status: 403, json: { error: { code: "forbidden" } } });
  });
});

describe("a call that asks a person", () => {
  const asking = (more: H2mConfig["tools"] = {}) =>
    serveFake({}, { tools: { confirm: ["echo"], ...more } });
  const confirm = (answer: Answer) => ({ "h2m-confirm": answer.json.error.confirm as string });

  it("is answered by the same request with the code, once", async () => {
    const h2m = await asking();
    const ended: Parameters<HookEvents["call:end"]>[0][] = [];
    h2m.on("call:end", (event) => ended.push(event));

    const asked = await post(h2m, "/tools/echo", { text: "hello" });
    expect(asked).toMatchObject({ status: 409, json: { error: { code: "confirm" } } });
    expect(asked.json.error.message).toContain("Run `echo`");
    expect(ended[0]?.sent).toEqual([]);

    const said = await post(h2m, "/tools/echo", { text: "hello" }, confirm(asked));
    expect(said).toMatchObject({ status: 200, json: { content: [{ text: "hello" }] } });

    const again = await post(h2m, "/tools/echo", { text: "hello" }, confirm(asked));
    expect(again.status).toBe(409);
  });

  it("takes no code of another request, session or process, and none that was made up", async () => {
    const h2m = await asking();
    const code = confirm(await post(h2m, "/tools/echo", { text: "hello" }));

    const others = await Promise.all([
      post(h2m, "/tools/echo", { text: "other" }, code),
      post(h2m, "/tools/echo", { text: "hello" }, { ...code, "h2m-session": "work" }),
      post(await asking(), "/tools/echo", { text: "hello" }, code),
      post(h2m, "/tools/echo", { text: "hello" }, { "h2m-confirm": "zzzzzzzz.00.x, ,," }),
      post(
        h2m,
        "/tools/echo",
        { text: "hello" },
        { "h2m-confirm": code["h2m-confirm"].replace(/^\w/, "z") },
      ),
    ]);

    expect(others.map(({ status }) => status)).toEqual([409, 409, 409, 409, 409]);
    expect((await post(h2m, "/tools/echo", { text: "hello" }, code)).status).toBe(200);
  });

  it("asks as events too", async () => {
    const h2m = await asking();
    const asked = await post(h2m, "/tools/echo", { text: "hello" }, EVENTS);

    expect(asked.status).toBe(409);
    const said = await post(
      h2m,
      "/tools/echo",
      { text: "hello" },
      { ...EVENTS, ...confirm(asked) },
    );
    expect(eventsIn(said.text)[0]).toMatchObject(["result", { content: [{ text: "hello" }] }]);
  });
});

describe("events", () => {
  it("are what the tool yields, what it returns, and the end", async () => {
    const { status, headers, text } = await post(await own(), "/tools/stream", {}, EVENTS);

    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/event-stream");
    expect(eventsIn(text)).toEqual([
      ["progress", { text: "one" }],
      ["progress", { text: '{"two":2}' }],
      ["result", { content: [{ type: "text", text: "three" }] }],
      ["done", {}],
    ]);
  });

  it("tell of a failure of the tool", async () => {
    const { text } = await post(await own(), "/tools/stream", { fail: true }, EVENTS);

    expect(eventsIn(text).slice(2)).toMatchObject([
      [
        "error",
        { error: { code: "tool-failed", message: "no wood today" }, result: { isError: true } },
      ],
      ["done", {}],
    ]);
  });

  it("begin after a while, with signs of life; what is known before has its own status", async () => {
    const h2m = await serveFake({}, { heartbeat: 50, timeouts: { call: 600 } });

    const late = await post(h2m, "/tools/slow", { ms: 60_000, text: "x" }, EVENTS);
    expect(late.status).toBe(200);
    expect(late.text).toContain(": keep-alive");
    expect(eventsIn(late.text)).toMatchObject([
      ["error", { error: { code: "timeout" }, status: 504 }],
      ["done", {}],
    ]);

    expect((await post(h2m, "/tools/ecco", {}, EVENTS)).status).toBe(404);
    expect((await post(h2m, "/tools/echo", {}, EVENTS)).status).toBe(422);
  });

  it.each([
    { accept: "*/*" },
    { accept: "application/json, text/event-stream;q=0.5" },
    { accept: "" },
  ])("are not for who takes JSON as well (%j)", async (headers) => {
    const { headers: told } = await post(await own(), "/tools/stream", {}, headers);

    expect(told.get("content-type")).toContain("application/json");
  });

  it("give a call up whose client goes", async () => {
    const h2m = await own();
    const ended: string[] = [];
    h2m.on("call:end", ({ error }) => ended.push(error?.code ?? "none"));
    const control = new AbortController();
    const response = await fetch(`${rootOf(h2m)}/tools/stream`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...EVENTS },
      body: JSON.stringify({ wait: 60_000 }),
      signal: control.signal,
    });
    expect(response.status).toBe(200);
    control.abort();

    await until("the call is over", () => ended.length === 1);
    expect(ended).toEqual(["cancelled"]);
  });

  it("that nobody reads do not fill the memory, and the result comes all the same", async () => {
    const flood = defineTool({
      name: "flood",
      description: "Floods.",
      input: z.object({}),
      async *handler() {
        for (let i = 0; i < 200; i++) yield "x".repeat(100_000);
        return "whole";
      },
    });
    const h2m = await serve({ tools: { local: [flood] } });
    const response = await fetch(`${rootOf(h2m)}/tools/flood`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...EVENTS },
      body: "{}",
    });
    await until("it is over", () => h2m.sessions.list()[0]?.usage().running === 0);

    const events = eventsIn(await response.text());
    expect(events.at(-2)).toMatchObject(["result", { content: [{ text: "whole" }] }]);
  });
});

describe("images", () => {
  it("are base64 in the content, or raw for who asks for one", async () => {
    const h2m = await own();

    expect((await post(h2m, "/tools/draw", {})).json.content[1]).toMatchObject({ data: PIXEL });
    const response = await fetch(`${rootOf(h2m)}/tools/draw`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        "content-type": "application/json",
        accept: "image/*",
      },
      body: "{}",
    });
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(Buffer.from(await response.arrayBuffer()).toString("base64")).toBe(PIXEL);
  });

  it("that could hold scripts are never raw", async () => {
    const { headers, json } = await post(
      await own(),
      "/tools/draw",
      { type: "image/svg+xml" },
      { accept: "image/*" },
    );

    expect(headers.get("content-type")).toContain("application/json");
    expect(json.content[1].mimeType).toBe("image/svg+xml");
  });
});

describe("the guard", () => {
  it.each(["/tools", "/tools/fake", "/openapi.json"])("stands before %s", async (path) => {
    const h2m = await serveFake();
    const get = (headers: Record<string, string>) =>
      raw(h2m, path, { headers: { host: "127.0.0.1", ...headers } });

    expect((await get({})).status).toBe(401);
    expect((await get({ authorization: `Bearer ${TOKEN}`, host: "evil.example" })).status).toBe(
      403,
    );
    expect(
      (await get({ authorization: `Bearer ${TOKEN}`, origin: "https://evil.example" })).status,
    ).toBe(403);
  });

  it("takes no form of a web page", async () => {
    const h2m = await serveFake();
    const headers = {
      host: "127.0.0.1",
      authorization: `Bearer ${TOKEN}`,
      "content-type": "text/plain",
    };

    const { status } = await raw(h2m, "/tools/echo", {
      method: "POST",
      headers,
      body: '{"text":"x"}',
    });

    expect(status).toBe(415);
    expect(h2m.sessions.list()).toEqual([]);
  });

  it("is passed by nothing where the surface is closed", async () => {
    const h2m = await serveFake({}, { surfaces: { rest: false } });

    for (const path of ["/tools", "/openapi.json", "/docs"])
      expect((await ask(h2m, path)).status).toBe(404);
    expect((await raw(h2m, "/docs", { headers: { host: "127.0.0.1" } })).status).toBe(401);
  });
});
