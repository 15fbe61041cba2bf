import {
  absentServers,
  H2mError,
  type HostIo,
  objectOf,
  type Seat,
  type ServerState,
  stringOf,
} from "../../src/plugin.ts";
import { DEADLINE, inFolder, type OpencodeServer } from "./server.ts";

/** Longer than the half minute that OpenCode gives a server (1.18.33), in ms. */
const CONNECT_DEADLINE = 60_000;

/** The MCP servers of the user's settings, which our plugin inside OpenCode has held back in each folder. */
export class Servers {
  readonly #host: HostIo;
  readonly #server: OpencodeServer;
  /** By folder: two seats that come together have them started once. */
  readonly #starting = new Map<string, Promise<void>>();

  constructor(host: HostIo, server: OpencodeServer) {
    this.#host = host;
    this.#server = server;
  }

  /**
   * Has the servers of a seat's folder started, and waits until each is there or has failed, within bounds: what is there is
   * listed by the first turn. What is not there then is told.
   */
  async ready({ id, cwd }: Seat): Promise<void> {
    if (this.#host.context.options.settings !== "user") return;
    const other = this.#starting.get(cwd);
    if (other) return other;
    const starting = this.#start(id, cwd).finally(() => this.#starting.delete(cwd));
    this.#starting.set(cwd, starting);
    await starting;
  }

  async #start(seatId: string, cwd: string): Promise<void> {
    const states = await this.#states(cwd);
    const held = states.filter(({ why }) => why === "disabled");
    for (const { name } of held) this.#connect(name, cwd, states);
    if (held.length === 0) return;
    const absent = await absentServers(() => states, this.#host.exited);
    if (absent === undefined) return;
    this.#host.warn(absent);
    this.#host.notice(seatId, `OpenCode: ${absent}`);
  }

  /** Has one started; how that ends stands in `states`. */
  #connect(name: string, cwd: string, states: ServerState[]): void {
    const set = (state: ServerState["state"], why?: string) => {
      states[states.findIndex((each) => each.name === name)] = { name, state, why };
    };
    set("starting");
    const path = `/mcp/${encodeURIComponent(name)}/connect${inFolder(cwd)}`;
    const started = this.#server.send({ method: "POST", path, deadline: CONNECT_DEADLINE });
    started
      .then(() => this.#states(cwd))
      .then((now) => now.find((each) => each.name === name))
      .then((now) => set(now?.state ?? "absent", now?.why))
      .catch((error: unknown) => set("absent", H2mError.from(error).message));
  }

  async #states(cwd: string): Promise<ServerState[]> {
    const path = `/mcp${inFolder(cwd)}`;
    const all = objectOf(await this.#server.send({ method: "GET", path, deadline: DEADLINE }));
    return Object.entries(all ?? {}).map(([name, value]) => {
      const { status, error } = objectOf(value) ?? {};
      const state = status === "connected" ? "ready" : "absent";
      return { name, state, why: stringOf(error) ?? stringOf(status) };
    });
  }
}
