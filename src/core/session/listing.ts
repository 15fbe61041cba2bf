import { within } from "../../kit/deadline.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import type { Tool } from "../../types/mcp.ts";
import type { Channel } from "../channel/channel.ts";
import type { HarnessSource } from "../channel/source.ts";
import type { Toolset } from "../tools/toolset.ts";
import type { Beside } from "./beside.ts";

export interface ListingOptions {
  readonly source: HarnessSource;
  readonly channel: Pick<Channel, "harness">;
  readonly toolset: Toolset;
  readonly beside: Beside;
  readonly config: Pick<ResolvedConfig, "timeouts">;
  /** The end of the session. */
  readonly over: AbortSignal;
}

/** The list of one session's tools: of its harness, or of an earlier start of it, and of what stands beside it. */
export class Listing {
  readonly #options: ListingOptions;

  constructor(options: ListingOptions) {
    this.#options = options;
  }

  /** Waits for the harness, unless the list of another time does. @throws H2mError if it does not come */
  async tools(): Promise<readonly Tool[]> {
    const { toolset, beside } = this.#options;
    const { harness } = this.#options.channel;
    const ready = harness.ready();
    // While the harness boots behind a list of the last time, whoever calls a tool hears of its errors.
    ready.catch(() => {});
    const known = harness.here ? undefined : this.known();
    if (!(await Promise.race([known, ready]))) await ready;
    await beside.ready();
    return toolset.shown();
  }

  /** The list as far as it is known without starting the harness. @throws H2mError as `tools` does */
  async known(): Promise<readonly Tool[] | undefined> {
    const { source, channel, toolset, beside, config, over } = this.#options;
    over.throwIfAborted();
    if (!channel.harness.here) {
      if (!source.list) return undefined;
      if (toolset.state === "none") {
        // Its key needs the program to be found, which may take as long as a start.
        const late = () => new Error("late");
        const list = await within(source.list.read(), config.timeouts.connect, late).catch(
          () => {},
        );
        if (!list) return undefined;
        toolset.assume(list, source.annotations);
      }
      // What is kept says nothing against the real one.
      if (toolset.state === "assumed" && !toolset.acceptable) return undefined;
    }
    await beside.ready();
    return toolset.shown();
  }
}
