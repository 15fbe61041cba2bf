import { H2mError } from "../../errors.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import type { CallToolResult, Tool } from "../../types/mcp.ts";
import type {
  CallOptions,
  ClientInfo,
  Results,
  Session as SessionContract,
  SessionEvents,
  SessionInfo,
  SessionUsage,
  Teardown,
} from "../../types/session.ts";
import { Attendance, type SessionPlace } from "./attendance.ts";
import { tellOfNone } from "../call/calls.ts";
import { allSteps } from "../../kit/every-step.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { randomSecret } from "../../kit/secrets.ts";
import { Listeners } from "../plugins/listeners.ts";
import { mustDiffer, noneComes, noSuchTool } from "./union-errors.ts";
import { instructionsOf } from "./union-instructions.ts";
import { UnionMember, type UnionMemberOptions } from "./union-member.ts";

export interface UnionOptions {
  readonly place: SessionPlace;
  readonly members: readonly MemberOptions[];
  /** What stands beside the harnesses. */
  readonly project?: MemberOptions | undefined;
  readonly provided: Pick<SessionContract, "prompts" | "resources">;
  readonly instructions: ResolvedConfig["instructions"];
  /** Whether sessions keep results that are too large for an answer. */
  readonly keeps: boolean;
  readonly hooks: Hooks;
}

type MemberOptions = Omit<UnionMemberOptions, "onTools" | "onNotice">;

/** Several harnesses as one session: each tool's name begins with its harness, which starts when it is needed. */
export class Union implements SessionContract {
  readonly id = randomSecret();
  readonly results: Results | undefined;
  readonly prompts: SessionContract["prompts"];
  readonly resources: SessionContract["resources"];
  readonly #options: UnionOptions;
  readonly #members: readonly UnionMember[];
  readonly #listeners: Listeners<SessionEvents>;
  /** The harnesses whose tools are missing, and why, as it was told. */
  readonly #missing = new Map<UnionMember, H2mError["code"]>();
  #shown: readonly string[] = [];
  readonly #attendance = new Attendance(() => {
    this.close("its client has gone").catch(this.#options.hooks.report);
  });
  /** What is being asked of it: calls, and lists. */
  #uses = 0;
  #running = 0;
  #closed = false;

  constructor(options: UnionOptions) {
    this.#options = options;
    this.#attendance.open(options.place);
    this.#listeners = new Listeners(options.hooks.report);
    this.results = options.keeps
      ? { list: () => this.#kept().flatMap((kept) => kept.list()), read: (uri) => this.#read(uri) }
      : undefined;
    ({ prompts: this.prompts, resources: this.resources } = options.provided);
    const project = options.project ? [{ ...options.project, project: true }] : [];
    // A name of the project's is its own, whatever it begins with.
    this.#members = [...project, ...options.members].map(
      (member) =>
        new UnionMember({
          ...member,
          onTools: () => this.#listeners.emit("tools"),
          onNotice: (message, level) => this.#listeners.emit("notice", message, level),
        }),
    );
  }

  info(): SessionInfo {
    const harness = this.#options.members.map((member) => member.harness).join(", ");
    const { client } = this.#attendance;
    return { id: this.id, name: this.#options.place.name, harness, attached: false, client };
  }

  usage(): SessionUsage {
    const { opened, lastUsed, calls } = this.#attendance;
    return { opened, lastUsed, calls, running: this.#running };
  }

  get busy(): boolean {
    return this.#uses > 0;
  }

  get idleFor(): number {
    return this.#attendance.idleFor;
  }

  get awayFor(): number {
    return this.#attendance.awayFor;
  }

  async instructions(): Promise<string | undefined> {
    const { instructions } = this.#options;
    if (instructions === false) return undefined;
    return instructionsOf(this.#members, instructions);
  }

  /** The tools of every harness that comes; of one that does not, a notice is told. @throws H2mError if none comes */
  async tools(): Promise<readonly Tool[]> {
    this.#mustBeOpen();
    const lists = await this.#used(() =>
      Promise.allSettled(this.#members.map((member) => member.tools())),
    );
    const tools: Tool[] = [];
    const errors: H2mError[] = [];
    for (const [place, list] of lists.entries()) {
      const member = this.#members[place] as UnionMember;
      if (list.status === "fulfilled") {
        this.#came(member);
        tools.push(...list.value);
      } else {
        const error = H2mError.from(list.reason);
        // A list without them would be another one than was agreed to.
        if (error.code === "list-changed") throw error;
        errors.push(error);
        this.#misses(member, error);
      }
    }
    mustDiffer(tools);
    const [first] = errors;
    if (first && errors.length === this.#members.length) {
      throw noneComes(errors, first);
    }
    this.#shown = tools.map(({ name }) => name);
    return tools;
  }

  async tool(name: string): Promise<Tool | undefined> {
    this.#mustBeOpen();
    return this.#used(async () => (await this.#memberFor(name))?.tool(name));
  }

  async call(
    name: string,
    args: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<CallToolResult> {
    this.#mustBeOpen();
    this.#attendance.calls++;
    const member = this.#memberOf(name) ?? (await this.#used(() => this.#memberFor(name)));
    if (!member) {
      const prefixes = this.#members.flatMap(({ prefix }) => (prefix === "" ? [] : prefix));
      const error = noSuchTool(name, prefixes, this.#shown);
      tellOfNone(this.#options.hooks, this.info(), { name, arguments: args }, error);
      throw error;
    }
    this.#running++;
    try {
      const result = await this.#used(() => member.call(name, args, options));
      this.#came(member);
      return result;
    } finally {
      this.#running--;
    }
  }

  on<E extends keyof SessionEvents>(event: E, listener: SessionEvents[E]): Teardown {
    return this.#listeners.on(event, listener);
  }

  join(client?: ClientInfo): Teardown {
    return this.#attendance.join(client);
  }

  away(): Teardown {
    const backs = [this.#attendance.away(), ...this.#members.map((member) => member.away())];
    return () => {
      for (const back of backs) back();
    };
  }

  /** The sessions that others share live on. */
  async close(reason = "it was closed"): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listeners.emit("close", reason);
    const sessions = this.#members.map((member) => member.end());
    if (!this.#options.place.owned) return;
    await allSteps(sessions.map((session) => () => session?.close(reason)));
  }

  /** The config has changed: clients may see another list now. */
  refresh(): void {
    for (const member of this.#members) member.refresh();
  }

  #kept(): Results[] {
    return this.#members.flatMap(({ results }) => results ?? []);
  }

  #read(uri: string): ReturnType<Results["read"]> {
    this.#attendance.touch();
    const all = this.#kept();
    const kept = all.find((each) => each.list().some((resource) => resource.uri === uri)) ?? all[0];
    if (kept) return kept.read(uri);
    throw new H2mError("unknown-resource", `There is no result \`${uri}\` in this session.`);
  }

  #memberOf(name: string): UnionMember | undefined {
    return this.#members.find((member) => member.mayShow(name));
  }

  /** The same, once all that stands beside the harnesses is known. */
  async #memberFor(name: string): Promise<UnionMember | undefined> {
    const known = this.#memberOf(name);
    const project = this.#members.find(({ prefix }) => prefix === "");
    if (known || !project) return known;
    await project.tools().catch(() => {}); // Whoever lists the tools hears of it.
    return this.#memberOf(name);
  }

  /** It is there again: clients that were shown a list without its tools should ask anew. */
  #came(member: UnionMember): void {
    if (this.#missing.delete(member)) this.#listeners.emit("tools");
  }

  #misses(member: UnionMember, error: H2mError): void {
    if (this.#missing.get(member) === error.code) return;
    this.#missing.set(member, error.code);
    const message = `The tools of ${member.harness} are missing: ${error.text}`;
    this.#options.hooks.emit("warning", { message });
    this.#listeners.emit("notice", message, "warning");
  }

  async #used<T>(act: () => Promise<T>): Promise<T> {
    this.#uses++;
    try {
      return await act();
    } finally {
      this.#uses--;
      this.#attendance.touch();
    }
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new H2mError("closed", "The session has ended.");
  }
}
