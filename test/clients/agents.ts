import type { ResultPromise } from "execa";
import type { Driver, Order, Outcome } from "./driver.ts";
import { Model } from "./model.ts";
import { shown } from "./shown.ts";
import { processEnd } from "./world.ts";

/** How an agent is started, with the stub as its model. */
interface Agent {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
}

type Agents = (model: Model, order: Order) => Agent;

/** Those that have a model: the stub makes them call the tool, and is told what came of it. */
function agent(of: Agents): Driver {
  return async (world, order) => {
    const model = await Model.start(order);
    const { command, args, env } = of(model, order);
    const program = world.start(command, args, env);
    return {
      outcome: outcomeOf(program, model),
      // Ctrl-C on a terminal reaches the whole group.
      cancel: () => void (program.pid !== undefined && process.kill(-program.pid, "SIGINT")),
    };
  };
}

async function outcomeOf(program: ResultPromise, model: Model): Promise<Outcome> {
  try {
    const said = await processEnd(program);
    return {
      tools: model.tools,
      said: `${said}, after ${model.turns.length} requests with tools`,
      ...(model.result ? shown(model.result) : {}),
    };
  } finally {
    await model.close();
  }
}

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
