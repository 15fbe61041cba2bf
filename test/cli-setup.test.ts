import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import own from "../package.json" with { type: "json" };
import { selfLine } from "../src/cli/output/own-command.ts";
import { fakeConfig, useCli } from "./helpers/cli.ts";

const h2m = useCli();
const at = (path: string) => join(h2m.folder, path);
const read = (path: string) => readFile(at(path), "utf8");

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), text);
}

const CURSOR = ["setup", "cursor", "--harness", "claude", "--no-warm"];

describe("h2m setup", () => {
  it("writes an entry that starts h2m by absolute paths, and gives an app its PATH", async () => {
    const { code, out, err } = await h2m.run(...CURSOR);

    expect({ code, out }).toEqual({ code: 0, out: "" });
    const { mcpServers } = JSON.parse(await read(".cursor/mcp.json"));
    expect(mcpServers.h2m).toEqual({
      type: "stdio",
      command: process.execPath,
      args: [expect.stringMatching(/^\/.*\.m?js$/), "--stdio", "--no-config", "claude"],
      env: { PATH: dirname(process.execPath) },
    });
    expect((await stat(at(".cursor/mcp.json"))).mode & 0o777).toBe(0o600);
    expect(err).toContain("`--cwd DIR`");
  });

  it("changes nothing the second time, and gives the old bytes back", async () => {
    const text =
      '{\r\n\t// mine\r\n\t"mcpServers": {\r\n\t\t"a": { "command": "x" }, // a\r\n\t},\r\n}';
    await put(".cursor/mcp.json", text);

    await h2m.run(...CURSOR);
    const once = await read(".cursor/mcp.json");
    const twice = await h2m.run(...CURSOR);

    expect(once).not.toBe(text);
    expect(await read(".cursor/mcp.json")).toBe(once);
    expect(twice).toMatchObject({ code: 0, err: expect.stringContaining("nothing was changed") });
    expect(await h2m.run("setup", "cursor", "--remove")).toMatchObject({ code: 0 });
    expect(await read(".cursor/mcp.json")).toBe(text);
    expect((await h2m.run("setup", "cursor", "--remove")).err).toContain("nothing to do");
  });

  it("takes a file away that it made", async () => {
    await h2m.run(...CURSOR);
    await h2m.run("setup", "cursor", "--remove");

    expect(await readdir(at(".cursor"))).toEqual([]);
  });

  it("keeps what the file said before, and never writes over what it kept", async () => {
    await put(".cursor/mcp.json", "{}");
    await chmod(at(".cursor/mcp.json"), 0o640);
    await h2m.run(...CURSOR);
    await h2m.run("setup", "cursor", "--remove");
    await h2m.run(...CURSOR);
    await put(".cursor/mcp.json", '{ "a": 1 }');
    await h2m.run(...CURSOR);

    expect(await read(".cursor/mcp.json.h2m-backup")).toBe("{}");
    const kept = (await readdir(at(".cursor"))).filter((name) => name.includes("backup"));
    const texts = await Promise.all(kept.map((name) => read(`.cursor/${name}`)));
    expect(texts).toContain('{ "a": 1 }');
    expect(new Set(texts).size).toBe(texts.length);
    for (const name of [...kept, "mcp.json"])
      expect((await stat(at(`.cursor/${name}`))).mode & 0o777).toBe(0o640);
  });

  it("writes through links, also one that leads to nothing yet", async () => {
    await put("dotfiles/cursor.json", "{}");
    await mkdir(at(".cursor"));
    await symlink("../dotfiles/cursor.json", at(".cursor/mcp.json"));
    await mkdir(at(".codex"));
    await symlink(at("dotfiles/codex.toml"), at(".codex/config.toml"));

    await h2m.run(...CURSOR);
    await h2m.run("setup", "codex", "--harness", "claude", "--no-warm");

    expect((await lstat(at(".cursor/mcp.json"))).isSymbolicLink()).toBe(true);
    expect(await read("dotfiles/cursor.json")).toContain('"h2m"');
    expect(await read("dotfiles/codex.toml")).toMatch(/^\[mcp_servers\.h2m\]\ncommand = /);
    expect((await readdir(at("dotfiles"))).toSorted()).toEqual(["codex.toml", "cursor.json"]);
  });

  it("prints a diff and writes nothing for --dry-run", async () => {
    await put(".cursor/mcp.json", '{\n  "a": "\u202e"\n}\n');

    const { code, out } = await h2m.run(...CURSOR, "--dry-run");

    expect(code).toBe(0);
    expect(out).toContain("@@ -1,3 +1,");
    expect(out).toContain('-  "a": "\\u{202e}"\n+  "a": "\\u{202e}",\n');
    expect(await readdir(at(".cursor"))).toEqual(["mcp.json"]);
    expect(await read(".cursor/mcp.json")).toBe('{\n  "a": "\u202e"\n}\n');
  });

  it("tells where a broken file is broken, and leaves it", async () => {
    await put(".cursor/mcp.json", '{\n  "a": 1\n  "b": 2\n}');

    expect(await h2m.run(...CURSOR)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/mcp\.json`, line 3, column 3: it is no JSON/),
    });
    expect(await readdir(at(".cursor"))).toEqual(["mcp.json"]);
  });

  it("names a session of this client's own over HTTP, once, and no secret", async () => {
    const line = ["setup", "claude", "--harness", "codex", "--http", "--no-warm"];
    await h2m.run(...line, "--port", "9444");
    const first = await read(".claude.json");
    await h2m.run(...line, "--port", "9444");

    expect(await read(".claude.json")).toBe(first);
    const { h2m: entry } = JSON.parse(first).mcpServers;
    expect(entry.url).toMatch(/^http:\/\/127\.0\.0\.1:9444\/mcp\/codex\/claude-[a-z0-9]{6}$/);
    const token = await read("state/h2m/token");
    expect(first).not.toContain(token);
    expect(entry.headersHelper).toContain(at("state/h2m/token"));
    await h2m.run(...line, "--port", "9445");
    expect(JSON.parse(await read(".claude.json")).mcpServers.h2m.url).toBe(
      entry.url.replace("9444", "9445"),
    );
  });

  it("takes a token of the user's own from a variable, and that of a profile from another", async () => {
    const line = ["--harness", "claude", "--http", "--no-warm"];
    const own = { env: { H2M_TOKEN: "a-token-of-mine-that-is-long" } };
    await h2m.runWith(own, "setup", "claude", ...line);
    const { err } = await h2m.run("setup", "codex", ...line, "--profile", "readonly");

    const { h2m: entry } = JSON.parse(await read(".claude.json")).mcpServers;
    expect(entry.headers).toEqual({ Authorization: "Bearer ${H2M_TOKEN}" });
    expect(await read(".codex/config.toml")).toContain(
      'bearer_token_env_var = "H2M_TOKEN_READONLY"',
    );
    expect(err).toContain('export H2M_TOKEN_READONLY="$(h2m token show --profile readonly)"');
  });

  it("writes the config into the entry that --config names, and reads no other", async () => {
    await put("h2m.config.mjs", "throw new Error('read')");
    await put("mine/h2m.config.mjs", fakeConfig());

    expect(await h2m.run(...CURSOR)).toMatchObject({ code: 0 });
    const line = ["setup", "cursor", "--config", "mine/h2m.config.mjs", "--cwd", "mine"];
    const { code, err } = await h2m.run(...line, "--name", "mine");

    expect({ code, err }).toMatchObject({
      code: 0,
      err: expect.stringMatching(/fake has \d+ tools/),
    });
    const { h2m: plain, mine } = JSON.parse(await read(".cursor/mcp.json")).mcpServers;
    expect(plain.args.slice(1)).toEqual(["--stdio", "--no-config", "claude"]);
    expect(mine.args.slice(1)).toEqual([
      "--stdio",
      "--config",
      at("mine/h2m.config.mjs"),
      "--cwd",
      at("mine"),
    ]);
  });

  it("names the session in a header where several harnesses are one", async () => {
    await put("h2m.config.mjs", fakeConfig().replace('["fake"]', '["fake", "claude"]'));

    await h2m.run("setup", "codex", "--http", "--config", "h2m.config.mjs", "--no-warm");

    expect(await read(".codex/config.toml")).toMatch(
      /url = "http:\/\/127\.0\.0\.1:9330\/mcp"[\s\S]*http_headers = \{ h2m-session = "codex-\w{6}" \}/,
    );
  });

  it("writes the URL that the server is known by", async () => {
    const server = 'server: { publicUrl: "https://box.test/h2m", port: 0 }';
    await put("h2m.config.mjs", fakeConfig({}, server));
    const line = ["setup", "cursor", "--http", "--config", "h2m.config.mjs", "--no-warm"];

    await h2m.run(...line);
    const first = await read(".cursor/mcp.json");

    expect(first).toMatch(/"https:\/\/box\.test\/h2m\/mcp\/fake\/cursor-\w{6}"/);
    expect(await h2m.run(...line)).toMatchObject({
      err: expect.stringContaining("nothing was changed"),
    });
    await h2m.run("setup", "cursor", "--remove");
    expect(await readdir(at(".cursor"))).toEqual([]);
  });

  it("keeps the list of tools, so that the client's first look finds it", async () => {
    await put("h2m.config.mjs", fakeConfig());

    await h2m.run("setup", "cursor", "--config", "h2m.config.mjs");

    const kept = await readdir(h2m.folder, { recursive: true });
    expect(kept.some((name) => /fake-[0-9a-f]+\.json$/.test(name))).toBe(true);
  });

  it("writes the entry also where the harness is not there, and says so", async () => {
    const { code, err } = await h2m.run("setup", "cursor", "--harness", "opencode");

    expect(code).toBe(0);
    expect(err).toMatch(/The entry stands, but opencode did not tell its tools: /);
    expect(await read(".cursor/mcp.json")).toContain("opencode");
  });

  it("writes into the project, and takes away in both places", async () => {
    await h2m.run(...CURSOR);
    await h2m.run("setup", "vscode", "--harness", "claude", "--no-warm", "--scope", "project");
    expect(JSON.parse(await read(".vscode/mcp.json")).servers.h2m.command).toBe(process.execPath);
    await h2m.run("setup", "vscode", "--harness", "claude", "--no-warm");

    await h2m.run("setup", "vscode", "--remove");

    expect(await readdir(at(".vscode"))).toEqual([]);
    expect(await readdir(at(".config/Code/User"))).toEqual([]);
    expect(await read(".cursor/mcp.json")).toContain("h2m");
  });

  it("takes that file of several which is there", async () => {
    await put(".config/opencode/opencode.jsonc", "{ /* mine */ }");

    await h2m.run("setup", "opencode", "--harness", "claude", "--no-warm");

    expect(await read(".config/opencode/opencode.jsonc")).toContain('"type": "local"');
    await h2m.run("setup", "opencode", "--remove");
    expect(await read(".config/opencode/opencode.jsonc")).toBe("{ /* mine */ }");
  });

  it.each([
    [["claude"], "Whose tools Claude Code gets is not said"],
    [[], "needs to know which client"],
    [["cursr", "--harness", "claude"], "Did you mean `cursor`"],
    [["cursor", "--harness", "cluade"], "Did you mean `claude`"],
    [["cursor", "--harness", "claude", "--scope", "all"], "There is no scope `all`"],
    [["cursor", "--harness", "claude", "--name", "a b"], "`--name` cannot be `a b`"],
    [["cursor", "claude"], "`claude` means nothing here"],
    [["claude-desktop", "--harness", "claude", "--http"], "only servers that it starts itself"],
    [["claude-desktop", "--harness", "claude", "--scope", "project"], "knows no projects"],
    [["windsurf", "--harness", "claude", "--scope", "project"], "one file of MCP servers"],
    [["cursor", "--remove", "--http"], "`--remove` and `--http` exclude each other"],
    [["cursor", "--harness", "claude", "--http", "--port", "0"], "port"],
  ])("refuses %j", async (words, text) => {
    expect(await h2m.run("setup", ...words)).toMatchObject({
      code: 2,
      err: expect.stringContaining(text),
    });
    expect((await readdir(h2m.folder)).filter((name) => name !== "state")).toEqual([]);
  });
});

it("a client starts what is run from the cache of npx by npx, in this version", () => {
  const script = "/home/u/.npm/_npx/ab12/node_modules/harness-to-mcp/dist/cli.mjs";

  expect(selfLine(["/n/node", script])).toEqual({
    command: "npx",
    args: ["-y", `harness-to-mcp@${own.version}`],
  });
});
