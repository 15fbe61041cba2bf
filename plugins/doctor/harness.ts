import {
  type CommandContext,
  type CommandSettings,
  findProgram,
  type HarnessInstall,
  type HarnessLauncher,
  H2mError,
  isAtLeast,
  objectOf,
  textOf,
  type Tool,
} from "../../src/plugin.ts";
import { type Check, fail, failed, ok, skip, warn } from "./check.ts";

/** What a command prints that proves that it ran. */
const WORD = "h2m-doctor";

/** The harnesses that are looked at: those that are named, those of the config, else those that are there. */
export async function checkHarnesses(
  context: CommandContext,
  settings: CommandSettings,
): Promise<Check[]> {
  const { harnesses } = settings.config;
  const known = context.launchers();
  const named = context.words.length > 0 ? context.words : Object.keys(harnesses);
  const wrong = named.find((name) => !known.some((each) => each.name === name));
  if (wrong !== undefined)
    throw new H2mError("unknown-harness", `There is no harness \`${wrong}\`.`, {
      hint: `Known: ${known.map(({ name }) => name).join(", ")}.`,
    });
  const found: Check[] = [];
  let there = 0;
  for (const launcher of known) {
    if (named.length > 0 && !named.includes(launcher.name)) continue;
    const install = await installOf(launcher, settings);
    if (install instanceof Error) found.push(failed(aboutOf(launcher, "program"), install));
    else if (install) {
      there++;
      found.push(...(await checkOne(context, launcher, install, settings)));
    } else if (named.length > 0) found.push(missing(launcher));
  }
  if (there > 0 || named.length > 0) return found;
  const commands = known.flatMap(({ installCommand = [] }) => installCommand);
  return [
    fail(
      { layer: "harness", name: "any" },
      `None of ${known.map(({ name }) => name).join(", ")} is on PATH.`,
      commands.join("   or   "),
    ),
  ];
}

const aboutOf = ({ name }: HarnessLauncher, what: string) =>
  ({ layer: "harness", name: `${name}: ${what}` }) as const;

async function installOf(
  launcher: HarnessLauncher,
  { config }: CommandSettings,
): Promise<HarnessInstall | undefined | Error> {
  const options = config.harnesses[launcher.name] ?? { cwd: config.cwd };
  try {
    return await launcher.detect(options);
  } catch (error) {
    return H2mError.from(error);
  }
}

function missing(launcher: HarnessLauncher): Check {
  const { name, installCommand } = launcher;
  const fix =
    installCommand ?? `Install it, or name its program: \`harnesses: { ${name}: { command } }\`.`;
  return fail(aboutOf(launcher, "program"), "It is not on PATH.", fix);
}

async function checkOne(
  context: CommandContext,
  launcher: HarnessLauncher,
  install: HarnessInstall,
  settings: CommandSettings,
): Promise<Check[]> {
  const { name } = launcher;
  const found = [versionOf(launcher, install)];
  // Two of its tools run it; without it OpenCode tries to download one (1.18.33).
  if (name === "opencode" && (await findProgram("rg", "/")) === undefined)
    found.push(
      fail(
        aboutOf(launcher, "ripgrep"),
        "There is no `rg` on PATH: its `glob` and `grep` cannot work.",
        "Install ripgrep: `apt-get install ripgrep`, `brew install ripgrep`.",
      ),
    );
  if (context.flags["offline"])
    return [...found, skip(aboutOf(launcher, "start"), "--offline: it was not started.")];
  context.note(`${name}: starting it ...`);
  try {
    found.push(...(await launched(context, launcher, settings)));
  } catch (error) {
    const again = launcher.installCommand ? `, or install it anew: ${launcher.installCommand}` : "";
    const fix = `Start it by hand and see what it says (\`${install.command}\`)${again}.`;
    found.push(failed(aboutOf(launcher, "start"), error, fix));
  }
  return found;
}

function versionOf(launcher: HarnessLauncher, { version, command }: HarnessInstall): Check {
  const about = aboutOf(launcher, "version");
  const { tested, installCommand } = launcher;
  const where = `${version ?? "of an unknown version"} (${command})`;
  if (version === undefined || tested === undefined) return ok(about, where);
  const range = `h2m is tested with ${tested.oldest} to ${tested.newest}`;
  if (!isAtLeast(version, tested.oldest))
    return fail(
      about,
      `${where} is too old: ${range}.`,
      `${installCommand ?? "Update it"}@${tested.newest}`,
    );
  return isAtLeast(tested.newest, version)
    ? ok(about, where)
    : warn(about, `${where} is newer than what ${range}.`, "If something is missing, update h2m.");
}

async function launched(
  { session, signal, version }: CommandContext,
  launcher: HarnessLauncher,
  { config }: CommandSettings,
): Promise<Check[]> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  return session(
    launcher.name,
    async (own) => {
      const troubles: Check[] = [];
      own.on("notice", (message, level) => {
        if (level === "warning") troubles.push(warn(aboutOf(launcher, "said"), message));
      });
      const tools = await own.tools();
      const first = ok(aboutOf(launcher, "start"), `its first request came after ${seconds()}`);
      const about = aboutOf(launcher, "tools");
      const listed =
        tools.length > 0
          ? ok(about, `${tools.length}: ${tools.map(({ name }) => name).join(", ")}`)
          : fail(
              about,
              "It shows none.",
              `See \`tools\` of the config, and whether h2m ${version} knows this version.`,
            );
      const shell = shellIn(tools);
      const call = aboutOf(launcher, "call");
      if (!shell || config.tools.confirm.length > 0)
        return [
          first,
          listed,
          ...troubles,
          skip(call, "No tool that runs a command without asking is shown."),
        ];
      const before = performance.now();
      const result = await own.call(shell.name, shell.args, { signal });
      const ms = Math.round(performance.now() - before);
      const said = textOf(result);
      const right = !result.isError && said.includes(WORD);
      return [
        first,
        listed,
        ...troubles,
        right
          ? ok(call, `\`${shell.name}\` answered in ${ms} ms`)
          : fail(
              call,
              `\`${shell.name}\` ran \`echo ${WORD}\` and answered: ${said.slice(0, 300)}`,
              "Run it by hand: `h2m call`.",
            ),
      ];
    },
    { fresh: true },
  );
}

/** A tool that runs a command in a shell: it says so by its arguments. */
function shellIn(
  tools: readonly Tool[],
): { name: string; args: Record<string, unknown> } | undefined {
  for (const { name, inputSchema } of tools) {
    const properties = objectOf(inputSchema.properties) ?? {};
    const key = ["command", "cmd"].find(
      (each) => objectOf(properties[each])?.["type"] === "string",
    );
    if (key === undefined || !/bash|shell|exec|run/i.test(name)) continue;
    const texts = (inputSchema.required ?? []).map((each) => [each, WORD]);
    return { name, args: { ...Object.fromEntries(texts), [key]: `echo ${WORD}` } };
  }
  return undefined;
}
