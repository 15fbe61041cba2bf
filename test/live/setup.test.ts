import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { programsOf } from "../clients/install.mjs";
import { StubModel, textOf } from "../helpers/stub-model.ts";
import { ROOT } from "./setup.ts";
import { versionOf } from "./versions.ts";
import { until, World } from "./world.ts";

const CLI = join(ROOT, "dist/cli.mjs");
const PATIENCE = 240_000;
/** What is there in the environment of a user whose token is the kept one, and who is logged in nowhere. */
const PLAIN = {
  H2M_TOKEN: undefined,
  ANTHROPIC_API_KEY: undefined,
  OPENAI_API_KEY: undefined,
  // Claude Code waits so long for a server to start, in ms: on a busy machine more than its own 30 s may be needed.
  MCP_TIMEOUT: "90000",
};

/** Each client is set up twice, `h2m` over stdio and `remote` over HTTP, and asked by its own command whether both connect. */
describe.runIf(versionOf("claude"))("`h2m setup` is believed by", () => {
  let world: World;
  let said = "";
  let port = "";
  let server: ReturnType<typeof spawn>;
  let gemini: readonly string[];

  const h2m = (...args: string[]) =>
    execa(process.execPath, [CLI, ...args], { cwd: world.project, env: PLAIN, all: true });
  const setUp = async (client: string) => {
    await h2m("setup", client, "--harness", "claude");
    await h2m("setup", client, "--harness", "claude", "--http", "--port", port, "--name", "remote");
  };
  const token = async () => (await h2m("token", "show")).stdout.trim();
  const asked = async (
    command: string,
    args: readonly string[],
    env: Record<string, string | undefined> = {},
  ) => {
    const { all } = await execa(command, args, {
      cwd: world.project,
      env: { ...PLAIN, ...env },
      all: true,
      stdin: "ignore",
      timeout: PATIENCE,
    });
    return all;
  };

  beforeAll(async () => {
    // In the world there is no registry.
    gemini = await programsOf("gemini");
    world = await World.create();
    const env: NodeJS.ProcessEnv = { ...process.env };
    delete env["H2M_TOKEN"];
    server = spawn(process.execPath, [CLI, "claude", "--no-config", "--port", "0"], {
      cwd: world.project,
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    server.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
    await until("it listens", 60_000, () => /127\.0\.0\.1:\d+\/mcp/.test(said));
    port = /127\.0\.0\.1:(\d+)\/mcp/.exec(said)?.[1] ?? "";
  }, PATIENCE);

  afterAll(async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
    await world.end();
  });

  it(
    "Claude Code, whose calls carry what `headersHelper` prints",
    async () => {
      await setUp("claude");

      const list = await asked("claude", ["mcp", "list"]);
      const plan = ([first]: readonly unknown[]) =>
        first ? undefined : { tool: "Bash", arguments: { command: "echo from-the-hands" } };
      const model = await StubModel.start(plan, { server: "remote" });
      const answer = await asked("claude", ["-p", "go", "--allowedTools", "mcp__remote__Bash"], {
        ANTHROPIC_BASE_URL: model.url,
        ANTHROPIC_API_KEY: "key-of-the-stub",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_AUTOUPDATER: "1",
        ENABLE_TOOL_SEARCH: "false",
        MCP_CONNECTION_NONBLOCKING: "0",
      });
      await model.close();

      expect(list).toMatch(/^h2m: .*Connected$/m);
      expect(list).toMatch(/^remote: http.*Connected$/m);
      expect(answer).toContain("done");
      expect(model.results.map(textOf)).toEqual(["from-the-hands"]);
      const file = await readFile(join(world.home, ".claude.json"), "utf8");
      expect(file).not.toContain(await token());
      await h2m("setup", "claude", "--remove");
      await h2m("setup", "claude", "--remove", "--name", "remote");
      expect(await asked("claude", ["mcp", "list"])).not.toMatch(/h2m|remote/);
    },
    PATIENCE,
  );

  it.runIf(versionOf("codex")).each(["h2m", "remote"])(
    "Codex, which calls a tool of %s",
    async (name) => {
      await setUp("codex");
      const plan = ([first]: readonly unknown[]) =>
        first ? undefined : { tool: "Bash", arguments: { command: "echo from-the-hands" } };
      const model = await StubModel.start(plan, { server: name });
      const settings = {
        model_provider: "stub",
        "model_providers.stub.name": "stub",
        "model_providers.stub.base_url": `${model.url}/v1`,
        "model_providers.stub.wire_api": "responses",
        "model_providers.stub.experimental_bearer_token": "key-of-the-stub",
      };
      const words = Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}="${value}"`]);

      await asked(
        "codex",
        [
          "exec",
          "--skip-git-repo-check",
          "--dangerously-bypass-approvals-and-sandbox",
          "--model",
          "stub",
          ...words,
          "-c",
          `mcp_servers.${name}.required=true`,
          "go",
        ],
        { H2M_TOKEN: await token() },
      );
      await model.close();

      expect(model.results.map(textOf).join()).toContain("from-the-hands");
      await h2m("setup", "codex", "--remove", "--name", "remote");
    },
    PATIENCE,
  );

  it(
    "Gemini CLI",
    async () => {
      await setUp("gemini");

      const list = await asked("gemini", ["mcp", "list"], {
        PATH: [...gemini, process.env["PATH"]].join(delimiter),
        H2M_TOKEN: await token(),
        GEMINI_CLI_TRUST_WORKSPACE: "true",
      });

      expect(list).toMatch(/h2m: .*Connected/);
      expect(list).toMatch(/remote: http.*Connected/);
    },
    PATIENCE,
  );

  it.runIf(versionOf("opencode"))(
    "OpenCode",
    async () => {
      await setUp("opencode");

      const list = await asked("opencode", ["mcp", "list"], {
        H2M_TOKEN: await token(),
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
        npm_config_registry: "http://127.0.0.1:9",
        // With npm's own retries each look at the dead registry takes minutes.
        npm_config_fetch_retries: "0",
      });

      expect(list).toMatch(/h2m.*connected/);
      expect(list).toMatch(/remote.*connected/);
    },
    PATIENCE,
  );
});
