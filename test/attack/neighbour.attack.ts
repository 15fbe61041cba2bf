import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtCli, type Cli, fakeConfig, put, start } from "../helpers/cli.ts";
import { connect } from "../helpers/clients.ts";
import { Neighbour, NO_NEIGHBOUR, openFolder } from "./neighbour.ts";

/** Prints everything that a user can read of files below a folder, and of processes. */
const PRY = (folder: string) => `
  find ${folder} -type f -exec cat {} + 2>/dev/null
  for file in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do cat $file 2>/dev/null | tr '\\0' ' '; echo; done
  true
`;

/** Knocks at a door with what a neighbour has: nothing, or a guess. Prints the status codes. */
const KNOCK = `
  const [root] = process.argv.slice(1);
  const call = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "echo", arguments: { text: "x" } } });
  const turn = JSON.stringify({ model: "m", max_tokens: 1, stream: true, messages: [{ role: "user", content: "x" }], tools: [] });
  const doors = [["/mcp", call], ["/mcp/fake/shared", call], ["/harness_to_mcp/mcp", call], ["/harness_to_mcp/v1/messages", turn], ["/nothing", "{}"]];
  const keys = [undefined, "", "guess", "h2mhost_" + "0".repeat(32), "undefined", "null"];
  for (const [path, body] of doors) for (const key of keys) for (const scheme of ["Bearer ", "bearer ", "Basic ", ""]) {
    const headers = { "content-type": "application/json", ...(key === undefined ? {} : { authorization: scheme + key, "x-api-key": key }) };
    const answer = await fetch(root + path, { method: "POST", headers, body });
    console.log(path, answer.status);
  }
`;

const title = NO_NEIGHBOUR === undefined ? "" : ` (left out: ${NO_NEIGHBOUR})`;

describe.skipIf(NO_NEIGHBOUR)(`another user of this machine${title}`, () => {
  let neighbour: Neighbour;
  let folder: { path: string; remove(): Promise<void> };
  let h2m: Cli;
  let url: string;
  let secrets: string[];

  beforeAll(async () => {
    const cli = await builtCli();
    neighbour = await Neighbour.movesIn();
    folder = await openFolder();
    await put(folder.path, "h2m.config.mjs", fakeConfig());
    h2m = start(cli, ["--port", "0", "--config", "h2m.config.mjs"], { cwd: folder.path });
    [, url = ""] = await h2m.says(/(http:\/\/127\.0\.0\.1:\d+\/mcp)/);
    const kept = (name: string) => readFile(join(folder.path, "state/h2m", name), "utf8");
    const [token, attachKey] = [await kept("token"), await kept("attach-key")];
    const client = await connect("v1", url, token.trim());
    expect(await client.text("echo", { text: "mine" })).toBe("mine");
    const [home = ""] = (await readdir(folder.path)).filter((name) => name.startsWith("h2m-fake-"));
    const host = /h2mhost_\w+/.exec(await readFile(join(folder.path, home, "fake.json"), "utf8"));
    secrets = [token.trim(), attachKey.trim(), host?.[0] ?? ""];
  }, 180_000);

  afterAll(async () => {
    h2m?.child.kill("SIGTERM");
    await h2m?.ended;
    await folder?.remove();
    await neighbour?.leave();
  });

  it("finds no secret in what it can read of files and processes", async () => {
    expect(secrets.every((secret) => secret.length > 20)).toBe(true);

    const { out } = await neighbour.does(PRY(folder.path));

    // It could look: the config, and the command line of h2m, are no secrets.
    expect(out).toContain("export default");
    expect(out).toContain("h2m.config.mjs");
    for (const secret of secrets) expect(out.includes(secret)).toBe(false);
    expect(out).not.toMatch(/h2mhost_\w/);
  });

  it("sees neither the state folder nor the private folder of a harness", async () => {
    const { out } = await neighbour.does(`ls ${folder.path}/state/h2m ${folder.path}/h2m-fake-*`);

    expect(out.match(/Permission denied/g)?.length).toBe(2);
  });

  it("gets through no door", async () => {
    const { ok, out } = await neighbour.runs(KNOCK, new URL(url).origin);

    expect(ok, out).toBe(true);
    const answers = out.trim().split("\n");
    expect(answers.length).toBe(120);
    expect(answers.filter((answer) => !answer.endsWith(" 401"))).toEqual([]);
  });

  it("ends neither h2m nor its harness", async () => {
    const { out } = await neighbour.does(`kill -TERM ${h2m.child.pid} && echo ended`);

    expect(out).not.toContain("ended");
    expect(h2m.child.exitCode).toBeNull();
  });
});
