import { afterEach, describe, expect, it } from "vitest";
import { readFile, readdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { versionOf } from "./versions.ts";
import { CONNECT, World } from "./world.ts";

/** Where `opencode serve --port 0` listens if nobody else does (1.18.33). */
const USUAL = 4096;

/**
 * Another one on this machine, who listens wherever h2m's OpenCode is likely to: at its usual port, and at each port that a
 * command line tells. Everything that is asked there is kept.
 */
class Squatter {
  readonly heard: string[] = [];
  readonly #servers = new Map<number, Server>();
  #watching = true;
  readonly #watch = this.#look();

  async end(): Promise<void> {
    this.#watching = false;
    await this.#watch;
    for (const server of this.#servers.values()) {
      server.closeAllConnections();
      server.close();
    }
  }

  get ports(): number[] {
    return [...this.#servers.keys()];
  }

  async #look(): Promise<void> {
    await this.#listen(USUAL);
    while (this.#watching) {
      for (const name of await readdir("/proc")) {
        if (!/^\d+$/.test(name)) continue;
        const line = await readFile(`/proc/${name}/cmdline`, "latin1").catch(() => "");
        const port = /\0serve\0(?:.*\0)?--port\0(\d+)/s.exec(line)?.[1];
        if (port && port !== "0") await this.#listen(Number(port));
      }
      await sleep(20);
    }
  }

  async #listen(port: number): Promise<void> {
    if (this.#servers.has(port)) return;
    const server = createServer((request, response) => {
      this.heard.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.end("{}");
    });
    this.#servers.set(port, server);
    await new Promise<void>((resolve) => {
      // Taken already: then it is not ours.
      server.once("error", () => resolve());
      server.listen(port, "127.0.0.1", resolve);
    });
  }
}

describe.runIf(versionOf("opencode"))("opencode's port", () => {
  let world: World;
  const squatter = new Squatter();

  afterEach(async () => {
    await world.end();
    await squatter.end();
  });

  it("tells its password to nobody who listens where it might", async () => {
    world = await World.create();
    await world.serve({ harnesses: ["opencode"] });
    const client = await world.client();

    const call = { name: "bash", arguments: { command: "echo here", description: "a test" } };
    const result = await client.callTool(call, { timeout: CONNECT });

    expect(squatter.ports).toContain(USUAL);
    expect(squatter.heard).toEqual([]);
    expect(JSON.stringify(result.content)).toContain("here");
  });
});
