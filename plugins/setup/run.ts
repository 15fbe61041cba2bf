import {
  type Client,
  type CommandContext,
  H2mError,
  type HttpEntry,
  type JsonObject,
  type Scope,
  visible,
} from "../../src/plugin.ts";
import { placeHere } from "./clients.ts";
import { diffOf } from "./diff.ts";
import { entryOf, withEntry, withoutEntry } from "./edit.ts";
import { harnessesOf, httpEntry, stdioEntry } from "./entry.ts";
import { backUp, backupsOf, type Found, readFound, replace } from "./file.ts";
import type { EntryPath, Format } from "./format.ts";
import { readRequest, type Request } from "./request.ts";
import { warm } from "./warm.ts";

/** How often a file is read anew that somebody else is writing. */
const TRIES = 5;
/** The user's own, and what all who have the project read. */
const MODES: Readonly<Record<Scope, number>> = { user: 0o600, project: 0o644 };

/** `h2m setup <client>`. @throws H2mError `bad-usage`, `bad-config`, `unknown-harness`; nothing was written then */
export async function setup(context: CommandContext): Promise<void> {
  const request = readRequest(context);
  return request.remove ? remove(context, request) : add(context, request);
}

async function add(context: CommandContext, request: Request): Promise<void> {
  const { client, http, scope = "user" } = request;
  const files = client.files(scope, placeHere());
  if (typeof files === "string") throw cannot(files, "Leave `--scope project` out.");
  if (http && typeof client.http === "string") throw cannot(client.http, "Leave `--http` out.");
  const settings = await context.settings();
  const harnesses = harnessesOf(context, settings, request);
  const place = http ? await httpEntry(context, settings, request) : undefined;
  let told: HttpEntry | undefined;
  const make = (found: JsonObject | undefined): object => {
    if (!place || typeof client.http === "string")
      return client.stdio(stdioEntry(context, settings, request));
    told = place(found);
    return client.http(told);
  };
  const { format, path } = await formatOf(client, request);
  const file = await chosen(files, format, path);
  const state = await change(context, request, { file, scope }, async (found) => {
    const held = { ...found, backups: await backupsOf(found) };
    return withEntry(format, held, path, make(entryOf(format, found, path)));
  });
  if (state === "shown") return;
  if (state === "written") context.note(client.next);
  tellMore(context, request, harnesses, told);
  if (request.warm) await warm(context, harnesses);
}

async function remove(context: CommandContext, request: Request): Promise<void> {
  const { client, scope } = request;
  const place = placeHere();
  const { format, path } = await formatOf(client, request);
  let count = 0;
  for (const each of scope ? [scope] : (["user", "project"] as const)) {
    const files = client.files(each, place);
    if (typeof files === "string") {
      if (scope) throw cannot(files, "Leave `--scope project` out.");
      continue;
    }
    for (const file of files) {
      const entry = entryOf(format, await readFound(file), path);
      if (!entry) continue;
      count += 1;
      await change(context, request, { file, scope: each }, async (found) =>
        withoutEntry(format, { ...found, backups: await backupsOf(found) }, path),
      );
    }
  }
  if (count === 0) context.note(`${client.title} has no entry \`${path.name}\`: nothing to do.`);
}

/** Writes what `edit` makes of a file, or shows it. What it makes may be the text that is there. */
async function change(
  { print, note }: CommandContext,
  { client, dryRun, name, remove: away }: Request,
  { file, scope }: { readonly file: string; readonly scope: Scope },
  edit: (found: Found) => Promise<string | undefined>,
): Promise<"written" | "same" | "shown"> {
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await readFound(file);
    const text = await edit(found);
    if (text === found.text) {
      note(`\`${file}\` says so already: nothing was changed.`);
      return dryRun ? "shown" : "same";
    }
    if (dryRun) {
      await print(diffOf(file, found.text, text));
      return "shown";
    }
    // A file that is taken away had nothing in it but the entry.
    const backup = text === undefined ? undefined : await backUp(found);
    if (!(await replace(found, text, MODES[scope]))) continue;
    const kept = backup === undefined ? "" : ` What it said before stands in \`${backup}\`.`;
    note(
      `The entry \`${name}\` of ${client.title} ${away ? "is gone from" : "stands in"} \`${file}\`.${text === undefined ? " Nothing else was in it, so the file is gone too." : kept}`,
    );
    return "written";
  }
  throw new H2mError("internal", `\`${visible(file)}\` changes all the time.`, {
    hint: `Close ${client.title}, and write the command again.`,
  });
}

/** What else the user must know. */
function tellMore(
  { flags, note }: CommandContext,
  { client, http, scope = "user" }: Request,
  harnesses: readonly string[],
  told: HttpEntry | undefined,
): void {
  if (http) {
    const words = [
      "h2m",
      ...(flags["config"] === undefined ? harnesses : ["--config", String(flags["config"])]),
    ];
    const profile = flags["profile"] === undefined ? [] : ["--profile", String(flags["profile"])];
    note(`The server must run: \`${[...words, ...profile].join(" ")}\`.`);
    const { token } = told ?? {};
    if (token && told && client.needsVariable(told)) {
      const show = ["h2m token show", ...profile].join(" ");
      const from =
        token.file === undefined
          ? "set it to the token that you gave"
          : `export ${token.variable}="$(${show})"`;
      note(
        `${client.title} takes the token from ${token.variable} of the environment that it is started in: ${from}.`,
      );
    }
    return;
  }
  if (client.app && flags["cwd"] === undefined)
    note("An app starts its servers in a folder of its own: `--cwd DIR` names the one to work in.");
  if (scope === "project")
    note(
      "The entry names paths of this machine: for others who share the project, run this by `npx`.",
    );
}

async function formatOf(
  client: Client,
  { name }: Request,
): Promise<{ readonly format: Format; readonly path: EntryPath }> {
  const path = { key: client.key, name };
  if (client.format === "toml") return { format: (await import("./toml.ts")).toml, path };
  return { format: (await import("./json.ts")).json, path };
}

/** Of several files the one that has the entry, else the first that is there, else the first. */
async function chosen(files: readonly string[], format: Format, path: EntryPath): Promise<string> {
  const found = await Promise.all(files.map(readFound));
  const there = found.filter(({ text }) => text !== undefined);
  const having = there.find((each) => entryOf(format, each, path));
  return (having ?? there[0])?.file ?? files[0] ?? "";
}

function cannot(reason: string, hint: string): H2mError {
  return new H2mError("bad-usage", `${reason}.`, { hint });
}
