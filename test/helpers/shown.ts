import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { withProfile } from "../../src/config/schema/profiles.ts";
import type { H2mConfig, Tool } from "../../src/plugin.ts";
import { allTools } from "../../src/testing.ts";
import { Random } from "../fuzz/random.ts";
import { anyArguments, anyConfig, argumentsFor } from "./chance.ts";
import { type McpClient, textIn } from "./clients.ts";
import { seen, type ToolsSection } from "./toolset.ts";
import { failure } from "./until.ts";

/** Tools of the fake harness that give no plain answer, or end more than themselves. */
const WILD = ["fail", "die", "stuck", "lost", "detach", "side", "grow", "hangup"];

/** The fake harness's tools that give an answer at once. */
export const TOOLS: readonly Tool[] = allTools()
  .map(({ name, schema }) => ({
    name: String(name),
    inputSchema: schema as Tool["inputSchema"],
  }))
  .filter(({ name }) => !WILD.includes(name));

/** Any config of the fake harness's tools under which no two end with one name, and a profile to choose for it. */
export interface Chance {
  readonly seed: number;
  readonly config: Pick<H2mConfig, "tools" | "profiles">;
  readonly profile: string | undefined;
  /** All of `tools` that counts in the end. */
  readonly tools: ToolsSection;
}

/** The same seed gives the same. */
export function chanceOf(seed: number): Chance {
  for (let more = 0; ; more++) {
    const random = Random.of(seed, "served", more);
    const chance = { seed, ...anyProfiles(random) };
    const { config, profile } = chance;
    const { tools = {} } = profile === undefined ? config : withProfile(config, profile);
    const targets = Object.values(tools.rename ?? {});
    // That is refused at the start.
    if (new Set(targets).size < targets.length) continue;
    try {
      if (seen(tools, TOOLS).names().length > 2) return { ...chance, tools };
    } catch {
      // Two tools would end with one name: the next chance.
    }
  }
}

function anyProfiles(random: Random): Pick<Chance, "config" | "profile"> {
  const names = TOOLS.map(({ name }) => name);
  const section = (): ToolsSection => {
    const { exclude = [], annotations, ...rest } = anyConfig(random, names);
    return {
      ...rest,
      exclude: [...exclude, ...WILD],
      // It is the one tool that the harness itself may call read-only.
      annotations: { echo: { readOnlyHint: random.chance(0.5) }, ...annotations },
    };
  };
  const args = anyArguments(random, TOOLS, 0.9);
  const [inProfile, profile] = [
    random.chance(0.5),
    random.pick([undefined, "chance", "chance", "readonly"]),
  ];
  const own = inProfile && profile === "chance";
  return {
    config: {
      tools: { ...section(), ...(own ? {} : { args }) },
      profiles: { chance: { tools: { ...section(), ...(own ? { args } : {}) } } },
    },
    profile,
  };
}

/**
 * What a client is shown it can call, and the harness then gets it once, with what the config pins; and what it is not shown
 * it cannot call.
 * @param audit the file in which each call stands, with what went out
 * @param before what stands before each name, by the harness
 * @param elsewhere names that are shown at other URLs
 */
export async function onlyShownIsCalled(
  client: McpClient,
  { seed, tools: { args = {} } }: Chance,
  audit: string,
  before: Readonly<Record<string, string>> = { fake: "" },
  elsewhere: readonly string[] = [],
): Promise<void> {
  const shown = await client.tools();
  const names = shown.map(({ name }) => name);
  const told = `seed ${seed}`;
  expect(shown.length, told).toBeGreaterThan(2 * Object.keys(before).length);
  const reached = new Set<string>();

  for (const { name, inputSchema } of shown) {
    const [line, ...more] = await written(audit, () =>
      client.call(name, argumentsFor(inputSchema)),
    );
    const own = String(line?.["own"] ?? line?.["tool"]);
    reached.add(`${String(line?.["harness"])} ${own}`);
    expect(more, told).toEqual([]);
    expect(line, `${told}: ${name}`).toMatchObject({ outcome: "ok" });
    expect(line, told).not.toHaveProperty("more");
    expect(line?.["arguments"], `${told}: ${name}`).toMatchObject(args[own]?.pin ?? {});
    for (const gone of [...Object.keys(args[own]?.pin ?? {}), ...(args[own]?.hide ?? [])]) {
      expect(inputSchema.properties, told).not.toHaveProperty(gone);
      const [refused] = await written(audit, async () =>
        expect(textIn(await client.call(name, { [gone]: "t" })), told).toContain(`\`${gone}\``),
      );
      expect(refused, `${told}: ${name}`).toMatchObject({ outcome: "refused" });
    }
  }
  expect(reached.size, told).toBe(shown.length);

  for (const start of Object.values(before)) {
    for (const name of [...TOOLS.map((tool) => tool.name), "Bash", ...elsewhere]) {
      const hidden = start + name;
      if (names.includes(hidden)) continue;
      const lines = await written(audit, async () => {
        const { message } = await failure(client.call(hidden, { text: "t", n: 1, ms: 1 }));
        expect(message, told).toContain(`no tool \`${hidden}\``);
      });
      for (const line of lines) expect(line, told).toMatchObject({ outcome: "refused" });
    }
  }
}

/** The lines that an act adds to the audit. */
async function written(
  audit: string,
  act: () => Promise<unknown>,
): Promise<Record<string, unknown>[]> {
  const before = (await linesOf(audit)).length;
  await act();
  return (await linesOf(audit)).slice(before).map((line) => JSON.parse(line));
}

async function linesOf(file: string): Promise<string[]> {
  return (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
}
