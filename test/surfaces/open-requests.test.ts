import { describe, expect, it } from "vitest";
import { RawClient } from "../faults/raw-client.ts";
import { serveFake, sharedFake, TOKEN } from "../helpers/server.ts";
import { until } from "../helpers/until.ts";

type Message = Record<string, any>;

/** Each message of a response, as JSON or as events; for ever, if it never ends. */
async function messagesIn(response: Response): Promise<Message[]> {
  const text = await response.text();
  const events = text.split("\n").filter((line) => line.startsWith("data: {"));
  const found = events.length > 0 ? events.map((line) => line.slice(6)) : text ? [text] : [];
  return found.map((each) => JSON.parse(each) as Message);
}

const call = (id: number | string, name: string, args: object = {}): Message => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: args },
});
const slow = (id: number | string, ms: number, text = "x") => call(id, "slow", { ms, text });
const cancelled = (requestId: number | string): Message => ({
  jsonrpc: "2.0",
  method: "notifications/cancelled",
  params: { requestId, reason: "the test" },
});

describe("the requests of one MCP session over HTTP", () => {
  const shared = sharedFake({ driver: true });
  /** What comes on two connections may change places: a cancellation waits until its call runs. */
  const running = async () => {
    let started = false;
    const stop = shared().h2m.on("call:start", () => void (started = true));
    await until("a call runs", () => started);
    stop();
  };
  /** A session of the 2025 era, by hand: it posts what it is given. */
  const session = async (protocolVersion = "2025-11-25") => {
    const headers: Record<string, string> = {
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
    const post = (body: unknown, more: Record<string, string> = {}, signal?: AbortSignal) =>
      fetch(shared().h2m.mcpUrl, {
        ...(signal ? { signal } : {}),
        method: "POST",
        headers: { ...headers, ...more },
        body: JSON.stringify(body),
      });
    const clientInfo = { name: "raw", version: "1" };
    const params = { protocolVersion, capabilities: {}, clientInfo };
    const begun = await post({ jsonrpc: "2.0", id: 1, method: "initialize", params });
    await begun.text();
    headers["mcp-session-id"] = begun.headers.get("mcp-session-id") ?? "";
    await post({ jsonrpc: "2.0", method: "notifications/initialized" });
    return post;
  };

  it("are answered with JSON, but for those with something to say before their answer", async () => {
    const post = await session();
    const type = async (body: Message) => {
      const response = await post(body, { "mcp-protocol-version": "2025-11-25" });
      expect(response.headers.get("mcp-session-id")).toMatch(/./);
      return [response.headers.get("content-type"), (await messagesIn(response)).length];
    };
    expect(await type(call("plain", "echo", { text: "x" }))).toEqual(["application/json", 1]);
    expect(await type(call("wrong", "nothing"))).toEqual(["application/json", 1]);
    expect(await type({ jsonrpc: "2.0", id: "ping", method: "ping" })).toEqual([
      "application/json",
      1,
    ]);

    const h2m = await serveFake({ driver: true }, { heartbeat: 20 });
    const client = await RawClient.open(h2m, "2025-11-25");
    const told = client.call("slow", { ms: 200, text: "x" }, "token");
    expect((await told.ended()).headers["content-type"]).toBe("text/event-stream");
    const messages = told.messages();
    expect(messages[0]).toMatchObject({ method: "notifications/progress" });
    expect(messages.at(-1)).toMatchObject({ result: { content: [{ text: "x" }] } });
  });

  it("that have one id at the same time are refused but for the first, and none hangs", async () => {
    const post = await session();
    const all = Array.from({ length: 6 }, (_, index) => post(slow(7, 300, `text ${index}`)));

    const responses = await Promise.all(all);
    const texts = responses.map(async (response) => [response.status, await messagesIn(response)]);

    const refusal = {
      jsonrpc: "2.0",
      id: 7,
      error: {
        code: -32600,
        message: "A request with the id 7 is being answered: each request needs an id of its own.",
      },
    };
    const told = (await Promise.all(texts)) as [number, Message[]][];
    const [first, ...others] = told.toSorted(([one], [other]) => one - other);
    expect(first).toMatchObject([200, [{ id: 7, result: { content: [{ type: "text" }] } }]]);
    expect(others).toEqual(Array.from({ length: 5 }, () => [409, [refusal]]));
  });

  it("may use an id again once it is answered, refused, or cancelled, and one that is a text", async () => {
    const post = await session();
    const answer = async (body: unknown, more?: Record<string, string>) =>
      messagesIn(await post(body, more));
    const echo = call(7, "echo", { text: "again" });
    const result = { id: 7, result: { content: [{ text: "again" }] } };

    expect(await answer(echo)).toMatchObject([result]);
    expect(await answer(call(7, "nothing"))).toMatchObject([{ id: 7, error: {} }]);
    expect((await post(echo, { "mcp-protocol-version": "1999-01-01" })).status).toBe(400);
    expect(await answer({ jsonrpc: "2.0", id: 7, method: "no/such" })).toMatchObject([{ id: 7 }]);
    const running = answer(slow(7, 60_000));
    const other = answer(call("7", "echo", { text: "a text" }));
    expect(await other).toMatchObject([{ id: "7", result: { content: [{ text: "a text" }] } }]);
    await post(cancelled(7));
    expect(await running).toEqual([]);
    expect(await answer(echo)).toMatchObject([result]);
  });

  it("end without an answer when they are cancelled, also before the harness is there", async () => {
    const post = await session();
    for (const body of [
      slow(2, 60_000),
      { jsonrpc: "2.0", id: 2, method: "tools/list" },
      call(2, "echo", { text: "x" }),
    ]) {
      const response = post(body);
      if (body["params"]?.name === "slow") await running();
      await post(cancelled(2));
      const messages = await messagesIn(await response);
      // What was quicker than its cancellation is answered.
      if (body["params"]?.name === "slow") expect(messages).toEqual([]);
    }
  });

  it("may be overtaken by their cancellation, and then do not run", async () => {
    const post = await session();
    const started: string[] = [];
    const stop = shared().h2m.on("call:start", ({ name }) => void started.push(name));

    await post(cancelled("late"));
    const response = await post(slow("late", 60_000));
    const again = await post(call("late", "echo", { text: "again" }));
    await post(cancelled("late"));
    const after = await post(call("late", "echo", { text: "after" }));
    const texts = [response, again, after].map(async (each) =>
      JSON.stringify(await messagesIn(each)),
    );
    stop();

    const [dropped, ...others] = await Promise.all(texts);
    expect(dropped).toContain("The request was cancelled.");
    expect(others).toEqual([expect.stringContaining("again"), expect.stringContaining("after")]);
    expect(started).toEqual(["echo", "echo"]);
  });

  it("of one batch wait for each other, and a cancelled one of them is answered", async () => {
    const post = await session("2025-03-26");
    const response = post([slow("a", 60_000), slow("b", 400, "done")]);
    await running();
    await post(cancelled("a"));
    const messages = await messagesIn(await response);

    expect(messages).toHaveLength(2);
    expect(messages.find(({ id }) => id === "a")).toMatchObject({
      error: { message: "The request was cancelled." },
    });
    expect(messages.find(({ id }) => id === "b")).toMatchObject({
      result: { content: [{ text: "done" }] },
    });
    const twice = await post([slow("c", 1), slow("c", 1)]);
    expect(twice.status).toBe(409);
  });

  it("are free again when their client hangs up", async () => {
    const post = await session();
    const control = new AbortController();
    const codes: unknown[] = [];
    const stop = shared().h2m.on("call:end", ({ error }) => void codes.push(error?.code));
    const hung = post(slow(3, 60_000), {}, control.signal).catch(() => {});
    await running();
    control.abort();
    await hung;
    await until("the call's end", () => codes.length > 0);
    stop();

    expect(codes).toEqual(["cancelled"]);
    expect(await messagesIn(await post(call(3, "echo", { text: "x" })))).toMatchObject([{ id: 3 }]);
  });
});
