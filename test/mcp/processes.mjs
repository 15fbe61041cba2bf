// The processes of a run: h2m, and the suite or the Inspector on a Node of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";

const HERE = import.meta.dirname;
/** The suite dies on Node 20 (0.2.0-alpha.12: `fs` has no `globSync` there); the Inspector says that it needs 22.19. */
const NODE = join(HERE, "node_modules/node/bin/node");
const SUITE = join(HERE, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
const INSPECTOR = join(
  HERE,
  "inspector/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js",
);
/** The config of the fixture harness. */
const FIXTURE = join(HERE, "h2m.config.mjs");
/** Milliseconds for one program; a revision takes 10 to 30 s. */
const LIMIT = 180_000;

/** Installs the suite and its Node, if they are not here. */
export async function install() {
  if (!existsSync(NODE)) await npm("ci", "--prefix", HERE);
}

/** Installs the Inspector and the Node that it runs on. Its lock file would be one that `npm ci` refuses. */
export async function installInspector() {
  await install();
  if (existsSync(INSPECTOR)) return;
  await npm("install", "--no-package-lock", "--omit=optional", "--prefix", join(HERE, "inspector"));
}

/** @throws Error if npm does */
export async function npm(...args) {
  const { code } = await runs("npm", args);
  if (code !== 0) throw new Error(`npm ${args[0]} ended with ${code}.`);
}

/** Lets the Inspector judge a list of tools (`--strict`); gives its exit code (6: errors) and what it says of the list. */
export async function inspects(url, era) {
  const args = ["--cli", url, "--transport", "http", "--protocol-era", era];
  const more = ["--connect-timeout", "60000", "--method", "tools/list", "--strict"];
  return runs(NODE, ["--no-warnings", INSPECTOR, ...args, ...more], "pipe");
}

/** Runs the suite for one revision against an h2m of its own; gives the suite's exit code and output. */
export async function conforms({ dist, revision, expected, out }) {
  const h2m = await startH2m(dist, FIXTURE);
  try {
    await warm(h2m.url);
    const suite = [SUITE, "server", "--url", h2m.url, "--requirements", revision, "-o", out];
    return await runs(NODE, [...suite, "--expected-failures", expected], "pipe");
  } finally {
    await h2m.stop();
  }
}

/** Runs a program to its end; gives its exit code and, if it is piped, its output. */
export async function runs(command, args, output = "inherit") {
  const child = spawn(command, args, {
    stdio: ["ignore", output, output],
    timeout: LIMIT,
  });
  const parts = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => parts.push(part));
  const [code, signal] = await once(child, "close");
  return { code: code ?? signal, output: Buffer.concat(parts).toString() };
}

/** Starts the built h2m without secrets; gives its URL, and how it is ended. */
export async function startH2m(dist, config, args = []) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("H2M_")),
  );
  const child = spawn(
    process.execPath,
    [join(dist, "cli.mjs"), "--config", config, "--no-auth", "--port", "0", ...args],
    { env, stdio: ["ignore", "ignore", "pipe"] },
  );
  const closed = once(child, "close");
  let said = "";
  const url = await new Promise((resolve, reject) => {
    child.stderr.on("data", (part) => {
      said += part;
      const found = /http:\/\/127\.0\.0\.1:\d+\/mcp/.exec(said);
      if (found) resolve(found[0]);
    });
    child.once("close", (code) => reject(new Error(`h2m ended with ${code}: ${said}`)));
  });
  return {
    url,
    /** It must have lived until now, and end as it should. */
    stop: async () => {
      child.kill("SIGTERM");
      const [code, signal] = await closed;
      if (code !== 0) throw new Error(`h2m ended with ${code ?? signal}: ${said}`);
    },
  };
}

/** The suite gives some answers half a second, which a harness's start and a first call may need on a busy machine. */
async function warm(url) {
  const params = {
    name: "test_simple_text",
    arguments: {},
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  };
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": params.name,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
  });
  const body = await response.text();
  if (!body.includes("simple text response")) throw new Error(`The fixture harness says: ${body}`);
}
