import { describe, expect, it } from "vitest";
import { ERAS, textIn } from "../helpers/clients.ts";
import { attached, told } from "../helpers/attached.ts";
import { connected, serve, serveFake, sharedFake, TOKEN } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

const LIMITED = { tools: { limits: { maxResultBytes: 10_000 } } };

describe.each(ERAS)("a result that is too large for an answer, for a client of %s", (era) => {
  const shared = sharedFake({ driver: true }, LIMITED);

  it("is cut, and read whole as the resource that it links to", async () => {
    const client = await connected(shared().h2m, "/fake/one", era);

    const result = await client.call("big", { n: 1_000_000 });

    const link = result.content.find((block) => block.type === "resource_link");
    expect(Buffer.byteLength(textIn(result))).toBeLessThanOrEqual(10_000);
    expect(textIn(result)).toMatch(/^x+\n\[… \d+ of 1000000 bytes are left out.*…\]\nx+$/s);
    expect(await client.read(link?.uri ?? "")).toBe("x".repeat(1_000_000));
    expect(await client.resources()).toContain(link?.uri);
  });

  it("is read by the clients of its own session alone", async () => {
    const { h2m } = shared();
    const owner = await connected(h2m, "/fake/one", era);
    const friend = await connected(h2m, "/fake/one", era);
    const stranger = await connected(h2m, "/fake/two", era);
    const { content } = await owner.call("big", { n: 20_000 });
    const { uri } = content.find((block) => block.type === "resource_link") ?? { uri: "" };

    expect(await friend.read(uri)).toBe("x".repeat(20_000));
    const error = await failure(stranger.read(uri));
    expect(error.message).toContain("There is no result");
    expect(error.code).toBe(-32602);
    expect(await stranger.resources()).toEqual([]);
  });

  it("leaves others as they are", async () => {
    const client = await connected(shared().h2m, "/fake/one", era);

    const { content } = await client.call("echo", { text: "short" });

    expect(content).toEqual([{ type: "text", text: "short" }]);
  });
});

it("a server without the limit has no resources", async () => {
  const h2m = await serveFake({ driver: true });

  for (const era of ERAS) {
    const client = await connected(h2m, "/fake/one", era);
    await failure(client.read("h2m://result/x/1"));
    expect((await client.text("big", { n: 300_000 })).length).toBe(300_000);
  }
});

it("a client of before links gets words in their place", async () => {
  const h2m = await serveFake({ driver: true }, LIMITED);
  const post = async (body: object, session?: string) => {
    const response = await fetch(`${h2m.mcpUrl}/fake/one`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...(session ? { "mcp-session-id": session } : {}),
      },
      body: JSON.stringify({ jsonrpc: "2.0", ...body }),
    });
    return { id: response.headers.get("mcp-session-id") ?? "", text: await response.text() };
  };
  const { id } = await post({
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-03-26",
      capabilities: {},
      clientInfo: { name: "old", version: "1" },
    },
  });
  const call = { name: "big", arguments: { n: 20_000 } };

  const { text } = await post({ id: 2, method: "tools/call", params: call }, id);

  expect(text).not.toContain("resource_link");
  expect(text).toContain("[text/plain, 20000 bytes: the resource h2m://result/");
});

it("what an attached harness gave is read at bare `/mcp`", async () => {
  const h2m = await serve(LIMITED);
  const harness = attached(h2m);
  const reply = await harness.turn();
  for (const era of ERAS.slice(2)) {
    const client = await connected(h2m, "", era);
    const result = client.call("echo", { text: "x" });
    await harness.next([told(await reply.expectCall(), "y".repeat(50_000))]);

    const link = (await result).content.find((block) => block.type === "resource_link");

    expect(await client.read(link?.uri ?? "")).toBe("y".repeat(50_000));
    expect(await client.resources()).toEqual([link?.uri]);
  }
});
