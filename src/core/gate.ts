import type { ResolvedConfig } from "../types/config.ts";
import type { CallToolResult } from "../types/mcp.ts";
import { type AskedCall, Confirmation } from "./confirmation.ts";

/** What stands between a call that was checked and the harness. */
export class Gate {
  readonly #confirmation: Confirmation;

  constructor({ tools, timeouts }: Pick<ResolvedConfig, "tools" | "timeouts">) {
    this.#confirmation = new Confirmation(tools, timeouts.call);
  }

  /** Sends a call, or gives the result that says why it was not sent. */
  async pass(call: AskedCall, send: () => Promise<CallToolResult>): Promise<CallToolResult> {
    return (await this.#confirmation.refusal(call)) ?? send();
  }
}
