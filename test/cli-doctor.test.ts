import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Check } from "../plugins/doctor/check.ts";
import { checkNode, checkShell, checkToken } from "../plugins/doctor/machine.ts";
import { checkProxies } from "../plugins/doctor/surroundings.ts";
import { fakeConfig, stateOf, useCli } from "./helpers/cli.ts";
import { connect } from "./helpers/clients.ts";

const h2m = useCli();
const NODE = dirname(process.execPath);

/** What the doctor says. */
async function doctor(env: Record<string, string> = {}, ...words: string[]) {
  const { code, out, err } = await h2m.runWith({ env }, "doctor", "--json", "--port=0", ...words);
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: Check[] };
  expect(ok).toBe(code === 0);
  return { code, err, checks, wrong: checks.filter(({ status }) => status === "fail") };
}

describe("h2m doctor", () => {
  it("finds nothing where nothing is wrong, having started the harness and run a command", async () => {
    await h2m.put("h2m.config.mjs", fakeConfig());

    const { code, checks, err } = await doctor();

    expect(code).toBe(0);
    expect(checks.map(({ layer, name, status }) => `${layer} ${name} ${status}`)).toEqual([
      "node version ok",
      "folders temporary ok",
      "folders token ok",
      "folders shell ok",
      "config file ok",
      "harness fake: version ok",
      "harness fake: start ok",
      "harness fake: tools ok",
      expect.stringMatching(/^harness fake: call (ok|skip)$/),
      "server port ok",
      "network proxy ok",
      "clients any ok",
    ]);
    expect(err).toContain("fake: starting it");
  });

  it("tells a person what to mend first", async () => {
    const { code, out } = await h2m.run("doctor", "--port=0");

    expect(code).toBe(1);
    expect(out).toMatch(/^FAIL {2}harness +any +None of claude, codex, opencode is on PATH/m);
    expect(out).toContain("-> npm install -g @anthropic-ai/claude-code");
    expect(out).toMatch(/Mend this first: harness, any: npm install -g .*\n$/);
  });

  it("takes harnesses by name, and no others", async () => {
    expect(await h2m.run("doctor", "clade")).toMatchObject({
      code: 2,
      err: expect.stringContaining("There is no harness `clade`"),
    });
    const { wrong } = await doctor({}, "codex", "--no-config");
    expect(wrong).toMatchObject([
      { name: "codex: program", fix: expect.stringContaining("npm install") },
    ]);
  });
});

describe("h2m doctor finds", () => {
  it("a program that is only a note of npm's", async () => {
    const bin = join(h2m.folder, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "claude"), "echo the native binary is not installed\n", {
      mode: 0o755,
    });

    const { wrong } = await doctor({ PATH: `${bin}:${NODE}` }, "claude", "--no-config");

    expect(wrong).toMatchObject([{ layer: "harness", name: "claude: start" }]);
    expect(wrong[0]?.fix).toBeTruthy();
  });

  it.each([
    ["0.9.0", "fail", "is too old"],
    ["9.0.0", "warn", "is newer"],
    ["1.2.3", "ok", "1.2.3"],
  ])("the version %s: %s", async (version, status, text) => {
    await h2m.put(
      "h2m.config.mjs",
      `${fakeConfig().replace("export default", "const config =")}
       const [plugin] = config.plugins;
       const [own] = plugin.harnesses;
       const tested = { oldest: "1.0.0", newest: "2.0.0" };
       const detect = async () => ({ ...(await own.detect({})), version: "${version}" });
       export default { ...config, plugins: [{ ...plugin, harnesses: [{ ...own, tested, detect }] }] };`,
    );

    const { checks } = await doctor({}, "--offline");

    expect(checks).toContainEqual(
      expect.objectContaining({
        name: "fake: version",
        status,
        detail: expect.stringContaining(text),
      }),
    );
  });

  it("a harness that ends, with its last words", async () => {
    await h2m.put("h2m.config.mjs", fakeConfig({ exit: { code: 7, stderr: "no wood today" } }));

    const { wrong } = await doctor();

    expect(wrong[0]).toMatchObject({ name: "fake: start", detail: expect.stringContaining("7") });
  });

  it("an OpenCode without ripgrep", async () => {
    const bin = join(h2m.folder, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "opencode"), "#!/bin/sh\n", { mode: 0o755 });

    // On some machines Node lies beside it: nothing but these is there to be found.
    await symlink(process.execPath, join(bin, "node"));
    await symlink("/bin/sh", join(bin, "sh"));

    const { wrong } = await doctor({ PATH: bin }, "opencode", "--offline", "--no-config");

    expect(wrong).toMatchObject([
      { name: "opencode: ripgrep", fix: expect.stringContaining("ripgrep") },
    ]);
  });

  it("a port that another program has taken", async () => {
    const other = createServer((socket) => socket.on("error", () => {}).end("no\r\n\r\n"));
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    try {
      const { port } = other.address() as { port: number };
      await h2m.put("h2m.config.mjs", fakeConfig());
      const { code, out } = await h2m.run("doctor", "--json", "--offline", `--port=${port}`);
      const { checks } = JSON.parse(out) as { checks: Check[] };

      expect(code).toBe(1);
      expect(checks.find(({ layer }) => layer === "server")).toMatchObject({
        status: "fail",
        detail: expect.stringContaining(`127.0.0.1:${port} is taken`),
        fix: expect.stringContaining("--port"),
      });
    } finally {
      other.close();
    }
  });

  it("a server of ours that is full", async () => {
    await h2m.put("h2m.config.mjs", fakeConfig({}, "sessions: { max: 1 }"));
    const server = h2m.start("--port=0");
    const [, url = ""] = await server.says(/MCP: +(http:\S+)/);
    const { port } = new URL(url);
    const look = async () => {
      const { out } = await h2m.run("doctor", "--json", "--offline", `--port=${port}`);
      return (JSON.parse(out) as { checks: Check[] }).checks.filter(
        ({ layer }) => layer === "server",
      );
    };
    expect(await look()).toMatchObject([
      { name: "port", status: "ok", detail: expect.stringContaining("an h2m of yours runs") },
      { name: "sessions", status: "ok", detail: "0 of 1" },
    ]);

    const token = (await h2m.run("token", "show")).out.trim();
    const client = await connect("v2-2025", `${url}/fake/mine`, token);
    await client.names();

    expect(await look()).toMatchObject([
      { status: "ok" },
      { status: "fail", detail: expect.stringContaining("1 of 1"), fix: expect.any(String) },
    ]);
    await client.close();
    server.child.kill("SIGINT");
    expect(await server.ended).toBe(0);
  });

  it("a config that is not trusted, and one that is broken; what needs it is not looked at", async () => {
    await writeFile(join(h2m.folder, "h2m.config.mjs"), fakeConfig());
    const untrusted = await doctor();
    await h2m.put("h2m.config.mjs", "export default {");
    const broken = await doctor();

    expect(untrusted.wrong).toMatchObject([
      { layer: "config", fix: expect.stringContaining("h2m trust") },
    ]);
    expect(broken.wrong).toMatchObject([
      { layer: "config", detail: expect.stringContaining("h2m.config.mjs") },
    ]);
    for (const { checks } of [untrusted, broken])
      expect(checks.filter(({ layer }) => layer === "harness")).toMatchObject([{ status: "skip" }]);
  });

  it("a temporary folder that is not there, and one where nothing can be executed", async () => {
    const gone = await doctor({ TMPDIR: join(h2m.folder, "gone") }, "--offline");
    expect(gone.wrong[0]).toMatchObject({
      name: "temporary",
      fix: expect.stringContaining("TMPDIR"),
    });

    const path = join(h2m.folder, "noexec");
    await mkdir(path);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "noexec", "tmpfs", path], { stdio: "ignore" });
    } catch {
      return console.warn("not tested: this user may not mount");
    }
    try {
      const { wrong } = await doctor({ TMPDIR: path }, "--offline");
      expect(wrong[0]).toMatchObject({
        name: "temporary",
        detail: expect.stringContaining("noexec"),
        fix: expect.stringContaining("TMPDIR"),
      });
    } finally {
      execFileSync("umount", ["-l", path]);
    }
  });

  it("a token that is not for this user alone", async () => {
    const file = join(stateOf(h2m.folder), "h2m", "token");
    await h2m.run("token", "show");
    expect(await checkToken(file)).toMatchObject([{ status: "ok" }]);

    expect(await checkToken(file, (process.getuid?.() ?? 0) + 1)).toMatchObject([
      { status: "fail", detail: expect.stringContaining("belongs to another user") },
    ]);
    await chmod(file, 0o644);
    expect(await checkToken(file)).toMatchObject([
      { status: "warn", fix: expect.stringContaining("chmod 600") },
    ]);
    await chmod(file, 0o622);
    expect(await checkToken(file)).toMatchObject([{ status: "fail" }]);
    await rm(file);
    await mkdir(file);
    expect(await checkToken(file)).toMatchObject([
      { status: "fail", detail: expect.stringContaining("is no file") },
    ]);
  });

  it("a proxy that does not answer, once for all variables that name it", async () => {
    const dead = "http://127.0.0.1:1";
    const { wrong } = await doctor(
      { HTTPS_PROXY: dead, http_proxy: dead, ALL_PROXY: "::" },
      "--offline",
      "--no-config",
    );
    const proxies = wrong.filter(({ layer }) => layer === "network");

    expect(proxies).toMatchObject([
      { detail: expect.stringContaining("127.0.0.1:1"), fix: expect.stringContaining("unset") },
      { name: "ALL_PROXY", detail: "It is no URL." },
    ]);
    expect(await checkProxies({})).toMatchObject([{ status: "ok" }]);
  });

  it("a client that starts what is gone, one that has nothing to reach, and one whose file is broken", async () => {
    await h2m.put("h2m.config.mjs", fakeConfig());
    const script = join(h2m.folder, "gone", "cli.mjs");
    const entry = (args: string[], command = process.execPath) => ({
      mcpServers: { h2m: { command, args: [...args, "--stdio", "--no-config", "claude"] } },
    });
    const put = async (file: string, value: object | string) => {
      await mkdir(dirname(join(h2m.folder, file)), { recursive: true });
      await h2m.put(file, typeof value === "string" ? value : JSON.stringify(value));
    };
    await put(".gemini/settings.json", entry([script]));
    await put(".cursor/mcp.json", entry([], join(h2m.folder, "gone", "h2m")));
    await put(".qwen/settings.json", '{"mcpServers": {');
    await put(
      ".codex/config.toml",
      '[mcp_servers.h2m]\nurl = "http://127.0.0.1:1/mcp/claude/work"\n',
    );

    const { wrong, checks } = await doctor();

    expect(wrong.filter(({ layer }) => layer === "clients")).toMatchObject([
      { name: "gemini", detail: expect.stringContaining(script) },
      { name: "cursor", detail: expect.stringContaining("which is not there") },
    ]);
    expect(wrong[0]?.fix).toContain("h2m setup gemini");
    const warned = checks.filter(({ layer, status }) => layer === "clients" && status === "warn");
    expect(warned.map(({ name }) => name).toSorted()).toEqual(["codex", "qwen"]);
  });

  it("an old Node, and a shell that is not there", async () => {
    expect(checkNode("20.18.3")).toMatchObject({ status: "fail" });
    expect(checkNode("20.19.0")).toMatchObject({ status: "ok" });
    expect(await checkShell("/nowhere/sh")).toMatchObject({ status: "fail" });
    expect(await checkShell("/bin/sh")).toMatchObject({ status: "ok" });
  });
});
