import type { CodexFacts } from "../../plugins/codex/detect.ts";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseTOML } from "confbox/toml";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareCodex, threadOf } from "../../plugins/codex/launch.ts";
import type { HarnessOptions, LaunchContext } from "../../src/plugin.ts";

const context = (options: HarnessOptions): LaunchContext<CodexFacts> => ({
  install: { command: "/opt/codex", facts: {} },
  options,
  prompt: "go",
  cwd: "/project",
  home: "/private/home",
  origin: "http://127.0.0.1:1/harness_to_mcp",
  token: "token-of-the-host",
  secret: "word",
});

describe("codex with the user's settings", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "h2m-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const planOf = (options: HarnessOptions) =>
    prepareCodex(context({ settings: "user", ...options }), { CODEX_HOME: folder });
  const configOf = (options: HarnessOptions = {}) =>
    parseTOML<Record<string, unknown>>(planOf(options).files?.["codex/config.toml"] ?? "");

  it("has theirs below ours, and nothing that leads to another model", () => {
    writeFileSync(
      join(folder, "config.toml"),
      `\ufeffmodel = "theirs"
model_provider = "theirs"
profile = "theirs"
[mcp_servers.notes]
command = "notes"
[features]
goals = true
tidy = true
[shell_environment_policy]
exclude = ["SECRET_*"]
[otel]
environment = "theirs"
`,
    );

    const config = configOf();

    expect(config).toMatchObject({
      model: "h2m",
      mcp_servers: { notes: { command: "notes" } },
      features: { goals: false, tidy: true },
      approval_policy: "never",
      otel: { environment: "h2m" },
    });
    expect(config).not.toHaveProperty("model_provider");
    expect(config).not.toHaveProperty("profile");
    expect(config["shell_environment_policy"]).toEqual({
      exclude: ["SECRET_*", "CODEX_HOME", "OTEL_BLRP_SCHEDULE_DELAY", "NO_PROXY", "no_proxy"],
      set: {},
    });
  });

  it("names our address where no host at all shall go through the proxy: `*` is none to codex", () => {
    const own = { HTTP_PROXY: "http://127.0.0.1:9", no_proxy: " * " };

    const { env, files } = prepareCodex(context({}), own);

    expect(env).toMatchObject({
      NO_PROXY: "*,127.0.0.1,localhost,::1",
      no_proxy: "*,127.0.0.1,localhost,::1",
    });
    const config = parseTOML<Record<string, { set: object }>>(files?.["codex/config.toml"] ?? "");
    expect(config["shell_environment_policy"]?.set).toEqual({ no_proxy: " * " });
  });

  it("gives tools what codex does not get, as far as the user's own policy has it", () => {
    const own = {
      CODEX_HOME: folder,
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=x",
      OTEL_RESOURCE_ATTRIBUTES: "a=b",
      no_proxy: "theirs",
    };
    const policyOf = (text: string) => {
      writeFileSync(join(folder, "config.toml"), `[shell_environment_policy]\n${text}\n`);
      const { files, env, fixedEnv } = prepareCodex(context({ settings: "user" }), own);
      expect(env).toMatchObject({ NO_PROXY: expect.stringMatching(/^theirs,/) });
      expect(fixedEnv).toMatchObject({ OTEL_RESOURCE_ATTRIBUTES: undefined });
      return parseTOML<Record<string, { set: object }>>(files?.["codex/config.toml"] ?? "")[
        "shell_environment_policy"
      ]?.set;
    };
    const { CODEX_HOME: _, ...all } = own;

    expect(policyOf("")).toEqual(all);
    expect(policyOf('exclude = ["*headers", "NO_*"]')).toEqual({ OTEL_RESOURCE_ATTRIBUTES: "a=b" });
    expect(policyOf('inherit = "core"')).toEqual({});
    expect(policyOf('set = { no_proxy = "own" }')).toEqual({ ...all, no_proxy: "own" });
  });

  it("finds their rules and skills, but neither their keys nor their history", () => {
    for (const name of ["rules", "skills", "sessions"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "auth.json"), "{}");

    expect(planOf({}).links).toEqual({
      "codex/rules": join(folder, "rules"),
      "codex/skills": join(folder, "skills"),
    });
  });

  it("says nothing of permissions where its own rules shall hold", () => {
    expect(configOf({ permissions: "harness" })).not.toHaveProperty("approval_policy");
    const seat = { id: "1", token: "key", cwd: "/project", prompt: "go" };
    expect(threadOf(seat, context({ permissions: "harness" }))).not.toHaveProperty("sandbox");
    expect(threadOf(seat, context({}))).toHaveProperty("sandbox", "danger-full-access");
  });

  it("without any starts with ours alone; with broken ones it says which file", () => {
    expect(configOf()).toMatchObject({ model: "h2m" });

    writeFileSync(join(folder, "config.toml"), "model = = 1");

    expect(() => configOf()).toThrow(`${join(folder, "config.toml")}\` cannot be read`);
  });
});
