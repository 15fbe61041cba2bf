import { H2mError } from "../../errors.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import type { ToolMapper } from "../../types/mapper.ts";
import type {
  ClientInfo,
  Session as SessionContract,
  Sessions as SessionsContract,
  SessionTarget,
} from "../../types/session.ts";
import { Attached } from "./attached.ts";
import type { SessionPlace } from "./attendance.ts";
import { DRAINING, OpenSessions, type Patience } from "./open-sessions.ts";
import { allSteps, everyStep } from "../../kit/every-step.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { isolated } from "../plugins/isolated.ts";
import type { Hosts } from "../host/hosts.ts";
import { type Registry } from "../plugins/registry.ts";
import { Maker } from "./maker.ts";
import type { Session } from "./session.ts";
import type { Provided } from "../tools/provided.ts";
import { keyOf, notConfigured, nothingAt, placesOf } from "./places.ts";
import { mustBeName } from "./session-name.ts";
import type { Lists } from "./sources.ts";
import { Unions } from "./unions.ts";
import { Warm } from "./warm.ts";

/** All sessions: those with a harness of their own, the shared ones, and those that harnesses attached themselves to. */
export class Sessions implements SessionsContract {
  #config: ResolvedConfig;
  readonly #registry: Registry;
  readonly #hosts: Hosts;
  readonly #hooks: Hooks;
  readonly #lists: Lists;
  readonly #provided: Provided;
  readonly #maker: Maker;
  readonly #all: OpenSessions<Session>;
  readonly #shared = new Map<string, Session>();
  readonly #attached: Attached;
  readonly #unions: Unions;
  readonly #warm: Warm;
  #sweep: NodeJS.Timeout;
  #closed = false;

  /** `mappers`: the innermost first. */
  constructor(
    config: ResolvedConfig,
    registry: Registry,
    hosts: Hosts,
    hooks: Hooks,
    mappers: readonly ToolMapper[],
    lists: Lists,
    provided: Provided,
  ) {
    this.#config = config;
    this.#registry = registry;
    this.#hosts = hosts;
    this.#hooks = hooks;
    for (const name of this.harnesses) provided.mustDiffer(registry.harness(name));
    const { max } = config.sessions;
    const keeps = config.tools.limits.maxResultBytes !== undefined;
    this.#lists = lists;
    this.#provided = provided;
    this.#all = new OpenSessions(max, hooks);
    const { mustTake } = this.#all;
    this.#maker = new Maker(config, mappers, { registry, hosts, hooks, lists, provided, mustTake });
    this.#attached = new Attached({
      registry,
      connect: config.timeouts.connect,
      hooks,
      keeps,
      steering: lists.steering,
      open: (source, name) => this.#opened(() => this.#maker.from(source), { name, owned: false }),
    });
    this.#unions = new Unions({
      harnesses: this.harnesses,
      instructions: config.instructions,
      portable: config.tools.portable,
      keeps,
      max,
      hooks,
      about: (harness) => this.#maker.about(harness),
      peek: (harness, name) => this.#shared.get(keyOf(harness, name)) ?? this.#maker.of(harness),
      open: (harness, name, client) => this.#one(harness, name, client),
      provided,
    });
    this.#warm = new Warm(config.harnesses, (name) => this.#maker.of(name), hooks);
    this.#sweep = this.#sweeping();
  }

  get harnesses(): readonly string[] {
    return Object.keys(this.#config.harnesses);
  }

  /**
   * New sessions take all of another config; running ones what hides tools or asks about calls.
   * @throws H2mError `unknown-harness`, `bad-config`; then nothing has changed
   */
  configure(config: ResolvedConfig, mappers: readonly ToolMapper[]): void {
    const harnesses = Object.keys(config.harnesses);
    for (const name of harnesses) this.#registry.harness(name);
    const { max } = config.sessions;
    const keeps = config.tools.limits.maxResultBytes !== undefined;
    const { instructions, tools, timeouts } = config;
    const narrowing = this.#all.all.map((session) => session.narrowed(config, mappers));
    // The last that can fail: from here on everything is taken over.
    this.#unions.configure({ harnesses, instructions, portable: tools.portable, keeps, max });
    this.#config = config;
    this.#maker.configure(config, mappers);
    this.#all.max = max;
    this.#attached.configure({ connect: timeouts.connect, keeps });
    const telling = narrowing.map((narrow) => narrow());
    telling.push(() => this.#unions.refresh());
    for (const tell of telling) isolated(tell, this.#hooks.report);
    clearInterval(this.#sweep);
    this.#sweep = this.#sweeping();
    this.#warm.configure(config.harnesses).catch(this.#hooks.report);
  }

  /** Starts the harnesses that are kept ready, once the hijack API can be reached. */
  warmUp(): void {
    this.#warm.start();
  }

  /** Nothing begins any more, and what is quiet ends. To be called again when a call has ended. */
  drain(): void {
    this.#unions.drain(DRAINING);
    this.#all.draining = true;
    this.#all.endQuiet(DRAINING);
    this.#warm.close(DRAINING).catch(this.#hooks.report);
  }

  /** Whether another session could be opened now, or why not. */
  get room(): "ready" | "full" | "draining" {
    return this.#all.draining ? "draining" : this.#all.room ? "ready" : "full";
  }

  /** Those with one harness; a union is made of some of them. */
  list(): readonly Session[] {
    return this.#all.all;
  }

  open(target: SessionTarget): SessionContract {
    this.#mustBeOpen();
    const { name, client } = target;
    if (name !== undefined) mustBeName(name);
    if (target.attached !== undefined) return this.#named(target.attached, name);
    const [first, second] = this.harnesses;
    if (target.harness === undefined && second !== undefined)
      return this.#unions.open(name, client);
    const harness = target.harness ?? first;
    if (harness === undefined && this.#provided.any) return this.#one(undefined, name, client);
    // Without a name it is a client's own; `default` is asked for anew by each request of a 2026-era client.
    if (harness === undefined) return this.#attached.view(name !== undefined);
    this.#mustBeConfigured(harness);
    return this.#one(harness, name, client);
  }

  /**
   * The session of a harness that the user started with the attach key, or `<attach key>.<name>`.
   * @throws H2mError `bad-request` if the name cannot be used.
   */
  attach(name?: string): Session {
    this.#mustBeOpen();
    return this.#attached.attach(name);
  }

  /** Ends every session and host within `timeouts.shutdown`. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    const reason = "the server is stopping";
    const closing = [this.#unions, this.#all, this.#warm].map((all) => () => all.close(reason));
    await everyStep(
      () => allSteps(closing),
      () => this.#hosts.close(this.#config.timeouts.shutdown),
      () => this.#lists.catalog.close(),
      () => this.#provided.close(),
    );
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new H2mError("closed", "The server is stopping.");
  }

  /** What attached under a name. Where the config has harnesses, nobody waits for one that may never come. */
  #named(attached: string, name: string | undefined): Session {
    const { names } = this.#attached;
    if (this.harnesses.length > 0 && !names.includes(attached)) {
      if (this.#registry.harnesses.has(attached)) this.#mustBeConfigured(attached);
      throw nothingAt(attached, [...placesOf(this.#config), ...names.map((each) => `/${each}`)]);
    }
    if (name === undefined || name === attached) return this.#attached.open(attached);
    throw new H2mError(
      "bad-request",
      `The session of what attached as \`${attached}\` has that name, and cannot be \`${name}\`.`,
      { hint: "Leave the other name out." },
    );
  }

  #mustBeConfigured(harness: string): void {
    if (Object.hasOwn(this.#config.harnesses, harness)) return;
    throw notConfigured(harness, this.harnesses, this.#registry.harnesses.has(harness));
  }

  /** A client's own, or the one that all who name it share. Without a harness: of what stands beside one. */
  #one(
    harness: string | undefined,
    name: string | undefined,
    client: ClientInfo | undefined,
  ): Session {
    if (name === undefined) return this.#launched(harness, { owned: true, client });
    const key = keyOf(harness, name);
    const known = this.#shared.get(key);
    if (known) return known;
    const shared = this.#launched(harness, { name, owned: false, client });
    this.#shared.set(key, shared);
    shared.on("close", () => this.#shared.delete(key));
    return shared;
  }

  #launched(harness: string | undefined, place: SessionPlace): Session {
    if (harness === undefined) return this.#opened(() => this.#maker.ofProject(), place);
    const named = place.name === undefined ? undefined : this.#config.workspaces[place.name];
    const workspace = named?.harness === harness ? named : undefined;
    // A warm one works in the harness's own folder.
    const warm = () => (workspace ? undefined : this.#warm.take(harness));
    return this.#opened(() => warm() ?? this.#maker.of(harness, workspace), place);
  }

  #opened(make: () => Session, place: SessionPlace): Session {
    this.#all.makeRoom();
    const session = make();
    this.#all.add(session);
    session.on("close", () => this.#all.delete(session));
    session.open(place);
    return session;
  }

  #sweeping(): NodeJS.Timeout {
    const { idle, gone } = this.#config.timeouts;
    const pause = Math.max(20, Math.min(idle / 4, gone / 4, 30_000));
    return setInterval(() => this.#reap({ idle, gone }), pause).unref();
  }

  #reap(patience: Patience): void {
    this.#unions.reap(patience);
    this.#all.reap(patience);
  }
}
