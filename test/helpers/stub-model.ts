import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { H3, getRouterParams, toNodeHandler } from "h3";
import { chatCompletions } from "../../plugins/chat-completions/index.ts";
import { messages } from "../../plugins/messages/index.ts";
import { responses } from "../../plugins/responses/index.ts";
import { toSse } from "../../src/hijack/sse.ts";
import type { ApiAdapter, CallToolResult, Reply, Turn } from "../../src/plugin.ts";

/** A call of the server's tool of that name. */
export interface Step {
  readonly tool: string;
  readonly arguments?: Record<string, unknown> | undefined;
}

/** What the model does next, once its calls have given so much; nothing: it says "done". */
export type Plan = (
  results: readonly CallToolResult[],
) => Step | undefined | Promise<Step | undefined>;

export interface StubOptions {
  /** The name that the client has for the MCP server. @default "hands" */
  readonly server?: string;
  /** Beside those that are built in. */
  readonly apis?: readonly ApiAdapter[];
}

/** Tools that list others: some clients tell their model of the tools of servers by their names alone, until it asks for them. */
const SEARCHES: readonly { search: string; call?: string }[] = [
  // Claude Code 2.1.332 lists what was found in the next request.
  { search: "ToolSearch" },
  // Qwen Code 0.24.4 never lists it: it is called through another tool.
  { search: "tool_search", call: "tool_call" },
];
/** They wait for a server that is starting, but not long. */
const TRIES = 10;
const DONE: Reply = { type: "text", text: "done" };
const BUILT_IN: readonly ApiAdapter[] = [messages, responses, chatCompletions];

/**
 * A model that needs none, for real clients: an HTTP server that speaks the LLM APIs and makes its client call what its plan
 * says. Requests are read and replies written by the adapters of h2m, which the harnesses themselves prove.
 */
export class StubModel {
  readonly url: string;
  /** Of the requests that had tools. */
  readonly turns: Turn[] = [];
  /** What the client gave back for each step. */
  readonly results: CallToolResult[] = [];
  readonly #plan: Plan;
  readonly #server: string;
  /** Names that a search told. */
  readonly #told = new Set<string>();
  readonly #close: () => Promise<void>;

  static async start(plan: Plan, options: StubOptions = {}): Promise<StubModel> {
    const app = new H3();
    const server = createServer(toNodeHandler(app));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const close = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    const model = new StubModel(`http://127.0.0.1:${port}`, plan, options, close);
    for (const api of [...BUILT_IN, ...(options.apis ?? [])]) {
      app.post(api.path, async (event) => {
        const params = getRouterParams(event, { decode: true });
        return model.#answer(api, await event.req.json(), params);
      });
      for (const { method, path, handle } of api.endpoints ?? [])
        app.on(method, path, (event) => handle(event.req));
    }
    return model;
  }

  private constructor(
    url: string,
    plan: Plan,
    { server = "hands" }: StubOptions,
    close: () => Promise<void>,
  ) {
    this.url = url;
    this.#plan = plan;
    this.#server = server;
    this.#close = close;
  }

  /** Names of all tools that any request listed, or a search told. */
  get tools(): string[] {
    return [...new Set([...this.turns.flatMap(namesOf), ...this.#told])];
  }

  async close(): Promise<void> {
    await this.#close();
  }

  async #answer(api: ApiAdapter, body: unknown, params: Record<string, string>): Promise<Response> {
    const turn = api.parse(body, params);
    const reply = turn.immediate ?? (await this.#next(turn));
    const encoder = api.encoder(turn);
    if (!turn.stream) return Response.json(encoder.json(reply));
    const events = [
      ...encoder.begin(),
      ...(reply.type === "calls"
        ? [...encoder.calls(reply.calls), ...encoder.end()]
        : encoder.end(reply)),
    ];
    return new Response(toSse(events), { headers: { "content-type": "text/event-stream" } });
  }

  async #next(turn: Turn): Promise<Reply> {
    // A title, a summary: a question that is none of the conversation.
    if (namesOf(turn).length === 0) return DONE;
    this.turns.push(turn);
    this.#hear(turn);
    const step = await this.#plan(this.results);
    if (!step) return DONE;
    const { tool, arguments: args = {} } = step;
    const id = `call_h2m_${this.results.length}`;
    const listed = namesOf(turn);
    const name = listed.find((each) => this.#is(each, tool));
    if (name !== undefined) return { type: "calls", calls: [{ id, name, arguments: args }] };
    const way = SEARCHES.find(({ search }) => listed.includes(search));
    const told = [...this.#told].find((each) => this.#is(each, tool));
    if (way?.call !== undefined && told !== undefined) {
      const call = { id, name: way.call, arguments: { name: told, arguments: args } };
      return { type: "calls", calls: [call] };
    }
    if (!way || this.turns.length > TRIES) return DONE;
    const query = `select:mcp__${this.#server}__${tool}`;
    const search = {
      id: `search_h2m_${this.turns.length}`,
      name: way.search,
      arguments: { query },
    };
    return { type: "calls", calls: [search] };
  }

  /** Keeps what the calls of the last replies gave. */
  #hear({ results }: Turn): void {
    for (const { callId, result } of results) {
      if (callId === `call_h2m_${this.results.length}`) this.results.push(result);
      if (callId.startsWith("search_h2m_"))
        for (const [name] of textOf(result).matchAll(/mcp__\w+/g)) this.#told.add(name);
    }
  }

  /** `mcp__hands__echo`, `hands_echo`, `mcp__hands.echo`: the clients put the server's name before that of the tool. */
  #is(name: string, tool: string): boolean {
    return name.includes(this.#server) && new RegExp(`(^|[^a-zA-Z0-9])${tool}$`).test(name);
  }
}

export function textOf({ content }: CallToolResult): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

function namesOf({ tools, skipped }: Turn): string[] {
  return [...tools, ...skipped].flatMap(({ name }) => name ?? []);
}
