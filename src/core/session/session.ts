import { H2mError } from "../../errors.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import type { ToolMapper } from "../../types/mapper.ts";
import type { CallToolResult, Tool } from "../../types/mcp.ts";
import type {
  CallOptions,
  ClientInfo,
  Prompts,
  Resources,
  Session as SessionContract,
  SessionEvents,
  SessionInfo,
  SessionUsage,
  Teardown,
} from "../../types/session.ts";
import { Attendance, type SessionPlace } from "./attendance.ts";
import { Beside } from "./beside.ts";
import { Channel } from "../channel/channel.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { fullInstructions, projectInstructions, shortInstructions } from "./instructions.ts";
import { randomSecret } from "../../kit/secrets.ts";
import { Listing } from "./listing.ts";
import { Listeners } from "../plugins/listeners.ts";
import { Mapping } from "../tools/mapping.ts";
import type { Provided } from "../tools/provided.ts";
import { Passage } from "./passage.ts";
import { Results } from "../call/results.ts";
import { versionOf } from "./sources.ts";
import type { HarnessSource } from "../channel/source.ts";
import { Toolset } from "../tools/toolset.ts";

export interface SessionOptions {
  readonly source: HarnessSource;
  readonly config: Pick<ResolvedConfig, "timeouts" | "instructions" | "tools">;
  readonly mappers: readonly ToolMapper[];
  readonly hooks: Hooks;
  /** What it has beside its harness. */
  readonly provided: Provided;
  /** Throws if no call may begin. */
  readonly mustTake?: () => void;
}

/** One client's view of one harness: its tool list, its calls, and its end. */
export class Session implements SessionContract {
  readonly id = randomSecret();
  /** Where its harness reaches it. */
  readonly channel: Channel;
  readonly results: Results | undefined;
  readonly prompts: Prompts | undefined;
  readonly resources: Resources | undefined;
  readonly #options: SessionOptions;
  readonly #listeners: Listeners<SessionEvents>;
  readonly #over = new AbortController();
  readonly #toolset: Toolset;
  readonly #beside: Beside;
  readonly #listing: Listing;
  readonly #passage: Passage;
  readonly #attendance = new Attendance(() => this.#closeFor("its client has gone"));
  #version: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { source, config, mappers, hooks, provided } = options;
    ({ prompts: this.prompts, resources: this.resources } = provided);
    this.#listeners = new Listeners(hooks.report);
    this.#toolset = new Toolset(
      new Mapping(mappers, () => ({ session: this.info() })),
      (tool, error) => {
        const { message } = H2mError.from(error);
        const what = `The schema of \`${tool}\` cannot be checked, so its calls are not: ${message}`;
        hooks.emit("warning", { message: what, session: this.info() });
      },
      source.accept,
    );
    const { connect, shutdown } = config.timeouts;
    this.#beside = new Beside({
      provided,
      toolset: this.#toolset,
      listeners: this.#listeners,
      harness: source.harness,
    });
    const { maxResultBytes } = config.tools.limits;
    this.results = maxResultBytes
      ? new Results(maxResultBytes, () => this.#attendance.touch())
      : undefined;
    this.channel = new Channel({
      source,
      toolset: this.#toolset,
      hooks,
      connect,
      shutdown,
      over: this.#over.signal,
      session: () => this.info(),
      onTools: () => this.#listeners.emit("tools"),
      onNotice: (message, level) => this.#listeners.emit("notice", message, level),
      onGone: this.#closeFor,
    });
    const parts = {
      source,
      config,
      hooks,
      toolset: this.#toolset,
      beside: this.#beside,
      channel: this.channel,
      over: this.#over.signal,
      session: () => this.info(),
    };
    this.#passage = new Passage(parts);
    this.#listing = new Listing(parts);
  }

  /** The names of the tools that clients see and no harness brings. */
  get provided(): ReadonlySet<string> {
    return this.#toolset.provided;
  }

  /** Clients may know it from now on. */
  open(place: SessionPlace): void {
    this.#attendance.open(place);
    this.#beside.begin();
    this.#options.hooks.emit("session:open", { session: this.info() });
  }

  info(): SessionInfo {
    const { source } = this.#options;
    const { place, client } = this.#attendance;
    return {
      id: this.id,
      name: place?.name,
      harness: this.channel.arrivals.name ?? source.harness,
      version: this.#version,
      cwd: source.cwd,
      attached: this.channel.harness.attached,
      client,
    };
  }

  usage(): SessionUsage {
    const { opened, lastUsed, calls } = this.#attendance;
    return { opened, lastUsed, calls, running: this.#passage.size, pid: this.channel.harness.pid };
  }

  /** A harness is there. */
  get alive(): boolean {
    return this.channel.harness.here;
  }

  /** A call runs, or the harness is starting. */
  get busy(): boolean {
    return this.#passage.size > 0 || this.channel.harness.starting;
  }

  get idleFor(): number {
    return this.#attendance.idleFor;
  }

  get awayFor(): number {
    return this.#attendance.awayFor;
  }

  async instructions(): Promise<string | undefined> {
    const { config, source } = this.#options;
    if (config.instructions === false) return undefined;
    if (source.none) return projectInstructions(source);
    this.#version ??= await versionOf(source);
    if (config.instructions === "short") return shortInstructions(this.info());
    await this.channel.harness.ready();
    return fullInstructions(this.info(), this.channel.arrivals.prompts);
  }

  async tools(): Promise<readonly Tool[]> {
    this.#attendance.touch();
    return this.#listing.tools();
  }

  /** See `Listing.known`. */
  known(): Promise<readonly Tool[] | undefined> {
    return this.#listing.known();
  }

  async tool(name: string): Promise<Tool | undefined> {
    return (await this.tools()).find((tool) => tool.name === name);
  }

  async call(
    name: string,
    args: Record<string, unknown>,
    options: CallOptions = {},
  ): Promise<CallToolResult> {
    this.#options.mustTake?.();
    this.#attendance.touch();
    this.#attendance.calls++;
    try {
      const result = await this.#passage.run(name, args, options);
      return this.results?.bounded(result, name) ?? result;
    } finally {
      this.#attendance.touch();
    }
  }

  on<E extends keyof SessionEvents>(event: E, listener: SessionEvents[E]): Teardown {
    return this.#listeners.on(event, listener);
  }

  join(client?: ClientInfo): Teardown {
    // The harness boots while the client is still shaking hands; whoever asks next hears its error.
    if (!this.channel.harness.attached) this.channel.harness.ready().catch(() => {});
    return this.#attendance.join(client);
  }

  away(): Teardown {
    return this.#attendance.away();
  }

  /**
   * What takes over from a later config what hides tools, asks about calls, or limits them. It cannot fail, and gives what tells
   * the clients.
   * @throws what the later config throws, such as a mapper; then nothing has changed
   */
  narrowed(config: ResolvedConfig, mappers: readonly ToolMapper[]): () => () => void {
    const [gate, toolset] = [this.#passage.narrowed(config), this.#toolset.narrowed(mappers)];
    return () => {
      gate();
      this.results?.narrow(config.tools.limits.maxResultBytes);
      return toolset() ? () => this.#listeners.emit("tools") : () => {};
    };
  }

  close(reason = "it was closed"): Promise<void> {
    // A listener of `close` may close it again.
    if (!this.#over.signal.aborted) this.#closing = this.#close(reason);
    return this.#closing ?? Promise.resolve();
  }

  #closeFor = (reason: string): void => void this.close(reason).catch(this.#options.hooks.report);

  async #close(reason: string): Promise<void> {
    const error = new H2mError("closed", `The session has ended: ${reason}.`);
    this.#over.abort(error);
    this.#passage.abort(error);
    this.#beside.end();
    this.#listeners.emit("close", reason);
    const { place, calls, age } = this.#attendance;
    const told = { session: this.info(), reason, calls, ms: age };
    if (place) this.#options.hooks.emit("session:close", told);
    await this.channel.end(error);
  }
}
