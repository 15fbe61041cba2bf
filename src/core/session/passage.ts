import type { ResolvedConfig } from "../../types/config.ts";
import type { MapperCall } from "../../types/mapper.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { Elicit } from "../../types/provider.ts";
import type { CallOptions, SessionInfo } from "../../types/session.ts";
import type { H2mError } from "../../errors.ts";
import { abortable } from "../../kit/deadline.ts";
import { Calls, type RunningCall } from "../call/calls.ts";
import { Gate } from "../call/gate.ts";
import type { Channel } from "../channel/channel.ts";
import type { HarnessSource } from "../channel/source.ts";
import type { Hooks } from "../plugins/hooks.ts";
import type { Toolset } from "../tools/toolset.ts";
import type { Beside } from "./beside.ts";

export interface PassageOptions {
  readonly source: HarnessSource;
  readonly config: Pick<ResolvedConfig, "timeouts" | "tools">;
  readonly hooks: Hooks;
  readonly toolset: Toolset;
  readonly beside: Beside;
  readonly channel: Channel;
  session(): SessionInfo;
}

/** The way of one session's calls: with a deadline, through the mappers and the gate, to the harness or to what stands beside it. */
export class Passage {
  readonly #options: PassageOptions;
  readonly #calls: Calls;
  readonly #gate: Gate;

  constructor(options: PassageOptions) {
    this.#options = options;
    const { source, config, hooks, toolset, session } = options;
    this.#calls = new Calls(config.timeouts.call, hooks, session, toolset.ownName);
    this.#gate = new Gate(config, source.forbids);
  }

  /** How many calls run. */
  get size(): number {
    return this.#calls.size;
  }

  run(name: string, args: Record<string, unknown>, options: CallOptions): Promise<CallToolResult> {
    const { toolset, beside, channel, session } = this.#options;
    return this.#calls.run(name, args, options.signal, async (running) => {
      const { signal } = running;
      // A call of what stands beside the harness needs none, unless a mapper makes one of the harness's of it.
      const ready = beside.isOwn(name)
        ? () => channel.harness.ready(signal)
        : await channel.harness.ready(signal);
      if (!toolset.knows(name)) await abortable(beside.ready() ?? Promise.resolve(), signal);
      running.begins();
      const { onRefused } = options;
      return toolset.call({ name, arguments: args }, { signal, onRefused }, (call, tool) =>
        this.#gate.pass({ call, shown: name, tool, session: session(), running, ...options }, () =>
          this.#send(call, running, options, ready),
        ),
      );
    });
  }

  /** See `Gate.narrowed`. */
  narrowed(config: ResolvedConfig): () => void {
    return this.#gate.narrowed(config);
  }

  /** Every call ends now, with this error. */
  abort(error: H2mError): void {
    this.#calls.abort(error);
  }

  async #send(
    call: MapperCall,
    running: RunningCall,
    { onProgress, onRefused, elicit }: CallOptions,
    ready: (() => Promise<void>) | void,
  ): Promise<CallToolResult> {
    const { beside, channel, session } = this.#options;
    const { signal } = running;
    const id = running.sends(call);
    if (beside.has(call.name)) {
      const told = onProgress ?? (() => {});
      // While a person thinks, the call's own time rests.
      const asks: Elicit | undefined =
        elicit && ((form, asking) => running.asks(elicit(form, asking)));
      return beside.call(call, {
        session: session(),
        signal,
        onProgress: told,
        onRefused,
        elicit: asks,
      });
    }
    await ready?.();
    return channel.send({ id, ...call }, signal, onProgress);
  }
}
