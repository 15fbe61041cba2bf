import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Cli, emptyFolder, fakeConfig, put, start } from "../helpers/cli.ts";
import { connect, type McpClient } from "../helpers/clients.ts";
import { atEnd } from "../helpers/server.ts";
import { failure, lives } from "../helpers/until.ts";
import { ROOT } from "../live/setup.ts";
import { ownProcesses } from "./footprint.ts";
import { inTime, until } from "./scene.ts";

const TOKEN = "token-of-the-test";
/** Its log tells when a call begins. */
const ENV = { H2M_TOKEN: TOKEN, H2M_LOG_LEVEL: "debug" };
/** Everything is gone within this time. */
const GONE = 10_000;
const CLI = join(ROOT, "dist/cli.mjs");

/** An `h2m` in a process of its own, in a folder of its own. */
class Program {
  readonly folder: string;
  readonly running: Cli;
  readonly url: string;

  /** `more`: keys of the config. */
  static async start(
    harness: object = {},
    { port = "0", folder = "", more = "" } = {},
  ): Promise<Program> {
    const cwd = folder || (await emptyFolder());
    const rest = `timeouts: { connect: 10_000 }, ${more}`;
    await put(cwd, "h2m.config.mjs", fakeConfig(harness, rest));
    const running = start(CLI, ["--config", "h2m.config.mjs"], {
      cwd,
      env: { ...ENV, H2M_PORT: port },
    });
    atEnd(async () => {
      running.child.kill("SIGKILL");
      await running.ended;
      await until("nothing is left", async () => (await ownProcesses(cwd)).length === 0, GONE);
      await rm(cwd, { recursive: true, force: true });
    });
    const [url] = await running.says(/http:\/\/\S+\/mcp\b/);
    return new Program(cwd, running, url);
  }

  private constructor(folder: string, running: Cli, url: string) {
    this.folder = folder;
    this.running = running;
    this.url = url;
  }

  async client(): Promise<McpClient> {
    const client = await connect("v1", this.url, TOKEN);
    atEnd(() => client.close().catch(() => {}));
    return client;
  }

  async kill(): Promise<void> {
    this.running.child.kill("SIGKILL");
    await this.running.ended;
  }

  /** No process of it lives, and no folder of a host stands. */
  async leavesNothing(): Promise<void> {
    const left = async () => [
      ...(await ownProcesses(this.folder)),
      ...(await readdir(this.folder)).filter((name) => name.startsWith("h2m-")),
    ];
    const gone = async () => (await left()).length === 0;
    await until("nothing is left", gone, GONE).catch(async () => expect(await left()).toEqual([]));
  }
}

describe("kill -9 of h2m", () => {
  it("while its harness is idle: nothing is left within 10 s", async () => {
    const program = await Program.start();
    const client = await program.client();
    const pid = Number(await client.text("pid"));

    await program.kill();

    await program.leavesNothing();
    expect(lives(pid)).toBe(false);
  });

  it("in a call, beside a tool in a session of its own: the client hears of it at once, all of it is gone within 10 s", async () => {
    const program = await Program.start();
    const client = await program.client();
    const pids = [Number(await client.text("pid")), Number(await client.text("detach"))];
    const call = failure(client.call("stuck"));
    await program.running.says(/stuck begins/);

    await program.kill();

    await inTime(2_000, call);
    await program.leavesNothing();
    expect(pids.filter(lives)).toEqual([]);
  });

  it("with two sessions, each with two calls out: both harnesses are gone within 10 s", async () => {
    const program = await Program.start();
    const clients = [await program.client(), await program.client()];
    const pids = (await Promise.all(clients.map((client) => client.text("pid")))).map(Number);
    const calls = [...clients, ...clients].map((client) =>
      failure(client.call("slow", { ms: 60_000, text: "x" })),
    );
    await program.running.says(/(slow begins.*){4}/s);

    await program.kill();

    await inTime(2_000, Promise.all(calls));
    await program.leavesNothing();
    expect(pids.filter(lives)).toEqual([]);
  });

  it("between the folder of a harness and its process: nothing is left within 10 s", async () => {
    const dies = `{ ...fake({}).harnesses[0], prepare: () => void process.kill(process.pid, "SIGKILL") }`;
    const more = `plugins: [{ name: "fake", harnesses: [${dies}] }]`;
    const program = await Program.start({}, { more });

    await inTime(5_000, failure(program.client()));

    expect(await program.running.ended).toBe("SIGKILL");
    await program.leavesNothing();
  });

  it("while its harness starts: nothing is left within 10 s", async () => {
    const program = await Program.start({ mute: true });
    const client = await program.client();
    const waiting = failure(client.names());
    await until("it starts", async () =>
      (await ownProcesses(program.folder)).some((line) => line.includes("fake-harness")),
    );

    await program.kill();

    await inTime(2_000, waiting);
    await program.leavesNothing();
  });

  it("while its harness is stopped by SIGSTOP: nothing is left within 10 s", async () => {
    const program = await Program.start();
    const client = await program.client();
    const pid = Number(await client.text("pid"));
    process.kill(pid, "SIGSTOP");

    await program.kill();

    await program.leavesNothing();
    expect(lives(pid)).toBe(false);
  });

  it("while it closes: nothing is left within 10 s", async () => {
    const program = await Program.start();
    const client = await program.client();
    const pid = Number(await client.text("pid"));
    const left = Number(await client.text("detach"));
    // So that the close takes its time.
    process.kill(pid, "SIGSTOP");
    program.running.child.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 300));

    await program.kill();

    await program.leavesNothing();
    // One that is just ending has no environment any more, by which it was looked for.
    await until("both have ended", () => [pid, left].filter(lives).length === 0, GONE);
  });

  it("and a new start: a 2025-era client gets 404, and begins anew", async () => {
    const first = await Program.start();
    const client = await first.client();
    expect(await client.names()).toContain("echo");
    await first.kill();
    await first.leavesNothing();

    const { port } = new URL(first.url);
    const second = await Program.start({}, { port, folder: first.folder });

    const error = await inTime(2_000, failure(client.names()));
    expect(error.code ?? error.message).toEqual(expect.anything());
    expect(error.message).toContain("no such MCP session");
    expect(await (await second.client()).text("echo", { text: "anew" })).toBe("anew");
    expect(await readdir(join(second.folder))).toContain("h2m.config.mjs");
  });
});
