import { H2mError } from "../../errors.ts";
import type { MapperCall } from "../../types/mapper.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { SessionInfo } from "../../types/session.ts";
import { seconds } from "../../kit/deadline.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { randomSecret } from "../../kit/secrets.ts";

/** One call while it runs. */
export interface RunningCall {
  /** Aborted at its deadline, by its client, or by our end. */
  readonly signal: AbortSignal;
  /** The harness is there. */
  begins(): void;
  /** It goes out so: under an id that nothing else went out with, also where a mapper makes several calls of it. */
  sends(call: MapperCall): string;
  /** Waits for a person: the deadline rests meanwhile, and begins anew afterwards. */
  asks<T>(answer: Promise<T>): Promise<T>;
}

/** The calls that clients wait for: each with a deadline, and told to the hooks. */
export class Calls {
  readonly #limit: number;
  readonly #hooks: Hooks;
  readonly #session: () => SessionInfo;
  readonly #own: (name: string) => string | undefined;
  readonly #running = new Set<AbortController>();

  /** `limit`: milliseconds for one call. `own`: the harness's name of a tool that clients see under this one. */
  constructor(
    limit: number,
    hooks: Hooks,
    session: () => SessionInfo,
    own: (name: string) => string | undefined,
  ) {
    this.#limit = limit;
    this.#hooks = hooks;
    this.#session = session;
    this.#own = own;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Runs one call until its end, its deadline, its client's cancellation, or our end. */
  async run(
    name: string,
    args: Record<string, unknown>,
    client: AbortSignal | undefined,
    act: (call: RunningCall) => Promise<CallToolResult>,
  ): Promise<CallToolResult> {
    const id = newCallId();
    const started = performance.now();
    // Not `AbortSignal.any`: on Node 20 a long-lived signal keeps what hangs on it.
    const control = new AbortController();
    const deadline = () => setTimeout(() => control.abort(late(name, this.#limit)), this.#limit);
    let timer = deadline();
    let over = false;
    const sent: MapperCall[] = [];
    const sends = (call: MapperCall) => (sent.push(call) === 1 ? id : newCallId());
    const asks = async <T>(answer: Promise<T>): Promise<T> => {
      clearTimeout(timer);
      try {
        return await answer;
      } finally {
        clearTimeout(timer);
        if (!over) timer = deadline();
      }
    };
    const giveUp = () =>
      control.abort(new H2mError("cancelled", `The call of \`${name}\` was cancelled.`));
    client?.addEventListener("abort", giveUp, { once: true });
    if (client?.aborted) giveUp();
    this.#running.add(control);
    const session = this.#session;
    let result: CallToolResult | undefined;
    let failure: H2mError | undefined;
    try {
      const begins = () =>
        this.#hooks.emit("call:start", { session: session(), id, name, arguments: args });
      result = await act({ signal: control.signal, begins, sends, asks });
      return result;
    } catch (error) {
      failure = H2mError.from(error);
      throw failure;
    } finally {
      over = true;
      clearTimeout(timer);
      client?.removeEventListener("abort", giveUp);
      this.#running.delete(control);
      const ms = performance.now() - started;
      // Of one that was refused on its way, nobody else can tell any more which tool was meant.
      const own = sent[0]?.name ?? this.#own(name);
      const end = { id, name, own, arguments: args, sent, ms, result, error: failure };
      this.#hooks.emit("call:end", { session: session(), ...end });
    }
  }

  /** Every call ends now, with this error. */
  abort(error: H2mError): void {
    for (const control of this.#running) control.abort(error);
  }
}

/** Tells the hooks of a call that found no session to run in. */
export function tellOfNone(
  hooks: Hooks,
  session: SessionInfo,
  call: MapperCall,
  error: H2mError,
): void {
  const { name, arguments: args } = call;
  hooks.emit("call:end", {
    session,
    id: newCallId(),
    name,
    arguments: args,
    sent: [],
    ms: 0,
    error,
  });
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
