import type { H2m } from "../h2m.ts";
import { CONFIG_NAMES } from "../config/load.ts";
import { secretFile, type SecretName } from "../server/secrets.ts";
import type { Settings } from "./settings.ts";

export interface GreetingOptions extends Settings {
  /** Secrets may be shown: a person is looking, and no log file. */
  readonly terminal: boolean;
}

/** What is said when the server listens: where it is, and how to get in. */
export function greeting(h2m: H2m, options: GreetingOptions): string {
  const { config } = options;
  const harnesses = Object.keys(config.harnesses);
  const urls = harnesses.length > 1 ? harnesses.map((name) => `${h2m.mcpUrl}/${name}`) : [];
  return [
    `h2m ${h2m.version}`,
    configLines(options),
    `MCP:     ${[h2m.mcpUrl, ...urls].join("  ")}`,
    "",
    ...connecting(h2m, options),
    ...(harnesses.length === 0 ? attaching(h2m, options) : []),
  ].join("\n");
}

/** A config file is code: which one was run is always told. So is a profile, which decides what can be called. */
export function configLines({
  file,
  skipped,
  profile,
}: Pick<Settings, "file" | "skipped" | "profile">): string {
  const none = skipped ? "none (--no-config)" : `none (${CONFIG_NAMES} in ${process.cwd()})`;
  const chosen = profile === undefined ? "" : `\nprofile: ${profile}`;
  return `config:  ${file ?? none}${chosen}`;
}

function connecting({ mcpUrl, token }: H2m, { config, terminal }: GreetingOptions): string[] {
  const command = `claude mcp add --transport http h2m ${mcpUrl}`;
  const server = { type: "http", url: mcpUrl };
  const entry = (more: object) => JSON.stringify({ mcpServers: { h2m: { ...server, ...more } } });
  if (token === undefined)
    return ["Connect a client (no token is asked for):", `  ${command}`, `  ${entry({})}`];
  const own = config.server.token !== undefined;
  const shown = terminal ? token : "<token>";
  const word =
    terminal || own
      ? quoted(`Authorization: Bearer ${shown}`)
      : `"Authorization: Bearer ${fileText("token")}"`;
  const where = own ? "the token that you gave" : `the token in ${secretFile("token")}`;
  return [
    `Connect a client, with ${where}:`,
    `  ${command} --header ${word}`,
    `  ${entry({ headers: { Authorization: `Bearer ${shown}` } })}`,
  ];
}

function attaching(h2m: H2m, { config, terminal }: GreetingOptions): string[] {
  const { attachKey } = h2m;
  const own = config.server.attachKey !== undefined;
  const lines = Object.values(h2m.attachLines(attachWord(attachKey, own, terminal)));
  const how =
    attachKey === undefined
      ? "any key"
      : own
        ? "the attach key that you gave"
        : `the attach key in ${secretFile("attach-key")}`;
  return ["", `Attach a harness, with ${how}:`, ...lines.map((line) => `  ${line}`)];
}

function attachWord(key: string | undefined, own: boolean, terminal: boolean): string {
  if (key === undefined) return "any";
  if (terminal) return quoted(key);
  return own ? '"$H2M_ATTACH_KEY"' : `"${fileText("attach-key")}"`;
}

/** What a shell puts in place of it, inside double quotes: the text of the file. */
function fileText(name: SecretName): string {
  return `$(cat ${quoted(secretFile(name))})`;
}

/** A shell word. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
