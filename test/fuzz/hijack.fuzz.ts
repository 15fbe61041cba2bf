import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WIRES } from "../../src/testing.ts";
import { count, type Door, flood, type Known, MESSAGES, stillServes } from "./flood.ts";
import { judged, type Message, Sender, strange } from "./http.ts";
import { garbled, mutated } from "./mutate.ts";
import type { Random } from "./random.ts";
import { APIS, keyFor, learn, turn } from "./turns.ts";
import { ATTACH_KEY, TOKEN, World } from "./world.ts";

/** A client's call stood in a turn that was held. */
const CALL = "call that went out";

let world: World;
let sender: Sender;

beforeAll(async () => {
  world = await World.start();
  sender = new Sender(world.hijackUrl);
});
afterAll(async () => {
  sender.rest();
  expect(await world.close()).toBe(0);
});

describe("the hijack API", () => {
  it(
    "answers whatever comes, and stays as it was",
    async () => {
      const door: Door = {
        name: "hijack",
        share: 0.35,
        rest: () => sender.rest(),
        tally: sender.tally,
        must: [CALL],
        send: async (random, known) => {
          const roll = random.next();
          const message =
            roll < 0.1
              ? client(random)
              : roll < 0.15
                ? beside(random, known)
                : asked(random, known);
          const outcome = await sender.send(message);
          // A turn in which a call goes out is over: an attached harness has no witness.
          const calls = "answer" in outcome ? learn(outcome.answer.body) : 0;
          for (let i = 0; i < calls; i++) count(sender.tally, CALL);
          return judged(message, outcome, known.secrets);
        },
      };
      await flood(door, world);
      await stillServes(world);
    },
    120_000 + MESSAGES * 20,
  );
});

/** A request for a next step. */
function asked(random: Random, known: Known): Message {
  const api = random.pick(APIS);
  const wire = WIRES[api];
  const text = mutated(turn(api, random), random, random.pick([0, 0, 0, 1, 1, 1, 2, 5]));
  const padded = random.chance(0.005) ? text + " ".repeat(4_000_000) : text;
  const body = random.chance(0.1) ? garbled(padded, random) : Buffer.from(padded);
  const headers = {
    "content-type": "application/json",
    ...wire.keyHeader(keyFor(random, ATTACH_KEY, known.hostKeys)),
  };
  return {
    method: "POST",
    path: `/harness_to_mcp${wire.path}`,
    headers: random.chance(0.15) ? strange(headers, random) : headers,
    body,
    // Until a client calls a tool: the longer it is, the more calls go out in it.
    held: random.pick([25, 25, 25, 250]),
    // Without `stream` not even the head of an answer comes before that.
    leave: !body.includes('"stream":true') || random.chance(0.3) ? random.below(60) : undefined,
    cut: random.chance(0.04) ? random.below(body.length) : undefined,
  };
}

/** What stands beside the turns: models, token counts, posts of hosts, paths that are none. */
function beside(random: Random, known: Known): Message {
  const [method, path] = random.pick<readonly [string, string]>([
    ["GET", "/v1/models"],
    ["POST", "/v1/messages/count_tokens"],
    ["POST", "/hosts/telemetry"],
    ["POST", "/hosts/../v1/messages"],
    ["POST", "/hosts/%00"],
    ["GET", "/v1/responses"],
    ["DELETE", "/v1/messages"],
    ["POST", "/v1/__proto__"],
    ["POST", "/v1/messages/"],
    ["POST", "//v1/messages"],
    ["GET", "/health"],
  ]);
  const key = random.chance(0.1) ? TOKEN : keyFor(random, ATTACH_KEY, known.hostKeys);
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  return {
    method,
    path: `/harness_to_mcp${path}`,
    headers: random.chance(0.2) ? strange(headers, random) : headers,
    ...(method === "POST" ? { body: Buffer.from(mutated({ a: [{}] }, random, 2)) } : {}),
  };
}

/** A client that calls a tool of an attached harness and does not wait for its end. */
function client(random: Random): Message {
  const method = random.pick(["tools/list", "tools/call", "tools/call", "tools/call"]);
  const name = random.pick(["say", "look", "ref", "patch", "crew_hire"]);
  const lawful = name === "patch" ? { input: "x" } : { text: "x", more: [{}] };
  const params = {
    ...(method === "tools/call" ? { name, arguments: "@@arguments@@" } : {}),
    _meta: {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  };
  return {
    method: "POST",
    path: `/mcp/n${random.below(4)}`,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(method === "tools/call" ? { "mcp-name": name } : {}),
    },
    // Only the arguments are changed: all else would be refused before they are looked at.
    body: Buffer.from(
      JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }).replace('"@@arguments@@"', () =>
        mutated(lawful, random, random.pick([0, 1, 1, 2, 4])),
      ),
    ),
    leave: random.pick([10, 300, 3_000, 3_000]),
  };
}
