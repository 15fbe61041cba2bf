import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { randomSecret } from "../core/keys.ts";

/** The folder that keeps the token and the attach key. */
export function stateFolder(): string {
  const base = process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return join(base, "h2m");
}

/** Where a kept secret stands. */
export function secretFile(name: "token" | "attach-key"): string {
  return join(stateFolder(), name);
}

/** A secret that is made once and kept in a file (0600, in a folder 0700). */
export async function keptSecret(name: "token" | "attach-key"): Promise<string> {
  const folder = stateFolder();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const path = secretFile(name);
  try {
    // `wx`: of two that start at once, one makes the file and the other reads it.
    await writeFile(path, `${randomSecret()}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    await chmod(path, 0o600);
  }
  const secret = (await readFile(path, "utf8")).trim();
  if (secret !== "") return secret;
  // The file was emptied, or its maker has not written yet: a new secret is as good as any.
  const fresh = randomSecret();
  await writeFile(path, `${fresh}\n`, { mode: 0o600 });
  return fresh;
}
