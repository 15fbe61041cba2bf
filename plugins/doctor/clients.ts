import { access } from "node:fs/promises";
import { isAbsolute } from "node:path";
import {
  type ClientEntry,
  entriesOfClients,
  findProgram,
  homeFolder,
  visible,
} from "../../src/plugin.ts";
import { type Check, fail, ok, skip, warn } from "./check.ts";
import { answers } from "./surroundings.ts";

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
/** Flags of ours whose next word is a file that must be there. */
const FILES = new Set(["--config"]);

/** The clients that h2m is set up in, and whether what their entries point at is there. No client and no other machine is asked. */
export async function checkClients(): Promise<Check[]> {
  const home = homeFolder();
  if (home === undefined)
    return [skip({ layer: "clients", name: "any" }, "Without a home folder there is none.")];
  const { env, platform } = process;
  const { entries, unreadable } = await entriesOfClients({
    home,
    folder: process.cwd(),
    env,
    platform,
  });
  const found = await Promise.all(entries.map(checkEntry));
  for (const { client, file, error } of unreadable)
    found.push(
      warn(
        { layer: "clients", name: client },
        `Its file \`${file}\` cannot be read: ${error.message}`,
        "Correct that file: the client cannot read it either.",
      ),
    );
  if (found.length > 0) return found;
  return [ok({ layer: "clients", name: "any" }, "none is set up; `h2m setup <client>` does it")];
}

async function checkEntry(entry: ClientEntry): Promise<Check> {
  const { client, scope, file, name, url } = entry;
  const about = { layer: "clients", name: client } as const;
  const where = `\`${name}\` in \`${file}\``;
  if (url !== undefined) return checkUrl(about, where, new URL(url));
  const gone = await goneOf(entry);
  if (gone === undefined) return ok(about, `${where} starts h2m`);
  const named = name === "h2m" ? "" : ` --name ${visible(name)}`;
  const scoped = scope === "user" ? "" : ` --scope ${scope}`;
  return fail(
    about,
    `${where} starts \`${gone}\`, which is not there.`,
    `Write it anew: \`h2m setup ${client}${named}${scoped}\` with the harness or config that it is to have; or take it out: \`h2m setup ${client} --remove${named}\`.`,
  );
}

/** The first file that an entry over stdio needs and that is not there. */
async function goneOf({ command = "", args = [] }: ClientEntry): Promise<string | undefined> {
  if (!(await findProgram(command))) return command;
  for (const [place, word] of args.entries()) {
    const isFile = isAbsolute(word) && (place === 0 || FILES.has(args[place - 1] ?? ""));
    if (isFile && !(await isThere(word))) return word;
  }
  return undefined;
}

async function checkUrl(
  about: Pick<Check, "layer" | "name">,
  where: string,
  url: URL,
): Promise<Check> {
  if (!LOOPBACK.test(url.hostname)) return ok(about, `${where} goes to ${url.origin}`);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  if (await answers(url.hostname.replaceAll(/[[\]]/g, ""), port))
    return ok(about, `${where} goes to ${url.origin}, where somebody answers`);
  return warn(
    about,
    `${where} goes to ${url.origin}, where nothing answers now.`,
    `Start h2m there, such as \`h2m --port ${port}\` with its harness or config.`,
  );
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Absent, or not for this user: the client cannot start it either.
    return false;
  }
}
