// `npm run soak`: one h2m under mixed load for ten minutes. H2M_SOAK_SECONDS and H2M_SOAK_SEED change that.
// Exit code 0: no call got another's result, every failure was a lawful one, and nothing was left behind.
import { fork } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { builtFolder } from "../../bench/built.mjs";
import { openFiles, processesOf, random, until } from "./machine.mjs";
import { visit } from "./visitor.mjs";

const SECONDS = Number(process.env.H2M_SOAK_SECONDS ?? 600);
const SEED = Number(process.env.H2M_SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Clients at once. Most sit in harnesses with many seats; the others cost a process each. */
const VISITORS = { crowd: 42, solo: 5, plain: 3 };
/** The memory of the second, longer part of the run against that after the first. */
const MAX_HEAP_GROWTH = 12 * 2 ** 20;
const MAX_RSS_GROWTH = 80 * 2 ** 20;

const folder = await mkdtemp(join(tmpdir(), "h2m-soak-"));
const token = crypto.randomUUID();
const tally = { sessions: 0, calls: 0, cancelled: 0, told: new Map(), kills: 0, hosts: 0 };
const wrong = [];
const hosts = new Set();
const chance = random(SEED);
let visits = 0;

console.log(`soak: ${SECONDS} s, seed ${SEED} (H2M_SOAK_SEED=${SEED} repeats it)`);
const { server, url } = await startServer();
process.once("exit", () => server.kill("SIGKILL"));
try {
  const empty = await measured();
  await load(SECONDS * 0.25);
  const warm = await measured();
  await load(SECONDS * 0.75);
  const end = await measured();

  expect("open files", end.files === empty.files, `${empty.files} → ${end.files}`);
  const grown = (key) => end[key] - warm[key];
  const growth = (key) => `${megabytes(warm[key])} → ${megabytes(end[key])} MB`;
  expect("heap", grown("heapUsed") < MAX_HEAP_GROWTH, growth("heapUsed"));
  expect("RSS", grown("rss") < MAX_RSS_GROWTH, growth("rss"));
} catch (error) {
  wrong.push(error.stack);
}
await stopServer();
const processes = await processesOf(folder);
expect("processes", processes.length === 0, processes.join("; ") || "none left");
const files = await readdir(folder);
expect("folders", files.length === 0, files.join(" ") || "none left");
await rm(folder, { recursive: true, force: true });

const { sessions, calls, cancelled, told, kills } = tally;
console.log(
  `${sessions} sessions, ${calls} calls, ${cancelled} cancelled, ${tally.hosts} hosts, ${kills} killed`,
);
for (const [what, times] of told) console.log(`told ${times} times: ${what}`);
// A run that did nothing proves nothing.
expect(
  "load",
  calls > SECONDS * 3 && kills > 0 && cancelled > 0,
  `${(calls / SECONDS).toFixed(0)} calls/s`,
);
for (const each of wrong.slice(0, 20)) console.log(`WRONG ${each}`);
console.log(wrong.length === 0 ? "ok" : `${wrong.length} things were wrong (seed ${SEED})`);
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
  // Sessions that their clients left without a word end with their idle time.
  await until("all sessions are over", 60_000, async () => (await ask()).sessions === 0);
  await until("all harnesses are gone", 20_000, async () => {
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

async function measured() {
  const [memory, files] = [await ask(), await openFiles(server.pid)];
  const { rss, heapUsed } = memory;
  console.log(
    `quiet: RSS ${megabytes(rss)} MB, heap ${megabytes(heapUsed)} MB, ${files} open files; ${tally.sessions} sessions and ${tally.calls} calls so far`,
  );
  return { ...memory, files };
}

function ask() {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the server does not answer")), 10_000);
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
  const late = sleep(10_000, undefined, { ref: false }).then(() => {
    wrong.push("the server did not end within 10 s of its close");
    server.kill("SIGKILL");
  });
  await Promise.race([ended, late]);
  // The guardians of the last harnesses end a moment after them.
  await until(
    "nothing is left",
    10_000,
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
