import type { Writable } from "node:stream";
import { didYouMean } from "../../kit/did-you-mean.ts";
import { H2mError } from "../../errors.ts";
import { BUILT_IN_COMMANDS } from "../../commands.ts";
import { harnessNames } from "../../built-in.ts";
import { visible } from "../../kit/visible.ts";
import { OPTIONS, SUBCOMMANDS } from "../input/invocation.ts";
import { print } from "../output/output.ts";

/** The commands that are completed, as the package's `bin` has them. */
const PROGRAMS = "h2m harness-to-mcp";
const SHELLS = ["bash", "zsh", "fish"] as const;
const LEVELS = "silent error warn info debug";

/** Every word that may come first. */
export const FIRST: readonly string[] = [
  ...SUBCOMMANDS,
  ...BUILT_IN_COMMANDS.map(({ command }) => command.name),
];

/** Flags whose value is a path. */
const FILES = ["config", "keep", "cwd"];

/**
 * `h2m completion bash|zsh|fish`: prints what that shell reads. It knows the built-in harnesses; nothing is run to complete a word.
 * @throws H2mError `bad-usage`
 */
export async function completion(
  [shell, ...more]: readonly string[],
  stdout: Writable,
): Promise<number> {
  const known = SHELLS.find((name) => name === shell);
  if (known === undefined || more.length > 0) {
    const wrong = visible(more[0] ?? shell ?? "");
    const what = wrong === "" ? "No shell is named." : `There is no completion for \`${wrong}\`.`;
    throw new H2mError("bad-usage", what, { hint: didYouMean(wrong, SHELLS) });
  }
  await print(stdout, scriptFor(known));
  return 0;
}

export function scriptFor(shell: (typeof SHELLS)[number]): string {
  const first = [...FIRST, ...harnessNames()].join(" ");
  const harnesses = harnessNames().join(" ");
  const flags = Object.keys(OPTIONS).map((name) => `--${name}`);
  if (shell === "fish") return fish(flags, harnesses);
  const files = FILES.map((name) => `--${name}`).join("|");
  const script = `# h2m: completion for bash and zsh
_h2m() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} words=
  COMPREPLY=()
  case $before in
    ${files}) local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$word")); return ;;
    --log-level) words="${LEVELS}" ;;
    --profile) words="readonly full" ;;
    --host|--port|--token|--attach-key|--url|--plugin) return ;;
    help) words="${FIRST.join(" ")} serve stdio" ;;
    completion) words="${SHELLS.join(" ")}" ;;
    trust) local IFS=$'\\n'; COMPREPLY=($(compgen -d -- "$word")); return ;;
    h2m|harness-to-mcp|*/h2m|*/harness-to-mcp) words="${first}" ;;
    *) words="${harnesses}" ;;
  esac
  case $word in -*) words="${flags.join(" ")}" ;; esac
  COMPREPLY+=($(compgen -W "$words" -- "$word"))
}
complete -F _h2m ${PROGRAMS}
`;
  return shell === "bash" ? script : `autoload -Uz bashcompinit && bashcompinit\n${script}`;
}

function fish(flags: readonly string[], harnesses: string): string {
  const lines = PROGRAMS.split(" ").flatMap((program) => [
    `complete -c ${program} -f`,
    `complete -c ${program} -n __fish_use_subcommand -a "${FIRST.join(" ")}"`,
    `complete -c ${program} -a "${harnesses}"`,
    `complete -c ${program} -n "__fish_seen_subcommand_from completion" -a "${SHELLS.join(" ")}"`,
    ...flags.map((flag) => `complete -c ${program} -l ${flag.slice(2)}${valueOf(flag.slice(2))}`),
  ]);
  return `# h2m: completion for fish\n${lines.join("\n")}\n`;
}

/** What fish is told of a flag's value. */
function valueOf(name: string): string {
  if (FILES.includes(name)) return " -r -F";
  if (name === "log-level") return ` -x -a "${LEVELS}"`;
  if (name === "profile") return ' -x -a "readonly full"';
  return OPTIONS[name as keyof typeof OPTIONS].type === "string" ? " -x" : "";
}
