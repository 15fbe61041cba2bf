import { rm } from "node:fs/promises";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { builtCli, type Cli, emptyFolder, fakeConfig, put, start } from "./helpers/cli.ts";
import { connect } from "./helpers/clients.ts";

// Each test starts a process or two, and machines differ.
vi.setConfig({ testTimeout: 60_000 });

let cli: string;
let folder: string;
let h2m: Cli;
beforeAll(async () => {
  cli = await builtCli();
}, 120_000);
beforeEach(async () => {
  folder = await emptyFolder();
});
afterEach(async () => {
  h2m.child.kill("SIGTERM");
  await h2m.ended;
  await rm(folder, { recursive: true, force: true });
});

const write = (more: string) => put(folder, "h2m.config.mjs", fakeConfig({}, more));

it("a config file that changes is applied while h2m runs; a broken one is told, and the old one stays", async () => {
  await write("");
  h2m = start(cli, ["--port", "0", "--token", "reload-token"], { cwd: folder });
  const [, url = ""] = (await h2m.says(/(http:\S+\/mcp)\b/)) ?? [];

  await write('tools: { exclude: ["echo"] },');
  await h2m.says(/the config has changed: new sessions take it/);
  await put(folder, "h2m.config.mjs", "export default {");
  await h2m.says(/cannot be used, so the old one stays\. The config file `\S+h2m\.config\.mjs/);

  const client = await connect("v1", url, "reload-token");
  const names = await client.names();
  await client.close();
  expect(names).not.toContain("echo");
  expect(names).toContain("pid");
});
