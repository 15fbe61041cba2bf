import type { ResolvedConfig } from "../../types/config.ts";
import { textResult } from "../../kit/content.ts";
import type { MapperCall } from "../../types/mapper.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import { type AskedCall, Confirmation } from "./confirmation.ts";
import { Limits } from "./limits.ts";

/** Why a call may never go out, whatever anybody says; `undefined`: it may. */
export type Forbids = (call: MapperCall) => string | undefined;

/** What stands between a call that was checked and the harness. */
export class Gate {
  readonly #confirmation: Confirmation;
  readonly #limits: Limits;
  readonly #fallback: ResolvedConfig["tools"]["confirmFallback"];
  /** Of a later config. */
  #later: Confirmation | undefined;

  readonly #forbids: Forbids | undefined;

  constructor({ tools, timeouts }: Pick<ResolvedConfig, "tools" | "timeouts">, forbids?: Forbids) {
    this.#forbids = forbids;
    this.#confirmation = new Confirmation(tools, timeouts.call);
    this.#limits = new Limits(tools.limits);
    this.#fallback = tools.confirmFallback;
  }

  /** Sends a call, or gives the result that says why it was not sent. @throws the signal's reason */
  async pass(call: AskedCall, send: () => Promise<CallToolResult>): Promise<CallToolResult> {
    // A mapper may have taken its time: nobody is asked about a call that nobody waits for, and it counts for no limit.
    call.running.signal.throwIfAborted();
    // Nobody is asked about a call that is refused, and a question takes no other call's place.
    const refusal =
      this.#forbidden(call) ??
      this.#limits.refusal(call.shown, call.onRefused) ??
      (await this.#asker(call).refusal(call));
    if (refusal) return refusal;
    // Its place or its answer may have taken long, and links may be others by now.
    return this.#limits.inTurn(
      call.running.signal,
      async () => this.#forbidden(call) ?? (await send()),
    );
  }

  #forbidden({ call, shown, onRefused }: AskedCall): CallToolResult | undefined {
    const reason = this.#forbids?.(call);
    if (reason === undefined) return undefined;
    onRefused?.({ kind: "forbidden" });
    return textResult(`\`${shown}\` was not called: ${reason}`, true);
  }

  /**
   * What takes over a later config, and cannot fail: its limits hold where they allow less. What it asks about is asked here
   * too; what it asks about no more still is.
   */
  narrowed({ tools, timeouts }: Pick<ResolvedConfig, "tools" | "timeouts">): () => void {
    // A client that cannot ask is let through only where both configs would.
    const confirmFallback = this.#fallback === "deny" ? "deny" : tools.confirmFallback;
    const further = new Confirmation({ ...tools, confirmFallback }, timeouts.call);
    return () => {
      this.#later = further;
      this.#limits.narrow(tools.limits);
    };
  }

  #asker(call: AskedCall): Confirmation {
    return this.#later?.concerns(call) ? this.#later : this.#confirmation;
  }
}
