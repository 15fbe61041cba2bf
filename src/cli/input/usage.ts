/** What `--help` and `h2m help` print. */
import { BUILT_IN_COMMANDS, type OwnedCommand } from "../../commands.ts";
import { COMMON } from "./invocation.ts";

/** Where the explanation of a word begins. */
const WIDTH = 25;

/** Lines of usage, by what they are about: a subcommand, or `serve` and `stdio`. */
const COMMANDS: readonly (readonly [string, string])[] = [
  [
    "serve",
    `h2m                      serve what h2m.config.ts says; without it, wait for harnesses that attach themselves
h2m <harness> ...        serve one harness, or several: claude, codex, opencode, or any that a plugin adds`,
  ],
  [
    "init",
    `h2m init [<harness>]     write a commented h2m.config.ts into this folder
h2m init --plugin NAME   write a plugin package with tests into the new folder NAME`,
  ],
  [
    "trust",
    "h2m trust [DIR]          let h2m load the config of this folder, or of DIR, by itself (--list, --revoke)",
  ],
  [
    "stdio",
    `h2m --stdio [<harness>]  serve MCP on stdin and stdout
                         (of several harnesses as one: claude_Bash, codex_exec_command, ...)`,
  ],
  [
    "tools",
    "h2m tools [<harness>] [<tool>]\n                         print the tools that a client would see, or all of one (--json)",
  ],
  [
    "call",
    `h2m call [<harness>] <tool> [json | key=value ... | - | @FILE]
                         call one tool; its result goes to stdout (--json)`,
  ],
  [
    "lock",
    "h2m lock [<harness>]     write the tools of now down in h2m.lock.json, beside the config",
  ],
  [
    "diff",
    "h2m diff [<harness>]     tell what has changed since; ends with 1 if any tool has (--json)",
  ],
  [
    "reload",
    "h2m reload               make the running server of this config read it anew; so does SIGHUP",
  ],
  [
    "completion",
    "h2m completion <shell>   print what bash, zsh or fish needs to complete its words",
  ],
  ["help", "h2m help [<command>]     this text, or more about one command"],
];

/** More about some of them. */
const DETAILS: Readonly<Record<string, string>> = {
  serve:
    "MCP is served at http://127.0.0.1:9330/mcp until Ctrl-C; the start prints how clients connect.",
  tools: `With a tool its whole description and schema are printed. What is listed is kept, so that the next start answers at once.

  h2m tools claude
  h2m tools claude Bash --json`,
  call: `The arguments are one JSON object, or key=value each, read as the tool's schema has the key. \`-\` takes the JSON from the standard
input, and so does a pipe where no arguments stand; \`@FILE\` from a file. \`{}\` is a call without any, whatever is piped.

  h2m call claude Bash command='git status'
  h2m call codex exec_command '{ "cmd": "ls" }'
  h2m call --url http://127.0.0.1:9330/mcp claude Bash command=ls
  jq -n '{ command: "ls" }' | h2m call claude Bash

What a command leaves running in the background ends with the call, and so do files in the harness's private folder, such as the whole of
an output that was too long: --keep DIR copies those that the result names.`,
  completion: `  source <(h2m completion bash)                                  # in ~/.bashrc; with zsh in ~/.zshrc
  h2m completion fish > ~/.config/fish/completions/h2m.fish`,
  reload:
    "It is found by --host and --port, or by the config that it was started with, and is told the token once it has shown that it knows it.",
};

const SERVING = ["serve", "stdio", "tools", "call", "lock", "diff"];
const LOADING = [...SERVING, "reload"];

/** Each flag as it is shown, and the commands that it belongs to. */
const FLAGS: readonly (readonly [string, readonly string[]])[] = [
  [
    "--config FILE            config file; else h2m.config.ts (.mjs, .js, .json) of this folder, if you trust it",
    LOADING,
  ],
  ["--no-config              load no config file", LOADING],
  [
    "--profile NAME           lay a profile of the config over it, or a built-in one: readonly, full",
    LOADING,
  ],
  ["--cwd DIR                working folder of the harness", SERVING],
  ["--host HOST              address to listen at (127.0.0.1)", LOADING],
  ["--port N                 port to listen at (9330); 0 is any free one", LOADING],
  [
    "--allowed-host NAME      a name that clients reach it by; several one by one, or with commas between",
    ["serve", "reload"],
  ],
  [
    "--token TOKEN            opens MCP; else made once, for each profile another, and kept in the state folder",
    ["serve", "reload", "call"],
  ],
  [
    "--attach-key KEY         opens the LLM API for harnesses that you start; else made once and kept",
    SERVING,
  ],
  [
    "--no-auth                no token and no attach key; loopback only",
    ["serve", "stdio", "reload"],
  ],
  ["--log-level LEVEL        silent, error, warn, info or debug", LOADING],
  [
    "--frozen                 serve only the tools of h2m.lock.json: another list is an error",
    ["serve", "stdio", "tools", "call"],
  ],
  [
    "--json                   machine-readable output of `tools`, `call` and `diff`",
    ["tools", "call", "diff"],
  ],
  [
    "-y, --yes                `call` asks for no confirmation (`tools.confirm`); without a terminal it refuses else",
    ["call"],
  ],
  [
    "--url URL                `call` asks a running server, such as http://127.0.0.1:9330/mcp, instead of a harness of its own",
    ["call"],
  ],
  [
    "--keep DIR               `call` copies the files there that the result names in the harness's private folder",
    ["call"],
  ],
  ["--plugin NAME            see `init`", ["init"]],
  ["--list, --revoke         see `trust`: print the trusted folders; take one back", ["trust"]],
  ["--stdio                  see above", ["stdio"]],
  ["-h, --help               this text; after a command, more about that one", ["help"]],
  ["-v, --version            the version", ["help"]],
];

/** What `--help` prints. */
export const USAGE = `Serves the internal tools of a coding harness (Claude Code, Codex, OpenCode) as an MCP server.

Usage:
${indented([...COMMANDS.map(([, lines]) => lines), ...BUILT_IN_COMMANDS.map(lineOf)])}

Flags:
${indented(FLAGS.map(([line]) => line))}

Environment: H2M_TOKEN, H2M_ATTACH_KEY (or H2M_TOKEN_FILE, H2M_ATTACH_KEY_FILE: a file with it), H2M_PORT, H2M_HOST,
H2M_ALLOWED_HOSTS, H2M_LOG_LEVEL. A flag wins over the environment, which wins over the config file.

Exit codes: 0 ok; 1 a tool's error, an unknown tool, or a failure at run time; 2 wrong usage or config; 130 ended by Ctrl-C,
143 by SIGTERM (a server that was serving: 0).
`;

/** The names that `helpOf` takes. */
export const HELP_TOPICS: readonly string[] = [
  ...COMMANDS.map(([name]) => name),
  ...BUILT_IN_COMMANDS.map(({ command }) => command.name),
];

/** What `h2m help <command>` prints. */
export function helpOf(topic: string): string {
  const command = BUILT_IN_COMMANDS.find((each) => each.command.name === topic);
  if (command) return helpOfCommand(command);
  const of = (name: string) => name === topic;
  const usage = COMMANDS.filter(([name]) => of(name)).map(([, lines]) => lines);
  const flags = FLAGS.filter(([, commands]) => commands.some(of)).map(([line]) => line);
  const details = Object.hasOwn(DETAILS, topic) ? [DETAILS[topic]] : [];
  return [
    `Usage:\n${indented(usage)}`,
    ...details,
    ...(flags.length > 0 ? [`Flags:\n${indented(flags)}`] : []),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

/** What `h2m help <command>` prints of the command of a plugin. */
export function helpOfCommand(owned: OwnedCommand): string {
  const { flags = {}, details } = owned.command;
  const own = Object.entries(flags).map(
    ([name, { value, summary }]) =>
      `--${name}${value === undefined ? "" : ` ${value}`}`.padEnd(WIDTH) + summary,
  );
  const common = FLAGS.filter(([line]) => COMMON.some((name) => line.startsWith(`--${name} `)));
  return [
    `Usage:\n${indented([lineOf(owned)])}`,
    ...(details === undefined ? [] : [details]),
    `Flags:\n${indented([...own, ...common.map(([line]) => line)])}\n`,
  ].join("\n\n");
}

function lineOf({ command: { name, usage, summary } }: OwnedCommand): string {
  const words = usage === undefined ? `h2m ${name}` : `h2m ${name} ${usage}`;
  const place = words.length < WIDTH - 1 ? words.padEnd(WIDTH) : `${words}\n${" ".repeat(WIDTH)}`;
  return place + summary;
}

function indented(texts: readonly string[]): string {
  return texts
    .flatMap((text) => text.split("\n"))
    .map((line) => `  ${line}`)
    .join("\n");
}
