import type { Writable } from "node:stream";
import { version } from "../../package.json" with { type: "json" };
import type { TrustOptions } from "../config/trust/trust.ts";
import { BUILT_IN_COMMANDS, commandsOf, type OwnedCommand } from "../commands.ts";
import { H2mError } from "../errors.ts";
import {
  commandIn,
  type Flags,
  type Invocation,
  readCommandLine,
  readInvocation,
  SUBCOMMANDS,
} from "./input/invocation.ts";
import type { Lifetime } from "./server/lifetime.ts";
import { firstProcessWarnings } from "./server/first-process.ts";
import { claimStdout, complain, exitCodeOf, print, warn } from "./output/output.ts";
import type { Settings } from "./input/settings.ts";
import { help } from "./commands/help.ts";

/** Runs one command line, and ends the process with its exit code. */
export async function main(args: readonly string[]): Promise<never> {
  const stdout = claimStdout();
  let code: number;
  try {
    code = await run(args, stdout);
  } catch (error) {
    complain(error, wantsDebug(args));
    code = exitCodeOf(error);
  }
  process.exit(code);
}

async function run(args: readonly string[], stdout: Writable): Promise<number> {
  const own = commandIn(args, BUILT_IN_COMMANDS);
  if (own) return runOwned(own, args, stdout);
  const { command, words, flags, problem } = readInvocation(args);
  if (command === "help" || command === "version") {
    const text = command === "help" ? await helpFor(args, words, flags) : `${version}\n`;
    await print(stdout, text);
    return 0;
  }
  if (command === "init" && flags.plugin !== undefined) {
    const { initPlugin } = await import("./commands/init-plugin.ts");
    return initPlugin(flags.plugin, stdout);
  }
  if (command === "init") {
    const { init } = await import("./commands/init.ts");
    return init(words, stdout);
  }
  if (command === "completion") {
    const { completion } = await import("./commands/completion.ts");
    return completion(words, stdout);
  }
  if (command === "trust") {
    const { trust } = await import("./commands/trust.ts");
    return trust(words, flags, stdout);
  }
  // Loaded when something is to be served: `--version` is quick.
  const lasts = command === "serve" || command === "stdio";
  const { stopped, takeLife } = await import("./server/lifetime.ts");
  const life = takeLife(lasts);
  const { readSettings } = await import("./input/settings.ts");
  let settings: Settings | undefined;
  try {
    const reading = readSettings(flags, process.env, await askerOfTrust(command, life));
    // A config is a program: it may think for long, and a person too.
    settings = await Promise.race([stopped(life), reading]);
    if (!settings) return life.code();
  } catch (error) {
    if (command !== "stdio" || H2mError.from(error).code !== "untrusted") throw error;
    // A client hears nothing of a process that ends: it is answered, and told.
    const { refuseOverStdio } = await import("./server/stdio-refused.ts");
    return refuseOverStdio(error, life, stdout);
  }
  const added = await addedCommands(settings);
  const brought = command === "serve" ? commandIn(args, added) : undefined;
  if (brought) return runOwned(brought, args, stdout, life, settings);
  if (problem) throw problem;
  const warnings = lasts ? firstProcessWarnings(process.pid) : [];
  warn(settings.config.log.level, [...warnings, ...settings.warnings]);
  switch (command) {
    case "serve": {
      const { serve } = await import("./commands/serve.ts");
      return serve(settings, words, flags, life);
    }
    case "stdio": {
      const { stdio } = await import("./commands/stdio.ts");
      return stdio(settings, words, flags, life, stdout);
    }
    case "tools": {
      const { tools } = await import("./commands/tools.ts");
      return tools(settings, words, flags, life, stdout);
    }
    case "call": {
      const { call } = await import("./commands/call.ts");
      return call(settings, words, flags, life, stdout);
    }
    case "lock": {
      const { lock } = await import("./commands/lock.ts");
      return lock(settings, words, flags, life, stdout);
    }
    case "diff": {
      const { diff } = await import("./commands/diff.ts");
      return diff(settings, words, flags, life, stdout);
    }
    case "reload": {
      const { reload } = await import("./commands/reload-command.ts");
      // The running server may think for long.
      const interrupted = stopped(life).then(() => life.code());
      return Promise.race([reload(settings, words, stdout), interrupted]);
    }
    default:
      return command satisfies never;
  }
}

/** The commands of the config's plugins. @throws H2mError `bad-config` where one has the name of something else */
async function addedCommands({ config }: Settings): Promise<readonly OwnedCommand[]> {
  if (config.plugins.every(({ commands }) => commands === undefined)) return [];
  const { harnessNames } = await import("../built-in.ts");
  const own = [...SUBCOMMANDS, ...BUILT_IN_COMMANDS.map((each) => each.command.name)];
  return commandsOf(
    config.plugins,
    new Map([
      ...own.map((name) => [name, "a command of h2m's own"] as const),
      ...harnessNames(config.plugins).map((name) => [name, "a harness"] as const),
    ]),
  );
}

/** Help about what the command line begins with, or names after `help`: also about the command of a plugin of the config. */
async function helpFor(
  args: readonly string[],
  words: readonly string[],
  flags: Flags,
): Promise<string> {
  const { HELP_TOPICS, helpOfCommand } = await import("./input/usage.ts");
  const [first = "-", second = "-"] = args;
  const word = first === "help" ? second : first;
  if (word.startsWith("-") || HELP_TOPICS.includes(word)) return help(words);
  const { harnessNames } = await import("../built-in.ts");
  if (harnessNames().includes(word)) return help(words);
  const { readSettings } = await import("./input/settings.ts");
  // Where there is no config that may be loaded, there are no further commands.
  const settings = await readSettings(flags, process.env).catch(() => undefined);
  const brought = settings && commandIn([word], await addedCommands(settings));
  return brought ? helpOfCommand(brought) : help(words);
}

/** Runs the command of a plugin: one of h2m's own, or with the settings that brought it. */
async function runOwned(
  owned: OwnedCommand,
  args: readonly string[],
  stdout: Writable,
  life?: Lifetime,
  settings?: Settings,
): Promise<number> {
  const { words, flags } = readCommandLine(args, owned);
  if (flags.help) {
    const { helpOfCommand } = await import("./input/usage.ts");
    await print(stdout, helpOfCommand(owned));
    return 0;
  }
  const { takeLife } = await import("./server/lifetime.ts");
  const { runCommand } = await import("./commands/plugin-command.ts");
  const own = life ?? takeLife(false);
  const read = async () => {
    if (settings) return settings;
    const { readSettings } = await import("./input/settings.ts");
    return readSettings(flags, process.env, await askerOfTrust("tools", own));
  };
  return runCommand(owned, { words, flags, life: own, stdout, read });
}

/** On a terminal the user is asked whether a folder is trusted; over stdio the standard input is the client's. */
async function askerOfTrust(
  command: Invocation["command"],
  { signal }: Lifetime,
): Promise<TrustOptions["ask"]> {
  if (command === "stdio" || !process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const { askOnTerminal } = await import("./output/ask.ts");
  return async (question) => (await askOnTerminal(question, signal)).answer === "accept";
}

/** Also where the command line itself is what is wrong. */
function wantsDebug(args: readonly string[]): boolean {
  const level = args.join(" ").match(/--log-level[= ](\S+)/)?.[1] ?? process.env["H2M_LOG_LEVEL"];
  return level === "debug";
}
