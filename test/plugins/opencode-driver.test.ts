import { rm } from "node:fs/promises";
import { globalAgent } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OpencodeDriverWorld, seatAt, SECRET } from "../helpers/opencode-driver.ts";
import { doneState as done, partEvent, toolPartOf as part } from "../helpers/opencode-serve.ts";
import { until } from "../helpers/until.ts";

describe("the driver of opencode", () => {
  let world: OpencodeDriverWorld;

  const seat = seatAt("seat-1", "/the project");

  beforeEach(async () => {
    world = await OpencodeDriverWorld.create();
  });

  afterEach(async () => {
    await world.end();
  });

  it("makes a session that asks nobody, binds it, and prompts it while it listens", async () => {
    const { serve, driver, bound, warnings } = world;
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

  it("tells its password to nobody before its own process has said where it listens", async () => {
    const early = await OpencodeDriverWorld.starting();
    const { serve, driver } = early;
    const opening = driver.open(seat);

    early.say("Warning: something else listens on http://127.0.0.1:1");
    // Longer than a poll for its health took.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(serve.requests).toEqual([]);

    early.say(`opencode server listening on http://127.0.0.1:${serve.port}`);
    // Who could write there later is not heard.
    early.say(`opencode server listening on http://127.0.0.1:1`);
    await opening;
    expect(serve.lines).toContain("GET /global/health");
    await early.end();
  });

  it("passes on what it does not know of a call that is out, and nothing else", async () => {
    const { serve, driver, calls, unknown } = world;
    await driver.open(seat);
    expect(world.send(seat, "c1").early).toBe(true);
    const tell = (type: string, properties: object) =>
      serve.write(`data: ${JSON.stringify({ payload: { type, properties } })}\n\n`);

    await tell("session.tool.ended", { callID: "c1", output: "one" });
    await tell("session.tool.ended", { callID: "c2", output: "of nobody's" });
    await serve.tell(part("c1", { status: "finished", output: "one" }));
    await serve.tell(part("c1", { status: "running" }));
    await serve.tell(part("c1", done("one")));
    await tell("session.tool.ended", { callID: "c1", output: "it is known" });

    await until("it was settled", () => calls.has("c1"));
    expect(unknown).toEqual(["session.tool.ended", "message.part.updated tool"]);
  });

  it.each(["100%", "a b#c?d'é"])("works in the folder %s", async (name) => {
    await world.driver.open(seatAt("seat-1", `/p/${name}`));

    expect(world.bound).toHaveLength(1);
  });

  it.each([
    ["x%41y", "xAy"],
    ["%25", "%"],
  ])("refuses the folder %s, which it would take for %s", async (name, other) => {
    await expect(world.driver.open(seatAt("seat-1", `/p/${name}`))).rejects.toThrow(
      `OpenCode would take the folder /p/${name} for /p/${other}.`,
    );
    expect(world.serve.lines.filter((line) => line.includes("/session"))).toEqual([]);
  });

  it("refuses a session that works in another folder", async () => {
    world.serve.folder = "/the other";

    await expect(world.driver.open(seat)).rejects.toThrow(
      "OpenCode would work in /the other, not in /the project.",
    );
    expect(world.bound).toEqual([]);
    expect(world.serve.lines.at(-1)).toMatch(/^DELETE \/session\/ses_1/);
  });

  it("refuses to go on where nothing keeps code of the folder from running", async () => {
    await rm(join(world.home, "sealed"));

    await expect(world.driver.open(seat)).rejects.toThrow(/cannot be kept from running code of/);
    expect(world.serve.lines.some((line) => line.includes("prompt_async"))).toBe(false);
  });

  it("does not wait for the word of a process that has ended", async () => {
    const early = await OpencodeDriverWorld.starting();
    const opening = early.driver.open(seat);

    early.exit.abort(new Error("it has ended"));

    await expect(opening).rejects.toThrow("it has ended");
    await early.end();
  });

  it("goes through no proxy of the user's", async () => {
    // Both obey NODE_USE_ENV_PROXY=1 in Node 24.
    const fetched = vi.spyOn(globalThis, "fetch");
    const shared = vi.spyOn(globalAgent as unknown as { addRequest(): void }, "addRequest");

    await world.driver.open(seat);

    expect(world.serve.requests.length).toBeGreaterThan(3);
    expect(fetched).not.toHaveBeenCalled();
    expect(shared).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it("asks again when the first request hangs", async () => {
    const { serve, driver, bound } = world;
    serve.silent = 1;

    await driver.open(seat);

    expect(bound).toHaveLength(1);
  });

  it("gives up when the program ends before it is ready", async () => {
    const { serve, driver, exit } = world;
    serve.silent = 1_000;
    const opening = driver.open(seat);

    exit.abort(new Error("it has ended"));

    await expect(opening).rejects.toThrow("it has ended");
  });

  it("settles a call by its event, and tells of its output before", async () => {
    const { serve, driver, calls } = world;
    await driver.open(seat);
    world.send(seat, "c1");

    await serve.tell(part("c1", { status: "running", metadata: { output: "so far" } }));
    await serve.tell(part("c1", done("all", { metadata: { exit: 3 } })));

    const result = await until("a result", () => calls.of("c1"));
    expect(result).toEqual({ content: [{ type: "text", text: "all" }], isError: true });
    expect(calls.progress).toEqual([["c1", "so far"]]);
  });

  it("hears nothing but tools of its own session", async () => {
    const { serve, driver, calls } = world;
    await driver.open(seat);
    await driver.open(seatAt("seat-2", seat.cwd));
    for (const id of ["other", "c1"]) world.send(seat, id);

    // Another seat's, and nobody's.
    await serve.tell(part("other", done("x"), { sessionID: "ses_2" }));
    await serve.tell(part("other", done("x"), { sessionID: "ses_9" }));
    await serve.tell({ type: "text", sessionID: "ses_1", text: '"callID"' });
    await serve.write(
      'data: {"payload":{"type":"message.part.updated","properties":null},"callID":1}\n\n',
    );
    await serve.write('data: "message.part.updated" "callID" no JSON\n\n', "event: x\nid: 1\n\n");
    await serve.tell(part("c1", done("mine")));

    await until("a result", () => calls.of("c1"));
    expect(calls.results.map(([id]) => id)).toEqual(["c1"]);
  });

  it.each([
    ["permission", "reply", { reply: "reject", message: expect.stringContaining("none is there") }],
    ["question", "reject", undefined],
  ])("answers what a person is asked at once: a %s", async (kind, answer, body) => {
    const { serve, driver } = world;
    await driver.open(seat);
    const payload = { type: `${kind}.asked`, properties: { id: "ask_1", sessionID: "ses_1" } };

    await serve.write(`data: ${JSON.stringify({ directory: "/pro ject", payload })}\n\n`);

    const line = `POST /${kind}/ask_1/${answer}?directory=%2Fpro%20ject`;
    await until("it is answered", () => serve.lines.includes(line));
    expect(serve.requests.find((request) => request.line === line)?.body).toEqual(body);
  });

  it("reads events however they are cut into pieces", async () => {
    const { serve, driver, calls } = world;
    await driver.open(seat);
    for (const id of ["c1", "c2"]) world.send(seat, id);
    const text = JSON.stringify(partEvent(part("c1", done("größer\u2028 than"))));
    const bytes = Buffer.from(`data: ${text}\r\n\r\n`);

    await serve.write(...[...bytes].map((byte) => Buffer.of(byte)));
    await serve.tell(part("c2", done("after")));

    await until("the last result", () => calls.of("c2"));
    expect(calls.of("c1")?.content).toEqual([{ type: "text", text: "größer\u2028 than" }]);
  });

  it("settles early only while it hears, and catches up on what it missed", async () => {
    const { serve, driver, calls, warnings } = world;
    await driver.open(seat);
    for (const id of ["missed", "next"]) expect(world.send(seat, id).early).toBe(true);

    serve.parts = [part("missed", done("while away"))];
    serve.cut();
    await until("the end of the events", () => world.send(seat, "c1").early === false);

    await until("a result", () => calls.of("missed"));
    await until("the events again", () => world.send(seat, "c1").early);
    await serve.tell(part("next", done("again")));
    await until("the next result", () => calls.of("next"));
    expect(warnings).toEqual([expect.stringContaining("event stream broke")]);
  });

  it("closes a seat by ending what it runs, and then its session", async () => {
    const { serve, driver } = world;
    await driver.open(seat);
    await driver.open(seatAt("seat-2", seat.cwd));
    const opened = serve.lines.length;

    await driver.close?.(seat);
    await driver.close?.(seat);

    expect(serve.lines.slice(opened)).toEqual([
      "POST /session/ses_1/abort?directory=%2Fthe%20project",
      "DELETE /session/ses_1?directory=%2Fthe%20project",
    ]);
  });

  it("gives a cancelled call its end once", async () => {
    const { serve, driver, calls } = world;
    await driver.open(seat);
    world.send(seat, "c1");
    calls.cancel("c1");

    await serve.tell(part("c1", done("Terminated")));
    await until("a result", () => calls.has("c1"));
    await serve.tell(part("c1", done("once more")));
    world.send(seat, "c2");
    await serve.tell(part("c2", done("after")));

    await until("the next result", () => calls.has("c2"));
    expect(calls.results.map(([id]) => id)).toEqual(["c1", "c2"]);
  });
});
