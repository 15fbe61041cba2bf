import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claude } from "../../plugins/claude/index.ts";
import { definePlugin, type HarnessLauncher } from "../../src/plugin.ts";
import { versionOf } from "./versions.ts";
import { World } from "./world.ts";

/** More than one history holds; without `H2M_LONG` a tenth, and a history that holds a tenth. */
const LONG = Boolean(process.env["H2M_LONG"]);
const CALLS = LONG ? 1_040 : 104;
/** No call may take longer, also the one that waits for the new history: in ms, and where the whole machine is slow, as a multiple. */
const LONGEST = { ms: 3_000, times: 25 };

const short: HarnessLauncher = {
  ...claude,
  drive: (host) => {
    const driver = claude.drive!(host);
    let calls = 0;
    return {
      ...driver,
      send: (seat, call, out) => {
        calls++;
        return driver.send!(seat, call, out);
      },
      growth: () => calls / (CALLS - 4),
      reset: (seat) => {
        calls = 0;
        return driver.reset!(seat);
      },
    };
  },
};

describe.runIf(versionOf("claude"))(`${CALLS} reads in one session of claude`, () => {
  let world: World;
  let client: Client;

  beforeAll(async () => {
    world = await World.create();
    await mkdir(join(world.project, "sub"));
    for (let n = 0; n < CALLS; n++) await writeFile(join(world.project, `${n}.txt`), `leaf ${n}\n`);
    const plugin = definePlugin({ name: "claude", harnesses: [LONG ? claude : short] });
    await world.serve({ harnesses: ["claude"], plugins: [plugin] });
    client = await world.client();
  });

  afterAll(async () => {
    await world.end();
  });

  const call = async (name: string, args: Record<string, unknown>) => {
    const { content, _meta } = (await client.callTool({ name, arguments: args })) as CallToolResult;
    const [block] = content;
    return { text: block?.type === "text" ? block.text : "", anew: _meta?.["h2m/reset"] };
  };
  /** The process that the shells are of, and their folder. */
  const place = async () => (await call("Bash", { command: "echo $PPID; pwd" })).text;

  it(
    "are each quick, in one process, and leave the shell where it was",
    async () => {
      await call("Bash", { command: "cd sub" });
      const before = await place();
      expect(before).toMatch(/^\d+\n.*\/sub$/);
      const times: number[] = [];
      let anew = 0;

      for (let n = 0; n < CALLS; n++) {
        const begun = performance.now();
        const { text, anew: said } = await call("Read", {
          file_path: join(world.project, `${n}.txt`),
        });
        times.push(performance.now() - begun);
        expect(text).toContain(`leaf ${n}`);
        if (said) anew++;
      }

      const sorted = times.toSorted((a, b) => a - b);
      const [p50 = 0, most = 0] = [0.5, 1].map((part) => sorted[Math.ceil(part * CALLS) - 1]);
      process.stderr.write(
        `${CALLS} reads: p50 ${p50.toFixed(1)} ms, the longest ${most.toFixed(0)} ms\n`,
      );
      expect(most).toBeLessThan(Math.max(LONGEST.ms, LONGEST.times * p50));
      expect(anew).toBe(1);
      expect(await place()).toBe(before);
      expect(world.troubles).toEqual([]);
    },
    CALLS * 200 + 90_000,
  );
});
