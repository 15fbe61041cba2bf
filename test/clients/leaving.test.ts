import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lives, until } from "../helpers/until.ts";
import { driverOf } from "./drivers.ts";
import { CLIENTS, programsOf } from "./install.mjs";
import { GONE, World } from "./world.ts";

/** Those that leave an h2m over HTTP without DELETE: `vitest.config.ts` says which ones, at least two. */
const NAMES = process.env["H2M_LEAVING"]?.split(",") ?? [];
/** Milliseconds that a busy machine may take, beside the time-out. */
const SOON = 15_000;
const START = 60_000;

let world: World;

beforeAll(async () => {
  const programs = await Promise.all(NAMES.map(programsOf));
  world = await World.create({ programs: programs.flat(), harness: "claude" });
  await world.serve();
  for (const name of NAMES) {
    const { setup, once } = CLIENTS[name] ?? {};
    if (setup && !once) await world.line(setup.http);
  }
});

afterAll(async () => {
  expect(await world.end()).toEqual([]);
});

it("clients that leave without a word leave no harness to one that works on", async () => {
  const call = (name: string, tool: string, args: Record<string, unknown>) =>
    driverOf(name)(world, { transport: "http", tool, arguments: args });
  const pids = await Promise.all(
    NAMES.map(async (name) => {
      const told = await call(name, "shell", { command: 'echo "its pid is $PPID"' });
      const { text, said } = await told.outcome;
      const pid = Number(/\d+/.exec(text ?? "")?.[0]);
      expect(await world.harnesses(), `${name}: ${said}`).toContain(pid);
      return pid;
    }),
  );
  expect(new Set(pids).size).toBe(NAMES.length);

  const [worker = ""] = NAMES;
  const begun = join(world.project, "begun");
  const goOn = join(world.project, "go-on");
  const command = `touch '${begun}'; while [ ! -e '${goOn}' ]; do sleep 0.1; done; echo went on`;
  const work = await call(worker, "shell", { command });
  await until("one of them works", () => existsSync(begun), START);
  await until("no harness of those that left is left", () => !pids.some(lives), GONE + SOON);

  expect(await world.harnesses()).toHaveLength(1);
  await writeFile(goOn, "");
  const { text, said } = await work.outcome;
  expect(text, said).toContain("went on");
  const none = async () => (await world.harnesses()).length === 0;
  await until("no harness is left", none, GONE + SOON);
}, 300_000);
