import type { ToolCall } from "../../src/plugin.ts";
import { PDF, PNG } from "./samples.ts";

/** What the rows find in their folder, by name. */
export const OPENCODE_FILES: Readonly<Record<string, string | Buffer>> = {
  "leaf.txt": "green\nred\n",
  "big.txt": "a line of the forest\n".repeat(20_000),
  "wide.txt": "w".repeat(9_000),
  "square.png": Buffer.from(PNG, "base64"),
  "page.pdf": Buffer.from(PDF, "base64"),
  "binary.bin": Buffer.from([0, 1, 2, 0, 255]),
};

export type Call = Pick<ToolCall, "name" | "arguments">;

export interface Row {
  readonly row: string;
  readonly call: Call;
  /** What goes out in the place of a call that h2m itself would refuse. */
  readonly sent?: Call;
  /** In the result, so that the row is what it is called. */
  readonly shows: RegExp;
  readonly isError?: boolean;
  /** How much of the text is there differs from run to run. */
  readonly varies?: true;
  /** What the next turn brings instead, where that is meant to be another. */
  readonly next?: { readonly content: readonly object[]; readonly isError: boolean };
}

const bash = (command: string, more: object = {}): Call => ({
  name: "bash",
  arguments: { command, description: "a test", ...more },
});
const read = (filePath: string, more: object = {}): Call => ({
  name: "read",
  arguments: { filePath, ...more },
});
const edit = (oldString: string, newString: string): Call => ({
  name: "edit",
  arguments: { filePath: "leaf.txt", oldString, newString },
});
const webfetch = (url: string): Call => ({ name: "webfetch", arguments: { url, format: "text" } });
const other = (name: string, args: Record<string, unknown>): Call => ({ name, arguments: args });

/** Stands for the name that h2m gives to a document of the next turn. */
export const DOCUMENT = "h2m:document/<call>/2";

/** Stands for a place that answers. */
export const ANSWERS = "http://answers.test/";

/** Every kind of outcome of opencode's tools. Files that they need: {@link OPENCODE_FILES}. */
export const ROWS: readonly Row[] = [
  { row: "bash ok", call: bash("echo one; echo two >&2"), shows: /^one\ntwo\n$/ },
  {
    row: "bash fail",
    call: bash("echo one; exit 3"),
    shows: /^one\n$/,
    isError: true,
    // No request of OpenCode has an exit code.
    next: { content: [{ type: "text", text: "one\n" }], isError: false },
  },
  { row: "bash without output", call: bash("true"), shows: /^\(no output\)$/ },
  {
    row: "bash over its time",
    call: bash("echo part; sleep 5", { timeout: 300 }),
    shows: /^part\n[^]*exceeding timeout 300 ms/,
    isError: true,
  },
  {
    row: "bash with much output",
    call: bash("seq 1 34000"),
    shows: /^\.\.\.output truncated/,
    // Of 1.18.33 between 4 and 12 KB.
    varies: true,
  },
  { row: "bash elsewhere", call: bash("pwd", { workdir: "/" }), shows: /^\/\n$/ },
  { row: "read", call: read("leaf.txt"), shows: /1: green\n2: red\n/ },
  { row: "read again", call: read("leaf.txt"), shows: /1: green\n2: red\n/ },
  { row: "read a part", call: read("leaf.txt", { offset: 2, limit: 1 }), shows: /\n2: red\n/ },
  { row: "read beyond", call: read("leaf.txt", { offset: 9 }), shows: /^Offset 9/, isError: true },
  { row: "read an image", call: read("square.png"), shows: new RegExp(PNG.slice(0, 40)) },
  {
    row: "read a PDF",
    call: read("page.pdf"),
    shows: /application\/pdf/,
    // The messages API has a block of its own for it, that MCP does not know.
    next: {
      content: [
        { type: "text", text: "PDF read successfully" },
        {
          type: "resource",
          resource: {
            uri: DOCUMENT,
            mimeType: "application/pdf",
            blob: PDF,
          },
        },
      ],
      isError: false,
    },
  },
  { row: "read a big file", call: read("big.txt"), shows: /1: a line of the forest\n2: / },
  { row: "read a wide file", call: read("wide.txt"), shows: /1: wwww/ },
  { row: "read a missing file", call: read("/no/leaf"), shows: /^File not found/, isError: true },
  { row: "read a binary", call: read("binary.bin"), shows: /^Cannot read binary/, isError: true },
  { row: "read a folder", call: read("."), shows: /leaf\.txt\n/ },
  { row: "edit", call: edit("red", "brown"), shows: /^Edit applied/ },
  { row: "edit what is not there", call: edit("blue", "x"), shows: /^Could not/, isError: true },
  {
    row: "write",
    call: other("write", { filePath: "new.txt", content: "new\n" }),
    shows: /^Wrote file/,
  },
  { row: "glob", call: other("glob", { pattern: "le*.txt" }), shows: /leaf\.txt/ },
  { row: "glob nothing", call: other("glob", { pattern: "*.none" }), shows: /^No files/ },
  { row: "grep", call: other("grep", { pattern: "brown" }), shows: /Line 2: brown/ },
  {
    row: "grep by no pattern",
    call: other("grep", { pattern: "(" }),
    shows: /unclosed/,
    isError: true,
  },
  {
    row: "todowrite",
    call: other("todowrite", {
      todos: [{ content: "plant", status: "pending", priority: "high" }],
    }),
    shows: /"plant"/,
  },
  { row: "skill", call: other("skill", { name: "oak" }), shows: /Dig first\./ },
  {
    row: "skill that is not there",
    call: other("skill", { name: "elm" }),
    shows: /not found/,
    isError: true,
  },
  { row: "webfetch", call: webfetch(ANSWERS), shows: /"status":"ok"/ },
  {
    row: "webfetch from nowhere",
    call: webfetch("http://127.0.0.1:9/"),
    shows: /error/,
    isError: true,
  },
  {
    row: "task",
    call: other("task", {
      description: "a test",
      prompt: "say something",
      subagent_type: "general",
    }),
    shows: /^<task id="ses_/,
  },
  {
    row: "an unknown tool",
    call: bash("true"),
    sent: other("NoSuchTool", {}),
    shows: /unavailable tool 'NoSuchTool'/,
    isError: true,
  },
  {
    row: "wrong arguments",
    call: bash("true"),
    sent: other("bash", { timeout: "x" }),
    shows: /invalid arguments/,
    isError: true,
  },
  {
    row: "a name in capitals",
    call: bash("true"),
    sent: other("BASH", { command: "echo loud", description: "a test" }),
    shows: /^loud\n$/,
  },
];
