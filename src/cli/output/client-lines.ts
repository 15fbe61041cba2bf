import { resolve } from "node:path";
import { shellWord } from "../../kit/shell-word.ts";
import { SESSION_HEADER } from "../../kit/session-header.ts";
import { newSessionName } from "../../kit/session-name.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import type { Flags } from "../input/invocation.ts";
import { ownCommand } from "./own-command.ts";
import type { Settings } from "../input/settings.ts";

/** What a client calls us. */
const NAME = "h2m";

/** A header for a shell, where a file may hold its secret, and for JSON. */
export interface Secret {
  readonly word: string;
  readonly value: string;
}

/** Lines for clients that reach a server, each with a session of its own where the revision of the client has none. */
export function httpLines(
  mcpUrl: string,
  config: Pick<ResolvedConfig, "harnesses" | "workspaces">,
  secret: Secret | undefined,
): readonly string[] {
  const [line, entry] = [placeFor(mcpUrl, config), placeFor(mcpUrl, config)];
  const header = line.header && `${SESSION_HEADER}: ${line.header}`;
  const words = [header && shellWord(header), secret?.word].flatMap((word) => word ?? []);
  const headers = {
    ...(entry.header === undefined ? {} : { [SESSION_HEADER]: entry.header }),
    ...(secret ? { Authorization: secret.value } : {}),
  };
  const more = Object.keys(headers).length > 0 ? { headers } : {};
  return [
    [`claude mcp add --transport http ${NAME} ${line.url}`, ...words].join(" --header "),
    JSON.stringify({ mcpServers: { [NAME]: { type: "http", url: entry.url, ...more } } }),
  ];
}

/** Lines for clients that start their server themselves. */
export function stdioLines(
  settings: Pick<Settings, "file" | "profile">,
  words: readonly string[],
  flags: Pick<Flags, "cwd" | "frozen">,
): readonly string[] {
  const { file, profile } = settings;
  const args = [
    "--stdio",
    ...(file === undefined ? ["--no-config"] : ["--config", file]),
    ...(profile === undefined ? [] : ["--profile", profile]),
    ...(flags.cwd === undefined ? [] : ["--cwd", resolve(flags.cwd)]),
    ...(flags.frozen ? ["--frozen"] : []),
    ...words,
  ];
  const [command = "", ...before] = ownCommand();
  const all = [command, ...before, ...args].map(shellWord).join(" ");
  return [
    `claude mcp add ${NAME} -- ${all}`,
    JSON.stringify({ mcpServers: { [NAME]: { command, args: [...before, ...args] } } }),
  ];
}

/** Of one harness the URL names the session; the URL of several as one has no room for it, and what attaches has one session. */
function placeFor(
  mcpUrl: string,
  { harnesses, workspaces }: Pick<ResolvedConfig, "harnesses" | "workspaces">,
): { url: string; header?: string } {
  const [first, second] = Object.keys(harnesses);
  if (first === undefined) return { url: mcpUrl };
  const name = newSessionName("c", (each) => Object.hasOwn(workspaces, each));
  return second === undefined
    ? { url: `${mcpUrl}/${first}/${name}` }
    : { url: mcpUrl, header: name };
}
