import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { H3, toNodeHandler } from "h3";
import { expect, it } from "vitest";
import { messages } from "../../plugins/messages/index.ts";
import type { Admission } from "../../src/hijack/admit.ts";
import { addHijackRoutes } from "../../src/hijack/routes.ts";
import { WIRES } from "../../src/testing.ts";

const GIVEN = { history: [{ user: "Begin." }], tools: [], system: "Be a harness." };

it("a reply that its adapter cannot begin is an error, and ends no process", async () => {
  const adapter = {
    ...messages,
    encoder: (...told: Parameters<typeof messages.encoder>) => ({
      ...messages.encoder(...told),
      begin: () => {
        throw new Error("no begin");
      },
    }),
  };
  const admission = {
    replies: { heartbeat: 1_000, report: () => {} },
    caller: () => ({ kind: "attached", name: undefined }),
    admit: (_: unknown, api: typeof messages, { body }: { body: unknown }) => ({
      turn: api.parse(body, {}),
      serve: () => {},
    }),
  };
  const app = new H3();
  addHijackRoutes(app, [adapter], admission as unknown as Admission);
  const server = createServer(toNodeHandler(app)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const faults: unknown[] = [];
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => faults.push(error));
  try {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/harness_to_mcp${WIRES.messages.path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(WIRES.messages.request({ ...GIVEN, stream: true })),
    });
    await response.text();
    expect(response.status).toBe(500);
    await new Promise((resolve) => setTimeout(resolve, 50));
  } finally {
    server.closeAllConnections();
    server.close();
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  }
  expect(faults).toEqual([]);
});
