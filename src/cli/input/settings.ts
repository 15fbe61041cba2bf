import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { z } from "zod";
import { checkConfig, configWithProfile, resolveConfig } from "../../config.ts";
import { loadConfigFile } from "../../config/files/load.ts";
import { withTools } from "../../config/files/tool-files.ts";
import { withPlugins } from "../../config/files/plugins.ts";
import { mismatch } from "../../config/schema/problems.ts";
import type { CheckedConfig } from "../../config/schema/schema.ts";
import { guardFound, guardNamed, type TrustOptions } from "../../config/trust/trust.ts";
import { workspacesLeftOut } from "../../config/schema/workspaces.ts";
import { allowedHost, attachKey, host, logLevel, port, token } from "../../config/schema/values.ts";
import { H2mError } from "../../errors.ts";
import { ownModules } from "../../modules.ts";
import type { H2mConfig, ResolvedConfig } from "../../types/config.ts";
import type { Flags } from "./invocation.ts";
import { trustList } from "./trust-list.ts";

/** The config file with environment and flags laid over it. */
export interface Settings {
  readonly config: ResolvedConfig;
  /** The file that was loaded. */
  readonly file: string | undefined;
  /** What that file said when it was read. */
  readonly text: string | undefined;
  /** None was looked for. */
  readonly skipped: boolean;
  /** The profile that was chosen; it lies over the config. */
  readonly profile: string | undefined;
  /** Reads all of it once more. Nobody is asked then. */
  again(): Promise<Settings>;
  /** What the user should know of it. */
  readonly warnings: readonly string[];
  /** What was said by anyone, before the defaults. */
  readonly said: Pick<H2mConfig, "log" | "timeouts">;
}

/**
 * Flag over environment over config over default. `ask`: about a config of a folder that the user does not trust yet; without
 * it the answer is no.
 * @throws H2mError `bad-config`, `bad-usage`; `untrusted` for a config that was found and may not be loaded
 */
export async function readSettings(
  flags: Flags,
  variables: NodeJS.ProcessEnv,
  ask?: TrustOptions["ask"],
): Promise<Settings> {
  const env = withSecretFiles(variables);
  const own = process.cwd();
  const warnings: string[] = [];
  const linked = flags.port === undefined && isServiceLink(env["H2M_PORT"]);
  if (linked) {
    const text = `\`H2M_PORT\` is \`${env["H2M_PORT"]}\` as Kubernetes tells of a Service of that name`;
    warnings.push(`${text}: it is ignored.`);
  }
  const over = {
    host: given(flags, env, "host", "H2M_HOST", host),
    port: linked ? undefined : given(flags, env, "port", "H2M_PORT", port, wholeNumber),
    token: given(flags, env, "token", "H2M_TOKEN", token),
    attachKey: given(flags, env, "attach-key", "H2M_ATTACH_KEY", attachKey),
    auth: flags["no-auth"] ? false : undefined,
    allowedHosts: allowedHostsOf(flags, env),
  };
  const level = given(flags, env, "log-level", "H2M_LOG_LEVEL", logLevel);
  const guard =
    flags.config === undefined
      ? guardFound({ list: trustList(), ask })
      : guardNamed((message) => warnings.push(message));
  const loaded = flags["no-config"]
    ? undefined
    : await loadConfigFile({
        folder: own,
        file: flags.config,
        modules: await ownModules(),
        guard,
      });
  const source = loaded ? `The config \`${loaded.file}\`` : undefined;
  const { profile } = flags;
  const written = loaded ? loaded.config : {};
  const chosen = profile === undefined ? written : configWithProfile(written, profile, source);
  const read = checkConfig(chosen, source);
  if (profile !== undefined) {
    const { workspaces, profiles } = checkConfig(written, source);
    const all = { ...workspaces, ...profiles?.[profile]?.workspaces };
    warnings.push(...workspacesLeftOut({ workspaces: all }, read));
  }
  const said: H2mConfig = {
    ...read,
    ...(flags.cwd === undefined ? {} : inFolder(resolve(own, flags.cwd), read)),
    log: { ...read.log, ...(level === undefined ? {} : { level }) },
    server: {
      ...read.server,
      ...Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined)),
    },
  };
  const folder = loaded?.folder ?? own;
  const files = { folder, modules: ownModules, guard };
  const warn = (message: string) => void warnings.push(message);
  const whole = await withTools(await withPlugins(said, files), { ...files, warn });
  const config = resolveConfig(whole, folder, source);
  const again = () => readSettings(flags, variables);
  const skipped = flags["no-config"] === true;
  return {
    config,
    file: loaded?.file,
    text: loaded?.text,
    skipped,
    profile,
    again,
    warnings,
    said,
  };
}

/** Variables whose text may stand in a file, as Docker, systemd and Kubernetes hand over secrets: `H2M_TOKEN_FILE`. */
const SECRETS = ["H2M_TOKEN", "H2M_ATTACH_KEY"] as const;

/** @throws H2mError `bad-usage` if a file cannot be read, holds nothing, or the variable itself is set too */
function withSecretFiles(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const found: Record<string, string> = {};
  for (const name of SECRETS) {
    const variable = `${name}_FILE`;
    const path = env[variable];
    if (!path) continue;
    if (env[name])
      throw new H2mError("bad-usage", `\`${name}\` and \`${variable}\` exclude each other.`);
    let text: string;
    try {
      text = readFileSync(path, "utf8").trim();
    } catch (cause) {
      const what = `The file \`${path}\` that \`${variable}\` names cannot be read`;
      const hint = `Correct or unset \`${variable}\`.`;
      throw new H2mError("bad-usage", `${what}: ${(cause as Error).message}.`, { hint, cause });
    }
    if (text === "")
      throw new H2mError("bad-usage", `The file \`${path}\` that \`${variable}\` names is empty.`);
    found[name] = text;
  }
  return { ...env, ...found };
}

/** A value of the command line, else of the environment (where an empty one is none). */
function given<T>(
  flags: Flags,
  env: NodeJS.ProcessEnv,
  flag: "host" | "port" | "token" | "attach-key" | "log-level",
  variable: string,
  kind: z.ZodType<T>,
  read: (text: string) => unknown = (text) => text,
): T | undefined {
  const flagged = flags[flag];
  const text = flagged ?? (env[variable] || undefined);
  if (text === undefined) return undefined;
  const name = flagged === undefined ? variable : `--${flag}`;
  const checked = kind.safeParse(read(text));
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const expected = issue?.code === "custom" ? String(issue.params?.["expected"]) : "something else";
  const secret = flag === "token" || flag === "attach-key" ? ["token"] : [];
  throw new H2mError("bad-usage", `\`${name}\` must be ${mismatch(expected, text, secret)}.`);
}

/** Named one by one, or with commas between. */
function allowedHostsOf(flags: Flags, env: NodeJS.ProcessEnv): readonly string[] | undefined {
  const flagged = flags["allowed-host"];
  const variable = "H2M_ALLOWED_HOSTS";
  const words = (flagged ?? [env[variable] ?? ""]).flatMap((text) => text.split(/[\s,]+/));
  const hosts = words.filter((word) => word !== "");
  const wrong = hosts.find((word) => !allowedHost.safeParse(word).success);
  if (wrong === undefined) return hosts.length === 0 ? undefined : hosts;
  const name = flagged ? "--allowed-host" : variable;
  const what = mismatch("a host name, with a port or without", wrong, []);
  throw new H2mError("bad-usage", `\`${name}\` must be ${what}.`, {
    hint: "Name several one by one, or with commas between: devbox.example,10.0.0.7:9330.",
  });
}

/** In a pod beside a Service named `h2m`, Kubernetes sets `H2M_PORT=tcp://10.96.12.7:9330`. */
function isServiceLink(value: string | undefined): boolean {
  return value !== undefined && /^(tcp|udp|sctp):\/\/\S*$/.test(value);
}

function wholeNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** `--cwd` is the folder of every harness, also of one with a folder of its own. */
function inFolder(cwd: string, { harnesses = {} }: CheckedConfig): CheckedConfig {
  const moved = Object.entries(harnesses).map(([name, options]) => [name, { ...options, cwd }]);
  return { cwd, harnesses: Object.fromEntries(moved) };
}
