import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { H2mError } from "../../errors.ts";
import { isPortableName, portableNames } from "../../kit/portable-name.ts";
import type { CallToolResult, Tool } from "../../types/mcp.ts";
import type { CallOptions, NoticeLevel, Results, Session, Teardown } from "../../types/session.ts";
import { abortable } from "../../kit/deadline.ts";
import type { About } from "./instructions.ts";

/** Tells the tools of a harness as far as they are known without starting it. */
export interface Peek {
  known(): Promise<readonly Tool[] | undefined>;
  /** Which of them no harness brings. */
  readonly provided: ReadonlySet<string>;
}

/** A session of a member. */
export interface MemberSession extends Session {
  /** The names of its tools that no harness brings. */
  readonly provided: ReadonlySet<string>;
}

export interface UnionMemberOptions {
  readonly harness: string;
  /** It is no harness, but what stands beside each: its tools are shown once, and keep their names. @default false */
  readonly project?: boolean | undefined;
  /** Its names are such that every client takes them, with the prefix. */
  readonly portable: boolean;
  /** What is known of the harness before there is a session with it. */
  about(): Promise<About>;
  peek?(): Peek;
  /** Opens its session, whose harness then starts. @throws H2mError if there is no room */
  open(): MemberSession;
  /** Clients should ask for the tools again. */
  onTools(): void;
  onNotice(message: string, level: NoticeLevel): void;
}

/** How a name ends that was too long with the prefix. */
const SHORTENED = /_[0-9a-f]{6,}$/;

/** A harness's name may take so much of a tool's: what is left tells the tools apart. */
const LONGEST_PREFIX = 24;

/**
 * What the names of a harness's tools begin with where several harnesses are served as one. `portable`: short enough for names
 * that every client takes.
 */
export function prefixOf(harness: string, portable = true): string {
  const whole = `${harness.replaceAll(/[^\w-]/g, "_")}_`;
  if (!portable || whole.length <= LONGEST_PREFIX) return whole;
  const hash = createHash("sha256").update(harness).digest("hex").slice(0, 6);
  return `${whole.slice(0, LONGEST_PREFIX - hash.length - 2)}_${hash}_`;
}

/** One harness of a union: its session, opened when it is needed, and opened anew if it has ended meanwhile. */
export class UnionMember {
  readonly prefix: string;
  readonly #options: UnionMemberOptions;
  #session: MemberSession | undefined;
  #over = false;
  #stops: readonly Teardown[] = [];
  /** What clients were told last, by its own names. */
  #shown: readonly Tool[] | undefined;
  /** Its own names, and those that the union showed for them last, without the prefix. */
  #names: ReadonlyMap<string, string> = new Map();

  constructor(options: UnionMemberOptions) {
    this.#options = options;
    this.prefix = options.project ? "" : prefixOf(options.harness, options.portable);
  }

  get harness(): string {
    return this.#options.harness;
  }

  about(): Promise<About> {
    return this.#options.about();
  }

  async instructions(): Promise<string | undefined> {
    return this.#open().instructions();
  }

  /** Of its session, while there is one. */
  get results(): Results | undefined {
    return this.#session?.results;
  }

  /** Its tools as the union shows them; it starts only if they are not known. @throws H2mError if it does not come */
  async tools(): Promise<readonly Tool[]> {
    const tools = (await this.#known()) ?? (await this.#listOf(this.#open()));
    this.#shown = tools;
    this.#names = this.#namesOf(tools);
    return tools.map((tool) => ({
      ...tool,
      name: this.prefix + (this.#names.get(tool.name) ?? tool.name),
    }));
  }

  /** Whether the union may show such a name as one of its tools. */
  mayShow(name: string): boolean {
    if (this.#options.project) return this.#open().provided.has(name);
    return name.startsWith(this.prefix) && (!this.#options.portable || isPortableName(name));
  }

  /** A tool by the name that the union shows. */
  async tool(name: string): Promise<Tool | undefined> {
    const session = this.#open();
    const tool = await session.tool(await this.#ownName(name, session));
    return tool && { ...tool, name };
  }

  /** Calls a tool by the name that the union shows. */
  async call(
    name: string,
    args: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<CallToolResult> {
    // Opened at once: the union may be closed before the name is known.
    const session = this.#open();
    const own = await abortable(this.#ownName(name, session), options?.signal);
    try {
      return await session.call(own, args, options);
    } catch (cause) {
      const error = H2mError.from(cause);
      if (error.code !== "unknown-tool") throw error;
      const hint = `Here the names of ${this.harness} begin with \`${this.prefix}\`. ${error.hint ?? ""}`;
      throw new H2mError("unknown-tool", error.message.replace(`\`${own}\``, `\`${name}\``), {
        hint: hint.trim(),
        cause,
      });
    }
  }

  /** What is known may be shown in another way by now. */
  refresh(): void {
    if (!this.#session) this.#compare(this.#known());
  }

  /** As its session, while there is one. */
  away(): Teardown {
    return this.#session?.away() ?? (() => {});
  }

  /** Lets its session go: it ends, or is its other clients'. */
  leave(): Session | undefined {
    const session = this.#session;
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#session = undefined;
    return session;
  }

  /** Like `leave`, for good: whoever has looked something up meanwhile opens nothing any more. */
  end(): Session | undefined {
    this.#over = true;
    return this.leave();
  }

  #namesOf(tools: readonly Tool[]): ReadonlyMap<string, string> {
    return this.#options.portable
      ? portableNames(
          tools.map(({ name }) => name),
          this.prefix,
        )
      : new Map();
  }

  /** The name that the harness's own session shows, of one that the union shows. */
  async #ownName(name: string, session: Session): Promise<string> {
    const rest = name.slice(this.prefix.length);
    const of = (names: ReadonlyMap<string, string>) =>
      [...names].find(([, shown]) => shown === rest)?.[0];
    const told = of(this.#names);
    if (told !== undefined) return told;
    // Only a shortened name, which a client may know of another time, needs a list to be understood.
    if (!this.#options.portable || !SHORTENED.test(rest)) return rest;
    // If it does not come, whoever uses the name hears of it.
    const tools = await session.tools().catch(() => []);
    return of(this.#namesOf(tools)) ?? rest;
  }

  async #known(): Promise<readonly Tool[] | undefined> {
    // A session of its own knows more, and needs no start for it.
    if (this.#session) return undefined;
    const peek = this.#options.peek?.();
    return this.#own(await peek?.known(), peek?.provided);
  }

  async #listOf(session: MemberSession): Promise<readonly Tool[]> {
    const tools = await session.tools();
    return this.#own(tools, session.provided) ?? [];
  }

  /** Without those that another member shows. */
  #own(
    tools: readonly Tool[] | undefined,
    provided: ReadonlySet<string> = new Set(),
  ): readonly Tool[] | undefined {
    if (this.#options.project || provided.size === 0) return tools;
    return tools?.filter(({ name }) => !provided.has(name));
  }

  #open(): MemberSession {
    if (this.#over) throw new H2mError("closed", "The session has ended.");
    if (this.#session) return this.#session;
    const session = this.#options.open();
    this.#session = session;
    this.#stops = [
      session.on("tools", () => this.#options.onTools()),
      session.on("notice", (message, level) => this.#options.onNotice(message, level)),
      // It was idle, or had to give way: the next one who needs it opens another.
      session.on("close", () => this.leave()),
      session.join(),
    ];
    // Its first list may differ from the one that clients know.
    this.#compare(this.#listOf(session));
    return session;
  }

  #compare(list: Promise<readonly Tool[] | undefined>): void {
    list.then(
      (tools) => {
        const shown = this.#shown;
        if (tools && shown && !isDeepStrictEqual(tools, shown)) this.#options.onTools();
      },
      () => {}, // Whoever needed the session hears of it.
    );
  }
}
