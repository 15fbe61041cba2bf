import { type AddressInfo } from "node:net";
import { createServer } from "node:http";
import { H3, getRouterParams, toNodeHandler } from "h3";
import { generateContent } from "../../examples/gemini-cli/src/api/index.ts";
import { chatCompletions } from "../../plugins/chat-completions/index.ts";
import { messages } from "../../plugins/messages/index.ts";
import { responses } from "../../plugins/responses/index.ts";
import type { ApiAdapter, CallToolResult, Reply, ToolCall, Turn } from "../../src/plugin.ts";
import { toSse } from "../../src/hijack/sse.ts";

const APIS: readonly ApiAdapter[] = [messages, responses, chatCompletions, generateContent];

/** What the stub model is to do: to call the tool whose name ends so, once. Without a tool it says "done" at once. */
export interface Order {
  readonly tool?: string | undefined;
  readonly arguments?: Record<string, unknown> | undefined;
}

/**
 * A model that needs none: an HTTP server that speaks the four LLM APIs and makes its client call one tool. Requests are read
 * and replies written by the adapters of h2m, which the harnesses themselves prove.
 */
export class Model {
  readonly url: string;
  /** Of the requests that had tools. */
  readonly turns: Turn[] = [];
  /** What the client gave back for the call. */
  result: CallToolResult | undefined;
  readonly #order: Order;
  readonly #call: ToolCall = { id: "call_h2m_1", name: "", arguments: {} };
  readonly #close: () => Promise<void>;

  static async start(order: Order): Promise<Model> {
    const app = new H3();
    const server = createServer(toNodeHandler(app));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const close = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    const model = new Model(`http://127.0.0.1:${port}`, order, close);
    for (const api of APIS) {
      app.post(api.path, async (event) => {
        const params = getRouterParams(event, { decode: true });
        return model.#answer(api, await event.req.json(), params);
      });
      for (const { method, path, handle } of api.endpoints ?? [])
        app.on(method, path, (event) => handle(event.req));
    }
    return model;
  }

  private constructor(url: string, order: Order, close: () => Promise<void>) {
    this.url = url;
    this.#order = order;
    this.#close = close;
  }

  /** Names of all tools that any request listed. */
  get tools(): string[] {
    return [...new Set(this.turns.flatMap(namesOf))];
  }

  async close(): Promise<void> {
    await this.#close();
  }

  #answer(api: ApiAdapter, body: unknown, params: Record<string, string>): Response {
    const turn = api.parse(body, params);
    const reply = turn.immediate ?? this.#next(turn);
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

  #next(turn: Turn): Reply {
    this.turns.push(turn);
    const done = turn.results.find(({ callId }) => callId === this.#call.id);
    if (done) this.result = done.result;
    const { tool, arguments: args = {} } = this.#order;
    if (done || tool === undefined) return DONE;
    const name = namesOf(turn).find((each) => endsWith(each, tool));
    if (name !== undefined)
      return { type: "calls", calls: [{ ...this.#call, name, arguments: args }] };
    const search = turn.tools.find(({ name: each }) => each === SEARCH);
    if (!search || this.turns.length > SEARCHES) return DONE;
    const id = `call_h2m_search_${this.turns.length}`;
    return {
      type: "calls",
      calls: [{ id, name: SEARCH, arguments: { query: `select:mcp__hands__${tool}` } }],
    };
  }
}

const DONE: Reply = { type: "text", text: "done" };
/** Claude Code (2.1.332) tells its model of the tools of servers by their names alone, until it asks for them. */
const SEARCH = "ToolSearch";
/** It waits for a server that is starting, but not long. */
const SEARCHES = 10;

function namesOf({ tools, skipped }: Turn): string[] {
  return [...tools, ...skipped].flatMap(({ name }) => name ?? []);
}

/** `mcp__hands__echo`, `hands_echo`, `mcp__hands.echo`: the clients put the server's name before that of the tool. */
function endsWith(name: string, tool: string): boolean {
  return name.includes("hands") && new RegExp(`(^|[^a-zA-Z0-9])${tool}$`).test(name);
}
