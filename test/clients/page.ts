import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Transport } from "./driver.ts";
import { CLIENTS, versionOf } from "./install.mjs";
import { type ClientEntry, type Expectations, wordOf } from "./list.ts";

/** Made of clients.json by `node --import jiti/register test/clients/page.ts`; test/docs/clients.test.ts holds it to that. */
export const PAGE = "docs/1.guide/6.tested-clients.md";
const ROOT = join(import.meta.dirname, "../..");
const OVER: Readonly<Record<Transport, string>> = { stdio: "stdio", http: "HTTP" };
const TRANSPORTS: readonly Transport[] = ["stdio", "http"];

/** The column of a case, and what its words mean to a reader. */
const CASES: {
  readonly [C in keyof Expectations]: { title: string; words: Readonly<Record<string, string>> };
} = {
  list: { title: "list", words: { all: "whole", searched: "after a search" } },
  error: { title: "a tool's error", words: { flag: "marked", text: "as text" } },
  image: { title: "image", words: { image: "yes", none: "no" } },
  limit: {
    title: "its time-out",
    words: { stops: "ends the command", "runs on": "leaves it", none: "cannot be set" },
  },
  cancel: { title: "cancel", words: { stops: "ends the command", "runs on": "leaves it" } },
  end: {
    title: "harness at the end",
    words: { "at once": "ends", gone: "ends after `gone`", idle: "ends after `idle`" },
  },
  confirm: {
    title: "`confirm`",
    words: { made: "yes", declined: "no", refused: "cannot ask" },
  },
};
const COLUMNS = Object.keys(CASES) as (keyof Expectations)[];

const INTRODUCTION = `# Tested clients

\`\`\`sh
codex mcp add hands -- h2m --stdio --no-config claude
\`\`\`

gives Codex the tools of Claude Code. Each of these clients was run against \`h2m\`, set up by the very lines below, by
\`npm run test:clients\`: over stdio, where it starts an \`h2m\` of its own and needs no token, and over HTTP, where \`h2m claude\` runs
already and \`H2M_TOKEN\` is the token. More lines, and what is shared: [clients](5.clients.md).
`;

const MEANING = `
- **its time-out**: the client gives a call up at its own limit. **cancel**: its user presses Ctrl-C, or its program aborts the call.
- **harness at the end**: what becomes of the session's harness when the client has gone. \`gone\` and \`idle\` are
  [time-outs](3.configuration.md) of \`h2m\`; see [whose session](1.start.md#whose-session).
- **\`confirm\`**: the client's answer to a call that [\`tools.confirm\`](3.configuration.md#ask-before-a-call) names.
- Another harness is another last word: \`claude\`, \`codex\`, \`opencode\`. \`--no-config\` says that no config of the folder where the client
  happens to be is wanted; \`--config FILE\` names one.`;

/** The whole page. */
export function page(): string {
  const clients = Object.entries(CLIENTS);
  const head = ["client", "version", "over", ...COLUMNS.map((each) => CASES[each].title)];
  const rows = clients.flatMap(([, client]) => rowsOf(client));
  const sections = clients.flatMap(([name, client]) => sectionOf(name, client));
  return `${[INTRODUCTION, ...table([head, ...rows]), MEANING, ...sections].join("\n")}\n`;
}

function rowsOf(client: ClientEntry): string[][] {
  const [stdio, http] = TRANSPORTS.map((transport) =>
    COLUMNS.map((each) => said(each, wordOf<string>(client.expects[transport][each]))),
  );
  const head = [client.title, versionOf(client)];
  const rows: [string, string[] | undefined][] =
    stdio?.join() === http?.join()
      ? [["both", stdio]]
      : [
          [OVER.stdio, stdio],
          [OVER.http, http],
        ];
  return rows.map(([over, cells = []]) => [...head, over, ...cells]);
}

function sectionOf(name: string, client: ClientEntry): string[] {
  const fence = "```";
  const blocks = TRANSPORTS.flatMap((transport) => [
    "",
    `${fence}${client.library ? "js" : "sh"}`,
    linesOf(name, client, transport),
    fence,
  ]);
  const { waits, waitsBy } = client;
  const limit =
    waits === null ? "longer than the 90 s that were measured" : `for ${waits / 1000} s`;
  const change = waitsBy ? `to change that: ${waitsBy}` : "nothing changes that";
  const waiting = `- It waits ${limit} for a call; ${change}.`;
  return ["", `## ${client.title}`, ...blocks, "", waiting, ...reasonsOf(client)];
}

function linesOf(name: string, { setup }: ClientEntry, transport: Transport): string {
  const program = join(import.meta.dirname, "programs", name, `${transport}.mjs`);
  return setup?.[transport] ?? readFileSync(program, "utf8").trimEnd();
}

/** Why a word is not the best one: once for both transports, where it is the same. */
function reasonsOf({ expects }: ClientEntry): string[] {
  const reasons = new Map<string, Transport[]>();
  for (const transport of TRANSPORTS)
    for (const each of COLUMNS) {
      const expected = expects[transport][each];
      if (typeof expected === "string") continue;
      const [word, why] = expected as readonly [string, string];
      const line = `${CASES[each].title} (${said(each, word)}): ${why}.`;
      reasons.set(line, [...(reasons.get(line) ?? []), transport]);
    }
  return [...reasons].map(([line, [first, second]]) =>
    first === undefined || second !== undefined ? `- ${line}` : `- Over ${OVER[first]}, ${line}`,
  );
}

function said(each: keyof Expectations, word: string): string {
  const words = CASES[each].words[word];
  if (words === undefined) throw new Error(`\`${word}\` is no word for ${each}.`);
  return words;
}

function table([head = [], ...rows]: string[][]): string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(ROOT, PAGE), page());
