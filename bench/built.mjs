import { spawnSync } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The folder of the built program; builds it if it is missing or older than its sources. */
export async function builtFolder() {
  const dist = join(ROOT, "dist");
  const made = Math.min(
    await changed(join(dist, "index.mjs")),
    await changed(join(dist, "cli.mjs")),
  );
  const sources = await Promise.all(
    ["src", "plugins", "package.json", "build.config.ts"].map((name) => newest(join(ROOT, name))),
  );
  if (made > Math.max(...sources)) return dist;
  // What it tells counts only where it fails.
  const { status, stdout, stderr } = spawnSync("npm", ["run", "build", "--silent"], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status !== 0) throw new Error(`\`npm run build\` did not succeed.\n${stdout}${stderr}`);
  return dist;
}

async function newest(path) {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return Math.max(...(await Promise.all([path, ...files].map(changed))));
}

async function changed(path) {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
