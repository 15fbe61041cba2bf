import { H2mError } from "../../errors.ts";
import type { CallToolResult, Tool } from "../../types/mcp.ts";
import type {
  CallOptions,
  Results,
  Session as SessionContract,
  SessionEvents,
  SessionInfo,
  SessionUsage,
  Teardown,
} from "../../types/session.ts";
import { tellOfNone } from "../call/calls.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { shortInstructions } from "./instructions.ts";
import { randomSecret } from "../../kit/secrets.ts";
import { Listeners } from "../plugins/listeners.ts";
import { noneAttached } from "../channel/none-attached.ts";
import type { Session } from "./session.ts";

export interface AttachedViewOptions {
  /** The attached session to use now. @throws H2mError if there are several */
  now(): Session | undefined;
  onAttach(listener: () => void): Teardown;
  /** Milliseconds to wait for one. */
  readonly connect: number;
  readonly hooks: Hooks;
  /** Whether sessions keep results that are too large for an answer. */
  readonly keeps: boolean;
}

/** Bare `/mcp` without a configured harness: whichever harness is attached at the time of a request. */
export class AttachedView implements SessionContract {
  readonly id = randomSecret();
  readonly results: Results | undefined;
  readonly #options: AttachedViewOptions;
  readonly #listeners: Listeners<SessionEvents>;
  #watched: Session | undefined;
  #unwatch: Teardown | undefined;

  constructor(options: AttachedViewOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.hooks.report);
    this.results = options.keeps
      ? { list: () => this.#now()?.results?.list() ?? [], read: (uri) => this.#read(uri) }
      : undefined;
  }

  info(): SessionInfo {
    return this.#now()?.info() ?? { id: this.id, harness: "attached harness", attached: true };
  }

  usage(): SessionUsage {
    return this.#now()?.usage() ?? { opened: 0, lastUsed: 0, calls: 0, running: 0 };
  }

  async instructions(): Promise<string | undefined> {
    // Known before anything is attached: a client's first request must not wait for that.
    return this.#now()?.instructions() ?? shortInstructions(this.info());
  }

  async tools(): Promise<readonly Tool[]> {
    return (await this.#reach()).tools();
  }

  async tool(name: string): Promise<Tool | undefined> {
    return (await this.#reach()).tool(name);
  }

  async call(
    name: string,
    args: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<CallToolResult> {
    let session: Session;
    try {
      session = await this.#reach(options?.signal);
    } catch (cause) {
      const error = H2mError.from(cause);
      tellOfNone(this.#options.hooks, this.info(), { name, arguments: args }, error);
      throw error;
    }
    return session.call(name, args, options);
  }

  on<E extends keyof SessionEvents>(event: E, listener: SessionEvents[E]): Teardown {
    // It outlives whatever is attached: nothing ever tells its listeners of a `close`.
    return this.#listeners.on(event, listener);
  }

  join(): Teardown {
    this.#watch();
    const stop = this.#options.onAttach(() => this.#watch());
    return () => {
      stop();
      this.#unwatch?.();
      this.#watched = undefined;
    };
  }

  /** What is attached is not its client's own. */
  away(): Teardown {
    return () => {};
  }

  /** Nothing of its own ends: what is attached lives on. */
  async close(): Promise<void> {}

  #read(uri: string): ReturnType<Results["read"]> {
    const kept = this.#now()?.results?.read(uri);
    if (kept) return kept;
    throw new H2mError(
      "unknown-resource",
      `There is no result \`${uri}\`: no harness is attached.`,
    );
  }

  /** The attached session, or `undefined` while there is none or the choice is not clear. */
  #now(): Session | undefined {
    try {
      return this.#options.now();
    } catch {
      // Which one is meant is an error of the calls, told by `#reach`.
      return undefined;
    }
  }

  async #reach(signal?: AbortSignal): Promise<Session> {
    const found = this.#options.now();
    if (found) return this.#watch(found);
    signal?.throwIfAborted();
    const { connect } = this.#options;
    return new Promise((resolve, reject) => {
      const end = (act: () => void) => {
        clearTimeout(timer);
        stop();
        signal?.removeEventListener("abort", onAbort);
        act();
      };
      const onAbort = () => end(() => reject(signal?.reason));
      const timer = setTimeout(() => end(() => reject(noneAttached(connect))), connect);
      const stop = this.#options.onAttach(() => {
        const come = this.#now();
        if (come) end(() => resolve(this.#watch(come)));
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #watch(session = this.#now()): Session {
    if (session && session !== this.#watched) {
      this.#unwatch?.();
      this.#watched = session;
      const stops = [
        session.on("tools", () => this.#listeners.emit("tools")),
        session.on("notice", (message, level) => this.#listeners.emit("notice", message, level)),
      ];
      this.#unwatch = () => {
        for (const stop of stops) stop();
      };
    }
    return session as Session;
  }
}
