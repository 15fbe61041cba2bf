import { rm } from "node:fs/promises";
import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as V1Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as V1Transport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { defineToolMapper, textResult, type ToolMapper } from "../../src/plugin.ts";
import { Random } from "../fuzz/random.ts";
import { anyArguments, anyConfig, anyTools, argumentsFor } from "../helpers/chance.ts";
import { builtCli, emptyFolder, fakeConfig, put } from "../helpers/cli.ts";
import { ERAS } from "../helpers/clients.ts";
import { allTools } from "../../src/testing.ts";
import { connected, serveFake } from "../helpers/server.ts";
import { seen } from "../helpers/toolset.ts";
import { failure } from "../helpers/until.ts";

// Each test starts a process or several, and machines differ.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

const NAMES = allTools().map(({ name }) => String(name));

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
        const whole = await tools.call(name, argumentsFor(schema, false));
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

/** In the place of the harness's tools: it tells which one was called. */
const answer: ToolMapper = defineToolMapper({
  name: "answer",
  call: ({ name }) => textResult(`called ${name}`),
});

/** A config of chance that has no clash, and its names. */
function lawful(seed: number) {
  for (let more = 0; ; more++) {
    const config = anyConfig(Random.of(seed, "served", more), NAMES);
    const tools = seen(
      config,
      NAMES.map((name) => ({ name, inputSchema: { type: "object" } })),
    );
    try {
      if (tools.names().length > 2) return { config, names: tools.names() };
    } catch {
      // Two tools would end with one name: the next chance.
    }
  }
}

describe("over MCP, with a harness", () => {
  it.each([1, 2, 3])("what tools/list shows can be called, and nothing else (%i)", async (seed) => {
    const { config } = lawful(seed);
    const h2m = await serveFake({ driver: true }, { tools: { ...config, map: [answer] } });

    for (const era of ERAS) {
      const client = await connected(h2m, "/fake/chance", era);
      const shown = await client.names();
      expect(shown.length).toBeGreaterThan(0);
      const reached = await Promise.all(shown.map((name) => client.text(name)));
      expect(new Set(reached).size).toBe(shown.length);
      for (const name of NAMES.filter((each) => !shown.includes(each)))
        expect((await failure(client.call(name))).message).toContain(`no tool \`${name}\``);
    }
  });
});

describe("over stdio, with a harness", () => {
  let cli: string;
  beforeAll(async () => {
    cli = await builtCli();
  });
  let ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it.each([
    [
      "a client of 2025",
      4,
      async (parameters: Parameters) => {
        const client = new V1Client({ name: "test", version: "1" });
        await client.connect(new V1Transport(parameters));
        return client;
      },
    ],
    [
      "a client of 2026",
      5,
      async (parameters: Parameters) => {
        const mode = { pin: "2026-07-28" };
        const client = new ModernClient(
          { name: "test", version: "1" },
          { versionNegotiation: { mode } },
        );
        await client.connect(new StdioClientTransport(parameters));
        return client;
      },
    ],
  ] as const)("%s can call what tools/list shows, and nothing else", async (_, seed, connect) => {
    const folder = await emptyFolder();
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const { config } = lawful(seed);
    const told = '(call) => ({ content: [{ type: "text", text: `called ${call.name}` }] })';
    const tools = `{ ...${JSON.stringify(config)}, map: [{ name: "answer", call: ${told} }] }`;
    await put(folder, "h2m.config.mjs", fakeConfig({}, `tools: ${tools}`));
    const client = await connect({
      command: process.execPath,
      args: [cli, "--stdio"],
      cwd: folder,
      env: { HOME: folder, XDG_STATE_HOME: folder },
      stderr: "ignore",
    });
    ends.push(() => client.close());

    const shown = (await client.listTools()).tools.map(({ name }) => name);

    expect(shown.length).toBeGreaterThan(0);
    const reached = await Promise.all(
      shown.map(async (name) =>
        JSON.stringify((await client.callTool({ name, arguments: {} })).content),
      ),
    );
    expect(reached.every((text) => text.includes("called "))).toBe(true);
    expect(new Set(reached).size).toBe(shown.length);
    for (const name of NAMES.filter((each) => !shown.includes(each)))
      expect((await failure(client.callTool({ name, arguments: {} }))).message).toContain(
        "no tool",
      );
  });
});

interface Parameters {
  readonly command: string;
  readonly args: string[];
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly stderr: "ignore";
}
