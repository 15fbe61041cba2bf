import { H2mError } from "../../errors.ts";
import { AttachedView } from "./attached-view.ts";
import { forbidsOf } from "../call/forbids.ts";
import type { Hooks } from "../plugins/hooks.ts";
import type { Registry } from "../plugins/registry.ts";
import type { Session } from "./session.ts";
import type { Steering } from "../files/steering.ts";
import { mustBeName } from "./session-name.ts";
import type { HarnessSource } from "../channel/source.ts";

/** What the session of a harness that attached with the bare key is called inside. */
const BARE = "";

/** It may be any harness, and nobody says where it works. */
function sourceOf({ registry, steering }: AttachedOptions): HarnessSource {
  return {
    harness: "attached harness",
    version: () => Promise.resolve(undefined),
    forbids: forbidsOf([...registry.harnesses.values()], steering, undefined),
  };
}

export interface AttachedOptions {
  readonly registry: Registry;
  /** Milliseconds that clients wait for one. */
  readonly connect: number;
  readonly hooks: Hooks;
  /** Whether sessions keep results that are too large for an answer. */
  readonly keeps: boolean;
  /** What no tool may write. */
  readonly steering: Steering | undefined;
  /** Makes a session that all who name it share. */
  open(source: HarnessSource, name: string | undefined): Session;
}

/** The sessions of harnesses that the user started with the attach key, or `<attach key>.<name>`. */
export class Attached {
  #options: AttachedOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #waiting = new Set<() => void>();
  #sharedView: AttachedView | undefined;

  constructor(options: AttachedOptions) {
    this.#options = options;
  }

  /** For those who come from now on. */
  configure(changed: Pick<AttachedOptions, "connect" | "keeps">): void {
    this.#options = { ...this.#options, ...changed };
    this.#sharedView = undefined;
  }

  /**
   * The session of one that comes now.
   * @throws H2mError `bad-request` if the name cannot be used.
   */
  attach(name?: string): Session {
    if (name !== undefined) {
      mustBeName(name);
      if (this.#options.registry.harnesses.has(name)) {
        throw new H2mError("bad-request", `A harness cannot attach as \`${name}\`.`, {
          hint: `\`/mcp/${name}\` is the place of the harness of that name; choose another.`,
        });
      }
    }
    const known = this.#sessions.get(name ?? BARE);
    if (known) return known;
    const session = this.#options.open(sourceOf(this.#options), name);
    this.#sessions.set(name ?? BARE, session);
    // Its first turn brings its first list.
    session.on("tools", () => {
      for (const listener of this.#waiting) listener();
    });
    session.on("close", () => this.#sessions.delete(name ?? BARE));
    return session;
  }

  /** Those that are attached under a name, or were a while ago. */
  get names(): readonly string[] {
    return [...this.#sessions.keys()].filter((name) => name !== BARE);
  }

  /** The session for a client that asks for this name; its harness may come later. */
  open(name: string): Session {
    if (this.#options.registry.harnesses.has(name)) {
      throw new H2mError("unknown-harness", `The harness \`${name}\` is not in the config.`, {
        hint: "Add it to `harnesses`.",
      });
    }
    return this.attach(name);
  }

  /** What bare `/mcp` reaches: whichever is there at the time of a request. `shared`: asked for anew by each request. */
  view(shared: boolean): AttachedView {
    if (shared) return (this.#sharedView ??= this.view(false));
    const { connect, hooks, keeps } = this.#options;
    return new AttachedView({
      now: () => this.#now(),
      onAttach: (listener) => {
        this.#waiting.add(listener);
        return () => this.#waiting.delete(listener);
      },
      connect,
      hooks,
      keeps,
    });
  }

  /** The one that bare `/mcp` reaches now. @throws H2mError if there are several and none is bare */
  #now(): Session | undefined {
    const bare = this.#sessions.get(BARE);
    if (bare?.alive) return bare;
    const named = [...this.#sessions.values()].filter((session) => session.alive);
    if (named.length <= 1) return named[0] ?? bare;
    const names = named.map((session) => `/mcp/${session.info().name}`);
    throw new H2mError("no-harness", `Several harnesses are attached: ${names.join(", ")}.`, {
      hint: "Use one of these URLs.",
    });
  }
}
