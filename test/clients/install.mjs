// The clients in the versions of clients.json: each in a folder of its own that Git does not see, by a lock of its own.
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { binOf, VERSIONS } from "../live/programs.mjs";

const run = promisify(execFile);
const HERE = import.meta.dirname;
const FOLDER = join(HERE, "installed");
/** Milliseconds. */
const INSTALL_TIME = 600_000;

/** What is tested, and what is expected of each: see list.ts for the shape. */
export const { node: NODE_VERSION, clients: CLIENTS } = JSON.parse(
  await readFile(join(HERE, "clients.json"), "utf8"),
);

/** The Node that clients run on: some ask for a newer one than h2m does. */
const NODE = { node: NODE_VERSION };

/** The folder of that Node's program, installed once. @throws Error if npm cannot */
export async function nodeFolder() {
  return join(await installed("node", NODE), "node/bin");
}

/** The version of a client: that of its first package, or the newest of the harness that it is. */
export function versionOf(client) {
  return client.harness ? VERSIONS[client.harness].newest : Object.values(client.packages)[0];
}

/** Installs a client and the Node it runs on, once; gives the folders of their programs. @throws Error if npm cannot */
export async function programsOf(name) {
  const { harness, packages } = CLIENTS[name];
  const node = await nodeFolder();
  if (harness) return [await harnessOf(harness), node];
  return [join(await installed(name, packages), ".bin"), node];
}

/** The folder of a real harness's program. */
export function harnessOf(harness) {
  return binOf({ harness, version: VERSIONS[harness].newest });
}

/** The `node_modules` that a library is in. */
export function modulesOf(name) {
  return join(folderOf(name, CLIENTS[name].packages), "node_modules");
}

/** `write`: the lock is made anew, after a version of the list was changed. */
export async function installed(name, packages, { write = false } = {}) {
  const folder = folderOf(name, packages);
  const modules = join(folder, "node_modules");
  if (existsSync(modules) && !write) return modules;
  const draft = `${folder}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  try {
    const manifest = { private: true, dependencies: packages, allowScripts: { node: true } };
    await writeFile(join(draft, "package.json"), JSON.stringify(manifest));
    const lock = join(HERE, "locks", `${name}.json`);
    if (!write) await cp(lock, join(draft, "package-lock.json"));
    const flags = [
      "--no-audit",
      "--no-fund",
      "--engine-strict=false",
      "--omit-lockfile-registry-resolved",
    ];
    // Not `npm ci`: it refuses a lock without the optional packages of other platforms, which npm itself leaves out of some.
    await run("npm", ["install", ...flags], { cwd: draft, timeout: INSTALL_TIME });
    if (write) await cp(join(draft, "package-lock.json"), lock);
    await rm(folder, { recursive: true, force: true });
    // Another run may have been quicker: its folder is as good.
    await rename(draft, folder).catch((error) => {
      if (!existsSync(modules)) throw error;
    });
  } catch (error) {
    throw new Error(`${name} could not be installed: ${error.stderr || error.message}`);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return modules;
}

function folderOf(name, packages) {
  return join(FOLDER, `${name}-${Object.values(packages).join("-")}`);
}
