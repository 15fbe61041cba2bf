import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { fakeConfig, useCli } from "../helpers/cli.ts";
import { connect as connectMcp, type McpClient } from "../helpers/clients.ts";
import { lives, until } from "../helpers/until.ts";

const cli = useCli();
/** Node itself needs more than a hundred to start. */
const LIMIT = 128;

describe("a server that may have few files open", () => {
  it("fails the call that gets no process, answers on, and recovers", async () => {
    // One harness for each session: four pipes and its connections.
    await cli.put(
      "h2m.config.mjs",
      fakeConfig({}, "sessions: { max: 64 }, log: { level: 'debug' }"),
    );
    const { child, says, stderr } = cli.startWith(LIMIT, "--port", "0");
    const clients: McpClient[] = [];
    const idle: Socket[] = [];
    try {
      const [url] = await says(/http:\/\/127\.0\.0\.1:\d+\/mcp/);
      // Most of what is left then is held by connections that ask nothing (more).
      for (let i = 0; i < LIMIT / 2; i++) {
        const socket = connect(Number(new URL(url).port), "127.0.0.1");
        socket.on("error", () => {});
        socket.write("GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
        idle.push(socket);
      }
      const token = (await readFile(join(cli.folder, "state/h2m/token"), "utf8")).trim();
      const open = async () => {
        const client = await connectMcp("v1", url, token);
        clients.push(client);
        return client.text("pid");
      };

      const pids: string[] = [];
      let error: Error | undefined;
      while (!error && pids.length < 40) {
        const next = open();
        const pid = await next.catch((cause: Error) => void (error = cause));
        if (pid) pids.push(pid);
      }

      expect(error?.message).toMatch(/could not be started: too many files .* are open/);
      expect(error?.message).toContain("ulimit -n");
      expect((await fetch(new URL("/health", url))).status).toBe(200);
      expect(lives(child.pid as number)).toBe(true);
      // Those that are there work on.
      expect(await clients[0]?.text("pid")).toBe(pids[0]);

      for (const client of clients.splice(0)) {
        await client.end();
        await client.close();
      }
      await until(
        "the harnesses have ended",
        () => !pids.some((pid) => lives(Number(pid))),
        20_000,
      );

      // Their pipes are given back right after.
      const pid = await until("a new harness", () => open().catch(() => undefined), 10_000);
      expect(lives(Number(pid))).toBe(true);
      expect(stderr()).not.toMatch(/Uncaught|^\s+at /m);
    } finally {
      for (const socket of idle) socket.destroy();
      await Promise.allSettled(clients.map((client) => client.close()));
      child.kill("SIGTERM");
    }
    await until("it has ended", () => child.exitCode !== null, 10_000);
  });
});
