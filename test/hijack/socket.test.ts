import { once } from "node:events";
import { defineWebSocketHandler } from "h3";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { responses } from "../../plugins/responses/index.ts";
import { definePlugin } from "../../src/plugin.ts";
import { attached, told } from "../helpers/attached.ts";
import { textIn } from "../helpers/clients.ts";
import { raw, UPGRADE } from "../helpers/raw.ts";
import { ATTACH_KEY, serve, TOKEN } from "../helpers/server.ts";
import { until } from "../helpers/until.ts";

const PATH = "/harness_to_mcp/v1/responses";

describe("a WebSocket of the responses API", () => {
  it("carries turns one after another, with new input only", async () => {
    const h2m = await serve();
    const harness = attached(h2m, { api: "responses" });
    const socket = await harness.socket();
    const { stream: _, ...body } = harness.body();
    const reply = socket.send(body);
    const session = h2m.sessions.open({});
    const first = session.call("echo", { text: "1" });
    const call = await reply.expectCall();
    const { id: previous } = await reply.expectEnd();

    const next = socket.send({
      ...harness.wire.request({
        history: [{ results: [told(call, "one")] }],
        tools: [],
        system: "Be a harness.",
        previous,
      }),
      tools: body["tools"],
    });

    expect(textIn(await first)).toBe("one");
    expect(previous).toBeTruthy();
    const second = session.call("echo", { text: "2" });
    const another = await next.expectCall();
    expect((await next.expectEnd()).id).not.toBe(previous);
    socket.send({
      ...harness.wire.request({
        history: [{ results: [told(another, "two")] }],
        tools: [],
        system: "",
      }),
      tools: body["tools"],
    });
    expect(textIn(await second)).toBe("two");
  });

  it("has its warm-up answered at once, though it lists tools", async () => {
    const harness = attached(await serve(), { api: "responses" });
    const socket = await harness.socket();

    const reply = socket.send({ ...harness.body(), generate: false });

    expect((await reply.expectEnd()).id).toBeTruthy();
    expect(reply.calls).toEqual([]);
  });

  it("answers a bad message with an error and lives on", async () => {
    const harness = attached(await serve({ heartbeat: 30 }), { api: "responses" });
    const socket = await harness.socket();

    for (const text of ["{", JSON.stringify({ type: "response.create", model: 7 })]) {
      const refused = socket.raw(text);
      await until("the error", () => refused.events.length > 0);
      expect(refused.events[0]?.data).toContain("error");
    }
    const held = socket.send(harness.body());
    await until("signs of life", () => held.counted > 3);
    expect(held.end).toBeUndefined();
  });

  it("whose API cannot even write an error is closed, and the server lives", async () => {
    const broken = () => {
      throw new Error("it is broken");
    };
    const api = { ...responses, parse: broken, error: broken };
    const h2m = await serve({ plugins: [definePlugin({ name: "mine", apis: [api] })] });
    const errors: string[] = [];
    h2m.on("error", ({ error }) => void errors.push(error.message));
    const socket = await attached(h2m, { api: "responses" }).socket();

    const refused = socket.raw(JSON.stringify({ type: "response.create" }));

    await until("it is closed", () => socket.closed);
    expect(refused.events).toEqual([]);
    expect(errors).toEqual([
      "The plugin `mine` failed in `error` of the API `responses`: it is broken",
    ]);
  });

  it("of a plugin whose hooks throw changes nothing for others", async () => {
    const h2m = await serve({
      plugins: [
        definePlugin({
          name: "mine",
          setup: ({ app }) => {
            const broken = () => {
              throw new Error("it is broken");
            };
            const hooks = { open: broken, message: async () => broken(), close: broken };
            app.get("/mine", defineWebSocketHandler(hooks));
          },
        }),
      ],
    });
    const errors: string[] = [];
    h2m.on("error", ({ error }) => void errors.push(error.message));
    const url = new URL("/mine", h2m.mcpUrl);
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${TOKEN}` } });
    await once(socket, "open");
    socket.send("x");

    await until("both errors", () => errors.length === 2);
    socket.close();

    await until("all errors", () => errors.length === 3);
    expect(new Set(errors)).toEqual(new Set(["it is broken"]));
  });

  it("that is closed lets its turn go", async () => {
    const h2m = await serve({ timeouts: { connect: 100 } });
    const harness = attached(h2m, { api: "responses" });
    const socket = await harness.socket();
    socket.send(harness.body());
    await until("it is attached", () => h2m.sessions.list().length === 1);
    await h2m.sessions.list()[0]?.tools();

    socket.close();

    await until("its session has ended", () => h2m.sessions.list().length === 0);
  });

  it.each([
    ["without a key", {}, 401],
    ["with the MCP token", { authorization: `Bearer ${TOKEN}` }, 401],
    [
      "from another site",
      { authorization: `Bearer ${ATTACH_KEY}`, origin: "http://evil.example" },
      403,
    ],
    ["from the origin `null`", { authorization: `Bearer ${ATTACH_KEY}`, origin: "null" }, 403],
    [
      "with another host name",
      { authorization: `Bearer ${ATTACH_KEY}`, host: "evil.example" },
      403,
    ],
    [
      "with a rebinding host name",
      { authorization: `Bearer ${ATTACH_KEY}`, host: "127.0.0.1.nip.io" },
      403,
    ],
  ])("is not upgraded %s", async (_, headers, status) => {
    const h2m = await serve();

    const response = await raw(h2m, PATH, {
      headers: { host: "127.0.0.1", ...UPGRADE, ...headers },
    });

    expect(response.status).toBe(status);
  });

  it("is upgraded with its key from here, and nowhere else", async () => {
    const h2m = await serve();
    const headers = { host: "127.0.0.1", ...UPGRADE, authorization: `Bearer ${ATTACH_KEY}` };

    expect((await raw(h2m, PATH, { headers })).status).toBe(101);
    for (const path of ["/mcp", "/health", "/harness_to_mcp/v1/messages", "/nothing"])
      expect((await raw(h2m, path, { headers })).status).not.toBe(101);
  });
});
