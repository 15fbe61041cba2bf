import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import type { Writable } from "node:stream";
import { version } from "../../../package.json" with { type: "json" };
import { H2mError } from "../../errors.ts";
import { print } from "../output/output.ts";
import { shipped } from "./shipped.ts";

const TEMPLATE = "templates/plugin";
/** The template's own name, wherever it stands in it. */
const EXAMPLE = "h2m-plugin-example";
/** npm leaves a `.gitignore` out of packages. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: ".gitignore" };
/** What an author may have left in the template by trying it. */
const NOT_OURS = /(^|[\\/])(node_modules|dist|package-lock\.json)([\\/]|$)/;
/** Names that the new package's own `node_modules` has, or that npm refuses. */
const TAKEN = ["harness-to-mcp", "h2m", "vitest", "typescript", "node_modules", "favicon.ico"];
/** What npm takes as the name of a new package, without a scope. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,213}$/;

/**
 * `h2m init --plugin <name>`: writes a plugin package into a new folder of that name below the current one.
 * @throws H2mError `bad-usage` if the name is none, or something of that name is there
 */
export async function initPlugin(name: string, stdout: Writable): Promise<number> {
  checkName(name);
  const template = shipped(TEMPLATE);
  const folder = join(process.cwd(), name);
  await make(folder, name);
  for (const file of await filesBelow(template)) {
    const path = join(folder, RENAMED[file] ?? file);
    await mkdir(dirname(path), { recursive: true });
    const text = (await readFile(join(template, file), "utf8")).replaceAll(EXAMPLE, name);
    await writeFile(path, file === "package.json" ? peered(text) : text);
  }
  await print(
    stdout,
    `${folder}\nNow \`cd ${name} && npm install && npm test\`; then change what \`src/\` does.\n`,
  );
  return 0;
}

function checkName(name: string): void {
  if (!NAME.test(name)) {
    throw new H2mError("bad-usage", `\`${name}\` is no name for a package.`, {
      hint: "A name has a-z, 0-9, `.`, `_` and `-`, and begins with a letter or a digit: `h2m-plugin-mine`.",
    });
  }
  if (TAKEN.includes(name) || isBuiltin(name)) {
    throw new H2mError("bad-usage", `\`${name}\` is the name of another package.`, {
      hint: `Write \`h2m init --plugin h2m-plugin-${name}\`.`,
    });
  }
}

/** Only a folder that was not there is written into. */
async function make(folder: string, name: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new H2mError("bad-usage", `There is a \`${name}\` already; it stays as it is.`, {
      hint: "Choose another name, or go to another folder.",
      cause,
    });
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !NOT_OURS.test(file));
}

/** The plugin was made with this h2m, and is tested with it. */
function peered(text: string): string {
  return text.replace(/("harness-to-mcp": ">=)[^"]*/, `$1${version}`);
}
