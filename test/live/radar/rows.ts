import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Call as ClaudeCall,
  EVERY_ROW as CLAUDE,
  fill as fillClaude,
  FOLDER,
} from "../claude-rows.ts";
import { CODEX_FILES, ROWS as CODEX } from "../codex-rows.ts";
import { ANSWERS, OPENCODE_FILES, ROWS as OPENCODE } from "../opencode-rows.ts";

export interface DrivenCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

/** One row of a harness's tests, as the radar drives it. */
export interface DrivenRow {
  readonly row: string;
  /** Each call, made of the texts of the row's earlier results and of the results of earlier rows. */
  readonly steps: readonly ((
    own: readonly string[],
    rows: ReadonlyMap<string, string>,
  ) => DrivenCall)[];
  /** What goes out in the place of a call that h2m itself would refuse. */
  readonly sent?: DrivenCall | undefined;
  readonly shows?: RegExp | undefined;
  /** Its text is of no use to compare runs. */
  readonly varies?: true | undefined;
}

export interface DrivenHarness {
  readonly rows: readonly DrivenRow[];
  /** Puts the files that the rows need into the folder. */
  fill(folder: string): Promise<void>;
}

/** `folder`: where the harness works. `answers`: a URL that answers. */
export function drivenBy(harness: string, folder: string, answers: string): DrivenHarness {
  const at = <T>(call: T): T => JSON.parse(JSON.stringify(call).replaceAll(FOLDER, folder));
  switch (harness) {
    case "claude":
      return {
        fill: fillClaude,
        // The row of a tool that this version has not is refused, and that is what there is to tell of it.
        rows: CLAUDE.map(({ row, call, sent, shows }) => ({
          row,
          sent,
          shows,
          steps: [(_, rows) => at<ClaudeCall>(typeof call === "function" ? call(rows) : call)],
        })),
      };
    case "codex":
      return {
        fill: putting(CODEX_FILES),
        // The goal tools need a codex of their own.
        rows: CODEX.filter(({ goals }) => !goals).map(({ what, steps }) => ({
          row: what,
          steps: steps.map((step) => (own) => {
            const [name, args] = step(own);
            return { name, arguments: args };
          }),
        })),
      };
    case "opencode":
      return {
        fill: putting(OPENCODE_FILES),
        rows: OPENCODE.map(({ row, call, sent, shows, varies }) => ({
          row,
          sent,
          shows,
          varies,
          steps: [
            () => ({
              name: call.name,
              arguments: {
                ...call.arguments,
                ...(call.arguments["url"] === ANSWERS ? { url: answers } : {}),
              },
            }),
          ],
        })),
      };
    default:
      throw new Error(`The radar knows no rows of ${harness}.`);
  }
}

function putting(files: Readonly<Record<string, string | Buffer>>) {
  return async (folder: string) => {
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content);
  };
}
