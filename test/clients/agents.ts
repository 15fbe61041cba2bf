import type { ResultPromise } from "execa";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateContent } from "../../examples/gemini-cli/src/api/index.ts";
import { MODEL_FACTS } from "../../plugins/opencode/config.ts";
import { StubModel } from "../helpers/stub-model.ts";
import type { Driver, Order, Outcome } from "./driver.ts";
import { shown } from "./shown.ts";
import { processEnd, type World } from "./world.ts";

/** How an agent is started, with the stub as its model. */
interface Agent {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
}

type Agents = (model: StubModel, order: Order, world: World) => Agent | Promise<Agent>;

/** Those that have a model: the stub makes them call the tool, and is told what came of it. */
function agent(of: Agents): Driver {
  return async (world, order) => {
    const { tool, arguments: args } = order;
    const model = await StubModel.start(
      ({ length }) => (length > 0 || tool === undefined ? undefined : { tool, arguments: args }),
      { apis: [generateContent] },
    );
    const { command, args: words, env } = await of(model, order, world);
    const program = world.start(command, words, env);
    return {
      outcome: outcomeOf(program, model),
      // Ctrl-C on a terminal reaches the whole group.
      cancel: () => void (program.pid !== undefined && process.kill(-program.pid, "SIGINT")),
    };
  };
}

async function outcomeOf(program: ResultPromise, model: StubModel): Promise<Outcome> {
  try {
    const said = await processEnd(program);
    const [result] = model.results;
    return {
      tools: model.tools,
      said: `${said}, after ${model.turns.length} requests with tools`,
      ...(result ? shown(result) : {}),
    };
  } finally {
    await model.close();
  }
}

export const claude = agent(({ url }, { limit }) => ({
  command: "claude",
  args: ["-p", "hello", "--allowedTools", "mcp__hands"],
  env: {
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_AUTH_TOKEN: "key-of-the-stub",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    ...(limit === undefined ? {} : { MCP_TOOL_TIMEOUT: String(limit) }),
  },
}));

export const codex = agent(({ url }, { limit }) => ({
  command: "codex",
  args: [
    "exec",
    "--skip-git-repo-check",
    "--dangerously-bypass-approvals-and-sandbox",
    // A name that its catalog does not know: such a model is shown plain tools.
    "--model",
    "stub",
    ...set("model_provider", "stub"),
    ...set("model_providers.stub.name", "stub"),
    ...set("model_providers.stub.base_url", `${url}/v1`),
    ...set("model_providers.stub.wire_api", "responses"),
    ...set("model_providers.stub.experimental_bearer_token", "key-of-the-stub"),
    "-c",
    "mcp_servers.hands.required=true",
    ...(limit === undefined ? [] : ["-c", `mcp_servers.hands.tool_timeout_sec=${limit / 1000}`]),
    "hello",
  ],
}));

function set(key: string, value: string): string[] {
  return ["-c", `${key}=${JSON.stringify(value)}`];
}

export const opencode = agent(({ url }, { limit }) => ({
  command: "opencode",
  args: ["run", "--auto", "hello"],
  env: {
    OPENCODE_CONFIG_CONTENT: JSON.stringify({
      model: "stub/stub",
      provider: {
        stub: {
          npm: "@ai-sdk/anthropic",
          name: "stub",
          options: { baseURL: `${url}/v1`, apiKey: "key-of-the-stub" },
          models: { stub: MODEL_FACTS },
        },
      },
      ...(limit === undefined ? {} : { experimental: { mcp_timeout: limit } }),
    }),
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
    npm_config_registry: "http://127.0.0.1:9",
    npm_config_fetch_retries: "0",
  },
}));

export const gemini = agent(async ({ url }, { limit }, world) => {
  // As one has it who is logged in.
  await settle(world, ".gemini/settings.json", limit, {
    security: { auth: { selectedType: "gemini-api-key" } },
  });
  return {
    command: "gemini",
    args: ["--yolo", "--skip-trust", "--model", "stub", "--prompt", "hello"],
    env: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: "key-of-the-stub" },
  };
});

export const qwen = agent(async ({ url }, { limit }, world) => {
  await settle(world, ".qwen/settings.json", limit, {});
  return {
    command: "qwen",
    // It passes images on to models whose names it knows to see them.
    args: ["--yolo", "--auth-type", "anthropic", "--model", "claude-sonnet-4-5", "hello"],
    env: { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: "key-of-the-stub" },
  };
});

/** Changes a file of settings that the line of the page wrote: `limit` is that of the server's calls. */
async function settle(world: World, path: string, limit: number | undefined, more: object) {
  const file = join(world.home, path);
  const settings = JSON.parse(await readFile(file, "utf8"));
  settings.mcpServers.hands.timeout = limit;
  await writeFile(file, JSON.stringify({ ...settings, ...more }));
}
