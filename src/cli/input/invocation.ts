import { parseArgs } from "node:util";
import { didYouMean } from "../../kit/did-you-mean.ts";
import { H2mError } from "../../errors.ts";
import type { OwnedCommand } from "../../commands.ts";

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

/** Those that every command of a plugin has. */
export const COMMON = [
  "config",
  "no-config",
  "profile",
  "cwd",
  "host",
  "port",
  "token",
  "log-level",
  "help",
] as const satisfies readonly (keyof Options)[];

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
  /** What is wrong with it, unless the first word is a command of a plugin that the config brings. */
  readonly problem?: H2mError | undefined;
}

/** A command line that begins with the command of a plugin, whose own flags it may have. */
export interface CommandInvocation {
  readonly words: readonly string[];
  readonly flags: Flags;
}

/** The command of a plugin that a command line begins with, if it does. `commands`: those that are known. */
export function commandIn(
  args: readonly string[],
  commands: readonly OwnedCommand[],
): OwnedCommand | undefined {
  return commands.find(({ command }) => command.name === args[0]);
}

/** What follows the command's name. @throws H2mError `bad-usage` */
export function readCommandLine(
  args: readonly string[],
  { command }: OwnedCommand,
): CommandInvocation {
  const own = Object.entries(command.flags ?? {}).map(
    ([name, { value }]) =>
      [name, { type: value === undefined ? "boolean" : "string" } as const] as const,
  );
  const options: KnownOptions = {
    ...Object.fromEntries(COMMON.map((name) => [name, OPTIONS[name]])),
    ...Object.fromEntries(own),
  };
  const { values, positionals, tokens } = parseArgs({
    args: args.slice(1),
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) if (token.kind === "option") checkOption(token, options);
  const flags = values as Flags;
  if (flags.config !== undefined && flags["no-config"]) throw contrary("--config", "--no-config");
  const none = command.config === "named" && flags.config === undefined;
  return { words: positionals, flags: none ? { ...flags, "no-config": true } : flags };
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
  const [first] = positionals;
  const subcommand = SUBCOMMANDS.find((name) => name === first);
  const problem = problemOf(tokens);
  // Such a flag may be one of a command that the config brings; what it says is not known yet.
  const later = subcommand === undefined && first !== undefined && args[0] === first;
  if (problem && !later) throw problem;
  const flags = values as Flags;
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
  return { command, words, flags, problem };
}

function checkPlugin(command: Invocation["command"], [word]: readonly string[]): void {
  if (command !== "init")
    throw new H2mError("bad-usage", "`--plugin` belongs to `h2m init`.", {
      hint: "The plugins that h2m loads stand in `plugins` of the config.",
    });
  if (word !== undefined)
    throw new H2mError("bad-usage", `\`h2m init --plugin\` takes no harness, not \`${word}\`.`);
}

type KnownOptions = Readonly<Record<string, { readonly type: "boolean" | "string" }>>;

function problemOf(tokens: readonly ({ kind: string } | OptionToken)[]): H2mError | undefined {
  try {
    for (const token of tokens) if ("rawName" in token) checkOption(token, OPTIONS);
    return undefined;
  } catch (error) {
    return H2mError.from(error);
  }
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function checkOption(
  { name, rawName, value, inlineValue }: OptionToken,
  options: KnownOptions,
): void {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (!option) {
    const known = Object.keys(options).map((option) => `--${option}`);
    throw new H2mError("bad-usage", `There is no flag \`${rawName}\`.`, {
      hint: didYouMean(rawName, known),
    });
  }
  const { type } = option;
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
