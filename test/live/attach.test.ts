import { execa } from "execa";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { versionOf } from "./versions.ts";
import { World } from "./world.ts";

/** How a line that `h2m` prints becomes one run without a terminal. */
interface ByHand {
  readonly title: string;
  readonly harness: string;
  readonly run: (line: string) => string;
  readonly calls: readonly [name: string, args: (file: string) => Record<string, unknown>][];
  /** The API route that the harness must have used. */
  readonly api: string;
}

const exec = (cmd: string) => ["exec_command", () => ({ cmd })] as const;

const CASES: readonly ByHand[] = [
  {
    title: "claude -p",
    harness: "claude",
    run: (line) => `${line} -p hello --allowedTools Bash Read --`,
    calls: [
      ["Bash", () => ({ command: "echo by hand" })],
      ["Read", (file_path) => ({ file_path })],
    ],
    api: "messages",
  },
  {
    title: "codex exec over POST",
    harness: "codex",
    run: (line) => line.replace(/\bcodex\b(?= )/, "codex exec --skip-git-repo-check") + " hello",
    calls: [[...exec("echo by hand")], ["exec_command", (file) => ({ cmd: `cat '${file}'` })]],
    api: "responses",
  },
  {
    title: "codex exec over WebSocket",
    harness: "codex",
    run: (line) =>
      line.replace(
        /\bcodex\b(?= )/,
        "codex exec --skip-git-repo-check -c model_providers.h2m.supports_websockets=true",
      ) + " hello",
    calls: [[...exec("echo by hand")], ["exec_command", (file) => ({ cmd: `cat '${file}'` })]],
    api: "responses",
  },
  {
    title: "opencode run over chat completions",
    harness: "opencode",
    run: (line) => `${line} run hello`,
    calls: [
      ["bash", () => ({ command: "echo by hand", description: "a test" })],
      ["read", (filePath) => ({ filePath })],
    ],
    api: "chat-completions",
  },
];

describe("a harness that the user starts with the line that h2m prints", () => {
  let world: World;

  beforeEach(async () => {
    world = await World.create();
    await world.serve();
  });

  afterEach(async () => {
    await world.end();
  });

  it.each(CASES.filter(({ harness }) => versionOf(harness)))(
    "$title: list and two calls",
    async ({ harness, run, calls, api }) => {
      const file = join(world.project, "note.txt");
      await writeFile(file, "the text of a note\n");
      const apis = new Set<string>();
      world.h2m.on("turn", (event) => apis.add(event.api));
      const line = world.h2m.attachLines("attach-key-1")[harness];
      expect(line).toBeDefined();
      const client = await world.client();

      const program = execa("sh", ["-c", `exec env ${run(line ?? "")}`], {
        cwd: world.project,
        env: {
          CODEX_HOME: world.temporary,
          CLAUDE_CONFIG_DIR: world.temporary,
          ANTHROPIC_API_KEY: undefined,
        },
        stdin: "ignore",
        all: true,
        reject: false,
        detached: true,
      });
      try {
        const { tools } = await client.listTools();
        expect(tools.map(({ name }) => name)).toEqual(
          expect.arrayContaining(calls.map(([name]) => name)),
        );
        const texts: string[] = [];
        for (const [name, args] of calls) {
          texts.push(JSON.stringify(await client.callTool({ name, arguments: args(file) })));
        }
        expect(texts[0]).toContain("by hand");
        expect(texts[1]).toContain("the text of a note");
        expect([...apis]).toEqual([api]);
        expect(await readFile(file, "utf8")).toBe("the text of a note\n");
      } catch (error) {
        // What the program said is the first thing to know when it does not come.
        program.kill("SIGKILL");
        throw new Error(`${(error as Error).message}\n${(await program).all}`, { cause: error });
      } finally {
        if (program.pid !== undefined) killGroup(program.pid);
        await program;
      }
    },
  );
});

/** Ends the program and its children: it was started as the leader of a group of its own. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
