import { describe, expect, it } from "vitest";
import { defineToolMapper } from "../../src/plugin.ts";
import { attached } from "../helpers/attached.ts";
import { connected, serve } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

const DEEP = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
const FREE = { name: "free", description: "Takes anything.", schema: { type: "object" } };

describe("JSON that is nested deeper than a stack", () => {
  it("is refused as arguments, and the server lives on", async () => {
    const h2m = await serve();
    const harness = attached(h2m, { tools: [FREE] });
    const reply = await harness.turn();
    const client = await connected(h2m);
    // No client can write it, since it would have to walk it: the text goes out as it is.
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"free","arguments":{"a":${DEEP}},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`;
    const headers = {
      authorization: `Bearer ${h2m.token}`,
      "content-type": "application/json",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "free",
    };

    const answer = await fetch(h2m.mcpUrl, { method: "POST", headers, body });

    expect(await answer.text()).toContain("nested too deeply. The tool was not called.");
    expect(await client.names()).toEqual(["free"]);
    expect(reply.calls).toEqual([]);
  });

  it.each([150, 400, 1_000, 2_000, 3_000, 4_000, 6_000, 9_000, 14_000, 50_000])(
    "is no message, however deep the stack is at which it is read: %s levels",
    async (depth) => {
      const h2m = await serve();
      const deep = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
      const headers = {
        authorization: `Bearer ${h2m.token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      };
      const clientInfo = '"clientInfo":{"name":"deep","version":"1"}';
      const bodies = [
        `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":${deep}},${clientInfo}}}`,
        `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":${deep}}}}}`,
        `{"jsonrpc":"2.0","id":1,"result":${deep}}`,
      ];

      for (const body of [...bodies, `[${bodies[0]}]`]) {
        const answer = await fetch(h2m.mcpUrl, { method: "POST", headers, body });
        const text = await answer.text();
        expect(answer.status).toBeLessThan(500);
        if (depth > 200) expect(text).toContain("it is nested too deeply");
      }
    },
  );

  it("is no request of a harness", async () => {
    const h2m = await serve();
    const harness = attached(h2m);
    const body = JSON.stringify(harness.body()).replace(/^\{/, `{"deep":${DEEP},`);

    const answer = await harness.post(body);

    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("nested too deeply");
  });
});

describe("arguments that no JSON can say", () => {
  it("fail their own call, and the next one goes out", async () => {
    const mapper = defineToolMapper({
      name: "big",
      call: (call, next) => next(call.arguments["big"] ? { ...call, arguments: { n: 1n } } : call),
    });
    const h2m = await serve({ tools: { map: [mapper] } });
    const reply = await attached(h2m, { tools: [FREE] }).turn();
    const client = await connected(h2m);

    const error = await failure(client.call("free", { big: true }));

    expect(error.message).toContain("BigInt");
    // It ends with the test, unanswered.
    client.call("free", { big: false }).catch(() => {});
    expect((await reply.expectCall()).arguments).toEqual({ big: false });
  });
});
