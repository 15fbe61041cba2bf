import { describe, expect, it } from "vitest";
import { messages } from "../../plugins/messages/index.ts";
import { definePlugin, defineApiAdapter } from "../../src/index.ts";
import { allTools, WIRES } from "../../src/testing.ts";
import { raw, type RawRequest } from "../helpers/raw.ts";
import { ATTACH_KEY, connected, serve } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

/** An API whose path says the model and whether to stream, and whose key has a header of its own. */
const mine = defineApiAdapter({
  ...messages,
  name: "mine",
  path: "/v2beta/models/:model\\::method(run|stream)",
  keyHeader: "x-mine-key",
  parse: (body, params) => ({
    ...messages.parse({ ...(body as object), model: params?.["model"] }),
    api: "mine",
    stream: params?.["method"] === "stream",
  }),
  endpoints: [
    {
      method: "POST",
      path: "/v2beta/models/:model\\:count",
      handle: () => Response.json({ count: 1 }),
    },
  ],
});
const plugins = [definePlugin({ name: "mine", apis: [mine] })];
const {
  model: _,
  stream: __,
  ...BODY
} = WIRES.messages.request({
  history: [{ user: "Begin." }],
  system: "Be useful.",
  tools: allTools(),
});
const request = (headers: Record<string, string>, body: object = BODY): RawRequest => ({
  method: "POST",
  headers: { host: "127.0.0.1", "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const KEY = { "x-mine-key": ATTACH_KEY };

describe("an API of a plugin", () => {
  it("reads the model and the method in its path, decoded", async () => {
    const h2m = await serve({ plugins });
    const models: string[] = [];
    h2m.on("turn", ({ model, api }) => models.push(`${api} ${model}`));
    const held = fetch(`${h2m.hijackUrl}/v2beta/models/big%20one:stream`, request(KEY));
    const client = await connected(h2m);

    expect(await client.names()).toEqual(allTools().map(({ name }) => name));
    expect(models).toEqual(["mine big one"]);
    const { headers, body } = await held;
    expect(headers.get("content-type")).toContain("text/event-stream");
    await body?.cancel();
  });

  it("answers without a stream where its path says so, and has endpoints beside", async () => {
    const h2m = await serve({ plugins });
    const at = (path: string, body: object) =>
      raw(h2m, `/harness_to_mcp/v2beta/models/${path}`, request(KEY, body));

    const side = await at("small:run", { ...BODY, tools: [] });
    const counted = await at("small:count", {});
    const unknown = await at("small:other", BODY);

    expect(JSON.parse(side.text)).toMatchObject({ type: "message", model: "small" });
    expect(JSON.parse(counted.text)).toEqual({ count: 1 });
    expect(unknown.status).toBe(404);
  });

  it("is opened by the key in its own header, and by no other word there", async () => {
    const h2m = await serve({ plugins });
    const status = async (headers: Record<string, string>, path = "m:count") =>
      (await raw(h2m, `/harness_to_mcp/v2beta/models/${path}`, request(headers))).status;

    expect(await status(KEY)).toBe(200);
    expect(await status({ authorization: `Bearer ${ATTACH_KEY}` })).toBe(200);
    for (const path of ["m:count", "m:run", "m:stream"]) {
      expect(await status({}, path)).toBe(401);
      expect(await status({ "x-mine-key": "wrong" }, path)).toBe(401);
      expect(await status({ "x-other-key": ATTACH_KEY }, path)).toBe(401);
    }
    const { status: elsewhere } = await raw(h2m, "/harness_to_mcp/v1/messages", request(KEY));
    expect(elsewhere).toBe(401);
  });

  it("cannot take the place of MCP, of health, or of every path", async () => {
    const at = (path: string) =>
      failure(serve({ plugins: [definePlugin({ name: "x", apis: [{ ...mine, path }] })] }));

    for (const path of ["/mcp/x", "/hosts/x", "/:any/x", "/**", "/v1", "v1/x", "/"]) {
      expect((await at(path)).message, path).toContain(`cannot stand at \`${path}\``);
    }
  });
});
