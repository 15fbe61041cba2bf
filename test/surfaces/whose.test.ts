import { describe, expect, it } from "vitest";
import type { H2m } from "../../src/index.ts";
import { fakePlugin } from "../../src/testing.ts";
import { RAW_ERAS, RawClient, type RawEra } from "../faults/raw-client.ts";
import { attached } from "../helpers/attached.ts";
import { ATTACH_KEY, connected, serve, serveFake, TOKEN } from "../helpers/server.ts";

const DRIVEN = { driver: true, headers: true } as const;
const named = (h2m: H2m, era: RawEra, path: string, name: string) =>
  RawClient.open(h2m, era, path, { "h2m-session": name });
const twoHarnesses = () =>
  serve({
    harnesses: ["uno", "duo"],
    workspaces: { docs: { harness: "duo", cwd: "." } },
    plugins: [fakePlugin({ name: "uno", ...DRIVEN }), fakePlugin({ name: "duo", ...DRIVEN })],
  });

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "x", version: "1" },
  },
};
const PING = { jsonrpc: "2.0", id: 2, method: "ping" };

/** A POST of the 2025 era by hand. */
async function post(h2m: H2m, path: string, headers: Record<string, string>, body: object) {
  const response = await fetch(h2m.mcpUrl + path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${TOKEN}`,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      ...headers,
    },
    body: JSON.stringify(body),
  });
  return { response, status: response.status, text: await response.text() };
}

describe("`h2m-session`", () => {
  it("names the session that the URL would name, in both eras", async () => {
    const h2m = await serveFake(DRIVEN);

    for (const era of RAW_ERAS) {
      const pids = [
        await (await named(h2m, era, "", "work")).text("pid"),
        await (await named(h2m, era, "/fake", "work")).text("pid"),
        await (await named(h2m, era, "/fake/work", "work")).text("pid"),
        await (await RawClient.open(h2m, era, "/fake/work")).text("pid"),
      ];
      const other = await (await named(h2m, era, "", "other")).text("pid");

      expect(new Set(pids).size).toBe(1);
      expect(pids).not.toContain(other);
    }
    expect(h2m.sessions.list().map((session) => session.info().name)).toEqual(["work", "other"]);
  });

  it("names the session of several harnesses as one, and of a workspace", async () => {
    const h2m = await twoHarnesses();

    for (const era of RAW_ERAS) {
      const one = await named(h2m, era, "", "docs");
      expect(await one.text("duo_pid")).toBe(
        await (await RawClient.open(h2m, era, "/duo/docs")).text("pid"),
      );
      expect(await one.text("uno_pid")).not.toBe(
        await (await named(h2m, era, "", "other")).text("uno_pid"),
      );
    }
  });

  it.each(["Work", "a b", "", "x".repeat(33), "../x", "a, b"])(
    "that is no name is refused: %j",
    async (name) => {
      const h2m = await serveFake(DRIVEN);

      const { status, text } = await post(h2m, "", { "h2m-session": name }, INITIALIZE);

      expect(status).toBe(400);
      expect(text).toContain("cannot be the name of a session");
      expect(h2m.sessions.list()).toEqual([]);
    },
  );

  it("that is another than the URL's is refused", async () => {
    const h2m = await serveFake(DRIVEN);

    const { status, text } = await post(h2m, "/fake/one", { "h2m-session": "two" }, INITIALIZE);

    expect(status).toBe(400);
    expect(text).toContain("names the session `two`, and the URL `one`");
    expect(h2m.sessions.list()).toEqual([]);
  });

  it("stands over no MCP session: whose id it is decides, and another name is refused", async () => {
    const h2m = await serveFake(DRIVEN);
    const open = async (headers: Record<string, string>) => {
      const { response } = await post(h2m, "", headers, INITIALIZE);
      return { "mcp-session-id": response.headers.get("mcp-session-id") ?? "" };
    };
    const own = await open({});
    const work = await open({ "h2m-session": "work" });
    const asked = async (headers: Record<string, string>) => {
      const { status, text } = await post(h2m, "", headers, PING);
      return status === 200 ? 200 : `${status} ${text}`;
    };

    expect(await asked(own)).toBe(200);
    expect(await asked(work)).toBe(200);
    expect(await asked({ ...work, "h2m-session": "work" })).toBe(200);
    expect(await asked({ ...work, "h2m-session": "two" })).toMatch(
      /^400 .*leads to the session `work`.*Initialize again/,
    );
    expect(await asked({ ...own, "h2m-session": "two" })).toMatch(
      /^400 .*leads to a session of its own/,
    );
    expect(h2m.sessions.list().length).toBe(2);
  });

  it("counts for `sessions.max` as any session", async () => {
    const h2m = await serveFake(DRIVEN, { sessions: { max: 1 } });
    const one = await named(h2m, "2026-07-28", "", "one");
    const pid = await one.text("pid");

    await (await named(h2m, "2026-07-28", "", "two")).text("pid");

    expect(h2m.sessions.list().map((session) => session.info().name)).toEqual(["two"]);
    expect(await one.text("pid")).not.toBe(pid);
  });

  it("means nothing where harnesses attach: that is said", async () => {
    const h2m = await serve();
    await attached(h2m, { key: `${ATTACH_KEY}.mine` }).turn();

    const bare = await post(h2m, "", { "h2m-session": "work" }, INITIALIZE);
    const other = await post(h2m, "/mine", { "h2m-session": "work" }, INITIALIZE);
    const same = await post(h2m, "/mine", { "h2m-session": "mine" }, INITIALIZE);

    expect([bare.status, other.status, same.status]).toEqual([400, 400, 200]);
    expect(bare.text).toContain("leave the header out");
    expect(other.text).toContain("cannot be `work`");
  });

  it("is told in the events, with the client that opened it", async () => {
    const h2m = await serveFake(DRIVEN);
    const told: unknown[] = [];
    h2m.on("session:open", ({ session }) => told.push([session.name, session.client]));
    h2m.on("call:end", ({ session, name }) => told.push([session.name, name]));
    h2m.on("session:close", ({ session, reason, calls, ms }) =>
      told.push([session.name, session.client, reason, calls, ms > 0]),
    );
    const client = { name: "raw", version: "1" };

    await (await named(h2m, "2026-07-28", "", "work")).text("pid");
    await h2m.close();

    expect(told).toEqual([
      ["work", client],
      ["work", "pid"],
      ["work", client, "the server is stopping", 1, true],
    ]);
  });
});

describe("a URL at which there is nothing", () => {
  it.each(RAW_ERAS)(
    "is said at once to a client of %s, with the URLs that there are",
    async (era) => {
      const h2m = await twoHarnesses();
      await attached(h2m, { key: `${ATTACH_KEY}.mine` }).turn();
      const meta = {
        "io.modelcontextprotocol/protocolVersion": era,
        "io.modelcontextprotocol/clientInfo": { name: "x", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      };
      const modern = { jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: meta } };
      const [headers, body] =
        era === "2026-07-28"
          ? [{ "mcp-protocol-version": era, "mcp-method": "tools/list" }, modern]
          : [{}, INITIALIZE];
      const at = async (path: string) => {
        const { status, text } = await post(h2m, path, headers, body);
        return `${status} ${text}`;
      };
      const all = "/mcp, /mcp/uno, /mcp/duo, /mcp/duo/docs, /mcp/mine";

      expect(await at("/nosuch")).toContain(
        `404 {"error":"There is nothing at \`/mcp/nosuch\`. Known: ${all}.`,
      );
      expect(await at("/un")).toContain(`Did you mean \`/mcp/uno\`? Known: ${all}.`);
      expect(await at("/docs")).toContain("Did you mean `/mcp/duo/docs`?");
      expect(await at("/claude")).toMatch(/^404 .*not in the config.*uno, duo/);
      expect(await at("/nosuch/x")).toMatch(/^404 .*uno, duo/);
      expect(h2m.sessions.list().length).toBe(1);
    },
  );

  it("is waited at where the config has no harness: one may attach there", async () => {
    const h2m = await serve();
    const client = await connected(h2m, "/mine");
    const names = client.names();

    await attached(h2m, { key: `${ATTACH_KEY}.mine` }).turn();

    expect(await names).toContain("echo");
  });
});
