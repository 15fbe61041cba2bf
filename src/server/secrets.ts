import { chmod, link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomSecret } from "../core/keys.ts";
import { H2mError } from "../errors.ts";
import { stateFolder } from "./folders.ts";

export type SecretName = "token" | "attach-key";

/** Where a kept secret stands. */
export function secretFile(name: SecretName): string {
  return join(stateFolder(), name);
}

/**
 * A secret that is made once and kept in a file (0600, in a folder 0700).
 * @throws H2mError `internal` if the folder or file cannot be used
 */
export async function keptSecret(name: SecretName): Promise<string> {
  const path = secretFile(name);
  let text: string;
  try {
    await mkdir(stateFolder(), { recursive: true, mode: 0o700 });
    await closeToOthers(stateFolder());
    await makeOnce(path);
    await closeToOthers(path);
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new H2mError(
      "internal",
      `The ${label(name)} cannot be kept in \`${path}\`: ${(cause as Error).message}.`,
      { hint: `Make the folder yours and writable, or ${instead(name)}.`, cause },
    );
  }
  const secret = text.trim();
  if (/^[\x21-\x7e]+$/.test(secret)) return secret;
  throw new H2mError("internal", `The file \`${path}\` holds no ${label(name)}.`, {
    hint: `Remove it, and a new one is made; or ${instead(name)}.`,
  });
}

/** Of several that start at once, one makes the file, whole from its first moment, and all read the same. */
async function makeOnce(path: string): Promise<void> {
  if (await exists(path)) return;
  const draft = `${path}.${randomSecret()}`;
  const text = `${randomSecret()}\n`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: "wx" });
    await link(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another start was first.
    if (code === "EEXIST") return;
    // A file system without hard links.
    if (!["EPERM", "ENOTSUP", "ENOSYS"].includes(code ?? "")) throw error;
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
  } finally {
    await rm(draft, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function closeToOthers(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) await chmod(path, mode & 0o700);
}

function label(name: SecretName): string {
  return name === "token" ? "token" : "attach key";
}

function instead(name: SecretName): string {
  return name === "token"
    ? "give a token with `H2M_TOKEN` or `--token`"
    : "give an attach key with `H2M_ATTACH_KEY` or `--attach-key`";
}
