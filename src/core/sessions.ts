import { H2mError } from "../errors.ts";
import type { ResolvedConfig, WorkspaceOptions } from "../types/config.ts";
import type { ToolMapper } from "../types/mapper.ts";
import type {
  Session as SessionContract,
  Sessions as SessionsContract,
  SessionTarget,
} from "../types/session.ts";
import { AttachedView } from "./attached-view.ts";
import type { Hooks } from "./hooks.ts";
import type { Hosts } from "./hosts.ts";
import { didYouMean, type Registry } from "./registry.ts";
import { Session, type SessionPlace } from "./session.ts";
import { mustBeName } from "./session-name.ts";
import type { HarnessSource } from "./tenancy.ts";
import { Warm } from "./warm.ts";

/** What the session of a harness that attached with the bare key is called inside. */
const BARE = "";

/** All sessions: those with a harness of their own, the shared ones, and those that harnesses attached themselves to. */
export class Sessions implements SessionsContract {
  readonly harnesses: readonly string[];
  readonly #config: ResolvedConfig;
  readonly #registry: Registry;
  readonly #hosts: Hosts;
  readonly #hooks: Hooks;
  readonly #mappers: readonly ToolMapper[];
  readonly #all = new Set<Session>();
  readonly #shared = new Map<string, Session>();
  readonly #attached = new Map<string, Session>();
  readonly #waiting = new Set<() => void>();
  readonly #warm: Warm;
  readonly #sweep: NodeJS.Timeout;
  #sharedView: AttachedView | undefined;
  #closed = false;

  /** `mappers`: the innermost first. */
  constructor(
    config: ResolvedConfig,
    registry: Registry,
    hosts: Hosts,
    hooks: Hooks,
    mappers: readonly ToolMapper[],
  ) {
    this.#config = config;
    this.#registry = registry;
    this.#hosts = hosts;
    this.#hooks = hooks;
    this.#mappers = mappers;
    this.harnesses = Object.keys(config.harnesses);
    for (const name of this.harnesses) registry.harness(name);
    this.#warm = new Warm(config.harnesses, (name) => this.#make(this.#source(name)), hooks);
    const { idle } = config.timeouts;
    this.#sweep = setInterval(() => this.#reap(), Math.max(20, Math.min(idle / 4, 30_000)));
    this.#sweep.unref();
  }

  /** Starts the harnesses that are kept ready, once the hijack API can be reached. */
  warmUp(): void {
    this.#warm.start();
  }

  list(): readonly Session[] {
    return [...this.#all];
  }

  open(target: SessionTarget): SessionContract {
    if (this.#closed) throw new H2mError("closed", "The server is stopping.");
    if (target.name !== undefined) mustBeName(target.name);
    const [first] = this.harnesses;
    if (target.attached !== undefined) return this.#attachedOpen(target.attached);
    const harness = target.harness ?? first;
    if (harness === undefined) {
      // Without a name it is a client's own; `default` is asked for anew by each request of a 2026-era client.
      return target.name === undefined ? this.#bareView() : (this.#sharedView ??= this.#bareView());
    }
    if (!Object.hasOwn(this.#config.harnesses, harness)) {
      const known = this.#registry.harnesses.has(harness);
      throw new H2mError(
        "unknown-harness",
        `The harness \`${harness}\` is ${known ? "not in the config" : "unknown"}.`,
        {
          hint: known ? "Add it to `harnesses`." : didYouMean(harness, this.harnesses),
        },
      );
    }
    if (target.name === undefined) return this.#launched(harness, { owned: true });
    const key = `${harness}/${target.name}`;
    const known = this.#shared.get(key);
    if (known) return known;
    const workspace = this.#config.workspaces[target.name];
    const own = workspace?.harness === harness ? workspace : undefined;
    const shared = this.#launched(harness, { name: target.name, owned: false }, own);
    this.#shared.set(key, shared);
    return shared;
  }

  /**
   * The session of a harness that the user started with the attach key, or `<attach key>.<name>`.
   * @throws H2mError `bad-request` if the name cannot be used.
   */
  attach(name?: string): Session {
    if (this.#closed) throw new H2mError("closed", "The server is stopping.");
    if (name !== undefined) {
      mustBeName(name);
      if (this.#registry.harnesses.has(name)) {
        throw new H2mError("bad-request", `A harness cannot attach as \`${name}\`.`, {
          hint: `\`/mcp/${name}\` is the place of the harness of that name; choose another.`,
        });
      }
    }
    const known = this.#attached.get(name ?? BARE);
    if (known) return known;
    const source: HarnessSource = {
      harness: "attached harness",
      version: () => Promise.resolve(undefined),
    };
    this.#makeRoom();
    const session = this.#opened(this.#make(source), { name, owned: false });
    this.#attached.set(name ?? BARE, session);
    // Its first turn brings its first list.
    session.on("tools", () => {
      for (const listener of this.#waiting) listener();
    });
    return session;
  }

  /** The attached session that bare `/mcp` reaches now. @throws H2mError if there are several and none is bare */
  attachedNow(): Session | undefined {
    const bare = this.#attached.get(BARE);
    if (bare?.alive) return bare;
    const named = [...this.#attached.values()].filter((session) => session.alive);
    if (named.length <= 1) return named[0] ?? bare;
    const names = named.map((session) => `/mcp/${session.info().name}`);
    throw new H2mError("no-harness", `Several harnesses are attached: ${names.join(", ")}.`, {
      hint: "Use one of these URLs.",
    });
  }

  /** Hears of each harness that attaches. */
  onAttach(listener: () => void): () => void {
    this.#waiting.add(listener);
    return () => this.#waiting.delete(listener);
  }

  /** Ends every session and host within `timeouts.shutdown`. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    const reason = "the server is stopping";
    const closing = [...this.#all].map((session) => session.close(reason));
    await Promise.all([...closing, this.#warm.close()]);
    await this.#hosts.close(this.#config.timeouts.shutdown);
  }

  #attachedOpen(name: string): Session {
    if (this.#registry.harnesses.has(name)) {
      throw new H2mError("unknown-harness", `The harness \`${name}\` is not in the config.`, {
        hint: "Add it to `harnesses`.",
      });
    }
    return this.attach(name);
  }

  #bareView(): AttachedView {
    return new AttachedView({
      now: () => this.attachedNow(),
      onAttach: (listener) => this.onAttach(listener),
      connect: this.#config.timeouts.connect,
      keeps: this.#config.tools.limits.maxResultBytes !== undefined,
    });
  }

  #source(harness: string, workspace?: WorkspaceOptions): HarnessSource {
    const launcher = this.#registry.harness(harness);
    const configured = this.#config.harnesses[harness] ?? {};
    const cwd = workspace?.cwd ?? configured.cwd ?? this.#config.cwd;
    const env = workspace?.env;
    const options = env ? { ...configured, env: { ...configured.env, ...env } } : configured;
    return {
      harness,
      cwd,
      version: async () =>
        (await this.#hosts.install(launcher, configured).catch(() => undefined))?.version,
      seat: (occupant) => this.#hosts.seat({ launcher, options, cwd }, occupant),
    };
  }

  #launched(harness: string, place: SessionPlace, workspace?: WorkspaceOptions): Session {
    this.#makeRoom();
    // A warm one works in the harness's own folder.
    const warm = workspace ? undefined : this.#warm.take(harness);
    return this.#opened(warm ?? this.#make(this.#source(harness, workspace)), place);
  }

  #opened(session: Session, place: SessionPlace): Session {
    this.#all.add(session);
    session.on("close", () => this.#forget(session));
    session.open(place);
    return session;
  }

  #make(source: HarnessSource): Session {
    return new Session({
      source,
      config: this.#config,
      mappers: this.#mappers,
      hooks: this.#hooks,
    });
  }

  /** The session that nobody has used for the longest time gives way; one in use never does. */
  #makeRoom(): void {
    const { max } = this.#config.sessions;
    if (this.#all.size < max) return;
    const idle = [...this.#all].filter((session) => !session.busy);
    const [idlest] = idle.toSorted((a, b) => b.idleFor - a.idleFor);
    if (!idlest) {
      const what = `${max} sessions are open, all of them in use, and no more are allowed.`;
      const hint = "Close one, or raise `sessions.max`.";
      throw new H2mError("too-many-sessions", what, { hint });
    }
    this.#end(idlest, `${max} sessions are open, and it was idle for the longest time`);
  }

  #forget(session: Session): void {
    this.#all.delete(session);
    for (const map of [this.#shared, this.#attached]) {
      for (const [key, value] of map) if (value === session) map.delete(key);
    }
  }

  #reap(): void {
    const { idle } = this.#config.timeouts;
    for (const session of this.#all) {
      if (session.busy || session.idleFor < idle) continue;
      this.#end(session, `nobody used it for ${idle / 1000} s`);
    }
  }

  #end(session: Session, reason: string): void {
    session
      .close(reason)
      .catch((error) => this.#hooks.emit("error", { error: H2mError.from(error) }));
  }
}
