import { H2mError } from "../../errors.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import type { ClientInfo, Session } from "../../types/session.ts";
import { OpenSessions, type Patience } from "./open-sessions.ts";
import type { Hooks } from "../plugins/hooks.ts";
import type { About } from "./instructions.ts";
import { Union } from "./union.ts";
import type { Provided } from "../tools/provided.ts";
import { PROJECT } from "./sources.ts";
import { type MemberSession, type Peek, prefixOf } from "./union-member.ts";

export interface UnionsOptions {
  readonly harnesses: readonly string[];
  readonly instructions: ResolvedConfig["instructions"];
  /** Whether names are such that every client takes them. */
  readonly portable: boolean;
  /** Whether sessions keep results that are too large for an answer. */
  readonly keeps: boolean;
  /** How many may be open at once. */
  readonly max: number;
  readonly hooks: Hooks;
  about(harness: string): Promise<About>;
  /** A session of one harness whose list can be looked at; it counts for nothing and starts nothing. */
  peek(harness: string, name: string | undefined): Peek;
  /** Opens a session of one harness: the client's own, or the one of that name. Without a harness: of what stands beside one. */
  open(
    harness: string | undefined,
    name: string | undefined,
    client: ClientInfo | undefined,
  ): MemberSession;
  readonly provided: Pick<Provided, "any" | "prompts" | "resources">;
}

/** What bare `/mcp` gives where several harnesses are configured. */
export class Unions {
  #options: UnionsOptions;
  readonly #all: OpenSessions<Union>;
  readonly #shared = new Map<string, Union>();

  /** @throws H2mError `bad-config` if the tools of two harnesses could not be told apart */
  constructor(options: UnionsOptions) {
    mustDiffer(options);
    this.#options = options;
    this.#all = new OpenSessions(options.max, options.hooks);
  }

  /** For unions that are opened from now on. @throws H2mError `bad-config`, as the constructor does */
  configure(
    changed: Pick<UnionsOptions, "harnesses" | "instructions" | "portable" | "keeps" | "max">,
  ): void {
    mustDiffer(changed);
    this.#options = { ...this.#options, ...changed };
    this.#all.max = changed.max;
  }

  /** A client's own, or the one that all who name it share. @throws H2mError `too-many-sessions`, `draining` */
  open(name: string | undefined, client: ClientInfo | undefined): Session {
    const known = name === undefined ? undefined : this.#shared.get(name);
    if (known) return known;
    this.#all.makeRoom();
    const { harnesses, instructions, portable, keeps, hooks, about, peek, open, provided } =
      this.#options;
    const own = { portable, about: () => Promise.resolve({ harness: PROJECT }) };
    const project = { ...own, harness: PROJECT, open: () => open(undefined, name, client) };
    const union = new Union({
      place: { name, owned: name === undefined, client },
      members: harnesses.map((harness) => ({
        harness,
        portable,
        about: () => about(harness),
        peek: () => peek(harness, name),
        open: () => open(harness, name, client),
      })),
      project: provided.any ? project : undefined,
      provided,
      instructions,
      keeps,
      hooks,
    });
    this.#all.add(union);
    if (name !== undefined) this.#shared.set(name, union);
    union.on("close", () => {
      this.#all.delete(union);
      if (name !== undefined) this.#shared.delete(name);
    });
    return union;
  }

  /** None is opened any more; those in which nothing runs end. */
  drain(reason: string): void {
    this.#all.draining = true;
    this.#all.endQuiet(reason);
  }

  /** What the harnesses list may be shown in another way by now. */
  refresh(): void {
    for (const union of this.#all.all) union.refresh();
  }

  /** Ends those that nobody has used, or whose client is away, for so long. */
  reap(patience: Patience): void {
    this.#all.reap(patience);
  }

  close(reason: string): Promise<void> {
    return this.#all.close(reason);
  }
}

function mustDiffer({ harnesses, portable }: Pick<UnionsOptions, "harnesses" | "portable">): void {
  const of = (harness: string) => prefixOf(harness, portable);
  for (const one of harnesses) {
    const prefix = of(one);
    const other = harnesses.find((name) => name !== one && of(name).startsWith(prefix));
    if (other === undefined) continue;
    throw new H2mError(
      "bad-config",
      `\`${one}\` and \`${other}\` cannot be served together: the names of both one's tools would begin with \`${prefix}\`.`,
      { hint: "Give one of them another name in the plugin that brings it." },
    );
  }
}
