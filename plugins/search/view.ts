import {
  type CallOptions,
  type CallToolResult,
  didYouMean,
  H2mError,
  numberOf,
  objectOf,
  type Prompts,
  type Resources,
  type Results,
  type Session,
  startOf,
  stringOf,
  textResult,
  type Tool,
  visible,
} from "../../src/plugin.ts";
import type { Ranking } from "./ranking.ts";
import { LIMITS, SHOWN } from "./tools.ts";

/** Most characters of what a tool does, where many are told. */
const LINE = 200;

/**
 * A session whose clients are shown three tools instead of its list. What they call goes to the session itself, which asks, limits and
 * records it by its own name.
 */
export class SearchSession implements Session {
  readonly id: string;
  readonly results: Results | undefined;
  readonly prompts: Prompts | undefined;
  readonly resources: Resources | undefined;
  readonly #inner: Session;
  #ranked: { readonly tools: readonly Tool[]; readonly ranking: Ranking } | undefined;

  constructor(inner: Session) {
    this.#inner = inner;
    ({
      id: this.id,
      results: this.results,
      prompts: this.prompts,
      resources: this.resources,
    } = inner);
  }

  info: Session["info"] = () => this.#inner.info();
  usage: Session["usage"] = () => this.#inner.usage();
  join: Session["join"] = (client) => this.#inner.join(client);
  away: Session["away"] = () => this.#inner.away();
  close: Session["close"] = (reason) => this.#inner.close(reason);

  /** The three never change: whoever searches finds what there is then. */
  on: Session["on"] = (event, listener) =>
    event === "tools" ? () => {} : this.#inner.on(event, listener);

  async instructions(): Promise<string | undefined> {
    const said = await this.#inner.instructions();
    if (said === undefined) return undefined;
    return `${said} They are not listed: find them with \`search_tools\`, look at one with \`describe_tool\`, and call it with \`call_tool\`.`;
  }

  /** Known at once: nothing is waited for. */
  async tools(): Promise<readonly Tool[]> {
    return SHOWN;
  }

  async tool(name: string): Promise<Tool | undefined> {
    return SHOWN.find((tool) => tool.name === name);
  }

  async call(
    name: string,
    args: Record<string, unknown>,
    options: CallOptions = {},
  ): Promise<CallToolResult> {
    switch (name) {
      case "search_tools":
        return this.#search(args);
      case "describe_tool":
        return this.#describe(args);
      case "call_tool":
        return this.#call(args, options);
      default:
        throw new H2mError("unknown-tool", `There is no tool \`${name}\`.`, {
          hint: `Tools are called by \`call_tool\` here: { "name": ${JSON.stringify(name)}, "arguments": { … } }.`,
        });
    }
  }

  async #search(args: Record<string, unknown>): Promise<CallToolResult> {
    const query = stringOf(args["query"]);
    if (query === undefined) return wrong("`query` must be a text: what should be done");
    const asked = args["limit"] === undefined ? LIMITS.usual : numberOf(args["limit"]);
    if (asked === undefined || !Number.isInteger(asked) || asked < 1 || asked > LIMITS.most)
      return wrong(`\`limit\` must be a whole number from 1 to ${LIMITS.most}`);
    const all = await this.#inner.tools();
    const found = (await this.#ranking(all)).search(query, asked).map((tool) => ({
      name: tool.name,
      description: lineOf(tool),
      required: (tool.inputSchema.required ?? []).map(String),
    }));
    const lines = found.map(({ name, description, required }) => {
      const needs = required.length > 0 ? ` (${required.join(", ")})` : "";
      return `${name}${needs}: ${description}`;
    });
    const text =
      found.length > 0
        ? lines.join("\n")
        : `Nothing was found among ${all.length} tools: say it in other words.`;
    return { ...textResult(text), structuredContent: { tools: found, total: all.length } };
  }

  async #describe(args: Record<string, unknown>): Promise<CallToolResult> {
    const name = stringOf(args["name"]);
    if (name === undefined) return wrong("`name` must be the name of a tool");
    const all = await this.#inner.tools();
    const found = all.find((tool) => tool.name === name);
    if (found) return textResult(JSON.stringify(found, null, 2));
    return textResult(await this.#unknown(name, all), true);
  }

  async #call(args: Record<string, unknown>, options: CallOptions): Promise<CallToolResult> {
    const name = stringOf(args["name"]);
    if (name === undefined) return wrong("`name` must be the name of a tool");
    const given = args["arguments"] === undefined ? {} : objectOf(args["arguments"]);
    if (!given) return wrong("`arguments` must be an object");
    try {
      return await this.#inner.call(name, given as Record<string, unknown>, options);
    } catch (error) {
      if (!(error instanceof H2mError) || error.code !== "unknown-tool") throw error;
      return textResult(await this.#unknown(name, await this.#inner.tools()), true);
    }
  }

  /** A model takes what it remembers for a name: it is told the nearest. */
  async #unknown(name: string, all: readonly Tool[]): Promise<string> {
    const names = all.map((tool) => tool.name);
    const near = (await this.#ranking(all)).search(name, LIMITS.usual).map((tool) => tool.name);
    return `There is no tool \`${visible(name)}\`. ${didYouMean(name, near.length > 0 ? near : names)}`;
  }

  async #ranking(tools: readonly Tool[]): Promise<Ranking> {
    if (this.#ranked?.tools === tools) return this.#ranked.ranking;
    const { Ranking } = await import("./ranking.ts");
    const ranking = new Ranking(tools);
    this.#ranked = { tools, ranking };
    return ranking;
  }
}

/** What a tool does, in one line that steers nothing. */
function lineOf({ description = "" }: Tool): string {
  const line = visible(
    description
      .trim()
      .split(/\n|(?<=[.!?])\s/)[0]
      ?.trim() ?? "",
  );
  return line.length > LINE ? `${startOf(line, LINE - 1)}…` : line;
}

function wrong(what: string): CallToolResult {
  return textResult(`Wrong arguments: ${what}. Nothing was called.`, true);
}
