import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { driveCodex } from "../../plugins/codex/driver.ts";
import { codex } from "../../plugins/codex/index.ts";
import { defineHarness, definePlugin, textOf } from "../../src/plugin.ts";
import { PNG } from "./samples.ts";
import { versionOf } from "./versions.ts";
import { World } from "./world.ts";

/** Codex without its witnesses: each result is what the next turn brings, which is what a model would see. */
const plain = (name: string) =>
  defineHarness({
    ...codex,
    name,
    drive: (host) => {
      const { rewrite: _, ...driver } = driveCodex(host);
      return { ...driver, settles: () => false };
    },
  });
const GOALS = ["--enable", "goals"];

/** A call, made of what the earlier results of the row say. */
type Step = (earlier: readonly string[]) => [name: string, args: Record<string, unknown>];

interface Row {
  readonly what: string;
  readonly steps: readonly Step[];
  /** It needs the goal tools. */
  readonly goals?: boolean;
  /** Why a client sees something else than a model would. */
  readonly meant?: { readonly why: string; readonly seen: RegExp; readonly model: RegExp };
}

const shell =
  (cmd: string, more: object = {}): Step =>
  () => ["exec_command", { cmd, login: false, yield_time_ms: 20_000, ...more }];
const patch =
  (...lines: string[]): Step =>
  () => ["apply_patch", { input: ["*** Begin Patch", ...lines, "*** End Patch", ""].join("\n") }];
const stdin =
  (chars: string, wait: number): Step =>
  (earlier) => ["write_stdin", { session_id: sessionIn(earlier), chars, yield_time_ms: wait }];
const agent =
  (tool: string, args: (id: string) => object): Step =>
  (earlier) => [
    `multi_agent_v1_${tool}`,
    { ...args(/"agent_id":"([^"]+)"/.exec(earlier[0] ?? "")?.[1] ?? "") },
  ];
const other =
  (name: string, args: Record<string, unknown>): Step =>
  () => [name, args];

const LONG = Array.from({ length: 120 }, (_, line) => `a line that is not there, number ${line}`);
const FILES = Array.from({ length: 150 }, (_, file) => `a-rather-long-name-of-a-file-${file}.txt`);
const WHOLE = {
  why: "the whole output instead of a copy cut for a model",
  seen: /\\n11000\\n/,
  model: /tokens truncated/,
};

const ROWS: readonly Row[] = [
  { what: "a command that succeeds", steps: [shell("echo one; pwd")] },
  {
    what: "a command that fails",
    steps: [shell("echo before; sleep 0.2; echo beside >&2; exit 3")],
  },
  { what: "a command without output", steps: [shell("true")] },
  {
    what: "colours and bytes that are no text",
    steps: [shell("printf '\\033[31mred\\033[0m \\377\\376 \\000 end'")],
  },
  { what: "2 KiB and more", steps: [shell("seq 1 2500")] },
  { what: "more than a model is given", steps: [shell("seq 1 22000")], meant: WHOLE },
  {
    what: "a budget that the client sets",
    steps: [shell("seq 1 3000; echo äöü", { max_output_tokens: 50 })],
  },
  { what: "a budget for little output", steps: [shell("seq 1 300", { max_output_tokens: 20 })] },
  { what: "a folder that is missing", steps: [shell("echo x", { workdir: "/no/such/folder" })] },
  {
    what: "a command that ends after the shortest wait",
    steps: [shell("echo s; sleep 0.7; echo e; exit 4")],
  },
  {
    what: "a command that goes on, asked for until its end",
    steps: [
      shell("echo s; sleep 3; echo e; exit 5", { yield_time_ms: 1_500 }),
      stdin("", 5_000),
      stdin("", 5_000),
    ],
  },
  {
    what: "a terminal that is written to",
    steps: [
      shell("stty -echo; echo ready; cat", { tty: true, yield_time_ms: 1_000 }),
      stdin("hello\n", 600),
      stdin("again\n", 600),
      stdin("\u0004", 5_000),
      stdin("", 5_000),
    ],
  },
  {
    what: "a command that nobody started",
    steps: [other("write_stdin", { session_id: 7, chars: "x" })],
  },
  {
    what: "patches",
    steps: [
      patch("*** Add File: one.txt", "+first", "+second"),
      patch("*** Update File: one.txt", "@@", "-second", "+last"),
      patch("*** Update File: one.txt", "*** Move to: two.txt", "@@", "-last", "+moved"),
      patch("*** Delete File: two.txt"),
    ],
  },
  {
    what: "a patch that does not fit",
    steps: [patch("*** Add File: a.txt", "+x"), patch("*** Update File: a.txt", "@@", "-y", "+z")],
  },
  { what: "a patch that is none", steps: [other("apply_patch", { input: "nothing of the kind" })] },
  {
    what: "a long refusal of a patch",
    steps: [
      patch("*** Add File: b.txt", "+x"),
      patch("*** Update File: b.txt", "@@", ...LONG.map((line) => `-${line}`), "+z"),
    ],
  },
  {
    what: "a patch of many files",
    steps: [patch(...FILES.flatMap((file) => [`*** Add File: ${file}`, "+x"]))],
  },
  { what: "an image", steps: [other("view_image", { path: "square.png" })] },
  {
    what: "an image that is missing",
    steps: [other("view_image", { path: "/no/such/image.png" })],
  },
  { what: "an image that is none", steps: [other("view_image", { path: "no-image.png" })] },
  {
    what: "a question to a person",
    steps: [
      other("request_user_input", {
        questions: [
          {
            id: "q",
            header: "h",
            question: "q?",
            options: [
              { label: "a", description: "b" },
              { label: "c", description: "d" },
            ],
          },
        ],
      }),
    ],
  },
  {
    what: "a goal",
    goals: true,
    steps: [
      other("get_goal", {}),
      other("create_goal", { objective: "an end" }),
      other("get_goal", {}),
      other("update_goal", { status: "complete" }),
    ],
  },
  {
    what: "an agent",
    steps: [
      agent("spawn_agent", () => ({ message: "say something" })),
      agent("wait_agent", (id) => ({ targets: [id], timeout_ms: 10_000 })),
      agent("send_input", (id) => ({ target: id, message: "again" })),
      agent("wait_agent", (id) => ({ targets: [id], timeout_ms: 10_000 })),
      agent("close_agent", (id) => ({ target: id })),
      agent("close_agent", () => ({ target: "nobody" })),
    ],
  },
];

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
        await writeFile(join(folder, "square.png"), Buffer.from(PNG, "base64"));
        await writeFile(join(folder, "no-image.png"), "not an image");
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

function sessionIn(texts: readonly string[]): number {
  return Number(/running with session ID (\d+)/.exec(texts.join("\n"))?.[1]);
}

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
