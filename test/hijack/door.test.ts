import { describe, expect, it } from "vitest";
import { attached, told } from "../helpers/attached.ts";
import { textIn } from "../helpers/clients.ts";
import { type ApiName, fakePlugin } from "../../src/testing.ts";
import { raw } from "../helpers/raw.ts";
import { connected, serve, serveFake, TOKEN } from "../helpers/server.ts";
import { until } from "../helpers/until.ts";

const APIS: readonly ApiName[] = ["messages", "responses", "chat-completions"];

/** The message in an error of any of the APIs. */
async function messageOf(response: Response): Promise<string> {
  const body = (await response.json()) as { error: { message: string } };
  return body.error.message;
}

describe.each(APIS)("the door of %s", (api) => {
  it("refuses a body that is no JSON, or no request of this API, in the API's own form", async () => {
    const harness = attached(await serve(), { api });

    for (const body of ["", "{", "nonsense"]) {
      const response = await harness.post(body);
      expect(response.status).toBe(400);
      expect(await messageOf(response)).toContain("not JSON");
    }
    const key = api === "responses" ? "input" : "messages";
    for (const body of [null, 1, "x", [], {}, { model: 1, [key]: [] }, { model: "x", [key]: 7 }]) {
      const response = await harness.post(JSON.stringify(body));
      expect(response.status).toBe(400);
      expect(await messageOf(response)).toContain("no request of");
    }
  });

  it("refuses a body of more than 64 MiB with 413, also if its length is not told", async () => {
    const harness = attached(await serve(), { api });
    const chunk = new Uint8Array(1024 * 1024).fill(32);
    let left = 66;
    const body = new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
    });

    const told = await harness.post(" ".repeat(64 * 1024 * 1024 + 1));
    const streamed = await fetch(told.url, {
      method: "POST",
      headers: { ...harness.headers(), "content-type": "application/json" },
      body,
      duplex: "half",
    } as RequestInit).catch(() => undefined);

    expect(told.status).toBe(413);
    // The server may close the connection before the client has sent all of it.
    expect(streamed?.status ?? 413).toBe(413);
  });

  it("takes a body of 20 MB: histories grow", async () => {
    const harness = attached(await serve(), { api, prompt: "x".repeat(20_000_000) });

    const response = await harness.post(JSON.stringify(harness.body({ tools: [] })));

    expect(response.status).toBe(200);
    await response.text();
  });

  it("refuses missing and wrong keys, and the MCP token, with 401 and a challenge", async () => {
    const h2m = await serve();

    for (const key of ["", "wrong", TOKEN, `${TOKEN}.name`, "attach-key-of-the-tesT"]) {
      const harness = attached(h2m, { api, key });
      const response = await harness.post(JSON.stringify(harness.body()));
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
      expect(await messageOf(response)).toMatch(/key/i);
    }
    expect(h2m.sessions.list()).toEqual([]);
  });

  it("refuses a body that is not sent as JSON with 415", async () => {
    const harness = attached(await serve(), { api });

    for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
      const response = await harness.post(JSON.stringify(harness.body()), { "content-type": type });
      expect(response.status).toBe(415);
    }
  });

  it("survives hostile names and values", async () => {
    const h2m = await serve();
    const harness = attached(h2m, {
      api,
      tools: [
        { name: "__proto__", schema: { type: "object" } },
        { name: "constructor", schema: { type: "object" } },
        { name: "line\r\nbreak", schema: { type: "object", $ref: "#/nowhere" } },
      ],
    });

    const reply = await harness.turn();
    const client = await connected(h2m);

    expect(await client.names()).toEqual(["__proto__", "constructor", "line_break"]);
    const session = h2m.sessions.open({});
    const result = session.call("constructor", JSON.parse('{"__proto__":{"a":1},"b":"\\u0000"}'));
    const call = await reply.expectCall();
    expect(JSON.stringify(call.arguments)).toBe('{"__proto__":{"a":1},"b":"\\u0000"}');
    await harness.next([told(call, "survived")]);
    expect(textIn(await result)).toBe("survived");
  });
});

describe("a host key", () => {
  /** A launched harness with its key, as the harness itself was told it. */
  async function launched() {
    let key = "";
    const plugin = fakePlugin();
    const [launcher] = plugin.harnesses!;
    const listening = {
      ...launcher!,
      prepare: (context: Parameters<NonNullable<typeof launcher>["prepare"]>[0]) => {
        key = context.token;
        return launcher!.prepare(context);
      },
    };
    const h2m = await serve({
      harnesses: ["fake"],
      plugins: [{ ...plugin, harnesses: [listening] }],
    });
    const client = await connected(h2m);
    await client.names();
    return { h2m, client, key };
  }

  it("does not open MCP", async () => {
    const { h2m, key } = await launched();

    const response = await fetch(h2m.mcpUrl, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });

    expect(response.status).toBe(401);
  });

  it("opens the hijack API while its host lives, and is dead with it", async () => {
    const { h2m, client, key } = await launched();
    const harness = attached(h2m, { key });
    const title = () => harness.post(JSON.stringify(harness.body({ tools: [] })));
    expect((await title()).status).toBe(200);

    await client.end();

    await until("the key is dead", async () => (await title()).status === 401);
    const attachedToo = attached(h2m, { key: `${key}.name` });
    expect((await attachedToo.post(JSON.stringify(attachedToo.body()))).status).toBe(401);
  });

  it("opens what its host may post, and nothing is there that nobody listens to", async () => {
    const { h2m, key } = await launched();
    const post = (bearer: string) =>
      fetch(`${h2m.hijackUrl}/hosts/v1/logs`, {
        method: "POST",
        headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
        body: "{}",
      });

    expect((await post(key)).status).toBe(404);
    expect((await post("wrong")).status).toBe(401);
  });
});

describe("further routes", () => {
  it("count tokens and list models, with a key only", async () => {
    const h2m = await serve();
    const { headers } = { headers: attached(h2m).headers() };
    const count = (own: Record<string, string>) =>
      fetch(`${h2m.hijackUrl}/v1/messages/count_tokens`, {
        method: "POST",
        headers: { ...own, "content-type": "application/json" },
        body: "{}",
      });

    const models = await fetch(`${h2m.hijackUrl}/v1/models`, { headers });

    expect(await (await count(headers)).json()).toEqual({ input_tokens: 1 });
    expect((await count({})).status).toBe(401);
    expect(((await models.json()) as { data: unknown[] }).data.length).toBeGreaterThan(0);
    expect((await fetch(`${h2m.hijackUrl}/v1/models`)).status).toBe(401);
  });

  it("do not exist elsewhere", async () => {
    const h2m = await serveFake();

    const { status } = await raw(h2m, "/harness_to_mcp/v1/nothing", {
      method: "POST",
      headers: { "content-type": "application/json", host: "localhost" },
      body: "{}",
    });

    expect(status).toBe(404);
  });
});
