import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UpstreamOptions } from "../../src/plugin.ts";
import { ERAS } from "../helpers/clients.ts";
import { atEnd, connected, serve } from "../helpers/server.ts";
import { until } from "../helpers/until.ts";
import { inThisRun } from "./versions.ts";

const VERSION = "2026.8.31";

let folder: string;
const programOf = (name: string) =>
  join(folder, "node_modules/@modelcontextprotocol", `server-${name}`, "dist/index.js");
const stdio = (name: string, ...args: string[]): UpstreamOptions => ({
  command: process.execPath,
  args: [programOf(name), ...args],
});

/** The same server over HTTP, at a free port. */
async function http(): Promise<UpstreamOptions> {
  const free = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => free.once("listening", resolve));
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  const child = spawn(process.execPath, [programOf("everything"), "streamableHttp"], {
    stdio: "ignore",
    env: { ...process.env, PORT: String(port) },
  });
  atEnd(() => child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}/mcp`;
  await until(
    "it listens",
    () =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    20_000,
  );
  return { url };
}

describe.runIf(inThisRun(["codex"]).length > 0)("real MCP servers beside a real Codex", () => {
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "h2m-upstream-")));
    writeFileSync(join(folder, "package.json"), "{}");
    const packages = ["filesystem", "everything"].map(
      (name) => `@modelcontextprotocol/server-${name}@${VERSION}`,
    );
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...packages], {
      cwd: folder,
    });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(ERAS)("have their tools, prompts and resources beside its own (%s)", async (era) => {
    writeFileSync(join(folder, "note.txt"), "a real file");
    const upstream = {
      files: stdio("filesystem", folder),
      every: stdio("everything"),
      web: await http(),
    };
    const h2m = await serve({ harnesses: ["codex"], upstream, timeouts: { connect: 60_000 } });
    const client = await connected(h2m, "", era);

    const names = await client.names();
    expect(names).toEqual(
      expect.arrayContaining(["exec_command", "files_read_text_file", "every_echo", "web_echo"]),
    );
    expect(await client.text("exec_command", { cmd: "echo own" })).toContain("own");
    expect(await client.text("files_read_text_file", { path: join(folder, "note.txt") })).toBe(
      "a real file",
    );
    expect(await client.text("every_echo", { message: "over stdio" })).toContain("over stdio");
    expect(await client.text("web_echo", { message: "over http" })).toContain("over http");
    expect(await client.text("web_get-sum", { a: 2, b: 3 })).toContain("5");
    expect((await client.call("every_get-tiny-image")).content).toContainEqual(
      expect.objectContaining({ type: "image", mimeType: "image/png" }),
    );
    expect(
      await client.call("every_get-structured-content", { location: "New York" }),
    ).toMatchObject({
      structuredContent: expect.any(Object),
    });
    const outside = await client.call("files_read_text_file", { path: "/etc/passwd" });
    expect(outside.isError).toBe(true);
    const [uri = ""] = await client.resources();
    expect((await client.read(uri)).length).toBeGreaterThan(0);
  });

  it("tell progress", async () => {
    const h2m = await serve({ harnesses: [], upstream: { every: stdio("everything") } });
    const client = await connected(h2m);
    await client.names();
    const told: number[] = [];

    await client.call(
      "every_trigger-long-running-operation",
      { duration: 1, steps: 3 },
      { onprogress: ({ progress }) => void told.push(progress) },
    );

    expect(told.length).toBeGreaterThan(0);
  });
});
