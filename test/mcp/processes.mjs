// The processes of a conformance run: h2m, and the suite on a Node of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const HERE = import.meta.dirname;
/** The suite dies on Node 20 (0.2.0-alpha.12: `fs` has no `globSync` there). */
const NODE = join(HERE, "node_modules/node/bin/node");
const SUITE = join(HERE, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
/** Milliseconds for one program; a revision takes 10 to 30 s. */
const LIMIT = 180_000;

/** Runs the suite for one revision against an h2m of its own; gives the suite's exit code and output. */
export async function conforms({ dist, revision, expected, out }) {
  const h2m = await startH2m(dist);
  try {
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

async function startH2m(dist) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("H2M_")),
  );
  const config = join(HERE, "h2m.config.mjs");
  const child = spawn(
    process.execPath,
    [join(dist, "cli.mjs"), "--config", config, "--no-auth", "--port", "0"],
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
  await warm(url);
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
