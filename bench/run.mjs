// `npm run bench`: what h2m adds to a call, beside what two plain loopback POSTs cost on the same machine in the same minute.
import { cpus, loadavg } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { builtFolder } from "./built.mjs";
import { GOAL, measureCalls, OPEN } from "./calls.mjs";
import { measureReal, PARTS } from "./real/run.mjs";
import { measureInitialize, measureStartup } from "./startup.mjs";
import { figures, quantile, table } from "./statistics.mjs";
import { startServer } from "./processes.mjs";
import { steps } from "./steps.mjs";

const HELP = `Usage: npm run bench -- [options]

  --quick        about a quarter of the samples (15 s instead of a minute)
  --check        exit code 1 if a goal is missed
  --only TEXT    only the cases whose name holds the text
  --who NAME     only one of: open, closed, modern, heavy, sdk, openSessions, closedSessions
  --real [NAME]  the real harnesses instead (claude, codex, opencode), those that are installed
  --part NAME    with --real, one or several of: rates (default), beside (20 calls at once, and a slow one),
                 long (3,000 calls in one session), sessions (many sessions, and warm ones),
                 versions (the oldest and the newest that are supported), all
  --dist FOLDER  another build than \`dist\`
  --beside FOLDER  a second build (an older \`dist\`), measured in the same run, block by block in turn
  --profile DIR  write a CPU profile of h2m's process there
`;

const { values, positionals } = readArguments();

if (values.help) process.stdout.write(HELP);
else await main();

async function main() {
  const dist = values.dist === undefined ? await builtFolder() : resolve(values.dist);
  const begun = performance.now();
  print(machine());
  const missed = values.real ? await real(dist) : await fake(dist);
  print(
    `\nLoad at the end: ${load()}. The run took ${figures((performance.now() - begun) / 1000)} s.`,
  );
  if (missed && values.check) process.exitCode = 1;
}

async function real(dist) {
  const parts = values.part.includes("all") ? Object.keys(PARTS) : values.part;
  await measureReal(dist, { names: positionals, parts, quick: values.quick, print });
  return false;
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        only: { type: "string", default: "" },
        who: { type: "string" },
        real: { type: "boolean", default: false },
        part: { type: "string", multiple: true, default: ["rates"] },
        dist: { type: "string" },
        beside: { type: "string" },
        profile: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

/** Tells whether a goal was missed. */
async function fake(dist) {
  const { quick, only, who, profile } = values;
  const execArgv = profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
  const server = await startServer(dist, { execArgv });
  const beside = values.beside && (await startServer(resolve(values.beside)));
  const fresh = (await server.usage()).rss;
  const rows = [["case", "who", "p50 ms", "p95 ms", "x limit", "calls/s", "CPU ms/call", "calls"]];
  const ratios = [["case", "who", "CPU x beside", "calls/s x beside", "p50 x beside"]];
  let measured;
  for await (const { name, found } of measureCalls(server, {
    quick,
    only,
    who,
    beside,
    begins: (name) => steps.begin(name),
  })) {
    if (beside) ratios.push(...ratiosOf(name, found));
    if (name === GOAL && found[1]?.name === OPEN) measured = found;
    const limit = found[0];
    for (const each of found)
      rows.push([
        each === limit ? name : "",
        each.name,
        figures(each.p50),
        figures(each.p95),
        (each.p50 / limit.p50).toFixed(1),
        String(Math.round(each.perSecond)),
        figures(each.cpu),
        String(each.calls),
      ]);
  }
  print(`\n${table(rows, 2)}\n`);
  if (beside) print(`${table(ratios, 2)}\n`);
  steps.begin("initialize, start and memory");
  const used = (await server.usage()).rss;
  const initialize = await measureInitialize(
    `${server.ready.mcpUrl}/open`,
    "bench-token",
    quick ? 3 : 8,
  );
  await server.stop();
  if (beside) await beside.stop();
  const builds = [dist, ...(values.beside ? [resolve(values.beside)] : [])];
  const [started, older] = only ? [] : await measureStartup(builds, quick ? 3 : 7);
  const facts = [
    ["start and memory", "p50", "p95"],
    ["`initialize` of a new session, ms", ...both(initialize)],
    ...(started
      ? [
          ["`h2m` spawned -> listening, ms", ...both(started.listening)],
          ["`h2m` spawned -> `/health` answered, ms", ...both(started.health)],
          ...(older ? [["beside: spawned -> listening, ms", ...both(older.listening)]] : []),
          ["(an empty Node program, ms)", ...both(started.node)],
        ]
      : []),
    ["memory (RSS) after the start, MB", megabytes(fresh), ""],
    ["memory (RSS) after the run, MB", megabytes(used), ""],
  ];
  print(`${table(facts)}\n`);
  return goals(measured, started);
}

/** What each row is of the one after it, that of the other build. */
function ratiosOf(name, [, ...found]) {
  const ratio = (own, other) => (own / other).toFixed(2);
  return found.flatMap((own, place) => {
    if (place % 2 === 1) return [];
    const other = found[place + 1];
    const { cpu, perSecond, p50 } = own;
    const told = [ratio(cpu, other.cpu), ratio(perSecond, other.perSecond), ratio(p50, other.p50)];
    return [[place === 0 ? name : "", own.name, ...told]];
  });
}

function goals(measured, started) {
  return [
    ...(measured ? [fastCalls(measured)] : []),
    ...(started ? [quickStart(started)] : []),
  ].includes(false);
}

function fastCalls([limit, ours]) {
  const most = Math.max(1.5, 6.5 * limit.p50);
  const fast = ours.p50 <= most;
  print(
    `${verdict(fast)}: one call after another, p50 ${figures(ours.p50)} ms (goal: at most ${figures(most)} ms, the greater of 1.5 ms and 6.5 x the limit)`,
  );
  return fast;
}

function quickStart({ listening }) {
  const time = quantile(listening, 0.5);
  print(
    `${verdict(time <= 300)}: listening ${figures(time)} ms after the start (goal: at most 300 ms)`,
  );
  return time <= 300;
}

function verdict(good) {
  return good ? "pass" : "FAIL";
}

function both(samples) {
  return [figures(quantile(samples, 0.5)), figures(quantile(samples, 0.95))];
}

function megabytes(bytes) {
  return String(Math.round(bytes / 1024 / 1024));
}

function machine() {
  const all = cpus();
  return `Node ${process.version}, ${process.platform} ${process.arch}, ${all.length} x ${all[0]?.model.trim()}. Load: ${load()}.`;
}

/** Of the last one and five minutes. */
function load() {
  return loadavg()
    .slice(0, 2)
    .map((each) => each.toFixed(2))
    .join(", ");
}

function print(line) {
  steps.end();
  process.stdout.write(`${line}\n`);
}
