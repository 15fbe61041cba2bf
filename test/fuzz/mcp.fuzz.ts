import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, flood, MESSAGES, stillServes } from "./flood.ts";
import { judged, type Message, type Outcome, Sender, strange } from "./http.ts";
import { garbled, mutated } from "./mutate.ts";
import type { Random } from "./random.ts";
import { TOKEN, World } from "./world.ts";

const PROTOCOL = "io.modelcontextprotocol";
const META = {
  [`${PROTOCOL}/protocolVersion`]: "2026-07-28",
  [`${PROTOCOL}/clientInfo`]: { name: "flood", version: "1" },
};

/** Ids of requests that are cancelled at times: those have no answer, by the protocol. */
const CANCELLED = ["c1", "c2", "c3"];

let world: World;
let sender: Sender;
/** Of 2025-era clients, as they were given. */
const sessions: { id: string; path: string }[] = [];

beforeAll(async () => {
  world = await World.start();
  sender = new Sender(world.mcpUrl);
});
afterAll(async () => {
  sender.rest();
  expect(await world.close()).toBe(0);
});

describe("MCP over HTTP", () => {
  it(
    "answers whatever comes, and stays as it was",
    async () => {
      const door: Door = {
        name: "mcp",
        share: 0.45,
        rest: () => sender.rest(),
        tally: sender.tally,
        send: async (random, { secrets }) => {
          const message = random.chance(0.5) ? legacy(random) : modern(random);
          const outcome = await sender.send(message);
          remember(message, outcome);
          return judged(message, outcome, secrets);
        },
      };
      await flood(door, world);
      await stillServes(world);
    },
    120_000 + MESSAGES * 20,
  );
});

/** Ids of sessions are used by later messages. */
function remember(message: Message, outcome: Outcome): void {
  if (outcome.kind !== "answered") return;
  if (outcome.answer.status === 404 || message.method === "DELETE") {
    const gone = sessions.findIndex((known) => known.id === message.headers["mcp-session-id"]);
    if (gone !== -1) sessions.splice(gone, 1);
  }
  const id = outcome.answer.headers["mcp-session-id"];
  if (typeof id !== "string" || outcome.answer.status !== 200) return;
  sessions.push({ id, path: message.path });
  if (sessions.length > 20) sessions.shift();
}

function legacy(random: Random): Message {
  const known = random.chance(0.8) && sessions.length > 0 ? random.pick(sessions) : undefined;
  const headers: Record<string, string> = {
    authorization: `Bearer ${TOKEN}`,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    ...(known ? { "mcp-session-id": known.id } : {}),
    ...(random.chance(0.5) ? { "mcp-protocol-version": "2025-11-25" } : {}),
  };
  const path = known?.path ?? place(random);
  if (random.chance(0.04)) return wordless(random, path, headers);
  const request = known || random.chance(0.5) ? legacyRequest(random) : initialize(random);
  const many = random.chance(0.05) ? [request, legacyRequest(random), initialize(random)] : request;
  return posted(random, path, headers, many);
}

function modern(random: Random): Message {
  const request = modernRequest(random);
  const headers: Record<string, string> = {
    authorization: `Bearer ${TOKEN}`,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-protocol-version": "2026-07-28",
  };
  const { method, path, body, ...rest } = posted(random, place(random), headers, request);
  // Headers that say what the body says let a changed body in.
  const said = random.chance(0.9) ? parsed(body) : request;
  return { method, path, body, ...rest, headers: { ...rest.headers, ...mirrored(said) } };
}

function mirrored(request: unknown): Record<string, string> {
  const { method, params } = (request ?? {}) as { method?: unknown; params?: { name?: unknown } };
  const name = params?.name;
  const isHeader = (text: unknown): text is string =>
    typeof text === "string" && /^[ -~]*$/.test(text);
  return {
    ...(isHeader(method) ? { "mcp-method": method } : {}),
    ...(isHeader(name) ? { "mcp-name": name } : {}),
  };
}

function parsed(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}

/** A message as it should be, or with a changed structure, garbled bytes, strange headers, or an end before its end. */
function posted(
  random: Random,
  path: string,
  headers: Record<string, string>,
  request: unknown,
): Message {
  const text = mutated(request, random, random.pick([0, 0, 0, 1, 1, 1, 2, 5]));
  const padded = random.chance(0.005) ? text + " ".repeat(2_000_000) : text;
  const body = random.chance(0.1) ? garbled(padded, random) : Buffer.from(padded);
  return {
    method: "POST",
    path,
    headers: random.chance(0.2) ? strange(headers, random) : headers,
    body,
    // A subscription lasts as long as its client.
    held: body.includes("subscriptions/listen") ? 25 : undefined,
    leave: /"id":(?!\d{3}|"id-)/.test(text) || random.chance(0.05) ? random.below(40) : undefined,
    cut: random.chance(0.03) ? random.below(body.length) : undefined,
  };
}

/** Methods without a body: the stream of a session, its end, and others that are none. */
function wordless(random: Random, path: string, headers: Record<string, string>): Message {
  const method = random.pick(["GET", "GET", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD", "TRACE"]);
  return {
    method,
    path,
    headers: random.chance(0.3) ? strange(headers, random) : headers,
    held: method === "GET" ? 25 : undefined,
  };
}

function place(random: Random): string {
  if (random.chance(0.9))
    return random.pick(["/mcp/fake/a", "/mcp/fake/b", "/mcp/fake/c", "/mcp/old/a"]);
  return random.pick([
    "/mcp",
    "/mcp/fake",
    "/mcp/old",
    "/mcp/fake/",
    "/mcp//fake",
    "/mcp/fake/A",
    "/mcp/fake/__proto__",
    "/mcp/__proto__",
    "/mcp/constructor/x",
    "/mcp/claude",
    "/mcp/nobody",
    "/mcp/fake/a/b",
    "/mcp/..%2f..%2fetc",
    "/mcp?x=1",
    "/mcp/%",
    "/mcp/%ff",
    "/harness_to_mcp/mcp/fake/a",
    "/harness_to_mcp/mcp",
    "/health",
    "/",
    "//mcp",
  ]);
}

function initialize(random: Random): object {
  return {
    jsonrpc: "2.0",
    id: unique(random),
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: abilities(random),
      clientInfo: { name: "flood", version: "1" },
    },
  };
}

/** Some can ask a person, who never answers. */
function abilities(random: Random): object {
  return random.chance(0.4) ? { elicitation: random.pick([{}, { form: {} }]) } : {};
}

function legacyRequest(random: Random): object {
  const id = unique(random);
  const [method, params] = random.pick<readonly [string, object]>([
    ["tools/list", {}],
    ["tools/list", { cursor: "x" }],
    ["tools/call", call(random)],
    ["tools/call", call(random)],
    ["tools/call", { ...call(random), _meta: { progressToken: random.pick<unknown>([1, "p"]) } }],
    ["ping", {}],
    ["logging/setLevel", { level: "debug" }],
    ["resources/list", {}],
    ["prompts/get", { name: "x" }],
    ["completion/complete", {}],
    ["notifications/initialized", {}],
    ["notifications/cancelled", { requestId: random.pick(CANCELLED), reason: "flood" }],
    ["notifications/progress", { progressToken: 1, progress: 1 }],
    ["notifications/roots/list_changed", {}],
  ]);
  const body = { jsonrpc: "2.0", method, params };
  if (random.chance(0.05)) return { jsonrpc: "2.0", id, result: {} };
  return method.startsWith("notifications/") ? body : { ...body, id };
}

function modernRequest(random: Random): { method: string; params: object; id?: string | number } {
  const [method, params] = random.pick<readonly [string, object]>([
    ["server/discover", {}],
    ["tools/list", {}],
    ["tools/call", call(random)],
    ["tools/call", call(random)],
    ["subscriptions/listen", { notifications: { toolsListChanged: true } }],
    ["resources/read", { uri: "file:///etc/passwd" }],
    ["prompts/list", {}],
    ["notifications/cancelled", { requestId: 1 }],
    ["unknown/method", {}],
  ]);
  const progress = random.chance(0.2) ? { progressToken: "p" } : {};
  const body = {
    jsonrpc: "2.0",
    method,
    params: {
      ...params,
      _meta: { ...META, [`${PROTOCOL}/clientCapabilities`]: abilities(random), ...progress },
    },
  };
  return method.startsWith("notifications/") ? body : { ...body, id: unique(random) };
}

/** Two requests of one session with one id are one to the SDK: what a client does to itself is no hang. */
function unique(random: Random): string | number {
  if (random.chance(0.05)) return random.pick(CANCELLED);
  return random.chance(0.5) ? random.below(1e9) : `id-${random.below(1e9)}`;
}

/** Tools that end by themselves. */
function call(random: Random): object {
  return random.pick<object>([
    { name: "echo", arguments: { text: "a" } },
    { name: "echo", arguments: {} },
    { name: "echo", arguments: { text: "\u2028\u0000\ud83d" } },
    { name: "fail", arguments: { text: "b" } },
    { name: "image", arguments: {} },
    { name: "big", arguments: { n: 50_000 } },
    { name: "slow", arguments: { ms: 20, text: "c" } },
    { name: "nothing", arguments: {} },
    { name: "__proto__", arguments: {} },
  ]);
}
