import { parseArgs } from "node:util";
import { didYouMean } from "../../kit/did-you-mean.ts";
import { H2mError } from "../../errors.ts";

/** Every flag. */
export const OPTIONS = {
  config: { type: "string" },
  "no-config": { type: "boolean" },
  profile: { type: "string" },
  cwd: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  "allowed-host": { type: "string", multiple: true },
  token: { type: "string" },
  "attach-key": { type: "string" },
  "no-auth": { type: "boolean" },
  "log-level": { type: "string" },
  stdio: { type: "boolean" },
  json: { type: "boolean" },
  frozen: { type: "boolean" },
  keep: { type: "string" },
  url: { type: "string" },
  plugin: { type: "string" },
  list: { type: "boolean" },
  revoke: { type: "boolean" },
  yes: { type: "boolean", short: "y" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

type Options = typeof OPTIONS;

/** The flags of a command line, as they were written. */
export type Flags = {
  readonly [K in keyof Options]?: Options[K] extends { multiple: true }
    ? readonly string[]
    : Options[K]["type"] extends "string"
      ? string
      : boolean;
};

export const SUBCOMMANDS = [
  "init",
  "trust",
  "tools",
  "call",
  "lock",
  "diff",
  "reload",
  "completion",
  "help",
] as const;
type Subcommand = (typeof SUBCOMMANDS)[number];

/** What a command line asks for. */
export interface Invocation {
  readonly command: "version" | "serve" | "stdio" | Subcommand;
  /** What follows the subcommand; of `help` what it is about. */
  readonly words: readonly string[];
  readonly flags: Flags;
}

/** @throws H2mError `bad-usage` */
export function readInvocation(args: readonly string[]): Invocation {
  // Not strict: the platform's messages name no neighbour and advise what nobody meant.
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) if (token.kind === "option") checkOption(token);
  const flags = values as Flags;
  const [first] = positionals;
  const subcommand = SUBCOMMANDS.find((name) => name === first);
  const words = subcommand ? positionals.slice(1) : positionals;
  const about = subcommand ?? (flags.stdio ? "stdio" : undefined);
  if (flags.help && subcommand !== "help")
    return { command: "help", words: about === undefined ? [] : [about], flags };
  if (flags.version) return { command: "version", words, flags };
  if (flags.config !== undefined && flags["no-config"]) throw contrary("--config", "--no-config");
  if (flags.stdio && subcommand) throw contrary("--stdio", subcommand);
  const command = subcommand ?? (flags.stdio ? "stdio" : "serve");
  if (flags.json && !["tools", "call", "diff"].includes(command))
    throw new H2mError("bad-usage", "`--json` belongs to `h2m tools`, `h2m call` and `h2m diff`.");
  if (flags.frozen && ["init", "trust", "lock", "diff", "reload"].includes(command))
    throw contrary("--frozen", command);
  const ofCall = (["yes", "keep", "url"] as const).find((name) => flags[name] !== undefined);
  if (ofCall !== undefined && command !== "call")
    throw new H2mError("bad-usage", `\`--${ofCall}\` belongs to \`h2m call\`.`);
  // A running server has harnesses of its own, and asks nobody here.
  const ofOwn = (["yes", "keep", "frozen", "cwd"] as const).find((name) => flags[name]);
  if (flags.url !== undefined && ofOwn !== undefined) throw contrary("--url", `--${ofOwn}`);
  if (flags.plugin !== undefined) checkPlugin(command, words);
  if ((flags.list || flags.revoke) && command !== "trust")
    throw new H2mError("bad-usage", "`--list` and `--revoke` belong to `h2m trust`.");
  if (flags.list && flags.revoke) throw contrary("--list", "--revoke");
  return { command, words, flags };
}

function checkPlugin(command: Invocation["command"], [word]: readonly string[]): void {
  if (command !== "init")
    throw new H2mError("bad-usage", "`--plugin` belongs to `h2m init`.", {
      hint: "The plugins that h2m loads stand in `plugins` of the config.",
    });
  if (word !== undefined)
    throw new H2mError("bad-usage", `\`h2m init --plugin\` takes no harness, not \`${word}\`.`);
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function checkOption({ name, rawName, value, inlineValue }: OptionToken): void {
  if (!Object.hasOwn(OPTIONS, name)) {
    const known = Object.keys(OPTIONS).map((option) => `--${option}`);
    throw new H2mError("bad-usage", `There is no flag \`${rawName}\`.`, {
      hint: didYouMean(rawName, known),
    });
  }
  const { type } = OPTIONS[name as keyof Options];
  if (type === "boolean" && value !== undefined)
    throw new H2mError("bad-usage", `\`${rawName}\` takes no value.`);
  if (type === "boolean" || (value && (inlineValue || !value.startsWith("-")))) return;
  throw new H2mError("bad-usage", `\`${rawName}\` needs a value.`, {
    hint: `Write \`${rawName}=<value>\`.`,
  });
}

function contrary(one: string, other: string): H2mError {
  return new H2mError("bad-usage", `\`${one}\` and \`${other}\` exclude each other.`);
}
