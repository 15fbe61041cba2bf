import { describe, expect, it } from "vitest";
import { accepts } from "../../src/surfaces/accept.ts";
import { serveFake, TOKEN } from "../helpers/server.ts";

const JSON_TYPE = "application/json";
const EVENTS = "text/event-stream";

describe("an `Accept` header", () => {
  it.each<[string | null, boolean, boolean]>([
    [null, true, true],
    ["", true, true],
    [" , ,", true, true],
    ["*/*", true, true],
    ["*", true, true],
    ["text/html, image/gif, *; q=.2, */*; q=.2", true, true],
    ["application/json, text/plain, */*", true, true],
    ["*/*;q=0.8", true, true],
    ["*/* ; Q = 0.8", true, true],
    ["text/*, application/*", true, true],
    ["APPLICATION/JSON, Text/Event-Stream", true, true],
    ["application/json;charset=utf-8, text/event-stream;q=1.000", true, true],
    ['application/json;a="x,y;q=0", text/event-stream', true, true],
    ["application/json", true, false],
    ["text/event-stream", false, true],
    ["text/*", false, true],
    ["application/json-seq, text/event-streams", false, false],
    ["text/html", false, false],
    ["*/*;q=0", false, false],
    ["*/*, text/event-stream;q=0", true, false],
    ["*/*, application/*;q=0.0, application/json;q=0.1", true, true],
    ["*/*, application/*;q=0", false, true],
    ["application/json;q=x, text/*;q=0.001", true, true],
    ['"', false, false],
    [`${'"'.repeat(15_001)}, */*`, true, true],
  ])("%j takes JSON: %s, events: %s", (header, json, events) => {
    expect([accepts(header, JSON_TYPE), accepts(header, EVENTS)]).toEqual([json, events]);
  });

  it.each([
    "application/json, text/plain, */*",
    "*/*;q=0.8",
    "text/*, application/*",
    "APPLICATION/JSON, TEXT/EVENT-STREAM",
  ])("that says %j is served in the 2025 era, by POST and by GET", async (accept) => {
    const h2m = await serveFake({ driver: true });
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": JSON_TYPE, accept };
    const clientInfo = { name: "raw", version: "1" };
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });

    const begun = await fetch(h2m.mcpUrl, { method: "POST", headers, body });
    const id = begun.headers.get("mcp-session-id") ?? "";
    const stream = await fetch(h2m.mcpUrl, { headers: { ...headers, "mcp-session-id": id } });
    await stream.body?.cancel();

    expect([begun.status, stream.status]).toEqual([200, 200]);
  });
});

describe("a body with a byte order mark before it", () => {
  it("is read as without it, by MCP and by the API for harnesses", async () => {
    const h2m = await serveFake({ driver: true });
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      "content-type": JSON_TYPE,
      accept: "*/*",
    };

    for (const mark of ["\ufeff", ""]) {
      const body = `${mark}{"jsonrpc":"2.0","id":1,"method":"tools/list"}`;
      const answer = await fetch(h2m.mcpUrl, { method: "POST", headers, body });
      expect(await answer.text()).toContain("Send `initialize` first");
    }
  });
});
