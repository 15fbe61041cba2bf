import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { H2mConfig } from "../../../src/index.ts";
import type { HostIo } from "../../../src/plugin.ts";
import { lives } from "../../helpers/until.ts";
import { CONNECT, processesWith, World } from "../../live/world.ts";
import { asBefore, footprint, type Footprint, ownProcesses } from "../footprint.ts";
import { Proxy } from "../proxy.ts";
import { type RawEra, RawClient } from "../raw-client.ts";
import { NextReset } from "../resets.ts";
import { patience, until } from "../scene.ts";
import { roughPlugin } from "./rough.ts";
import { type Harness, SHELLS } from "./shells.ts";

/** A new harness is there, in ms: OpenCode needs 2 s on a quiet machine, and all of it is CPU. */
export const NEW_HOST = 20_000;
/** What was given up must be stopped within this time. */
export const STOPPED = 1_000;
/** What a harness that is killed, stopped or cut off may be warned of. */
const LAWFUL =
  /event stream broke|did not end its session|econnect|stream disconnected|fetch failed|retry|telemetry lacks/i;

type Call = { name: string; arguments: Record<string, unknown> };

/** A server with one real harness, and all that a case does to it. */
export class Stage {
  readonly harness: Harness;
  readonly world: World;
  readonly proxy: Proxy;
  readonly hosts: number[] = [];
  readonly exits: number[] = [];
  readonly #before: Footprint;
  readonly #events: Proxy;
  readonly #resets: NextReset;
  #client: Client | undefined;

  static async open(harness: Harness, config: H2mConfig = {}, noisy = false): Promise<Stage> {
    const before = await footprint();
    const [proxy, events] = [await Proxy.open(), await Proxy.open()];
    const resets = new NextReset();
    const stage = new Stage(harness, before, await World.create(), proxy, events, resets);
    const plugins = [roughPlugin(harness, { proxy, events, resets, noisy })];
    const timeouts = { connect: CONNECT, shutdown: 3_000, ...config.timeouts };
    const h2m = await stage.world.serve({ harnesses: [harness], plugins, ...config, timeouts });
    h2m.on("host:start", ({ pid }) => stage.hosts.push(pid));
    h2m.on("host:exit", ({ pid }) => stage.exits.push(pid));
    return stage;
  }

  private constructor(
    harness: Harness,
    before: Footprint,
    world: World,
    proxy: Proxy,
    events: Proxy,
    resets: NextReset,
  ) {
    this.harness = harness;
    this.world = world;
    this.proxy = proxy;
    this.#before = before;
    this.#events = events;
    this.#resets = resets;
  }

  /** The client of now: one with a session of its own. */
  async client(): Promise<Client> {
    return (this.#client ??= await this.world.client());
  }

  /** The next `client` is a new one. */
  forget(): void {
    this.#client = undefined;
  }

  /** Runs a command. The text is what it printed, with what the harness says around it. */
  run(command: string, signal?: AbortSignal): Promise<string> {
    return this.call(SHELLS[this.harness](command), signal);
  }

  /** The text of a call's result. */
  async call(call: Call, signal?: AbortSignal): Promise<string> {
    const client = await this.client();
    const options = { timeout: CONNECT, ...(signal ? { signal } : {}) };
    const result = await client.callTool(call, options);
    return (result as CallToolResult).content
      .map((block) => (block.type === "text" ? block.text : ""))
      .join("");
  }

  /** Prints a word, and leaves a line that tells that it was done. */
  echo(word: string): Promise<string> {
    return this.run(noted(word));
  }

  /** How many times a command with `noted` was run. */
  async runs(word: string): Promise<number> {
    const text = await readFile(join(this.world.project, "ran"), "utf8").catch(() => "");
    return text.split("\n").filter((line) => line === word).length;
  }

  /** A client with sockets in its own hands. All of them share one session. */
  raw(era: RawEra): Promise<RawClient> {
    return RawClient.open(this.world.h2m, era, `/${this.harness}/shared`);
  }

  async closeShared(): Promise<void> {
    const { sessions } = this.world.h2m;
    const shared = sessions.list().filter((session) => session.info().name !== undefined);
    await Promise.all(shared.map((session) => session.close("the test wants it")));
  }

  /** The one host that lives. */
  get host(): number {
    const [host, ...more] = this.hosts.filter(lives);
    expect(more, "one host is alive").toEqual([]);
    if (host === undefined) throw new Error("No host is alive.");
    return host;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.host, signal);
  }

  /** A reset becomes due; `act` happens in the middle of it. Resolves when it has begun. */
  reset(act: () => void): Promise<HostIo> {
    return this.#resets.order(act);
  }

  async running(sleep: string): Promise<void> {
    await until(`sleep ${sleep} runs`, async () => (await sleeping(sleep)) > 0, 10_000);
  }

  async gone(sleep: string, ms = STOPPED): Promise<void> {
    await until(`sleep ${sleep} is gone`, async () => (await sleeping(sleep)) === 0, ms);
  }

  /** No process of a host lives, and no folder of one stands. */
  async nothingIsLeft(ms: number): Promise<void> {
    const left = async () => [
      ...(await ownProcesses(this.world.temporary)),
      ...(await readdir(this.world.temporary)).filter((name) => name.startsWith("h2m-")),
    ];
    await until("nothing is left", async () => (await left()).length === 0, ms).catch(async () =>
      expect(await left()).toEqual([]),
    );
  }

  /** Closes everything; then processes, open files, connections and folders are as before. */
  async end(): Promise<void> {
    await this.world.h2m.close();
    await this.nothingIsLeft(5_000);
    await this.world.end();
    await this.proxy.close();
    await this.#events.close();
    await asBefore(this.#before, { connections: true }, 5_000 * patience());
    expect(this.world.troubles.filter((trouble) => !LAWFUL.test(trouble))).toEqual([]);
  }
}

/** A command that prints a word and notes it. */
export function noted(word: string): string {
  return `echo ${word} | tee -a ran`;
}

async function sleeping(length: string): Promise<number> {
  return (await processesWith(`sleep ${length}`)).length;
}
