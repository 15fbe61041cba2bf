// The real harnesses in the versions that versions.json names, or any other from npm: each in a folder of its own.
import { execFile } from "node:child_process";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, "installed");
/** The native programs have up to 400 MB. In ms. */
const INSTALL_TIME = 600_000;

/** Per harness: its npm package, the newest and the oldest version that is supported, and those at which the wire changed. */
export const VERSIONS = JSON.parse(
  await readFile(join(import.meta.dirname, "versions.json"), "utf8"),
);
export const HARNESSES = Object.keys(VERSIONS);

/**
 * What a word means: `claude` (the newest that is tested), `claude@oldest`, `claude@latest` (what npm has now), `claude@2.1.300`.
 * @throws Error if there is no such harness
 */
export async function chosen(word) {
  const [harness, wanted = "newest"] = word.split("@");
  const known = VERSIONS[harness];
  if (!known)
    throw new Error(`There is no harness \`${harness}\`; known: ${HARNESSES.join(", ")}.`);
  if (wanted === "latest") return { harness, version: await latest(known.package) };
  const version = { newest: known.newest, oldest: known.oldest }[wanted] ?? wanted;
  if (!/^\d+\.\d+\.\d+\S*$/.test(version))
    throw new Error(
      `\`${word}\`: a version is \`newest\`, \`oldest\`, \`latest\` or a number such as ${known.newest}.`,
    );
  return { harness, version };
}

/** The version that npm has now. @throws Error without a network */
export async function latest(name) {
  // Without a network npm would try again for a minute.
  const words = [
    "view",
    name,
    "dist-tags.latest",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    // `npm run --silent` is meant for us, and not for what we ask.
    "--loglevel=error",
  ];
  try {
    const { stdout } = await run("npm", words, { timeout: 60_000 });
    return stdout.trim();
  } catch (error) {
    const [why] = /ECONN\w+|ENOTFOUND|EAI_AGAIN|E\d{3}|ETIMEDOUT/.exec(error.stderr ?? "") ?? [];
    throw new Error(`npm does not tell the version of ${name}: ${why ?? error.message}`);
  }
}

/** Installs a version, once, and gives the folder of its program. @throws Error if npm cannot */
export async function binOf({ harness, version }) {
  const folder = join(FOLDER, `${harness}-${version}`);
  const bin = join(folder, "node_modules/.bin");
  if (await exists(join(bin, harness))) return bin;
  const draft = `${folder}.${process.pid}`;
  const name = VERSIONS[harness].package;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  // Newer npm runs the script that fetches nothing but links the native program only where it is allowed.
  const manifest = {
    private: true,
    dependencies: { [name]: version },
    allowScripts: { [name]: true },
  };
  await writeFile(join(draft, "package.json"), JSON.stringify(manifest));
  // The programs are native: the Node that they ask for does not matter to them.
  const words = [
    "install",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--engine-strict=false",
    "--loglevel=error",
  ];
  try {
    await run("npm", words, { cwd: draft, timeout: INSTALL_TIME, maxBuffer: 64 * 1024 * 1024 });
    // Another run may have been quicker: its folder is as good.
    await rename(draft, folder).catch(async (error) => {
      if (!(await exists(join(bin, harness)))) throw error;
    });
  } catch (error) {
    throw new Error(`${name}@${version} could not be installed: ${error.stderr || error.message}`);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return bin;
}

function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
