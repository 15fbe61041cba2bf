import { H2mError } from "../errors.ts";
import type { CallToolResult } from "../types/mcp.ts";
import type { SessionInfo } from "../types/session.ts";
import { seconds } from "./deadline.ts";
import type { Hooks } from "./hooks.ts";
import { randomSecret } from "./keys.ts";

/** What one call does: `begins` says that the harness is there. */
type Act = (id: string, signal: AbortSignal, begins: () => void) => Promise<CallToolResult>;

/** The calls that clients wait for: each with a deadline, and told to the hooks. */
export class Calls {
  readonly #limit: number;
  readonly #hooks: Hooks;
  readonly #session: () => SessionInfo;
  readonly #running = new Set<AbortController>();

  /** `limit`: milliseconds for one call. */
  constructor(limit: number, hooks: Hooks, session: () => SessionInfo) {
    this.#limit = limit;
    this.#hooks = hooks;
    this.#session = session;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Runs one call until its end, its deadline, its client's cancellation, or our end. */
  async run(
    name: string,
    args: Record<string, unknown>,
    client: AbortSignal | undefined,
    act: Act,
  ): Promise<CallToolResult> {
    const id = newCallId();
    const started = performance.now();
    // Not `AbortSignal.any`: on Node 20 a long-lived signal keeps what hangs on it.
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(late(name, this.#limit)), this.#limit);
    const giveUp = () =>
      control.abort(new H2mError("cancelled", `The call of \`${name}\` was cancelled.`));
    client?.addEventListener("abort", giveUp, { once: true });
    if (client?.aborted) giveUp();
    this.#running.add(control);
    const session = this.#session;
    let result: CallToolResult | undefined;
    let failure: H2mError | undefined;
    try {
      result = await act(id, control.signal, () =>
        this.#hooks.emit("call:start", { session: session(), id, name, arguments: args }),
      );
      return result;
    } catch (error) {
      failure = H2mError.from(error);
      throw failure;
    } finally {
      clearTimeout(timer);
      client?.removeEventListener("abort", giveUp);
      this.#running.delete(control);
      const ms = performance.now() - started;
      this.#hooks.emit("call:end", { session: session(), id, name, ms, result, error: failure });
    }
  }

  /** Every call ends now, with this error. */
  abort(error: H2mError): void {
    for (const control of this.#running) control.abort(error);
  }
}

/** An id that no other call has. */
export function newCallId(): string {
  return `h2m_${randomSecret()}`;
}

function late(tool: string, ms: number): H2mError {
  return new H2mError("timeout", `\`${tool}\` gave no result within ${seconds(ms)}.`, {
    hint: "It was given up; raise `timeouts.call` if it needs longer.",
  });
}
