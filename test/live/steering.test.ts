import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfigFile } from "../../src/config/files/load.ts";
import { inThisRun } from "./versions.ts";
import { World } from "./world.ts";

type Write = (path: string, text: string) => { name: string; arguments: Record<string, unknown> };

/** How each harness writes a new file. */
const WRITES: readonly (readonly [harness: string, write: Write])[] = [
  ["claude", (file_path, content) => ({ name: "Write", arguments: { file_path, content } })],
  [
    "codex",
    (path, text) => ({
      name: "apply_patch",
      arguments: { input: `*** Begin Patch\n*** Add File: ${path}\n+${text}\n*** End Patch` },
    }),
  ],
  ["opencode", (filePath, content) => ({ name: "write", arguments: { filePath, content } })],
];

const CONFIG = "export default { tools: { exclude: ['*'] } };\n";
const ATTACK = "globalThis.theCodeRan = true; export default {};";

describe.each([...inThisRun(WRITES)])("%s", (harness: string, write: Write) => {
  let world: World;
  let client: Client;
  beforeEach(async () => {
    world = await World.create();
    await writeFile(join(world.project, "h2m.config.mjs"), CONFIG);
    // As `h2m` does at its start.
    await loadConfigFile({ folder: world.project, modules: {} });
    await world.serve({ harnesses: [harness], tools: { include: [write("", "").name] } });
    client = await world.client();
  });
  afterEach(() => world.end());

  const written = async (path: string) => {
    const result = (await client.callTool(write(path, ATTACK))) as CallToolResult;
    return JSON.stringify(result.content);
  };

  it("writes other files, and none that steers h2m: the running server and its next session stay", async () => {
    await symlink(world.project, join(world.temporary, "link"));
    const names = async (asked: Client) => (await asked.listTools()).tools.map(({ name }) => name);
    const before = await names(client);

    const refusals = [
      join(world.project, "h2m.config.mjs"),
      join(world.project, "h2m.config.ts"),
      "h2m.config.ts",
      join(world.temporary, "link", "h2m.config.json"),
      `/proc/self/root${join(world.project, "h2m.config.ts")}`,
      "/proc/self/cwd/h2m.config.ts",
    ];
    for (const path of refusals)
      expect(await written(path)).toMatch(/steers h2m itself|leads through `\/proc`/);
    expect(await written(join(world.project, "other.txt"))).not.toContain("was not called");

    expect(await readFile(join(world.project, "other.txt"), "utf8")).toContain("theCodeRan");
    expect(await readFile(join(world.project, "h2m.config.mjs"), "utf8")).toBe(CONFIG);
    expect(await names(client)).toEqual(before);
    expect(await names(await world.client())).toEqual(before);
    expect("theCodeRan" in globalThis).toBe(false);
    expect(world.troubles).toEqual([]);
  });
});
