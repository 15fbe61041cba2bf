import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { execa } from "execa";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { failure, until as found } from "../../helpers/until.ts";
import { ROOT } from "../../live/setup.ts";
import { leaveDetached, processesWith, until, World } from "../../live/world.ts";
import { ownProcesses } from "../footprint.ts";
import { inTime } from "../scene.ts";
import { HARNESSES, mark, SHELLS } from "./shells.ts";

let world: World;
beforeEach(async () => void (world = await World.create()));
afterEach(() => world.end());

it.each(HARNESSES)(
  "kill -9 of h2m with a command in %s and another that left it: nothing is left within 10 s",
  async (harness) => {
    const [running, left] = [mark(), mark()];
    const program = execa(
      "node",
      [join(ROOT, "dist/cli.mjs"), harness, "--port", "0", "--no-config"],
      {
        cwd: world.project,
        env: { H2M_TOKEN: "cli-token", H2M_ATTACH_KEY: "cli-attach" },
        reject: false,
      },
    );
    try {
      let said = "";
      program.stderr.on("data", (chunk) => (said += String(chunk)));
      const url = await found("the URL", () => /http:\/\/\S+\/mcp\b/.exec(said)?.[0], 15_000);
      const client = new Client({ name: "live-test", version: "1" });
      const requestInit = { headers: { authorization: "Bearer cli-token" } };
      await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
      const shell = SHELLS[harness];
      await client.callTool(shell(leaveDetached(left)));
      const call = failure(client.callTool(shell(`sleep ${running}`)));
      for (const each of [running, left])
        await until(
          "it runs",
          10_000,
          async () => (await processesWith(`sleep ${each}`)).length > 0,
        );

      program.kill("SIGKILL");

      await inTime(2_000, call);
      await until("nothing is left", 10_000, async () => {
        const sleeps = await Promise.all(
          [running, left].map((each) => processesWith(`sleep ${each}`)),
        );
        const homes = (await readdir(world.temporary)).filter((name) => name.startsWith("h2m-"));
        const processes = await ownProcesses(world.temporary);
        return [...sleeps.flat(), ...homes, ...processes].length === 0;
      });
      await client.close();
    } finally {
      program.kill("SIGKILL");
      await program;
    }
    expect(await ownProcesses(world.temporary)).toEqual([]);
  },
);
