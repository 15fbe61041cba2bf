import {
  absentServers,
  type HostIo,
  type JsonObject,
  objectOf,
  type Seat,
  type ServerState,
  stringOf,
} from "../../src/plugin.ts";
import { isIsolated } from "./launch.ts";
import { userConfig, userFolder } from "./user-settings.ts";

/** How long after the start of a thread codex tells which servers it starts: 50 ms (0.169, 0.171), more on a busy machine. In ms. */
const NAMED = { known: 2_000, unknown: 250 };
const STATES: Readonly<Record<string, ServerState["state"]>> = {
  starting: "starting",
  ready: "ready",
};

/** The MCP servers of the user's settings, which codex starts anew for each thread (0.169, 0.171). */
export class Servers {
  readonly #host: HostIo;
  /** By thread and name. */
  readonly #threads = new Map<string, Map<string, ServerState>>();
  readonly #known: readonly string[];

  constructor(host: HostIo, own: NodeJS.ProcessEnv = process.env) {
    this.#host = host;
    this.#known = isIsolated(host.context.options) ? [] : namesIn(userConfig(userFolder(own)));
  }

  /** `mcpServer/startupStatus/updated`; it may be told before the thread has a seat. */
  heard(params: JsonObject): void {
    const { threadId, name, status, error } = params;
    const server = {
      name: stringOf(name) ?? "",
      state: STATES[stringOf(status) ?? ""] ?? "absent",
      why: stringOf(error) ?? stringOf(status),
    };
    this.#of(stringOf(threadId) ?? "").set(server.name, server);
  }

  /**
   * Waits until each server of a thread has started or failed, for at most `ms`: a turn lists those that are there, and waits for
   * none. What is not there then is told.
   */
  async ready(threadId: string, seat: Seat, ms?: number): Promise<void> {
    const { context, exited, notice, warn } = this.#host;
    if (isIsolated(context.options)) return;
    const begun = Date.now();
    const absent = await absentServers(
      () => this.#states(threadId, Date.now() - begun),
      exited,
      ms,
    );
    if (absent === undefined) return;
    warn(absent);
    notice(seat.id, `codex: ${absent}`);
  }

  forget(threadId: string): void {
    this.#threads.delete(threadId);
  }

  /** What codex has told, and what it has yet to tell of. */
  #states(threadId: string, ms: number): ServerState[] {
    const told = this.#of(threadId);
    const untold = this.#known.filter((name) => !told.has(name));
    if (ms < NAMED.known && untold.length > 0)
      return [...told.values(), ...untold.map((name) => ({ name, state: "starting" as const }))];
    // Those of the project, where it is trusted.
    if (ms < NAMED.unknown) return [{ name: "", state: "starting" }];
    return [...told.values()];
  }

  #of(threadId: string): Map<string, ServerState> {
    const known = this.#threads.get(threadId) ?? new Map<string, ServerState>();
    this.#threads.set(threadId, known);
    return known;
  }
}

function namesIn(config: JsonObject): string[] {
  return Object.entries(objectOf(config["mcp_servers"]) ?? {}).flatMap(([name, server]) =>
    objectOf(server)?.["enabled"] === false ? [] : name,
  );
}
