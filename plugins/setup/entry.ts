import { delimiter, isAbsolute, resolve } from "node:path";
import {
  type CommandContext,
  type CommandSettings,
  didYouMean,
  type HttpEntry,
  type StdioEntry,
  sessionOfEntry,
  H2mError,
  type JsonObject,
  newSessionName,
  SESSION_HEADER,
  visible,
} from "../../src/plugin.ts";
import type { Request } from "./request.ts";

/** What an entry says, given the one that stands there. */
export type EntryMaker = (found: JsonObject | undefined) => object;

/** The harnesses of an entry, checked. @throws H2mError `bad-usage`, `unknown-harness` */
export function harnessesOf(
  { launchers, flags }: Pick<CommandContext, "launchers" | "flags">,
  { config }: CommandSettings,
  { harness, client }: Request,
): readonly string[] {
  const known = launchers().map(({ name }) => name);
  if (harness === undefined) {
    const configured = Object.keys(config.harnesses);
    if (configured.length > 0) return configured;
    const whose = flags["config"] === undefined ? "" : ", and the config has none";
    throw new H2mError("bad-usage", `Whose tools ${client.title} gets is not said${whose}.`, {
      hint: `Name the harness, such as \`--harness ${known[0]}\`, or a config: \`--config FILE\`. Known: ${known.join(", ")}.`,
    });
  }
  if (known.includes(harness)) return [harness];
  throw new H2mError("unknown-harness", `There is no harness \`${visible(harness)}\`.`, {
    hint: didYouMean(harness, known),
  });
}

/** The line that starts h2m: what the client's folder holds decides nothing in it. */
export function stdioEntry(
  { self, flags }: Pick<CommandContext, "self" | "flags">,
  { file, profile }: CommandSettings,
  { client, harness }: Request,
): StdioEntry {
  const { command, args } = self();
  const cwd = flags["cwd"];
  const own = [
    "--stdio",
    ...(file === undefined ? ["--no-config"] : ["--config", file]),
    ...(profile === undefined ? [] : ["--profile", profile]),
    ...(typeof cwd === "string" ? ["--cwd", resolve(cwd)] : []),
    ...(harness === undefined ? [] : [harness]),
  ];
  const env = client.app ? { PATH: lastingPath() } : undefined;
  return { command, args: [...args, ...own], env };
}

/** Where the server is, with a session of this client's own. A session that the entry names already is kept. */
export async function httpEntry(
  context: Pick<CommandContext, "server" | "token">,
  { config, profile }: CommandSettings,
  { client, harness }: Request,
): Promise<(found: JsonObject | undefined) => HttpEntry> {
  const { auth, token: given, publicUrl } = config.server;
  const url = publicUrl?.replace(/\/$/, "") ?? (await context.server()).url;
  // Under that name h2m itself takes it, for every profile; the kept one of a profile has a name of its own.
  const own = given === undefined && profile !== undefined;
  const variable = own ? `H2M_TOKEN_${profile.toUpperCase().replaceAll(/\W/g, "_")}` : "H2M_TOKEN";
  const token = { variable, file: given === undefined ? context.token.file : undefined };
  // The file must be there for who reads it.
  if (auth && given === undefined) await context.token.read();
  const served = Object.keys(config.harnesses);
  const one = harness ?? (served.length === 1 ? served[0] : undefined);
  return (found) => {
    const taken = (name: string) => Object.hasOwn(config.workspaces, name);
    const kept = sessionOfEntry(found);
    const session = kept !== undefined && !taken(kept) ? kept : newSessionName(client.name, taken);
    const named: Record<string, string> = { [SESSION_HEADER]: session };
    return {
      url: one === undefined ? `${url}/mcp` : `${url}/mcp/${one}/${session}`,
      headers: one === undefined ? named : {},
      token: auth ? token : undefined,
    };
  };
}

/** PATH without what is there for this run alone: folders of npx and of packages, and relative ones. */
function lastingPath(path = process.env["PATH"] ?? ""): string {
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
  const lasting = folders.filter(
    (folder) => !/[\\/](node_modules[\\/]\.bin|_npx)([\\/]|$)/.test(folder),
  );
  return [...new Set(lasting)].join(delimiter);
}
