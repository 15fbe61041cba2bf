import { createHash } from "node:crypto";
import { join } from "node:path";
import { randomSecret } from "../kit/secrets.ts";
import { makeOwnFile, makeOwnFolder, readOwnFile, replaceOwnFile } from "../core/files/own-file.ts";
import { H2mError } from "../errors.ts";
import { stateFolder } from "./folders.ts";

export type SecretName = "token" | "attach-key";

/** Where a kept secret stands: `token`, and `token-readonly` for a profile, which has secrets of its own. */
export function secretFile(name: SecretName, profile?: string): string {
  return join(stateFolder(), profile === undefined ? name : `${name}-${fileName(profile)}`);
}

/**
 * A secret that is made once and kept in a file (0600, in a folder 0700), for each profile another one: who may read shall not
 * come in where another profile lets write.
 * @throws H2mError `internal` if the folder or file cannot be used, or is not ours alone
 */
export async function keptSecret(name: SecretName, profile?: string): Promise<string> {
  const path = secretFile(name, profile);
  let text: string;
  try {
    await makeOwnFolder(stateFolder());
    text = (await readOwnFile(path)) ?? (await made(path));
  } catch (cause) {
    throw unkept(name, path, cause);
  }
  const secret = text.trim();
  if (/^[\x21-\x7e]+$/.test(secret)) return secret;
  throw new H2mError("internal", `The file \`${path}\` holds no ${label(name)}.`, {
    hint: `Remove it, and a new one is made; or ${instead(name)}.`,
  });
}

/** Puts a new secret in the place of the kept one. @throws H2mError `internal` as {@link keptSecret} does */
export async function renewSecret(name: SecretName, profile?: string): Promise<string> {
  const path = secretFile(name, profile);
  const secret = randomSecret();
  try {
    await makeOwnFolder(stateFolder());
    await replaceOwnFile(path, `${secret}\n`);
  } catch (cause) {
    throw unkept(name, path, cause);
  }
  return secret;
}

/** Of several that start at once, one makes the file, and all read the same. */
async function made(path: string): Promise<string> {
  await makeOwnFile(path, `${randomSecret()}\n`);
  return (await readOwnFile(path)) ?? "";
}

/** Two profiles never have one file, also where a file system does not tell `A` from `a`. */
function fileName(profile: string): string {
  if (/^[\da-z_-]+$/.test(profile)) return profile;
  const hash = createHash("sha256").update(profile).digest("hex").slice(0, 8);
  return `${profile.replaceAll(/[^\w-]/g, "_")}.${hash}`;
}

function unkept(name: SecretName, path: string, cause: unknown): H2mError {
  return new H2mError(
    "internal",
    `The ${label(name)} cannot be kept in \`${path}\`: ${(cause as Error).message}.`,
    {
      hint: `Make folder and file yours alone, or set XDG_STATE_HOME to a folder of yours, or ${instead(name)}.`,
      cause,
    },
  );
}

function label(name: SecretName): string {
  return name === "token" ? "token" : "attach key";
}

function instead(name: SecretName): string {
  return name === "token"
    ? "give a token with `H2M_TOKEN` or `--token`"
    : "give an attach key with `H2M_ATTACH_KEY` or `--attach-key`";
}
