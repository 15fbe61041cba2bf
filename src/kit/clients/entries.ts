import type { ParseError } from "jsonc-parser";
import { readFile } from "node:fs/promises";
import { arrayOf, type JsonObject, objectOf, stringOf } from "../json.ts";
import type { Client, Place, Scope } from "./client.ts";
import { MCP_CLIENTS } from "./list.ts";
import { isOwnEntry, urlOf } from "./own-entry.ts";

/** An entry of h2m in the file of an MCP client. */
export interface ClientEntry {
  /** As `h2m setup` calls it. */
  readonly client: string;
  readonly scope: Scope;
  readonly file: string;
  /** As the client calls h2m. */
  readonly name: string;
  /** What it starts, over stdio. */
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  /** Where it finds a running one. */
  readonly url?: string | undefined;
}

/** A file of servers that cannot be read. */
export interface UnreadableFile {
  readonly client: string;
  readonly file: string;
  readonly error: Error;
}

/** The entries of h2m in the files of all clients, however they came there, and the files that are broken. Nothing is changed. */
export async function entriesOfClients(
  place: Place,
): Promise<{ readonly entries: ClientEntry[]; readonly unreadable: UnreadableFile[] }> {
  const entries: ClientEntry[] = [];
  const unreadable: UnreadableFile[] = [];
  for (const client of MCP_CLIENTS) {
    // In the home folder a project's file may be the user's own.
    const seen = new Set<string>();
    for (const scope of ["user", "project"] as const) {
      const files = client.files(scope, place);
      for (const file of typeof files === "string" ? [] : files) {
        if (seen.has(file)) continue;
        seen.add(file);
        try {
          const text = await readFile(file, "utf8");
          const servers = serversIn(await valueOf(client, text), client);
          for (const [name, value] of Object.entries(servers)) {
            const entry = objectOf(value);
            if (entry && isOwnEntry(entry))
              entries.push({ client: client.name, scope, file, name, ...startOfEntry(entry) });
          }
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          if (code !== "ENOENT" && code !== "ENOTDIR")
            unreadable.push({ client: client.name, file, error: error as Error });
        }
      }
    }
  }
  return { entries, unreadable };
}

/** The parsers are loaded for a file that is there. @throws Error for what is no JSON or TOML */
async function valueOf({ format }: Client, text: string): Promise<unknown> {
  const plain = text.replace(/^\ufeff/, "");
  if (format === "toml") return (await import("@decimalturn/toml-patch")).parse(plain);
  const { parse, printParseErrorCode } = await import("jsonc-parser");
  const errors: ParseError[] = [];
  const value: unknown = parse(plain, errors, {
    allowTrailingComma: true,
    allowEmptyContent: true,
  });
  const [wrong] = errors;
  if (wrong)
    throw new Error(`it is no JSON (${printParseErrorCode(wrong.error)} at ${wrong.offset})`);
  return value;
}

function serversIn(whole: unknown, { key }: Client): JsonObject {
  return objectOf(key.reduce<unknown>((at, each) => objectOf(at)?.[each], whole)) ?? {};
}

function startOfEntry(entry: JsonObject): Pick<ClientEntry, "command" | "args" | "url"> {
  const url = urlOf(entry)?.href;
  if (url !== undefined) return { url };
  const words = [entry["command"], entry["args"]].flatMap((each) => arrayOf(each) ?? [each]);
  const [command, ...args] = words.flatMap((word) => stringOf(word) ?? []);
  return { command, args };
}
