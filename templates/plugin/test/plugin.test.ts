import { createH2m, type H2m, textOf } from "harness-to-mcp";
import { fakePlugin } from "harness-to-mcp/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Count } from "../src/counting.ts";
import plugin from "../src/index.ts";

const TOKEN = "token-of-the-test";
let h2m: H2m;

// A running h2m with this plugin and the harness `fake`: a real process with invented tools, without a model.
beforeEach(async () => {
  h2m = await createH2m({
    harnesses: ["fake"],
    plugins: [fakePlugin({ driver: true }), plugin({ deny: ["git push"] })],
    // Lists of tools are not kept for later starts.
    catalog: false,
    server: { port: 0, token: TOKEN, attachKey: "attach-key-of-the-test" },
  });
}, 30_000);
afterEach(() => h2m.close());

async function counts(): Promise<Record<string, Count>> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(new URL("/counts", h2m.mcpUrl), { headers });
  return (await response.json()) as Record<string, Count>;
}

it("tells clients what is refused", async () => {
  const tools = await h2m.sessions.open({}).tools();

  expect(tools.find(({ name }) => name === "echo")?.description).toContain("git push");
});

it("refuses a call by its words, lets others through, and counts both", async () => {
  const session = h2m.sessions.open({});

  const refused = await session.call("echo", { text: "git push --force" });
  const other = await session.call("echo", { text: "git status" });

  expect(refused.isError).toBe(true);
  expect(textOf(refused)).toBe("`git push` is not allowed here.");
  expect(textOf(other)).toBe("git status");
  expect(await counts()).toEqual({ echo: { sent: 1, refused: 1 } });
});

it("keeps the counts for those who have the token", async () => {
  expect((await fetch(new URL("/counts", h2m.mcpUrl))).status).toBe(401);
});
