import { rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { fakePlugin } from "../../src/testing.ts";
import { Random } from "../fuzz/random.ts";
import { anyArguments, anyConfig, anyTools, argumentsFor } from "../helpers/chance.ts";
import { builtCli, emptyFolder, fakeConfig, put, stateOf } from "../helpers/cli.ts";
import { connectStdio, ERAS } from "../helpers/clients.ts";
import { atEnd, connected, serve } from "../helpers/server.ts";
import { chanceOf, onlyShownIsCalled } from "../helpers/shown.ts";
import { seen } from "../helpers/toolset.ts";

// Each test starts a process or several, and machines differ.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

describe("whatever the config and the tools", () => {
  it("what is shown can be called, once, and what is hidden cannot", async () => {
    let [calls, refusals, clashes] = [0, 0, 0];
    for (let seed = 0; seed < 400; seed++) {
      const random = Random.of(seed, "tools", 0);
      const list = anyTools(random);
      const names = list.map(({ name }) => name);
      const args = anyArguments(random, list);
      const tools = seen({ ...anyConfig(random, names), args }, list);
      const told = `seed ${seed}`;
      let shown: readonly string[] = [];
      try {
        shown = tools.names();
      } catch (error) {
        clashes++;
        expect(error, told).toMatchObject({ code: "name-clash" });
      }

      const reached: string[] = [];
      for (const name of shown) {
        const schema = tools.shown().find((each) => each.name === name)!.inputSchema;
        const whole = await tools.call(name, argumentsFor(schema));
        expect(whole.sent, `${told}: ${name} ${whole.text ?? whole.error?.message}`).toHaveLength(
          1,
        );
        reached.push(whole.sent[0]!.name);
        calls++;
        const own = args?.[whole.sent[0]!.name];
        expect(whole.sent[0]!.arguments, told).toMatchObject(own?.pin ?? {});
        for (const gone of [...Object.keys(own?.pin ?? {}), ...(own?.hide ?? [])]) {
          const { sent, text } = await tools.call(name, { [gone]: "t" });
          expect(sent, told).toEqual([]);
          expect(text, told).toContain(`\`${gone}\``);
        }
      }
      expect(new Set(reached).size, told).toBe(reached.length);
      for (const hidden of [...names, "say", "x"].filter((name) => !shown.includes(name))) {
        const { sent, error } = await tools.call(hidden, { text: "t", n: 1, on: true });
        refusals++;
        expect(sent, `${told}: ${hidden}`).toEqual([]);
        expect(["unknown-tool", "name-clash"], told).toContain(error?.code);
      }
    }
    // The chances are such that each of the three was met.
    for (const number of [calls, refusals, clashes]) expect(number).toBeGreaterThan(20);
  });
});

describe("over MCP, with a harness", () => {
  it.each([1, 2, 3, 4, 5, 6])(
    "what tools/list shows can be called, and nothing else (seed %i)",
    async (seed) => {
      const chance = chanceOf(seed);
      const audit = await auditFile();
      const h2m = await serve(
        { harnesses: ["fake"], plugins: [DRIVEN], ...chance.config, audit: { file: audit } },
        { profile: chance.profile },
      );

      for (const era of ERAS)
        await onlyShownIsCalled(await connected(h2m, "/fake/chance", era), chance, audit);
    },
  );

  it.each([11, 12, 13])("of several harnesses as one (seed %i)", async (seed) => {
    const chance = chanceOf(seed);
    const audit = await auditFile();
    const h2m = await serve(
      {
        harnesses: ["uno", "duo"],
        plugins: [fakePlugin({ name: "uno", driver: true }), fakePlugin({ name: "duo" })],
        ...chance.config,
        audit: { file: audit },
      },
      { profile: chance.profile },
    );
    const before = { uno: "uno_", duo: "duo_" };

    const alone = await (await connected(h2m, "/uno/chance")).names();

    for (const era of ERAS)
      await onlyShownIsCalled(await connected(h2m, "", era), chance, audit, before, alone);
  });
});

describe("over stdio, with a harness", () => {
  let cli: string;
  beforeAll(async () => {
    cli = await builtCli();
  });

  it.each([
    [21, "v1"],
    [22, "v2-2026"],
    [23, "v2-2026"],
  ] as const)(
    "what tools/list shows can be called, and nothing else (seed %i, %s)",
    async (seed, era) => {
      const chance = chanceOf(seed);
      const folder = await emptyFolder();
      atEnd(() => rm(folder, { recursive: true, force: true }));
      const keys = JSON.stringify({ ...chance.config, audit: { file: "audit.jsonl" } });
      await put(folder, "h2m.config.mjs", fakeConfig({}, `...${keys}`));
      const profile = chance.profile === undefined ? [] : ["--profile", chance.profile];
      const client = await connectStdio(era, {
        command: process.execPath,
        args: [cli, "--stdio", ...profile],
        cwd: folder,
        env: { HOME: folder, XDG_STATE_HOME: stateOf(folder), XDG_CACHE_HOME: folder },
      });
      atEnd(() => client.close());

      await onlyShownIsCalled(client, chance, join(folder, "audit.jsonl"));
    },
  );
});

const DRIVEN = fakePlugin({ driver: true });

async function auditFile(): Promise<string> {
  const folder = await emptyFolder();
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "audit.jsonl");
}
