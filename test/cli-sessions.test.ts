import { describe, expect, it } from "vitest";
import { logTo } from "../src/cli/output/log.ts";
import { fakeConfig, useCli } from "./helpers/cli.ts";
import { RAW_ERAS, RawClient } from "./faults/raw-client.ts";
import { serveFake } from "./helpers/server.ts";
import { until } from "./helpers/until.ts";

const cli = useCli();

describe("the log", () => {
  it.each(RAW_ERAS)("tells of the sessions of a client of %s, and why they end", async (era) => {
    const h2m = await serveFake({ driver: true, headers: true }, { sessions: { max: 1 } });
    const lines: string[] = [];
    logTo(h2m, { level: "info", write: (line) => lines.push(line), secrets: [] });
    const one = await RawClient.open(h2m, era, "/fake/one");
    await one.text("pid");
    await one.text("pid");

    await (await RawClient.open(h2m, era, "/fake/two")).text("pid");

    await until("its end is told", () => lines.some((line) => line.includes("closed")));
    expect(lines[0]).toBe("h2m: fake/one opened for raw 1");
    expect(lines.find((line) => line.includes("closed"))).toMatch(
      /^h2m: fake\/one of raw 1 closed after 2 calls in [\d.]+ s: 1 sessions are open, and it was idle for the longest time$/,
    );
  });

  it("spells what a client calls itself, and cuts it", async () => {
    const h2m = await serveFake({ driver: true });
    const lines: string[] = [];
    logTo(h2m, { level: "info", write: (line) => lines.push(line), secrets: [] });

    h2m.sessions.open({ client: { name: "\u001b]52;c;eA==\u0007\nh2m: forged", version: "\r" } });

    expect(lines).toEqual([
      expect.stringMatching(/^h2m: fake\/\w+ opened for \\u\{1b\}]52[^\n\r]*$/),
    ]);
  });

  it("tells of the one client over stdio too", async () => {
    await cli.put("h2m.config.mjs", fakeConfig());
    const clientInfo = { name: "asker", version: "7" };
    const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
    const messages = [
      { id: 1, method: "initialize", params },
      { method: "notifications/initialized" },
      { id: 2, method: "tools/call", params: { name: "pid", arguments: {} } },
    ];
    const server = cli.start("--stdio");
    const lines = messages.map((each) => JSON.stringify({ jsonrpc: "2.0", ...each }));
    server.child.stdin?.write(`${lines.join("\n")}\n`);
    await server.says(/pid \d+ ms/);

    server.child.stdin?.end();

    await server.says(/fake\/\w+ of asker 7 closed after 1 call in [\d.]+ s: its client has gone/);
    expect(await server.ended).toBe(0);
  });
});
