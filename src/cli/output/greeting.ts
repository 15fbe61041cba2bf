import { placesOf } from "../../core/session/places.ts";
import { CONFIG_NAMES } from "../../config/files/load.ts";
import type { H2m } from "../../h2m.ts";
import { shellWord } from "../../kit/shell-word.ts";
import { visible } from "../../kit/visible.ts";
import { mcpUrls } from "../../server/address.ts";
import { secretFile, type SecretName } from "../../server/secrets.ts";
import { httpLines, type Secret, stdioLines } from "./client-lines.ts";
import type { Flags } from "../input/invocation.ts";
import type { Settings } from "../input/settings.ts";

export interface GreetingOptions extends Settings {
  /** The harnesses that the command line names. */
  readonly words: readonly string[];
  readonly flags: Flags;
  /** Secrets may be shown: a person is looking, and no log file. */
  readonly terminal: boolean;
}

const OWN_NAMES =
  "`c-…` names the session of one client: take one line for one client, and another name for each further one.";

/** What is said when the server listens: where it is, and how to get in. */
export function greeting(h2m: H2m, options: GreetingOptions): string {
  const { config } = options;
  const none = Object.keys(config.harnesses).length === 0;
  const [main = h2m.mcpUrl, ...others] = mcpUrls(h2m.mcpUrl, config.server);
  const places = placesOf(config).map((place) => main + place);
  return [
    `h2m ${h2m.version}`,
    configLines(options),
    `MCP:     ${[...places, ...others].join("\n         ")}`,
    "",
    ...(none ? [] : starting(options)),
    ...connecting(h2m, main, options),
    ...(none ? attaching(h2m, options) : []),
  ].join("\n");
}

/** A config file is code: which one was run is always told. So is a profile, which decides what can be called. */
export function configLines({
  file,
  skipped,
  profile,
}: Pick<Settings, "file" | "skipped" | "profile">): string {
  const none = skipped ? "none (--no-config)" : `none (${CONFIG_NAMES} in ${process.cwd()})`;
  const chosen = profile === undefined ? "" : `\nprofile: ${visible(profile)}`;
  return `config:  ${visible(file ?? none)}${chosen}`;
}

function starting(options: GreetingOptions): string[] {
  const lines = stdioLines(options, options.words, options.flags);
  return [
    "A client that starts its servers itself (a session of its own, no token):",
    ...lines.map((line) => `  ${visible(line)}`),
    "",
  ];
}

function connecting(
  { token }: H2m,
  url: string,
  { config, terminal, profile }: GreetingOptions,
): string[] {
  const lines = (how: string, secret?: Secret) => [
    `Connect a client, ${how}:`,
    ...httpLines(url, config, secret).map((line) => `  ${line}`),
    ...(Object.keys(config.harnesses).length === 0 ? [] : [OWN_NAMES]),
  ];
  if (token === undefined) return lines("without a token");
  const own = config.server.token !== undefined;
  const shown = terminal ? token : "<token>";
  const word =
    terminal || own
      ? shellWord(`Authorization: Bearer ${shown}`)
      : `"Authorization: Bearer ${fileText("token", profile)}"`;
  const where = own ? givenWord("token", profile) : `the token in ${secretFile("token", profile)}`;
  return lines(`with ${where}`, { word, value: `Bearer ${shown}` });
}

function attaching(h2m: H2m, options: GreetingOptions): string[] {
  const { config, profile } = options;
  const { attachKey } = h2m;
  const own = config.server.attachKey !== undefined;
  const lines = Object.values(h2m.attachLines(attachWord(attachKey, own, options)));
  const how =
    attachKey === undefined
      ? "any key"
      : own
        ? givenWord("attach key", profile)
        : `the attach key in ${secretFile("attach-key", profile)}`;
  return [
    "",
    `Attach a harness, with ${how}:`,
    ...lines.map((line) => `  ${line}`),
    "Then type a first prompt in it, such as `hello`: a harness asks for nothing before, so it is not here yet.",
  ];
}

function attachWord(
  key: string | undefined,
  own: boolean,
  { terminal, profile }: GreetingOptions,
): string {
  if (key === undefined) return "any";
  if (terminal) return shellWord(key);
  return own ? '"$H2M_ATTACH_KEY"' : `"${fileText("attach-key", profile)}"`;
}

/** What a shell puts in place of it, inside double quotes: the text of the file. */
function fileText(name: SecretName, profile: string | undefined): string {
  return `$(cat ${shellWord(secretFile(name, profile))})`;
}

/** A profile has a secret of its own, unless the user gives one: that is told, for it may open other profiles too. */
function givenWord(what: string, profile: string | undefined): string {
  const whole = `the ${what} that you gave`;
  return profile === undefined ? whole : `${whole} (it is not kept for this profile alone)`;
}
