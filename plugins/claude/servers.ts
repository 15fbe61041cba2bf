import {
  absentServers,
  arrayOf,
  H2mError,
  type HostIo,
  type JsonObject,
  objectOf,
  SERVERS_TIME,
  type ServerState,
  stringOf,
} from "../../src/plugin.ts";
import { controlRequest } from "./lines.ts";

/** What it says of servers that have not come up yet (2.1.197, 2.1.332). */
const STARTING = "pending";
/** What a user knows of already: the user said so. */
const NOT_WANTED = ["disabled"];

/** The MCP servers of the user's settings, as Claude Code tells of them before its first turn. */
export class Servers {
  readonly #host: HostIo;
  readonly #waiting = new Map<string, (response: JsonObject) => void>();
  #asked = 0;

  constructor(host: HostIo) {
    this.#host = host;
  }

  /** An answer to a `control_request`. */
  heard(event: JsonObject): void {
    const response = objectOf(event["response"]) ?? {};
    this.#waiting.get(stringOf(response["request_id"]) ?? "")?.(response);
  }

  /**
   * Waits until each server has started or failed, within bounds: the first request of a turn is the list of the session. With
   * `MCP_CONNECTION_NONBLOCKING=0` alone it waits for five seconds (2.1.197, 2.1.332). What is not there then is told.
   */
  async ready(seatId: string): Promise<void> {
    if (this.#host.context.options.settings !== "user") return;
    try {
      const absent = await absentServers(() => this.#states(), this.#host.exited);
      if (absent === undefined) return;
      this.#host.warn(absent);
      this.#host.notice(seatId, `Claude Code: ${absent}`);
    } catch (error) {
      // Whoever waits for the harness hears of its end.
      if (this.#host.exited.aborted) return;
      this.#host.warn(`it does not tell of its MCP servers: ${H2mError.from(error).message}`);
    }
  }

  async #states(): Promise<ServerState[]> {
    const { response } = await this.#ask({ subtype: "mcp_status" });
    return (arrayOf(objectOf(response)?.["mcpServers"]) ?? []).map((each) => {
      const { name, status, error } = objectOf(each) ?? {};
      const said = stringOf(status) ?? "";
      const there = said === "connected" || NOT_WANTED.includes(said);
      return {
        name: stringOf(name) ?? "",
        state: said === STARTING ? "starting" : there ? "ready" : "absent",
        why: stringOf(error) ?? said,
      };
    });
  }

  #ask(request: JsonObject): Promise<JsonObject> {
    const { exited, write } = this.#host;
    const id = `servers-${++this.#asked}`;
    const end = new AbortController();
    const answered = new Promise<JsonObject>((resolve, reject) => {
      const late = new H2mError("timeout", `no answer within ${SERVERS_TIME / 1000} s`);
      const timer = setTimeout(() => reject(late), SERVERS_TIME);
      const onExit = () => reject(exited.reason);
      exited.addEventListener("abort", onExit, { once: true });
      end.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        exited.removeEventListener("abort", onExit);
      });
      this.#waiting.set(id, (response) => {
        if (response["subtype"] === "success") return resolve(response);
        reject(new H2mError("internal", stringOf(response["error"]) ?? "it refuses"));
      });
      write(controlRequest(id, request));
    });
    return answered.finally(() => {
      end.abort();
      this.#waiting.delete(id);
    });
  }
}
