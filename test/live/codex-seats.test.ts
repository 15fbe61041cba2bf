import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textOf } from "../../src/plugin.ts";
import { versionOf } from "./versions.ts";
import { endSession, processesWith, until, World } from "./world.ts";

const SEATS = 10;

describe.runIf(versionOf("codex"))("ten sessions in one codex", () => {
  let world: World;
  const clients: Client[] = [];
  const pids = new Set<number>();

  beforeAll(async () => {
    world = await World.create();
    const h2m = await world.serve({ harnesses: ["codex"] });
    h2m.on("host:start", ({ pid }) => pids.add(pid));
    for (let seat = 0; seat < SEATS; seat++) {
      await mkdir(join(world.project, `seat-${seat}`));
      clients.push(await world.client("/codex"));
    }
    await Promise.all(clients.map((client) => client.listTools()));
  });

  afterAll(async () => {
    await world.end();
  });

  const run = async (seat: number, cmd: string, more: object = {}): Promise<string> => {
    const args = { cmd, login: false, workdir: join(world.project, `seat-${seat}`), ...more };
    const result = await clients[seat]?.callTool({ name: "exec_command", arguments: args });
    return textOf(result as CallToolResult);
  };
  const seats = () => clients.map((_, seat) => seat);

  it("share a process", () => {
    expect(pids.size).toBe(1);
  });

  it("each see their own results and their own mark, all at once", async () => {
    const texts = await Promise.all(
      seats().map((seat) => run(seat, `sleep 0.5; pwd; echo "mark $H2M_LAUNCH"`)),
    );

    for (const [seat, text] of texts.entries()) expect(text).toContain(`/seat-${seat}\n`);
    const marks = texts.map((text) => /mark (\w+)/.exec(text)?.[1]);
    expect(new Set(marks).size).toBe(SEATS);
    expect(marks).not.toContain(undefined);
  });

  it("do not wait for one another's commands, nor a patch for its own session's", async () => {
    const slow = run(0, "sleep 8", { yield_time_ms: 20_000 });
    let over = false;
    void slow.then(() => (over = true));

    const patch = `*** Begin Patch\n*** Add File: ${world.project}/beside.txt\n+x\n*** End Patch\n`;
    await Promise.all([
      ...seats().map((seat) => run(seat, `echo quick ${seat}`)),
      clients[0]?.callTool({ name: "apply_patch", arguments: { input: patch } }),
    ]);

    expect(over).toBe(false);
    await slow;
  });

  it("can each cancel a command, with all its processes, within a second", async () => {
    const mark = `${67_000 + Math.floor(Math.random() * 9_000)}.5`;
    const control = new AbortController();
    const beside = run(1, "sleep 3; echo beside");
    const running = clients[1]?.callTool(
      { name: "exec_command", arguments: { cmd: `(sleep ${mark} & wait); echo no`, login: false } },
      { signal: control.signal },
    );
    const ended = running?.then(
      () => undefined,
      (error: unknown) => error,
    );
    const alive = async () => (await processesWith(`sleep ${mark}`)).length > 0;
    await until("the command runs", 20_000, alive);

    control.abort();
    await until("it is gone", 5_000, async () => !(await alive()));

    expect(await ended).toBeInstanceOf(Error);
    expect(await beside).toContain("beside");
  });

  it("leave the others alone when they end", async () => {
    const mark = `${57_000 + Math.floor(Math.random() * 9_000)}.5`;
    const alive = async () => (await processesWith(`sleep ${mark}`)).length > 0;
    const ending = run(9, `sleep ${mark}`).catch(() => undefined);
    const staying = run(8, "sleep 2; echo stayed");
    await until("the command runs", 20_000, alive);

    await endSession(clients[9] as Client);

    await until("its command has ended", 6_000, async () => !(await alive()));
    expect(await staying).toContain("stayed");
    await ending;
    clients.pop();
    const texts = await Promise.all(seats().map((seat) => run(seat, `echo still ${seat}`)));
    for (const [seat, text] of texts.entries()) expect(text).toContain(`still ${seat}\n`);
    expect(world.troubles).toEqual([]);
  });
});
