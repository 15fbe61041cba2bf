import {
  type JsonObject,
  type OutCall,
  startOf,
  stringOf,
  type ToolCall,
} from "../../src/plugin.ts";

const NOBODY = "Nobody is there to answer, so h2m declined.";
/** Most characters of a question that are told. */
const LONGEST = 500;

/** What codex asked a person while calls of one thread ran: their results tell of it, since codex itself blames the user. */
export class Questions {
  readonly #isOut: (callId: string) => boolean;
  readonly #out = new Map<string, ToolCall>();
  readonly #notes = new Map<string, string[]>();

  /** `isOut`: whether a call will still be settled by what codex tells. */
  constructor(isOut: (callId: string) => boolean) {
    this.#isOut = isOut;
  }

  /** A call that goes out: its result is given with what was asked meanwhile. */
  over(call: ToolCall, out: OutCall): OutCall {
    // Of one that was cancelled nobody tells.
    for (const id of this.#out.keys()) if (!this.#isOut(id)) this.#forget(id);
    this.#out.set(call.id, call);
    return {
      signal: out.signal,
      progress: (text) => out.progress(text),
      settle: (result) => {
        const told = (this.#notes.get(call.id) ?? []).map((text) => ({
          type: "text" as const,
          text,
        }));
        this.#forget(call.id);
        const { content } = result;
        out.settle(told.length > 0 ? { ...result, content: [...content, ...told] } : result);
      },
    };
  }

  /** A request of codex 0.169 that a client is to answer, such as an approval. It is declined. */
  asked(method: string, params: JsonObject): void {
    const id = stringOf(params["itemId"]);
    const server = stringOf(params["serverName"]);
    if (id !== undefined)
      this.#note(id, `Codex asked a person whether this may be done. ${NOBODY}`);
    else if (server !== undefined && method.includes("elicitation")) {
      const message = startOf(stringOf(params["message"]) ?? "", LONGEST);
      const text = `A person was asked for the MCP server \`${server}\`: ${JSON.stringify(message)} ${NOBODY}`;
      const start = `mcp__${server.replaceAll(/[^\w-]/g, "_")}_`;
      for (const { id: call, name } of this.#out.values())
        if (name.startsWith(start)) this.#note(call, text);
    }
  }

  #forget(id: string): void {
    this.#out.delete(id);
    this.#notes.delete(id);
  }

  #note(id: string, text: string): void {
    if (this.#out.has(id)) this.#notes.set(id, [...(this.#notes.get(id) ?? []), text]);
  }
}
