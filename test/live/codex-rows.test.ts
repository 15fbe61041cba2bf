import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CodexFacts } from "../../plugins/codex/detect.ts";
import { driveCodex } from "../../plugins/codex/driver.ts";
import { codex } from "../../plugins/codex/index.ts";
import { defineHarness, definePlugin, type HostIo, textOf } from "../../src/plugin.ts";
import { CODEX_FILES, type Row, ROWS } from "./codex-rows.ts";
import { PNG } from "./samples.ts";
import { versionOf } from "./versions.ts";
import { World } from "./world.ts";

/** Codex without its witnesses: each result is what the next turn brings, which is what a model would see. */
const plain = (name: string) =>
  defineHarness({
    ...codex,
    name,
    drive: (host: HostIo<CodexFacts>) => {
      const { send: _, ...driver } = driveCodex(host);
      return driver;
    },
  });
const GOALS = ["--enable", "goals"];

describe.runIf(versionOf("codex"))(
  "what a client of codex sees of each call, beside what a model would",
  () => {
    let world: World;
    const turns = new Map<string, number>();
    const clients = new Map<string, Client>();

    beforeAll(async () => {
      world = await World.create();
      const harnesses: Record<string, { cwd: string; args?: string[] }> = {
        codex: { cwd: join(world.project, "codex") },
        plain: { cwd: join(world.project, "plain") },
        goals: { cwd: join(world.project, "goals"), args: GOALS },
        "plain-goals": { cwd: join(world.project, "plain-goals"), args: GOALS },
      };
      for (const { cwd: folder } of Object.values(harnesses)) {
        await mkdir(folder, { recursive: true });
        for (const [name, content] of Object.entries(CODEX_FILES))
          await writeFile(join(folder, name), content);
      }
      await world.serve({
        harnesses,
        plugins: [
          definePlugin({
            name: "rows",
            harnesses: [plain("plain"), plain("plain-goals"), { ...codex, name: "goals" }],
          }),
        ],
      });
      world.h2m.on("turn", ({ session: { harness } }) =>
        turns.set(harness, (turns.get(harness) ?? 0) + 1),
      );
      for (const harness of Object.keys(harnesses)) {
        const client = await world.client(`/${harness}`);
        await client.listTools();
        // The first call may go before the first word of the telemetry.
        await client.callTool({ name: "exec_command", arguments: { cmd: "true", login: false } });
        clients.set(harness, client);
      }
    });

    afterAll(async () => {
      await world.end();
    });

    const run = async (harness: string, { steps }: Row): Promise<string[]> => {
      const client = clients.get(harness);
      const texts: string[] = [];
      const seen: string[] = [];
      for (const step of steps) {
        const [name, args] = step(texts);
        const result = (await client?.callTool({ name, arguments: args })) as CallToolResult;
        texts.push(textOf(result));
        seen.push(comparable(result, join(world.project, harness)));
      }
      return seen;
    };

    it.each(ROWS)("$what", async (row) => {
      const [seen, model] = await Promise.all(
        row.goals
          ? [run("goals", row), run("plain-goals", row)]
          : [run("codex", row), run("plain", row)],
      );

      if (!row.meant) return expect(seen).toEqual(model);
      expect(seen.join("\n")).toMatch(row.meant.seen);
      expect(model.join("\n")).toMatch(row.meant.model);
      expect(seen).not.toEqual(model);
    });

    it("an image beside a slow command", async () => {
      const client = clients.get("codex");
      const slow = client?.callTool({
        name: "exec_command",
        arguments: { cmd: "sleep 1; echo slow" },
      });
      const image = await client?.callTool({
        name: "view_image",
        arguments: { path: "square.png" },
      });

      expect(image?.content).toEqual([{ type: "image", mimeType: "image/png", data: PNG }]);
      expect(JSON.stringify((await slow)?.content)).toContain("slow");
    });

    it("needs few turns for all that", () => {
      // One for each image, and for each text that the telemetry cuts.
      expect(turns.get("codex")).toBeLessThan(12);
      expect(turns.get("plain")).toBeGreaterThan(ROWS.length);
      expect(world.troubles).toEqual([]);
    });
  },
);

/** Without what differs from one run to the next. */
function comparable(result: CallToolResult, folder: string): string {
  return JSON.stringify(result)
    .replaceAll(folder, "<folder>")
    .replaceAll(/Chunk ID: \w+/g, "Chunk ID: <id>")
    .replaceAll(/Wall time: [\d.]+ seconds?/g, "Wall time: <time>")
    .replaceAll(/(session ID|process id) \d+/g, "$1 <number>")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, "<uuid>")
    .replaceAll(/(nickname\\":\\")[^"\\]+/g, "$1<name>")
    .replaceAll(/(At|Seconds|InSeconds|timeUsed\w*|tokensUsed)\\":\d+/g, '$1\\":<number>');
}
