// `npm run soak`: one h2m under mixed load, then a thousand sessions in a row. Ten minutes; `npm run soak -- --seconds 60`.
// Exit code 0: no call got another's result, every failure was a lawful one, and nothing was left behind.
import { fork } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { builtFolder } from "../../bench/built.mjs";
import { Steps } from "../../src/cli/output/steps.mjs";
import { openFiles, processesOf, random, until } from "./machine.mjs";
import { passBy, visit } from "./visitor.mjs";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: process.env.H2M_SOAK_SECONDS ?? "600" },
    seed: {
      type: "string",
      default: process.env.H2M_SOAK_SEED ?? String(Math.floor(Math.random() * 2 ** 31)),
    },
    sessions: { type: "string", default: process.env.H2M_SOAK_SESSIONS ?? "1000" },
  },
});
const [SECONDS, SEED, SESSIONS] = ["seconds", "seed", "sessions"].map((name) => natural(name));
/** Clients at once. Most sit in harnesses with many seats; the others cost a process each. */
const VISITORS = { crowd: 42, solo: 5, plain: 3 };
/** Clients at once while sessions are only opened and closed. */
const PASSERS = 8;
/** The memory of the second, longer part of the run against that after the first. */
const MAX_HEAP_GROWTH = 16 * 2 ** 20;
const MAX_RSS_GROWTH = 128 * 2 ** 20;
/** A run that did less proves nothing; a machine at its limits does more. */
const LEAST = { calls: 100, sessions: 50, cancelled: 1, declined: 1, kills: 1 };

const folder = await mkdtemp(join(tmpdir(), "h2m-soak-"));
const token = crypto.randomUUID();
const tally = {
  sessions: 0,
  calls: 0,
  cancelled: 0,
  declined: 0,
  told: new Map(),
  kills: 0,
  hosts: 0,
};
const wrong = [];
const hosts = new Set();
const chance = random(SEED);
let visits = 0;

console.log(`soak: ${SECONDS} s and ${SESSIONS} sessions; \`--seed ${SEED}\` repeats its choices`);
// For a person at a terminal, who sees nothing for minutes otherwise.
const steps = new Steps();
steps.begin("the server starts");
const { server, url } = await startServer();
process.once("exit", () => server.kill("SIGKILL"));
try {
  const empty = await measured("at the start");
  steps.begin(`load: a quarter of ${SECONDS} s`);
  await load(SECONDS * 0.25);
  const warm = await measured("after a quarter");
  steps.begin(`load: the rest of ${SECONDS} s`);
  await load(SECONDS * 0.75);
  const end = await measured("after the load");
  asBefore("after the load", empty, end);
  level("after the load", warm, end);

  steps.begin(`${SESSIONS} more sessions`);
  await pass(SESSIONS);
  const passed = await measured(`after ${SESSIONS} more sessions`);
  asBefore(`after ${SESSIONS} sessions`, end, passed);
  level(`after ${SESSIONS} sessions`, end, passed);
} catch (error) {
  wrong.push(error.stack);
}
steps.begin("the server ends");
await stopServer();
steps.end();
const processes = await processesOf(folder);
expect("processes at the end", processes.length === 0, processes.join("; ") || "none left");
const files = await readdir(folder);
expect("folders at the end", files.length === 0, files.join(" ") || "none left");
await rm(folder, { recursive: true, force: true });

for (const [what, times] of tally.told) console.log(`told ${times} times: ${what}`);
for (const [what, least] of Object.entries(LEAST)) {
  expect(what, tally[what] >= least, `${tally[what]}`);
}
for (const each of wrong.slice(0, 20)) console.log(`WRONG ${each}`);
const { sessions, calls, cancelled, declined, hosts: started, kills } = tally;
const did = `${sessions} sessions, ${calls} calls, ${cancelled} cancelled, ${declined} declined, ${started} harnesses, ${kills} killed`;
console.log(
  wrong.length === 0
    ? `soak: PASS (${did}; seed ${SEED})`
    : `soak: FAIL, ${wrong.length} things were wrong (${did}; seed ${SEED})`,
);
process.exit(wrong.length === 0 ? 0 : 1);

async function startServer() {
  const program = join(import.meta.dirname, "server.mjs");
  const server = fork(program, [await builtFolder()], {
    execArgv: ["--expose-gc"],
    env: { ...process.env, TMPDIR: folder, H2M_TOKEN: token },
  });
  let ready;
  const url = await new Promise((resolve, reject) => {
    ready = resolve;
    server.once("exit", (code) => reject(new Error(`the server ended with exit code ${code}`)));
    server.on("message", (message) => heard(message, ready));
  });
  server.once("exit", (code, signal) => {
    if (code !== 0) wrong.push(`the server ended with ${code ?? signal}`);
  });
  return { server, url };
}

function heard({ url, started, ended, trouble, measured }, ready) {
  if (url) ready(url);
  if (started) {
    tally.hosts++;
    hosts.add(started);
  }
  if (ended) hosts.delete(ended);
  if (trouble) wrong.push(`trouble: ${trouble}`);
  if (measured) server.emit("measured", measured);
}

/** Visitors come and go, harnesses are killed; then it is quiet again. */
async function load(seconds) {
  const end = Date.now() + seconds * 1000;
  const workers = Object.entries(VISITORS).flatMap(([harness, count]) =>
    Array.from({ length: count }, () => worker(harness, end)),
  );
  await Promise.all([...workers, killer(end)]);
  await quiet();
}

/** Sessions are opened and closed, and nothing else happens. */
async function pass(count) {
  let left = count;
  const passer = async () => {
    while (left-- > 0 && wrong.length < 100)
      await passBy({ url, token, mark: `mark-${SEED}-${++visits}`, tally, wrong });
  };
  await Promise.all(Array.from({ length: PASSERS }, passer));
  await quiet();
}

/**
 * Sessions that their clients left without a word end with their idle time; one of a client of 2026-07-28 that went with a question
 * open, when that has waited for `timeouts.call` (40 s).
 */
async function quiet() {
  await until("all sessions are over", 180_000, async () => (await ask()).sessions === 0);
  await until("all harnesses are gone", 60_000, async () => {
    const processes = await processesOf(folder, [server.pid]);
    return hosts.size === 0 && processes.length === 0;
  });
}

async function worker(harness, end) {
  const own = random(Math.floor(chance() * 2 ** 31));
  while (Date.now() < end && wrong.length < 100) {
    const mark = `mark-${SEED}-${++visits}`;
    await visit({ url, token, harness, chance: own, mark, tally, wrong });
    // Those with a process of their own would keep two cores busy with nothing but starts.
    await sleep(harness === "crowd" ? own() * 100 : 200 + own() * 800);
  }
}

async function killer(end) {
  while (Date.now() < end) {
    await sleep(1_000 + chance() * 5_000);
    const living = [...hosts];
    const victim = living[Math.floor(chance() * living.length)];
    if (victim === undefined) continue;
    try {
      process.kill(victim, "SIGKILL");
      tally.kills++;
    } catch {
      // It has ended by itself, and we have not heard of it yet.
    }
  }
}

async function measured(when) {
  steps.end();
  const [memory, files] = [await ask(), await openFiles(server.pid)];
  const folders = (await readdir(folder)).length;
  const { rss, heapUsed } = memory;
  console.log(
    `${when}: RSS ${megabytes(rss)} MB, heap ${megabytes(heapUsed)} MB, ${files} open files, ${folders} folders; ${tally.sessions} sessions and ${tally.calls} calls so far`,
  );
  return { ...memory, files, folders };
}

/** Processes are gone already, or `quiet` would have failed. Of files there may be less: what the start had open is closed. */
function asBefore(when, before, now) {
  for (const what of ["files", "folders"])
    expect(`${what} ${when}`, now[what] <= before[what], `${before[what]} → ${now[what]}`);
}

function level(when, before, now) {
  const grown = (key) => now[key] - before[key];
  const growth = (key) => `${megabytes(before[key])} → ${megabytes(now[key])} MB`;
  expect(`heap ${when}`, grown("heapUsed") < MAX_HEAP_GROWTH, growth("heapUsed"));
  expect(`RSS ${when}`, grown("rss") < MAX_RSS_GROWTH, growth("rss"));
}

function ask() {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the server does not answer")), 60_000);
    server.once("measured", (found) => {
      clearTimeout(timer);
      resolve(found);
    });
    server.send("measure");
  });
}

async function stopServer() {
  if (server.exitCode !== null || !server.connected) return;
  server.send("close");
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const late = sleep(30_000, undefined, { ref: false }).then(() => {
    wrong.push("the server did not end within 30 s of its close");
    server.kill("SIGKILL");
  });
  await Promise.race([ended, late]);
  // The guardians of the last harnesses end a moment after them.
  await until(
    "nothing is left",
    20_000,
    async () => (await processesOf(folder)).length === 0,
  ).catch(() => {});
}

function expect(what, holds, text) {
  console.log(`${holds ? "ok  " : "BAD "} ${what}: ${text}`);
  if (!holds) wrong.push(`${what}: ${text}`);
}

function megabytes(bytes) {
  return (bytes / 2 ** 20).toFixed(0);
}

/** An option that is a whole number. */
function natural(name) {
  const number = Number(options[name]);
  if (Number.isInteger(number) && number >= 0) return number;
  console.error(`soak: --${name} must be a whole number, and is \`${options[name]}\``);
  process.exit(2);
}
