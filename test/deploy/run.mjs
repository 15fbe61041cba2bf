#!/usr/bin/env node
// `npm run test:deploy`: the files of deploy/, each by the program that takes it; and HAProxy before three h2m with real Codex.
import { execa } from "execa";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { builtFolder } from "../../bench/built.mjs";
import { harnessOf } from "../clients/install.mjs";
import { Client } from "./client.mjs";
import { lint } from "./lint.mjs";

const SESSIONS = 60;
const LETTERS = ["a", "b", "c"];
/** Seconds that the balancer waits between two words; those of deploy/haproxy.cfg would take a minute each. */
const PATIENCE = 10;
const token = crypto.randomUUID();
let failed = 0;
const check = (what, right, more = "") => {
  process.stdout.write(right ? `ok: ${what}\n` : `not ok: ${what} ${more}\n`);
  if (!right) failed++;
};

for (const [name, problem] of await lint())
  check(`deploy/${name} is taken`, problem === undefined, problem);

const dist = await builtFolder();
const codex = await harnessOf("codex");
const folder = await mkdtemp(join(tmpdir(), "h2m-balancer-"));
const servers = new Map();
let balancer;
try {
  const ports = await freePorts(LETTERS.length + 1);
  for (const [at, letter] of LETTERS.entries()) await startServer(letter, ports[at]);
  const front = ports.at(-1);
  await startBalancer(front, ports);
  await balanced(`http://127.0.0.1:${front}`);
} finally {
  balancer?.kill("SIGTERM");
  for (const server of servers.values()) server.kill("SIGTERM");
  await Promise.all([balancer, ...servers.values()]);
  await rm(folder, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);

async function balanced(front) {
  const url = `${front}/mcp/codex`;
  const clients = Array.from({ length: SESSIONS }, () => new Client(url, token));
  for (const client of clients) await client.beginAnew();
  const of = (letter) => clients.filter((client) => client.letter === letter);
  const spread = LETTERS.map((letter) => of(letter).length);
  check(
    `${SESSIONS} sessions are spread: ${spread.join(", ")}`,
    Math.min(...spread) >= SESSIONS / 6,
  );

  const answers = [];
  // Ten at a time: this machine may be small.
  for (let at = 0; at < clients.length; at += 10)
    answers.push(
      ...(await Promise.all(
        clients.slice(at, at + 10).map((each, n) => each.command(`echo own-${at + n}.`)),
      )),
    );
  const own = answers.filter(
    ({ status, text }, at) => status === 200 && text.includes(`own-${at}.`),
  );
  check("each is answered by its own server", own.length === SESSIONS, `${own.length}`);

  for (const path of ["/harness_to_mcp/v1/models", "/harness_to_mcp/mcp", "/drain", "/reload"]) {
    const { status } = await fetch(front + path, { headers: { authorization: `Bearer ${token}` } });
    check(`${path} is not reachable`, status === 404, `${status}`);
  }

  const slow = await of("c")[0].command(`sleep ${PATIENCE + 3}; echo awake.`);
  check("a silent call outlives the balancer's time-out", slow.text.includes("awake."), slow.text);

  // One server is killed while it runs commands.
  const [first, second] = of("a");
  const counter = join(folder, "counter");
  const lost = [first, second].map((client) =>
    client
      .command(`echo ran >> ${counter}; sleep 30`)
      .catch((error) => ({ status: 0, text: String(error) })),
  );
  await until("both run", async () => (await lines(counter)) === 2);
  servers.get("a").kill("SIGKILL");
  for (const { status, text } of await Promise.all(lost))
    check(
      "a call of the killed server ends, and its outcome is said to be unknown",
      status === 502 ? text.includes("is unknown") : status === 0 || !text.includes('"result"'),
      `${status} ${text}`,
    );
  for (const client of of("a")) await client.beginAnew();
  check("its clients begin anew elsewhere", of("a").length === 0);
  const [again] = await Promise.all([first.command("echo back."), second.command("echo back.")]);
  check("and work there", again.text.includes("back."), again.text);
  check("no call was sent again", (await lines(counter)) === 2, `${await lines(counter)}`);

  // One is drained while it runs commands.
  const some = of("b").slice(0, 3);
  const marks = join(folder, "marks");
  const last = some.map((client) => client.command(`echo in >> ${marks}; sleep 3; echo kept.`));
  await until("they run", async () => (await lines(marks)) === some.length);
  servers.get("b").kill("SIGTERM");
  const kept = (await Promise.all(last)).filter(({ text }) => text.includes("kept."));
  check("a server that is drained loses no call", kept.length === some.length, `${kept.length}`);
  const { exitCode } = await servers.get("b");
  check("and ends by itself", exitCode === 0, `${exitCode}`);
  const fresh = new Client(url, token);
  check("what is new goes elsewhere", (await fresh.beginAnew()) === "c", fresh.letter);
}

async function startServer(letter, port) {
  const config = join(folder, `${letter}.config.mjs`);
  await writeFile(
    config,
    `export default {
       harnesses: ["codex"], cwd: ${JSON.stringify(folder)}, heartbeat: 1_000,
       timeouts: { drain: 60_000 }, log: { level: "warn" }, sessions: { max: ${SESSIONS * 2} },
       server: { port: ${port}, instance: "${letter}", trustProxy: ["127.0.0.1"] },
     };`,
  );
  const server = execa("node", [join(dist, "cli.mjs"), "--config", config], {
    cwd: folder,
    env: { PATH: codex + delimiter + process.env.PATH, H2M_TOKEN: token, H2M_ATTACH_KEY: token },
    stdio: ["ignore", "ignore", "inherit"],
    reject: false,
  });
  servers.set(letter, server);
  await until(`server ${letter}`, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    return answer?.status === 200;
  });
}

async function startBalancer(front, ports) {
  const text = await readFile(join(import.meta.dirname, "../../deploy/haproxy.cfg"), "utf8");
  const config = join(folder, "haproxy.cfg");
  await writeFile(
    config,
    text
      .replace("127.0.0.1:9330", `127.0.0.1:${front}`)
      .replaceAll(/127\.0\.0\.1:933([123])/g, (_, at) => `127.0.0.1:${ports[at - 1]}`)
      .replaceAll(/timeout (client|server) 60s/g, `timeout $1 ${PATIENCE}s`),
  );
  balancer = execa("haproxy", ["-db", "-f", config], {
    stdio: ["ignore", "ignore", "inherit"],
    reject: false,
  });
  await until("the balancer", async () => {
    const answer = await fetch(`http://127.0.0.1:${front}/health`).catch(() => undefined);
    return answer?.status === 200;
  });
}

async function lines(file) {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").length - 1;
}

async function until(what, look, ms = 60_000) {
  const end = Date.now() + ms;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${ms / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePorts(count) {
  const open = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer().listen(0, "127.0.0.1");
      return new Promise((resolve) => server.once("listening", () => resolve(server)));
    }),
  );
  const ports = open.map((server) => server.address().port);
  await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
