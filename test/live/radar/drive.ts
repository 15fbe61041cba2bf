import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { claude } from "../../../plugins/claude/index.ts";
import { codex } from "../../../plugins/codex/index.ts";
import { messages } from "../../../plugins/messages/index.ts";
import { opencode } from "../../../plugins/opencode/index.ts";
import { definePlugin, type HarnessLauncher } from "../../../src/plugin.ts";
import { withBroken } from "../claude-rows.ts";
import { World } from "../world.ts";
import { type Fingerprint, hashOf, type RowShape, withoutChance } from "./fingerprint.ts";
import { Recorder } from "./recorder.ts";
import { type DrivenCall, type DrivenRow, drivenBy } from "./rows.ts";

const LAUNCHERS: Readonly<Record<string, HarnessLauncher>> = { claude, codex, opencode };
/** No row takes that long, on a busy machine either. In ms. */
const CALL_TIME = 90_000;

/** Runs every row in the program that is first on PATH, and notes what it met. The texts of the rows are not hashed yet. */
export async function drive(harness: string, version: string): Promise<Fingerprint> {
  const launcher = LAUNCHERS[harness];
  if (!launcher) throw new Error(`The radar knows no launcher of ${harness}.`);
  const recorder = await Recorder.open();
  const world = await World.create();
  let sent: DrivenCall | undefined;
  const watched = instead(recorder.wrap(launcher), () => sent);
  let exit = "none";
  try {
    const plugin = definePlugin({
      name: launcher.name,
      harnesses: [watched],
      apis: [withBroken(messages)],
    });
    const h2m = await world.serve({ harnesses: [harness], plugins: [plugin] });
    h2m.on("host:exit", ({ code, signal }) => (exit = signal ?? `code ${code}`));
    const answers = h2m.mcpUrl.replace(/mcp$/, "health");
    const { rows, fill } = drivenBy(harness, world.project, answers);
    await fill(world.project);
    const client = await world.client();
    const { tools } = await client.listTools(undefined, { timeout: CALL_TIME });
    const run = driver(client, world);
    const shapes: Record<string, RowShape> = {};
    for (const row of rows) {
      sent = row.sent;
      shapes[row.row] = await run(row);
    }
    sent = undefined;
    await client.close();
    await h2m.close();
    return {
      harness,
      version,
      tools: Object.fromEntries(
        tools
          .toSorted((a, b) => (a.name < b.name ? -1 : 1))
          .map(({ name, inputSchema, description = "" }) => [
            name,
            {
              schema: hashOf(inputSchema),
              text: hashOf(withoutChance(description, [world.project, world.root])),
            },
          ]),
      ),
      requests: inOrder(recorder.requests, ({ headers, body, betas }) => ({
        headers: [...headers].toSorted(),
        body: [...body].toSorted(),
        betas: [...betas].toSorted(),
      })),
      events: inOrder(recorder.events, (keys) => [...keys].toSorted()),
      rows: shapes,
      exit,
    };
  } finally {
    await world.end();
    await recorder.close();
  }
}

/** With the call of a row in the place of the one that a client made. */
function instead(launcher: HarnessLauncher, sent: () => DrivenCall | undefined): HarnessLauncher {
  return {
    ...launcher,
    drive: (host) => {
      const driver = launcher.drive!(host);
      return {
        ...driver,
        send: (seat, call, out) => {
          const going = driver.send?.(seat, call, out) ?? { call };
          return { ...going, call: { ...going.call, ...sent() } };
        },
      };
    },
  };
}

function driver(client: Client, world: World) {
  const texts = new Map<string, string>();
  return async ({ row, steps, shows, varies }: DrivenRow): Promise<RowShape> => {
    const own: string[] = [];
    const results: string[] = [];
    for (const step of steps) {
      const { name, arguments: args } = step(own, texts);
      try {
        const call = client.callTool({ name, arguments: args }, { timeout: CALL_TIME });
        const result = (await call) as CallToolResult;
        own.push(shown(result));
        const blocks = result.content.map(({ type }) => type).join(" ");
        results.push(`${result.isError ? "error " : ""}${blocks}`);
      } catch (error) {
        // What h2m says in the place of a result, such as that there is no such tool.
        const [sentence = ""] = (error as Error).message.split(". ");
        results.push(`refused: ${withoutChance(sentence, [world.root])}`);
      }
    }
    texts.set(row, own.join("\n"));
    const whole = own.map((text) => withoutChance(text, [world.project, world.root])).join("\n");
    const fits = shows && shows.test(own.at(-1) ?? "");
    return { results, text: varies ? "" : whole, ...(fits === undefined ? {} : { fits }) };
  };
}

/** As the patterns of the rows know it: a block that is no text is its JSON. */
function shown({ content }: CallToolResult): string {
  const texts = content.map((block) =>
    block.type === "text" ? block.text : JSON.stringify(block),
  );
  return texts.join("\n");
}

function inOrder<T, S>(map: ReadonlyMap<string, T>, shape: (value: T) => S): Record<string, S> {
  const entries = [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, shape(value)]));
}
