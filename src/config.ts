import { statSync } from "node:fs";
import { resolve } from "node:path";
import { DEFAULTS, REDACT } from "./config/schema/defaults.ts";
import { problemsOf } from "./config/schema/problems.ts";
import { withProfile } from "./config/schema/profiles.ts";
import { type CheckedConfig, configSchema } from "./config/schema/schema.ts";
import { H2mError } from "./errors.ts";
import type { AuditOptions, H2mConfig, ResolvedConfig } from "./types/config.ts";
import type { HarnessOptions } from "./types/harness.ts";
import type { Plugin, PluginEntry } from "./types/plugin.ts";

/**
 * Checks a config whose plugins are there (`withPlugins`), fills in every default, and makes its paths absolute, from `folder`. What it gives is a config too.
 * @throws H2mError `bad-config`, listing everything that is wrong with it
 */
export function resolveConfig(
  config: H2mConfig,
  folder: string = process.cwd(),
  source = "The config",
): ResolvedConfig {
  const given = checkConfig(config, source);
  const cwd = existing(resolve(folder, given.cwd ?? DEFAULTS.cwd), "cwd");
  const server = laid<ResolvedConfig["server"]>(DEFAULTS.server, given.server);
  const harnesses: Record<string, HarnessOptions> = given.harnesses ?? DEFAULTS.harnesses;
  return {
    harnesses: Object.fromEntries(
      Object.entries(harnesses).map(([name, options]) => [
        name,
        resolvedHarness(name, options, folder, cwd),
      ]),
    ),
    cwd,
    workspaces: workspacesOf(given.workspaces ?? DEFAULTS.workspaces, harnesses, folder, source),
    plugins: (given.plugins ?? []).flatMap((entry) => (entry ? [mustBeLoaded(entry)] : [])),
    tools: laid<ResolvedConfig["tools"]>(DEFAULTS.tools, toolsOf(given.tools)),
    prompts:
      given.prompts === undefined ? undefined : existing(resolve(folder, given.prompts), "prompts"),
    resources: resourcesOf(given.resources ?? DEFAULTS.resources, folder),
    profiles: given.profiles ?? DEFAULTS.profiles,
    upstream: upstreamOf(given.upstream ?? DEFAULTS.upstream, folder, cwd),
    expose: given.expose ?? DEFAULTS.expose,
    surfaces: laid<ResolvedConfig["surfaces"]>(DEFAULTS.surfaces, given.surfaces),
    catalog: given.catalog ?? DEFAULTS.catalog,
    instructions: given.instructions ?? DEFAULTS.instructions,
    timeouts: laid<ResolvedConfig["timeouts"]>(DEFAULTS.timeouts, given.timeouts),
    heartbeat: given.heartbeat ?? DEFAULTS.heartbeat,
    sessions: laid<ResolvedConfig["sessions"]>(DEFAULTS.sessions, given.sessions),
    audit: given.audit ? auditOf(given.audit, folder) : DEFAULTS.audit,
    log: laid<ResolvedConfig["log"]>(DEFAULTS.log, given.log),
    watch: given.watch ?? DEFAULTS.watch,
    // The name may mean ::1 as well as 127.0.0.1; the URL that is shown must be the address that is served.
    server: server.host === "localhost" ? { ...server, host: "127.0.0.1" } : server,
  };
}

/**
 * Checks a config and lays one of its profiles over it, or one of the built-in ones: `readonly`, `full`.
 * @throws H2mError `bad-config`, or `bad-usage` if there is no such profile
 */
export function configWithProfile(config: unknown, name: string, source?: string): H2mConfig {
  checkConfig(config, source);
  return withProfile(config as H2mConfig, name);
}

/** Checks keys and types only. @throws H2mError `bad-config` */
export function checkConfig(config: unknown, source = "The config"): CheckedConfig {
  const read = configSchema.safeParse(config, { reportInput: true });
  if (read.success) return read.data;
  const problems = problemsOf(read.error.issues);
  if (problems.length === 1)
    throw new H2mError("bad-config", `${source} has a mistake: ${problems[0]}`);
  const list = problems.map((problem) => `\n  - ${problem}`).join("");
  throw new H2mError("bad-config", `${source} has ${problems.length} mistakes:${list}`);
}

function resolvedHarness(
  name: string,
  options: HarnessOptions,
  folder: string,
  cwd: string,
): HarnessOptions {
  const { command } = options;
  return {
    ...options,
    // A bare name is looked for on PATH; anything else is a path.
    command: command?.includes("/") ? resolve(folder, command) : command,
    cwd:
      options.cwd === undefined
        ? cwd
        : existing(resolve(folder, options.cwd), `harnesses.${name}.cwd`),
  };
}

function workspacesOf(
  given: NonNullable<CheckedConfig["workspaces"]>,
  harnesses: Record<string, HarnessOptions>,
  folder: string,
  source: string,
): ResolvedConfig["workspaces"] {
  const resolved = Object.entries(given).map(([name, { harness, cwd, env = {} }]) => {
    if (!Object.hasOwn(harnesses, harness)) {
      const hint = `Its \`harnesses\` are: ${Object.keys(harnesses).join(", ") || "none"}.`;
      const what = `${source} has no harness \`${harness}\` for the workspace \`${name}\`.`;
      throw new H2mError("bad-config", what, { hint });
    }
    return [name, { harness, cwd: existing(resolve(folder, cwd), `workspaces.${name}.cwd`), env }];
  });
  return Object.fromEntries(resolved);
}

function toolsOf(given: CheckedConfig["tools"]): Partial<ResolvedConfig["tools"]> | undefined {
  if (!given?.local) return given as Partial<ResolvedConfig["tools"]> | undefined;
  const local = given.local.map((entry) => {
    if (typeof entry !== "string") return entry;
    throw new H2mError("internal", "A tool was not loaded before its config was resolved.");
  });
  return { ...given, local } as Partial<ResolvedConfig["tools"]>;
}

function upstreamOf(
  given: NonNullable<CheckedConfig["upstream"]>,
  folder: string,
  cwd: string,
): ResolvedConfig["upstream"] {
  const on = Object.entries(given).flatMap(([name, options]) => {
    if (options === false) return [];
    const { command, cwd: own } = options;
    if (command === undefined) return [[name, options] as const];
    const where = own === undefined ? cwd : existing(resolve(folder, own), `upstream.${name}.cwd`);
    const isPath = /^\.{1,2}\//.test(command);
    return [
      [
        name,
        { ...options, command: isPath ? resolve(folder, command) : command, cwd: where },
      ] as const,
    ];
  });
  return Object.fromEntries(on);
}

function resourcesOf(
  given: Readonly<Record<string, string>>,
  folder: string,
): Record<string, string> {
  const found = Object.entries(given).map(([uri, file]) => {
    const path = resolve(folder, file);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return [uri, path];
    throw new H2mError("bad-config", `There is no file \`${path}\` (\`resources["${uri}"]\`).`, {
      hint: "Name one that exists; a relative path begins at the config file's folder.",
    });
  });
  return Object.fromEntries(found) as Record<string, string>;
}

function auditOf({ file, redact = REDACT }: AuditOptions, folder: string): ResolvedConfig["audit"] {
  return { file: resolve(folder, file), redact };
}

function existing(folder: string, key: string): string {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new H2mError("bad-config", `There is no folder \`${folder}\` (\`${key}\`).`, {
    hint: "Name one that exists; a relative path begins at the config file's folder.",
  });
}

function mustBeLoaded(entry: PluginEntry): Plugin {
  if (typeof entry === "object" && "name" in entry) return entry;
  throw new H2mError("internal", "A plugin was not loaded before its config was resolved.");
}

/** `undefined` is the same as left out. */
function laid<T extends object>(
  defaults: NoInfer<T>,
  given: { [K in keyof T]?: T[K] | undefined } | undefined,
): T {
  const set = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(set) as Partial<T>) };
}
