import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allTools, PIXEL } from "../../src/testing/fake-tools.ts";
import { lives, until } from "../helpers/until.ts";
import type { Order, Outcome, Run, Transport } from "./driver.ts";
import { driverOf } from "./drivers.ts";
import { CLIENTS, harnessOf, programsOf } from "./install.mjs";
import { type ClientEntry, wordOf } from "./list.ts";
import { GONE, World } from "./world.ts";

const LONG = process.env["H2M_LONG"] === "1";
/** Over stdio, where each call starts an h2m, only what the transport itself may change. */
const SHORT = process.env["H2M_SHORT"] === "1";
/** Milliseconds of the long call, and of one that shall be cut short. */
const LONG_CALL = LONG ? 90_000 : 3_000;
const LIMIT = 2_000;
const LONGEST_LIMIT = 32_000;
/** Milliseconds that a client, its server and its harness may take to start. */
const START = 60_000;
/** Milliseconds that a busy machine may take for what happens at once. */
const SOON = 15_000;
/** Milliseconds after which something is still there that is not going to go. */
const A_WHILE = 1_000;

describe("a real client", () => {
  const { name, client } = chosen();
  const { expects } = client;

  describe.each(Object.keys(expects) as Transport[])("over %s", (transport) => {
    const wanted = expects[transport];
    let world: World;
    const ask = (order: Omit<Order, "transport">): Promise<Run> =>
      driverOf(name)(world, { ...order, transport });
    const call = async (tool: string, args: object, more: { limit?: number } = {}) =>
      (await ask({ tool, arguments: { ...args }, ...more })).outcome;
    const harnesses = () => world.harnesses();

    beforeAll(async () => {
      world = await World.create({
        programs: await programsOf(name),
        harness: await namedBy(name, client),
      });
      if (transport === "http") await world.serve();
      await setUp(world, client, transport);
    });

    afterAll(async () => {
      expect(await world.end()).toEqual([]);
    });

    it("lists the tools, and passes a text on", async () => {
      const called = await call("echo", { text: "a text" });
      const { tools, said } = called.tools.length > 0 ? called : await (await ask({})).outcome;

      expect(called.text, called.said).toContain("a text");
      const own = allTools().map((tool) => tool.name);
      const listed = own.filter((each) => tools.some((tool) => tool.endsWith(each)));
      expect(listed, said).toEqual(wordOf(wanted.list) === "all" ? own : ["echo"]);
    });

    if (!SHORT || transport !== "stdio") {
      it("passes an error on", async () => {
        const { text, isError, said } = await call("fail", { text: "it did not work" });

        expect(text, said).toContain("it did not work");
        expect(Boolean(isError)).toBe(wordOf(wanted.error) === "flag");
      });

      it("passes an image on", async () => {
        const { text, images, said } = await call("image", {});

        expect(text, said).toContain("seen");
        expect(images?.some((each) => each.includes(PIXEL))).toBe(wordOf(wanted.image) === "image");
      });

      it(
        "waits for a long call",
        async () => {
          const begun = performance.now();
          const { text, said } = await call("slow", { ms: LONG_CALL, text: "at last" });

          const { waits } = client;
          if (waits === null || waits > LONG_CALL) expect(text, said).toContain("at last");
          else {
            expect(text ?? "", said).not.toContain("at last");
            expect(performance.now() - begun).toBeGreaterThan(waits);
          }
        },
        LONG_CALL + 120_000,
      );

      it("ends a command at its own limit", async () => {
        if (wordOf(wanted.limit) === "none") {
          const args = { ms: 2 * LIMIT, text: "at last" };
          const { text, said } = await call("slow", args, { limit: LIMIT });
          expect(text, said).toContain("at last");
          return;
        }
        const { command, pid } = sleeper(world, "limit");
        // Some count the start of their server too: on a busy machine the first limit is too short for that.
        for (let limit = LIMIT; (await pid()) === undefined; limit *= 2) {
          const { said } = await call("shell", { command }, { limit });
          expect(limit, said).toBeLessThan(LONGEST_LIMIT);
        }

        await stopped(await pid(), wordOf(wanted.limit));
      });

      it("answers a question as it is known to", async () => {
        const { text, said } = await call("cwd", {});

        const answers = { made: world.root, declined: "declined", refused: "cannot ask" };
        expect(text, said).toContain(answers[wordOf(wanted.confirm)]);
      });
    }

    it("ends a command that its user cancels", async () => {
      const { command, pid } = sleeper(world, "cancel");
      const run = await ask({ tool: "shell", arguments: { command } });
      const runs = until("the command runs", pid, START);
      const running = await Promise.race([runs, run.outcome.then(failed)]);
      run.cancel();
      await run.outcome;

      await stopped(running, wordOf(wanted.cancel));
    });

    it("leaves its harness as it is known to", async () => {
      const end = wordOf(wanted.end);
      const none = async () => (await harnesses()).length === 0;
      // Over HTTP it is the client's DELETE that does it, and not the time-out.
      const atOnce = transport === "http" ? GONE - A_WHILE : SOON;
      if (end === "at once") await until("no harness is left", none, atOnce);
      else {
        await sleep(end === "gone" ? A_WHILE : GONE + A_WHILE);
        expect(await harnesses()).not.toEqual([]);
        if (end === "gone") await until("no harness is left", none, GONE + SOON);
      }
    });
  });

  it("calls a tool of the real harness that its line names", async () => {
    const harness = await namedBy(name, client);
    const programs = [...(await programsOf(name)), await harnessOf(harness)];
    const world = await World.create({ programs, harness, fake: false });
    try {
      await setUp(world, client, "stdio");
      const order = { transport: "stdio", ...SHELL[harness]?.("echo by the real one") } as const;
      const run = await driverOf(name)(world, order);
      const { text, said } = await run.outcome;

      expect(text, said).toContain("by the real one");
    } finally {
      expect(await world.end()).toEqual([]);
    }
  });
});

function chosen(): { name: string; client: ClientEntry } {
  const name = process.env["H2M_CLIENT"] ?? "";
  const client = CLIENTS[name];
  if (!client) throw new Error(`There is no client \`${name}\`. Use \`npm run test:clients\`.`);
  return { name, client };
}

/** How the harnesses that the lines name run a command. */
const SHELL: Readonly<Record<string, (command: string) => Omit<Order, "transport">>> = {
  claude: (command) => ({ tool: "Bash", arguments: { command } }),
  codex: (cmd) => ({ tool: "exec_command", arguments: { cmd } }),
};

async function setUp(world: World, { setup, once }: ClientEntry, transport: Transport) {
  if (setup && !once) await world.line(setup[transport]);
}

/** The harness in the line that the page shows. */
async function namedBy(name: string, { setup }: ClientEntry): Promise<string> {
  const program = join(import.meta.dirname, "programs", name, "stdio.mjs");
  const text = setup?.stdio ?? (await readFile(program, "utf8"));
  const harness = text.match(/\b(claude|codex)\b/g)?.at(-1);
  if (harness === undefined) throw new Error(`No harness is named: ${text}`);
  return harness;
}

/** A command that tells its pid, and sleeps. */
function sleeper(world: World, name: string) {
  const file = join(world.project, `${name}.pid`);
  return {
    command: `echo $$ > '${file}.draft'; mv '${file}.draft' '${file}'; exec sleep 300`,
    pid: async () => Number(await readFile(file, "utf8").catch(() => "")) || undefined,
  };
}

async function stopped(pid: number | undefined, how: "stops" | "runs on" | "none"): Promise<void> {
  if (pid === undefined) throw new Error("The command never ran.");
  if (how === "stops") await until("the command is gone", () => !lives(pid), SOON);
  else {
    await sleep(A_WHILE);
    expect(lives(pid)).toBe(true);
  }
}

function failed({ said }: Outcome): never {
  throw new Error(`The client ended before its command ran: ${said}`);
}
