#!/usr/bin/env node
/**
 * Tests the example packages as their authors would: `node examples/run.mjs [name …]`; without a name, all of them.
 * Packs h2m, installs each example with it and with its real program into a temporary folder, runs its tests there,
 * then packs the example too and uses both packages in an empty folder. `written` is what `h2m init --plugin` writes.
 * One after another; one that fails stops no other.
 * Ends with 0 if all passed, 1 if one failed, 2 for a name that is none. Needs npm's registry and nothing else of the network.
 * H2M_SKIP_BUILD=1 packs `dist` as it is; H2M_KEEP=1 keeps the temporary folder.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Nothing that came to the registry later is installed, so that each run has the same packages, down to the last one.
 * To be moved on with the versions that the examples name.
 */
const BEFORE = "2026-11-29";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = join(HERE, "..");
/** The name of the package that h2m writes itself. */
const WRITTEN = "written";
const all = readdirSync(HERE).filter((name) => statSync(join(HERE, name)).isDirectory());
all.push(WRITTEN);
const names = process.argv.slice(2);
const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no example ${unknown.join(", ")}. Known: ${all.join(", ")}.`);
  process.exit(2);
}

const started = Date.now();
const temporary = mkdtempSync(join(tmpdir(), "h2m-examples-"));
const failed = [];
try {
  if (process.env["H2M_SKIP_BUILD"] !== "1") run("npm", ["run", "build"], ROOT);
  const h2m = pack(ROOT, ["--ignore-scripts"]);
  for (const name of names.length > 0 ? names : all) {
    const began = Date.now();
    try {
      const took = name === WRITTEN ? testWritten(h2m) : test(name, h2m);
      say(`${name}: passed in ${seconds(began)} (${took})`);
    } catch (error) {
      failed.push(name);
      say(`${name}: FAILED after ${seconds(began)}: ${error.message}`);
    }
  }
} finally {
  if (process.env["H2M_KEEP"] === "1") say(`kept: ${temporary}`);
  else rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
}
say(
  `${failed.length === 0 ? "all passed" : `failed: ${failed.join(", ")}`}, in ${seconds(started)}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Returns how long each part took. */
function test(name, h2m) {
  const folder = join(temporary, name);
  cpSync(join(HERE, name), folder, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|dist)$/.test(path),
  });
  return timed({
    install: () => install(folder, h2m),
    tests: () => run("npm", ["test"], folder),
    use: () => use(name, folder, [h2m, pack(folder, [])]),
  });
}

/** Takes steps in their order; tells how long each took. */
function timed(steps) {
  const times = Object.entries(steps).map(([what, act]) => {
    const began = Date.now();
    act();
    return `${what} ${seconds(began)}`;
  });
  return times.join(", ");
}

/** As a user does it: both packages in an empty folder, the plugin named in the config, the tools on the screen. */
function use(name, folder, packages) {
  const empty = join(temporary, `${name}-used`);
  mkdirSync(empty);
  writeFileSync(join(empty, "package.json"), "{}");
  install(empty, ...packages);
  const { name: plugin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  writeFileSync(
    join(empty, "h2m.config.mjs"),
    `import plugin from ${JSON.stringify(plugin)};\nexport default { plugins: [plugin], timeouts: { connect: 100_000 } };\n`,
  );
  // The program was installed with the tests; here it is one that the user has on PATH.
  const PATH = `${join(folder, "node_modules", ".bin")}:${process.env["PATH"]}`;
  const harness = readFileSync(join(folder, "test", "live.test.ts"), "utf8").match(
    /harness: "(.+?)"/,
  )[1];
  run("npx", ["h2m", "tools", harness, "--config", "h2m.config.mjs"], empty, { PATH });
}

/** As its author meets it: written by the packed h2m, installed, tested, packed, and used beside vitest for a fake harness. */
function testWritten(h2m) {
  const name = "h2m-plugin-mine";
  const author = join(temporary, "author");
  mkdirSync(author);
  writeFileSync(join(author, "package.json"), "{}");
  const folder = join(author, name);
  return timed({
    write: () => {
      install(author, h2m);
      run("npx", ["h2m", "init", "--plugin", name], author);
    },
    install: () => install(folder, h2m),
    tests: () => {
      for (const script of ["typecheck", "test"]) run("npm", ["run", script], folder);
    },
    use: () => useWritten(name, folder, h2m),
  });
}

function useWritten(name, folder, h2m) {
  const used = join(folder, "used");
  mkdirSync(used);
  writeFileSync(join(used, "package.json"), "{}");
  install(used, h2m, pack(folder, []));
  writeFileSync(
    join(used, "h2m.config.mjs"),
    `import { fakePlugin } from "harness-to-mcp/testing";
     export default { harnesses: ["fake"], plugins: [fakePlugin(), [${JSON.stringify(name)}, { deny: ["git push"] }]] };`,
  );
  const tools = run(
    "npx",
    ["h2m", "tools", "--json", "--config", "h2m.config.mjs"],
    used,
    {},
    "pipe",
  );
  if (!tools.includes("git push")) throw new Error(`the packed ${name} changed no tool: ${tools}`);
}

function pack(folder, flags) {
  const to = ["--json", "--pack-destination", temporary];
  const out = run("npm", ["pack", ...flags, ...to], folder, {}, "pipe");
  // A `prepack` may print before the list.
  const [{ filename }] = JSON.parse(out.slice(out.search(/^\[/m)));
  return join(temporary, filename);
}

function install(folder, ...packages) {
  // Not saved: the package is packed as its author wrote it.
  const flags = ["--no-save", "--no-audit", "--no-fund", "--loglevel", "error", "--prefer-offline"];
  run("npm", ["install", "--before", BEFORE, ...flags, ...packages], folder);
}

function run(command, args, cwd, env = {}, stdout = "inherit") {
  const own = { npm_config_update_notifier: "false", ...env };
  const options = { cwd, env: { ...process.env, ...own }, encoding: "utf8", timeout: 600_000 };
  const {
    status,
    error,
    stdout: out,
  } = spawnSync(command, args, {
    ...options,
    stdio: ["ignore", stdout, "inherit"],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`\`${command} ${args.join(" ")}\` ended with ${status}`);
  return out ?? "";
}

function say(text) {
  console.error(`examples: ${text}`);
}

function seconds(since) {
  return `${Math.round((Date.now() - since) / 1000)} s`;
}
