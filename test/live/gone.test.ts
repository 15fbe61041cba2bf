import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ownProcesses } from "../faults/footprint.ts";
import { type Harness, HARNESSES, SHELLS } from "../faults/live/shells.ts";
import { connect } from "../helpers/clients.ts";
import { inThisRun } from "./versions.ts";
import { World } from "./world.ts";

const CLIENTS = 30;
/** At once: a busy machine starts each of them in a few seconds. */
const BESIDE = 3;
/** From the close of the last client until all is as before; `timeouts.gone` is 60 s. In ms. */
const SETTLED = 120_000;
const THINKS = 10 * 60_000;

/** A client of the 2025 era that only posts, and never opens a stream. */
class Poster {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  #ids = 0;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#headers = {
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
    };
  }

  async greet(): Promise<void> {
    const clientInfo = { name: "poster", version: "1" };
    const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
    const response = await this.#post({ id: 0, method: "initialize", params: hello });
    await response.text();
    this.#headers["mcp-session-id"] = response.headers.get("mcp-session-id") ?? "";
    await (await this.#post({ method: "notifications/initialized" })).text();
  }

  /** The whole answer, as it stands on the wire. */
  async call(params: object): Promise<string> {
    return (await this.#post({ id: ++this.#ids, method: "tools/call", params })).text();
  }

  #post(message: object): Promise<Response> {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    return fetch(this.#url, { method: "POST", headers: this.#headers, body });
  }
}

// With the time-outs that a user has who says nothing of them.
describe.runIf(process.env["H2M_LONG"]).each(inThisRun(HARNESSES))("clients of %s", (harness) => {
  let world: World;

  beforeEach(async () => {
    world = await World.create();
    await world.serve({ harnesses: [harness] });
  });
  afterEach(() => world.end());

  const says = (text: string) => SHELLS[harness as Harness](`echo ${text}`);

  it(
    `leave nothing behind, though ${CLIENTS} go without DELETE`,
    async () => {
      const processes = async () => (await ownProcesses(world.temporary)).length;
      const before = await processes();
      const { mcpUrl, token } = world.h2m;
      const visit = async (name: string) => {
        const client = await connect("v1", mcpUrl, token);
        const { name: tool, arguments: args } = says(name);
        expect(await client.text(tool, args)).toContain(name);
        await client.close();
      };
      let most = 0;

      for (let n = 0; n < CLIENTS; n += BESIDE) {
        await Promise.all(Array.from({ length: BESIDE }, (_, k) => visit(`client-${n + k}`)));
        most = Math.max(most, await processes());
      }

      const left = Date.now();
      while (Date.now() < left + SETTLED && (await processes()) > before) await sleep(500);
      const [after, sessions] = [await processes(), world.h2m.sessions.list().length];
      process.stderr.write(
        `${harness}: ${before} processes before, ${most} at most, ${after} after ${Math.round((Date.now() - left) / 1000)} s\n`,
      );
      expect({ after, sessions }).toEqual({ after: before, sessions: 0 });
      expect(world.troubles).toEqual([]);
    },
    SETTLED + CLIENTS * 30_000,
  );

  it(
    "keep their session while they think for ten minutes, though they only post",
    async () => {
      const client = new Poster(world.h2m.mcpUrl, world.h2m.token ?? "");
      await client.greet();
      const shell = SHELLS[harness as Harness];
      const first = await client.call(shell("echo $PPID-said"));
      const [own] = /\d+-said/.exec(first) ?? [];
      expect(own, first).toBeDefined();

      await sleep(THINKS);

      expect(await client.call(shell("echo $PPID-said"))).toContain(own);
      expect(world.h2m.sessions.list().length).toBe(1);
      expect(world.troubles).toEqual([]);
    },
    THINKS + 180_000,
  );
});
