import { describe, expect, it } from "vitest";
import type { H2m } from "../../src/index.ts";
import { type FakeOptions, fakePlugin } from "../../src/testing.ts";
import { connected, serve, temporaryFiles } from "../helpers/server.ts";
import { lives, until } from "../helpers/until.ts";

describe("warm sessions", () => {
  it("boot before any client comes, serve the next one, and are replaced", async () => {
    const { h2m, pids, turns } = await serveWarm(2);
    await until("both have booted", () => turns.length === 2);
    expect(h2m.sessions.list()).toEqual([]);

    const client = await connected(h2m);

    expect(pids.slice(0, 2)).toContain(Number(await client.text("pid")));
    expect(h2m.sessions.list().length).toBe(1);
    await until("another one boots", () => turns.length === 3);
    await client.end();
    await until("the one in use ends", () => pids.filter(lives).length === 2);
  });

  it("serve clients of all eras and named sessions, each once", async () => {
    const { h2m, turns } = await serveWarm(1, { seats: 10, headers: true });
    await until("it has booted", () => turns.length === 1);

    const clients = await Promise.all([
      connected(h2m),
      connected(h2m, "/fake/work"),
      connected(h2m, "", "v2-2026"),
      connected(h2m, "/fake/work", "v2-2025"),
    ]);
    await Promise.all(clients.map((client) => client.text("echo", { text: "hello" })));

    expect(h2m.sessions.list().map((session) => session.info().name)).toEqual([
      undefined,
      "work",
      "default",
    ]);
    await until("three sessions and a warm one", () => turns.length === 4);
  });

  it("whose harness ends are replaced, and a client gets a living one", async () => {
    const { h2m, pids, turns } = await serveWarm(1);
    await until("it has booted", () => turns.length === 1);

    process.kill(pids[0] ?? 0, "SIGKILL");
    await until("another one boots", () => turns.length === 2);

    const client = await connected(h2m);
    expect(Number(await client.text("pid"))).toBe(pids[1]);
  });

  it("of a harness that does not start are tried again after growing pauses, with a warning", async () => {
    const { pids, warnings } = await serveWarm(1, { exit: { code: 7, stderr: "no way" } });

    await until("it has been tried three times", () => warnings.length === 3);

    expect(pids.length).toBe(3);
    expect(warnings[0]).toContain("No warm session of fake:");
    expect(warnings[0]).toContain("no way");
  });

  it("whose harness boots and dies each time are tried again after growing pauses too", async () => {
    const pauses: number[] = [];
    let ended = performance.now();
    await serve({
      harnesses: { fake: { warm: 1 } },
      plugins: [
        // It gives up after a moment in which it heard nothing.
        fakePlugin({ driver: true, idle: 100 }),
        {
          name: "watch",
          setup: ({ on }) => {
            on("host:exit", () => (ended = performance.now()));
            on("host:start", () => pauses.push(performance.now() - ended));
          },
        },
      ],
    });

    await until("it has been started four times", () => pauses.length === 4, 15_000);

    expect(pauses[2]).toBeGreaterThan(400);
    expect(pauses[3]).toBeGreaterThan(900);
  });

  it("end with the server", async () => {
    const { h2m, pids, turns } = await serveWarm(2);
    await until("both have booted", () => turns.length === 2);

    await h2m.close();

    expect(pids.filter(lives)).toEqual([]);
    expect(temporaryFiles()).toEqual([]);
  });
});

/** A server with a fake harness, watched from its first moment. */
async function serveWarm(
  warm: number,
  options: FakeOptions = {},
): Promise<{ h2m: H2m; pids: number[]; turns: string[]; warnings: string[] }> {
  const pids: number[] = [];
  const turns: string[] = [];
  const warnings: string[] = [];
  const h2m = await serve({
    harnesses: { fake: { warm } },
    plugins: [
      fakePlugin({ driver: true, ...options }),
      {
        name: "watch",
        setup: ({ on }) => {
          on("host:start", ({ pid }) => pids.push(pid));
          on("turn", ({ session }) => turns.push(session.id));
          on("warning", ({ message }) => warnings.push(message));
        },
      },
    ],
  });
  return { h2m, pids, turns, warnings };
}
