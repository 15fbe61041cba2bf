import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Plan, StubModel, textOf } from "../helpers/stub-model.ts";
import { ROOT } from "./setup.ts";
import { versionOf } from "./versions.ts";
import { until, World } from "./world.ts";

const TOKEN = "mcp-token-of-the-test";
const PATIENCE = 240_000;

describe.runIf(versionOf("claude"))("two `claude -p` at once", () => {
  let world: World;
  let said = "";
  let server: ReturnType<typeof spawn>;

  beforeAll(async () => {
    world = await World.create();
    const args = ["claude", "--no-config", "--port", "0", "--token", TOKEN];
    server = spawn(process.execPath, [join(ROOT, "dist/cli.mjs"), ...args], {
      cwd: world.project,
      stdio: ["ignore", "ignore", "pipe"],
    });
    server.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
    await until("it listens", 60_000, () => /"http".*\n/.test(said));
  }, 90_000);

  afterAll(async () => {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
    await world.end();
  });

  it(
    "that were set up by the printed lines have a shell each: the `cd` of one does not move the other",
    async () => {
      // Below its own folder: Claude Code takes its shell back from anywhere else.
      const folders = { one: join(world.project, "one"), two: join(world.project, "two") };
      const moved = new Map<string, string>();
      const shown = new Map<string, string>();
      // Both have moved before either looks where it is.
      const bash = (command: string) => ({ tool: "Bash", arguments: { command } });
      const plan =
        (name: keyof typeof folders): Plan =>
        async ([first, second]) => {
          if (!first) return bash(`cd ${folders[name]} && pwd`);
          if (second) return void shown.set(name, textOf(second));
          moved.set(name, textOf(first));
          await until("both have moved", PATIENCE, () => moved.size === 2);
          return bash("pwd");
        };
      const models: StubModel[] = [];
      const environment = async (name: keyof typeof folders) => {
        const config = join(world.root, `client-${name}`);
        await Promise.all([mkdir(config), mkdir(folders[name])]);
        const model = await StubModel.start(plan(name), { server: "h2m" });
        models.push(model);
        return {
          CLAUDE_CONFIG_DIR: config,
          ANTHROPIC_BASE_URL: model.url,
          ANTHROPIC_API_KEY: "key-of-the-stub",
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
          DISABLE_AUTOUPDATER: "1",
          ENABLE_TOOL_SEARCH: "false",
          MCP_CONNECTION_NONBLOCKING: "0",
        };
      };
      const [one, two] = await Promise.all([environment("one"), environment("two")]);
      const [, line = ""] = /^ +(claude mcp add --transport http .*)$/m.exec(said) ?? [];
      const [, entry = ""] = /^ +(\{"mcpServers".*"http".*\})$/m.exec(said) ?? [];
      const file = join(world.root, "two.json");
      await writeFile(file, entry.replace("<token>", TOKEN));
      await execa("sh", ["-c", line.replace("<token>", TOKEN)], { cwd: world.project, env: one });

      const ask = (env: Record<string, string>, ...more: string[]) =>
        execa("claude", ["-p", "go", "--allowedTools", "mcp__h2m__Bash", ...more], {
          cwd: world.project,
          env,
          all: true,
          stdin: "ignore",
          timeout: PATIENCE,
        });
      const ran = await Promise.all([ask(one), ask(two, "--mcp-config", file)]);
      await Promise.all(models.map((model) => model.close()));

      expect(ran.map(({ stdout }) => stdout)).toEqual(["done", "done"]);
      expect(Object.fromEntries(moved)).toEqual(folders);
      expect(Object.fromEntries(shown)).toEqual(folders);
      // The log tells whose each is.
      const names = [...said.matchAll(/claude\/(c-\w{6}) opened for claude-code [\d.]+/g)];
      expect(new Set(names.map(([, name]) => name)).size).toBe(2);
    },
    PATIENCE + 60_000,
  );
});
