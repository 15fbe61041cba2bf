import { createH2m, type H2m } from "harness-to-mcp";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import plugin from "../src/index.ts";

let folder: string;
let h2m: H2m;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "pi-driver-")));
  h2m = await createH2m({
    harnesses: ["pi"],
    plugins: [plugin],
    cwd: folder,
    timeouts: { connect: 100_000 },
    server: { port: 0, token: "token-of-the-test", attachKey: "attach-key-of-the-test" },
  });
}, 60_000);

afterEach(async () => {
  await h2m.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** One test starts a program that needs seconds. */
const PATIENCE = { timeout: 120_000 };

it("stops a cancelled command when its neighbours are done, and goes on", PATIENCE, async () => {
  const session = h2m.sessions.open({});
  await session.tools();
  const unwanted = new AbortController();
  let seen = "";
  const cancelled = session.call(
    "bash",
    { command: "echo going; sleep 987661.5" },
    { signal: unwanted.signal, onProgress: (text) => (seen = text) },
  );
  const neighbour = session.call("bash", { command: "sleep 2; echo kept" });

  await expect.poll(() => seen, { timeout: 60_000 }).toBe("going\n");
  unwanted.abort();

  await expect(cancelled).rejects.toThrow("cancelled");
  expect((await neighbour).content).toEqual([{ type: "text", text: "kept\n" }]);
  const running = { command: "ps -axo args= | grep -c '^sleep 987661.5' || true" };
  expect((await session.call("bash", running)).content).toEqual([{ type: "text", text: "0\n" }]);
});

it("tells the quick one of two results while the slow one runs", PATIENCE, async () => {
  const session = h2m.sessions.open({});
  await session.tools();
  const slow = session.call("bash", { command: "until [ -e told ]; do sleep 0.1; done; echo end" });
  const quick = session.call("bash", { command: "echo quick" });

  expect((await quick).content).toEqual([{ type: "text", text: "quick\n" }]);
  await writeFile(join(folder, "told"), "");

  expect((await slow).content).toEqual([{ type: "text", text: "end\n" }]);
});

it("starts a history anew that has grown, in the same process", PATIENCE, async () => {
  let processes = 0;
  let turns = 0;
  h2m.on("host:start", () => processes++);
  h2m.on("turn", () => turns++);
  const session = h2m.sessions.open({});
  await session.tools();
  const content = "x".repeat(1_100_000);

  for (const path of ["one", "two"]) await session.call("write", { path, content });

  // One for the list, one after each call, and one more: that of the new history.
  await expect.poll(() => turns, { timeout: 60_000 }).toBe(4);
  const { content: after } = await session.call("bash", { command: "wc -c < two" });
  expect(after).toEqual([{ type: "text", text: "1100000\n" }]);
  expect(processes).toBe(1);
});
