import { execa } from "execa";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ApiAdapter, ToolCall, WireEvent } from "../../src/plugin.ts";
import { PDF, PNG } from "./samples.ts";
import { since } from "./versions.ts";

export type Call = Pick<ToolCall, "name" | "arguments">;

/** A tool and a kind of outcome, as the table of OPEN-TURN names them. */
export interface Row {
  readonly row: string;
  /** Made of the texts of the earlier results, by their rows. */
  readonly call: Call | ((earlier: ReadonlyMap<string, string>) => Call);
  /** What goes out in the place of a call that h2m itself would refuse. */
  readonly sent?: Call;
  /** In the result, so that the row is what it is called. */
  readonly shows: RegExp;
  readonly isError?: boolean;
  /** How the next request differs, where that is meant: `reread` has "Wasted call", `beside` has a block in another place. */
  readonly meant?: "reread" | "beside" | undefined;
  /** The first version in which it is there, and the first in which it is not any more. */
  readonly from?: string;
  readonly before?: string;
}

/** Stands for the harness's folder. */
export const FOLDER = "@@folder@@";
/** An argument that makes the whole call no JSON. */
export const BROKEN = "@@broken@@";

const bash = (command: string, more: object = {}): Call => ({
  name: "Bash",
  arguments: { command, ...more },
});
const other = (name: string, args: Record<string, unknown> = {}): Call => ({
  name,
  arguments: args,
});
const at = (name: string) => `${FOLDER}/${name}`;
const read = (name: string, more: object = {}) => other("Read", { file_path: at(name), ...more });
const write = (name: string, content: string) => other("Write", { file_path: at(name), content });
const edit = (name: string, from: string, to: string) =>
  other("Edit", { file_path: at(name), old_string: from, new_string: to });
/** The id in an earlier row's text goes into a call. */
const withId =
  (row: string, pattern: RegExp, call: (id: string) => Call): Row["call"] =>
  (earlier) =>
    call(pattern.exec(earlier.get(row) ?? "")?.[1] ?? "no id");

const inVersion = ({ from, before }: Row) =>
  (from === undefined ||
    since("claude", [
      ["0", false],
      [from, true],
    ])) &&
  (before === undefined ||
    since("claude", [
      ["0", true],
      [before, false],
    ]));

/** Every row of Claude Code's table, in an order in which each has what it needs. In no version there are all of them. */
export const EVERY_ROW: readonly Row[] = [
  { row: "Bash ok", call: bash("echo one; echo two >&2"), shows: /^one\ntwo$/ },
  {
    row: "Bash fail",
    call: bash("echo out; echo err >&2; exit 3"),
    shows: /^Exit code 3\nout\nerr$/,
    isError: true,
  },
  { row: "Bash without output", call: bash("true"), shows: /no output/ },
  {
    row: "Bash colours and bytes that are no text",
    call: bash("printf '\\033[31mred\\033[0m \\377\\376 \\000 end'"),
    // oxlint-disable-next-line no-control-regex -- it is what is looked for
    shows: /^\u001b\[31mred\u001b\[0m .* \0 end$/,
  },
  { row: "Bash with much output", call: bash("seq 1 20000"), shows: /^<persisted-output>/ },
  { row: "Bash cd", call: bash("cd sub && pwd"), shows: /\/sub$/ },
  { row: "Bash that stays there", call: bash(`pwd; cd ${FOLDER}`), shows: /\/sub$/ },
  {
    row: "Bash that prints an image",
    call: bash(`echo "data:image/png;base64,${PNG}"`),
    shows: /"type":"image"/,
  },
  {
    row: "Bash over its time",
    call: bash("echo part; sleep 5", { timeout: 1_000 }),
    shows: since("claude", [
      ["2.1.197", /^Command running in background with ID/],
      ["2.1.210", /Command did not complete within its 1s timeout/],
    ]),
  },
  {
    row: "Bash in the background",
    call: bash("echo behind", { run_in_background: true }),
    shows: /^Command running in background with ID/,
  },
  {
    row: "TaskOutput",
    before: "2.1.277",
    call: withId("Bash in the background", /ID: (\w+)/, (id) =>
      other("TaskOutput", { task_id: id, block: true, timeout: 5_000 }),
    ),
    shows: since("claude", [
      ["2.1.197", /<output>\nbehind\n<\/output>/],
      // How it ended stands behind it.
      ["2.1.235", /<output>\nbehind\n/],
    ]),
  },
  {
    row: "Bash in the background for long",
    call: bash("true; sleep 60", { run_in_background: true }),
    shows: /^Command running in background with ID/,
  },
  {
    row: "TaskStop",
    call: withId("Bash in the background for long", /ID: (\w+)/, (id) =>
      other("TaskStop", { task_id: id }),
    ),
    shows: /Successfully stopped/,
  },
  {
    row: "wrong arguments",
    call: bash("true"),
    sent: other("Bash", { timeout: "x" }),
    shows: /InputValidationError/,
    isError: true,
  },
  {
    row: "broken JSON",
    call: bash("true"),
    sent: other("Bash", { command: BROKEN }),
    shows: /could not be parsed as JSON/,
    isError: true,
  },
  {
    row: "an unknown tool",
    call: bash("true"),
    sent: other("NoSuchTool"),
    shows: /No such tool available: NoSuchTool/,
    isError: true,
  },
  { row: "Read", call: read("leaf.txt"), shows: /^1\tgreen\n2\tred/ },
  {
    row: "Read again",
    call: read("leaf.txt"),
    shows: /^1\tgreen\n2\tred/,
    meant: since("claude", [
      ["2.1.197", "reread" as const],
      ["2.1.317", undefined],
    ]),
  },
  { row: "Read a part", call: read("leaf.txt", { offset: 2, limit: 1 }), shows: /^2\tred$/ },
  { row: "Read an image", call: read("square.png"), shows: new RegExp(PNG.slice(0, 40)) },
  {
    row: "Read a PDF",
    call: read("page.pdf"),
    shows: /^PDF file read: [^]*application\/pdf/,
    meant: "beside",
  },
  { row: "Read what is missing", call: read("none"), shows: /does not exist/, isError: true },
  { row: "Read a folder", call: read("sub"), shows: /^EISDIR/, isError: true },
  { row: "Read a notebook", call: read("book.ipynb"), shows: /print\(1\)/ },
  { row: "Read a long file", call: read("long.txt"), shows: /\n2000\tleaf 1999/ },
  { row: "Read a big file", call: read("big.txt"), shows: /exceeds maximum/, isError: true },
  // The tool's own words, though they look like what is added for a model.
  { row: "Read an empty file", call: read("empty.txt"), shows: /^<system-reminder>Warning/ },
  { row: "Edit", call: edit("leaf.txt", "red", "brown"), shows: /updated successfully/ },
  {
    row: "Edit what is not there",
    call: edit("leaf.txt", "blue", "x"),
    shows: /not found in file/,
    isError: true,
  },
  {
    row: "Edit what has not been read",
    call: edit("unread.txt", "a", "b"),
    shows: /has not been read yet/,
    isError: true,
  },
  { row: "Write", call: write("new.txt", "new\n"), shows: /created successfully/ },
  { row: "Write over", call: write("new.txt", "newer\n"), shows: /updated successfully/ },
  {
    row: "NotebookEdit",
    call: other("NotebookEdit", {
      notebook_path: at("book.ipynb"),
      cell_id: "a",
      new_source: "print(2)",
    }),
    shows: /^Updated cell a/,
  },
  {
    row: "WebFetch from nowhere",
    call: other("WebFetch", { url: "http://127.0.0.1:9/", prompt: "What is it?" }),
    shows: /ECONNREFUSED/,
    isError: true,
  },
  {
    row: "WebSearch",
    call: other("WebSearch", { query: "oak" }),
    shows: /h2m: no model is behind this API/,
  },
  {
    row: "TaskCreate",
    call: other("TaskCreate", { subject: "Plant", description: "an oak" }),
    shows: /^Task #1 created/,
  },
  {
    row: "TaskUpdate",
    call: other("TaskUpdate", { taskId: "1", status: "in_progress" }),
    shows: /^Updated task #1/,
  },
  { row: "TaskGet", call: other("TaskGet", { taskId: "1" }), shows: /Description: an oak/ },
  { row: "TaskList", call: other("TaskList"), shows: /^#1 \[in_progress\] Plant/ },
  {
    row: "CronCreate",
    call: other("CronCreate", { cron: "0 9 * * *", prompt: "water" }),
    shows: /^Scheduled recurring job/,
  },
  { row: "CronList", call: other("CronList"), shows: /: water$/ },
  {
    row: "CronDelete",
    call: withId("CronCreate", /job (\w+)/, (id) => other("CronDelete", { id })),
    shows: /^Cancelled job/,
  },
  {
    row: "ScheduleWakeup",
    call: other("ScheduleWakeup", {
      delaySeconds: 3_600,
      reason: "later",
      prompt: "water",
      // It had to be there (2.1.242 to 2.1.310), and need not any more (2.1.317).
      ...since("claude", [
        ["2.1.197", {}],
        ["2.1.242", { noop: false }],
        ["2.1.317", {}],
      ]),
    }),
    shows: since("claude", [
      ["2.1.197", /^Wakeup not scheduled/],
      ["2.1.242", /scheduled/],
      ["2.1.317", /^Next wakeup scheduled/],
    ]),
  },
  {
    row: "SendMessage",
    call: other("SendMessage", { to: "nobody", summary: "a word", message: "hello" }),
    shows: /"success":false/,
  },
  {
    row: "ReportFindings",
    call: other("ReportFindings", { level: "low", findings: [] }),
    shows: /^No findings/,
  },
  // One of its own: it reads none of the user's.
  {
    row: "Skill",
    call: other("Skill", { skill: "simplify" }),
    shows: /^Launching skill: simplify\n./,
    meant: "beside",
  },
  {
    row: "Skill that is not there",
    call: other("Skill", { skill: "elm" }),
    shows: /Unknown skill/,
    isError: true,
  },
  {
    row: "Workflow",
    call: other("Workflow", {
      script: 'export const meta = { name: "oak", description: "Plants." };\nreturn 1;',
    }),
    shows: /^Workflow launched in background/,
  },
  {
    row: "Workflow that is not there",
    call: other("Workflow", { name: "elm" }),
    shows: /not found/,
    isError: true,
  },
  {
    row: "EnterWorktree",
    call: other("EnterWorktree", { name: "twig" }),
    shows: /^Created worktree/,
  },
  {
    row: "ExitWorktree",
    call: other("ExitWorktree", { action: "remove" }),
    shows: /^Exited and removed worktree/,
  },
  {
    row: "Agent",
    call: other("Agent", { description: "a test", prompt: "say something" }),
    shows: since("claude", [
      ["2.1.197", /^No model is here[^]*\nagentId:/],
      ["2.1.277", /^\[Subagent hand-back\] [^]*\n {2}No model is here[^]*\nagentId:/],
    ]),
  },
  {
    row: "Agent in the background",
    call: other("Agent", { description: "a test", prompt: "say", run_in_background: true }),
    shows: /^Async agent launched/,
  },
  { row: "ListAgents", call: other("ListAgents"), shows: /./, from: "2.1.248" },
  {
    row: "Monitor",
    call: other("Monitor", {
      description: "a test",
      command: "echo seen",
      timeout_ms: 5_000,
    }),
    shows: /./,
    from: "2.1.310",
  },
  {
    row: "Bash that begins with a long sleep",
    call: bash("sleep 30"),
    shows: /sleep/,
    isError: true,
    from: "2.1.310",
  },
  {
    row: "Read what a command in the background has written",
    call: withId("Bash in the background", /written to: (\S+\.output)/, (path) =>
      other("Read", { file_path: path }),
    ),
    shows: /\tbehind\n/,
    from: "2.1.277",
  },
];

/** Those of this run's version. */
export const ROWS: readonly Row[] = EVERY_ROW.filter(inVersion);

const NOTEBOOK = {
  cells: [
    {
      cell_type: "code",
      id: "a",
      source: ["print(1)"],
      metadata: {},
      outputs: [],
      execution_count: null,
    },
  ],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
};

/** The API as it is, but that a call in which {@link BROKEN} stands goes out as half a JSON text. */
export function withBroken(api: ApiAdapter): ApiAdapter {
  return {
    ...api,
    encoder: (turn) => {
      const encoder = api.encoder(turn);
      return { ...encoder, calls: (calls) => encoder.calls(calls).map(broken) };
    },
  };
}

function broken(event: WireEvent): WireEvent {
  const text = JSON.stringify(event);
  return text.includes(BROKEN) ? JSON.parse(text.replace(`${BROKEN}\\"}`, "")) : event;
}

/** A repository with files of each kind. */
export async function fill(folder: string): Promise<void> {
  const file = (name: string, content: string | Buffer) => writeFile(join(folder, name), content);
  await mkdir(join(folder, "sub"));
  await file("leaf.txt", "green\nred\n");
  await file("unread.txt", "a\n");
  await file("empty.txt", "");
  await file("long.txt", Array.from({ length: 3_000 }, (_, line) => `leaf ${line}\n`).join(""));
  await file("big.txt", "a line of the forest\n".repeat(20_000));
  await file("square.png", Buffer.from(PNG, "base64"));
  await file("page.pdf", Buffer.from(PDF, "base64"));
  await file("book.ipynb", JSON.stringify(NOTEBOOK));
  const git = (...args: string[]) =>
    execa("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.test", ...args], {
      cwd: folder,
    });
  await git("init", "-q");
  await git("commit", "-q", "--allow-empty", "-m", "a forest");
}
