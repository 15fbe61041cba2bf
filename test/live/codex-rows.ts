import { PNG } from "./samples.ts";

/** What the rows find in their folder, by name. */
export const CODEX_FILES: Readonly<Record<string, string | Buffer>> = {
  "square.png": Buffer.from(PNG, "base64"),
  "no-image.png": "not an image",
};

/** A call, made of what the earlier results of the row say. */
export type Step = (earlier: readonly string[]) => [name: string, args: Record<string, unknown>];

export interface Row {
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

/** Every kind of outcome of codex's tools. Files that they need: {@link CODEX_FILES}. */
export const ROWS: readonly Row[] = [
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

function sessionIn(texts: readonly string[]): number {
  return Number(/running with session ID (\d+)/.exec(texts.join("\n"))?.[1]);
}
