import type { CallToolResult } from "../../src/plugin.ts";
import type { Driver, Order, Outcome } from "./driver.ts";
import { CLIENTS } from "./install.mjs";
import { shown } from "./shown.ts";
import { processEnd, type World } from "./world.ts";

/** The lines that list the tools and call one. */
interface Lines {
  readonly list: string;
  readonly call: string;
}

/** Command lines that list and call by themselves. They print JSON, and more around it. */
function tool(of: (order: Order, world: World) => Lines): Driver {
  return async (world, order) => {
    const { list, call } = of(order, world);
    // Only one of the two is under test at a time: a call is as good without a list before it.
    const program = world.start("sh", ["-c", world.here(order.tool === undefined ? list : call)]);
    return {
      outcome: processEnd(program).then((said) => read(said)),
      cancel: () => void (program.pid !== undefined && process.kill(-program.pid, "SIGINT")),
    };
  };
}

/** What was printed, as far as it is JSON: a list of tools, or a result. */
function read(said: string): Outcome {
  const json = /^\{\n[^]*?^\}$/m.exec(said)?.[0];
  const found = json === undefined ? {} : (JSON.parse(json) as Found);
  return {
    tools: (found.tools ?? []).map(({ name }) => name),
    said,
    ...(found.content ? shown({ ...found, content: found.content }) : {}),
  };
}

interface Found extends Partial<CallToolResult> {
  tools?: { name: string }[];
}

export const mcporter = tool(({ tool: name, arguments: args = {}, limit }) => ({
  list: "mcporter list hands --json",
  call: `mcporter call hands.${name} --args ${quoted(JSON.stringify(args))} --output json${limit === undefined ? "" : ` --timeout ${limit}`}`,
}));

/** Its line names the server each time: there is nothing to set up. */
export const inspector = tool(({ transport, tool: name, arguments: args = {} }) => {
  const list = CLIENTS["inspector"]?.setup?.[transport] ?? "";
  const given = Object.entries(args).map(([key, value]) => quoted(`${key}=${String(value)}`));
  const words = ["--method tools/call", `--tool-name ${name}`];
  if (given.length > 0) words.push("--tool-arg", ...given);
  return { list, call: list.replace("--method tools/list", () => words.join(" ")) };
});

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
