import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createH2m, type H2m } from "../../src/index.ts";
import { until } from "../helpers/until.ts";

const KEY = "key-of-the-attached";
const open: H2m[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((h2m) => h2m.close()));
});

const hum = { type: "function", name: "hum", parameters: { type: "object" } };
const create = (more: object = {}) => ({
  type: "response.create",
  model: "m",
  input: [{ role: "user", content: "Sing." }],
  tools: [hum],
  ...more,
});

interface Message {
  type: string;
  status?: number;
  item?: { type: string; call_id: string };
  response?: { id: string; output: unknown[] };
}

async function socket(): Promise<{ h2m: H2m; messages: Message[]; send(message: object): void }> {
  const h2m = await createH2m({
    server: { port: 0, token: "t", attachKey: KEY },
    heartbeat: 50,
  });
  open.push(h2m);
  const web = new WebSocket(`${h2m.hijackUrl.replace("http", "ws")}/v1/responses`, {
    headers: { authorization: `Bearer ${KEY}`, "thread-id": "thread-1", originator: "codex_exec" },
  });
  const messages: Message[] = [];
  web.on("message", (text) => messages.push(JSON.parse(String(text))));
  await new Promise((resolve, reject) => web.once("open", resolve).once("error", reject));
  return { h2m, messages, send: (message) => web.send(JSON.stringify(message)) };
}

describe("the responses API over WebSocket", () => {
  it("makes ready at once, holds a turn, and settles a call by a later request of new items only", async () => {
    const { h2m, messages, send } = await socket();
    const has = (type: string) => messages.find((each) => each.type === type);

    send(create({ generate: false }));
    const ready = await until("the empty response", () => has("response.completed"));
    expect(ready.response?.output).toEqual([]);
    messages.length = 0;
    send(create({ previous_response_id: ready.response?.id }));
    const calling = h2m.sessions.open({}).call("hum", {});
    const done = await until("the call", () => has("response.output_item.done"));
    const whole = await until("the end", () => has("response.completed"));
    send(
      create({
        previous_response_id: whole.response?.id,
        input: [{ type: "function_call_output", call_id: done.item?.call_id, output: "la" }],
      }),
    );

    expect(await calling).toEqual({ content: [{ type: "text", text: "la" }] });
  });

  it("keeps a held turn alive with messages that carry data", async () => {
    const { messages, send } = await socket();

    send(create());

    const beats = () => messages.filter(({ type }) => type === "response.in_progress").length;
    await until("three signs of life", () => beats() >= 4);
    expect(messages.map(({ type }) => type)).not.toContain("response.completed");
  });

  it("answers a bad request with an error that has a status, and lives on", async () => {
    const { messages, send } = await socket();

    send({ type: "response.create", model: "m" });
    await until("an error", () => messages.find((each) => each.type === "error"));
    send(create({ generate: false }));

    await until("a response", () => messages.find((each) => each.type === "response.completed"));
    expect(messages[0]).toMatchObject({ type: "error", status: 400 });
  });
});
