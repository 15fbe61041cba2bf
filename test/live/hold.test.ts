import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inThisRun } from "./versions.ts";
import { World } from "./world.ts";

const MINUTES = 6;

const SHELLS = {
  claude: { name: "Bash", arguments: { command: "echo still here; echo $PPID" } },
  codex: { name: "exec_command", arguments: { cmd: "echo still here; echo $PPID" } },
  opencode: {
    name: "bash",
    arguments: { command: "echo still here; echo $PPID", description: "a test" },
  },
};

const HELD = inThisRun(Object.keys(SHELLS) as (keyof typeof SHELLS)[]);

// Each harness gives up an idle stream after five minutes unless the heartbeats are of a kind that it counts.
describe.runIf(process.env["H2M_LONG"])(`a harness that is held for ${MINUTES} minutes`, () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
    await world.serve({ harnesses: HELD });
  });

  afterAll(async () => {
    await world.end();
  });

  it.concurrent.each(HELD)(
    "%s answers in the same process",
    async (harness) => {
      const client = await world.client(`/${harness}`);
      const exits: string[] = [];
      const turns: string[] = [];
      await client.callTool(SHELLS[harness]);
      world.h2m.on("host:exit", (event) => exits.push(event.harness));
      world.h2m.on("turn", ({ session }) => turns.push(session.harness));

      await sleep(MINUTES * 60_000);

      const result = await client.callTool(SHELLS[harness]);
      expect(JSON.stringify(result.content)).toContain("still here");
      expect(exits).not.toContain(harness);
      if (harness !== "codex") expect(turns).not.toContain(harness);
    },
    (MINUTES + 2) * 60_000,
  );
});
