import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { H2m, H2mConfig } from "../../src/index.ts";
import type { HostIo } from "../../src/plugin.ts";
import type { Era, McpClient } from "../helpers/clients.ts";
import { ON_PURPOSE, thrower } from "../fixtures/throwing-plugin.mjs";
import { connected, serve } from "../helpers/server.ts";
import { until as waitUntil } from "../helpers/until.ts";
import { type FaultyOptions, faultyPlugin } from "./faulty.ts";
import { asBefore, footprint, type Footprint } from "./footprint.ts";
import { Proxy } from "./proxy.ts";
import { NextReset } from "./resets.ts";

export interface SceneOptions {
  readonly harness?: FaultyOptions;
  readonly config?: H2mConfig;
  /** The harness is not started before the fault. */
  readonly cold?: boolean;
}

/** A harness whose results are told early. */
export const DRIVEN = { driver: true, headers: true } as const;

/**
 * One case: a server, a harness and a client; something goes wrong; the client sees what the case says. Then everything
 * is closed, and processes, open files, connections and folders must be as they were before.
 */
export function fault(name: string, options: SceneOptions, act: (scene: Scene) => Promise<void>) {
  const run = async () => {
    // What a case before this one left behind is its own failure.
    const before = await until("nothing of ours is left", async () => {
      const now = await footprint();
      return now.processes.length === 0 && now.folders === 0 ? now : undefined;
    });
    const scene = await Scene.open(options);
    try {
      if (!options.cold) await scene.warm();
      await act(scene);
    } finally {
      await scene.end();
    }
    await asBefore(before, { connections: true }, 5_000 * patience());
    expect(scene.troubles).toEqual([]);
  };
  it(name, run);
}

/** What a promise gives, if it comes in time. `ms` is what the docs promise for a machine that has nothing else to do. */
export async function inTime<T>(ms: number, promise: Promise<T>): Promise<T> {
  const started = performance.now();
  const load = patience();
  const found = await promise;
  const passed = Math.round(performance.now() - started);
  expect(passed, "milliseconds").toBeLessThanOrEqual(ms * Math.max(load, patience()));
  return found;
}

/** As the tests' own `until`, on a machine that may be busy. */
export function until<T>(what: string, look: () => T | Promise<T>, ms = 5_000) {
  return waitUntil(what, look, ms * patience());
}

/** What a test waits beyond the promise: the neighbours on a small machine come and go within a second. */
const LEAST_PATIENCE = 4;

/** By how much the promised times are stretched: more than that where the machine has far more to do than it has cores. */
export function patience(): number {
  return LEAST_PATIENCE * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
}

export interface Noted {
  readonly pid: number;
  readonly id: string;
  readonly name: string;
  readonly args: Record<string, unknown>;
}

export class Scene {
  readonly h2m: H2m;
  readonly client: McpClient;
  readonly proxy: Proxy;
  /** Pids of the hosts, in the order of their starts. */
  readonly hosts: number[] = [];
  readonly exits: number[] = [];
  readonly warnings: string[] = [];
  readonly troubles: string[] = [];
  readonly #world: World;
  readonly #clients: McpClient[];
  readonly #beside = new Map<string, Promise<McpClient>>();
  #warm: Footprint | undefined;

  static async open({ harness = DRIVEN, config = {} }: SceneOptions): Promise<Scene> {
    const proxy = await Proxy.open();
    const world = new World(proxy);
    const plugins = [faultyPlugin(harness, world), thrower];
    const timeouts = { connect: 30_000, ...config.timeouts };
    const h2m = await serve({ harnesses: ["fake"], plugins, ...config, timeouts });
    const hosts: number[] = [];
    h2m.on("host:start", ({ pid }) => hosts.push(pid));
    return new Scene(h2m, await connected(h2m), world, hosts);
  }

  private constructor(h2m: H2m, client: McpClient, world: World, hosts: number[]) {
    this.h2m = h2m;
    this.client = client;
    this.proxy = world.proxy;
    this.hosts = hosts;
    this.#clients = [client];
    this.#world = world;
    h2m.on("host:exit", ({ pid }) => this.exits.push(pid));
    h2m.on("warning", ({ message }) => this.warnings.push(message));
    h2m.on("error", ({ error }) => {
      if (!error.message.includes(ON_PURPOSE)) this.troubles.push(error.stack ?? error.message);
    });
  }

  /** The harness is there, and what it needs of the machine is known. */
  async warm(): Promise<void> {
    await this.client.names();
    this.#warm = await footprint();
  }

  /** The pid of the latest host. */
  get host(): number {
    const pid = this.hosts.at(-1);
    if (pid === undefined) throw new Error("There is no host yet.");
    return pid;
  }

  signal(signal: NodeJS.Signals, pid = this.host): void {
    process.kill(pid, signal);
  }

  /** Another client. `path` follows `/mcp`. */
  async join(path = "", era: Era = "v1"): Promise<McpClient> {
    const client = await connected(this.h2m, path, era);
    this.#clients.push(client);
    return client;
  }

  /** A client at the same place as others; one for each path. */
  async beside(path: string): Promise<McpClient> {
    const known = this.#beside.get(path) ?? this.join(path);
    this.#beside.set(path, known);
    return known;
  }

  /** Every call that ever reached a harness, in its order. */
  journal(): Noted[] {
    const text = readFileSync(this.#world.journal, { encoding: "utf8", flag: "a+" });
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Noted);
  }

  /** How many times a tool was run. */
  runs(name: string): number {
    return this.journal().filter((noted) => noted.name === name).length;
  }

  /** Waits until a tool was run so many times. */
  async running(name: string, times = 1): Promise<void> {
    await until(`\`${name}\` runs`, () => this.runs(name) >= times);
  }

  /** A reset becomes due; `act` happens in the middle of it. Resolves when it has begun. */
  reset(act: (host: HostIo) => Promise<void> | void): Promise<HostIo> {
    return this.#world.order(act);
  }

  /** Processes, open files and folders are as they were when all was well. */
  async asWarm(): Promise<void> {
    if (!this.#warm) throw new Error("The scene was not warm.");
    await asBefore(this.#warm, { connections: false }, 5_000 * patience());
  }

  async end(): Promise<void> {
    // No id was ever seen twice: nothing is sent again.
    const ids = this.journal().map(({ id }) => id);
    for (const client of this.#clients) await client.close().catch(() => {});
    await this.h2m.close();
    await this.proxy.close();
    expect(ids.length).toBe(new Set(ids).size);
  }
}

/** What the faulty harness looks at. */
class World extends NextReset {
  readonly journal = join(process.env["TMPDIR"] ?? "", `journal-${crypto.randomUUID()}`);
  readonly proxy: Proxy;

  constructor(proxy: Proxy) {
    super();
    this.proxy = proxy;
  }
}
