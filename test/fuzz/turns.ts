import { type ApiName, type HistoryItem, type WireTool, WIRES } from "../../src/testing.ts";
import type { Random } from "./random.ts";

export const APIS = Object.keys(WIRES) as ApiName[];

const schema = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
const TOOLS: readonly WireTool[] = [
  { name: "say", description: "Says.", schema },
  { name: "look", description: "Looks.", schema: { type: "object", properties: {} } },
  { name: "ref", schema: { type: "object", $defs: { a: schema }, $ref: "#/$defs/a" } },
];

/** Ids of calls that h2m has sent, for results of later requests. */
const callIds: string[] = [];

/** Keeps the call ids that stand in a reply; tells how many are new. */
export function learn(reply: string): number {
  const found = [...reply.matchAll(/h2m_[0-9a-f]{32}/g)].map(([id]) => id);
  const fresh = [...new Set(found)].filter((id) => !callIds.includes(id));
  callIds.push(...fresh);
  callIds.splice(0, callIds.length - 50);
  return fresh.length;
}

/** A lawful request of an API: a first turn, one with results, or a side turn. */
export function turn(api: ApiName, random: Random): Record<string, unknown> {
  const history: HistoryItem[] = [{ user: random.pick(["Go.", "Go on.", ""]) }];
  for (let i = random.pick([0, 0, 1, 3]); i > 0; i--) history.push(...step(random));
  const kinds: readonly WireTool[] =
    api === "responses"
      ? [
          ...TOOLS,
          { name: "patch", custom: true },
          { name: "crew", description: "A group.", members: [{ name: "hire", schema }] },
          { name: "web_search", hosted: "web_search" },
        ]
      : TOOLS;
  const body = WIRES[api].request({
    history,
    tools: random.chance(0.1)
      ? []
      : random.chance(0.6)
        ? kinds
        : kinds.slice(0, 1 + random.below(kinds.length)),
    system: "Be a flood.",
    stream: !random.chance(0.1),
  });
  if (api === "responses" && random.chance(0.1)) body["generate"] = false;
  return body;
}

/** A call and its result; the id may be one that really is out. */
function step(random: Random): HistoryItem[] {
  const id = callIds.length > 0 && random.chance(0.7) ? random.pick(callIds) : "h2m_unknown";
  const call = { id, name: "say", arguments: { text: "x" } };
  const content = random.pick([
    [{ type: "text", text: "done" }],
    [{ type: "text", text: "" }],
    [{ type: "image", mimeType: "image/png", data: "iVBORw0KGgo=" }],
    [],
  ]);
  return [
    { calls: [call] },
    { results: [{ call, result: { content, isError: random.chance(0.2) } }] },
  ];
}

/** A key of those that a caller may try. The first ones open the door. */
export function keyFor(random: Random, attachKey: string, hostKeys: readonly string[]): string {
  const name = `n${random.below(4)}`;
  const roll = random.next();
  if (roll < 0.65) return `${attachKey}.${name}`;
  if (roll < 0.75) return attachKey;
  if (roll < 0.85 && hostKeys.length > 0) return random.pick(hostKeys);
  return random.pick([
    `${attachKey}.`,
    `${attachKey}.claude`,
    `${attachKey}.fake`,
    `${attachKey}.__proto__`,
    `${attachKey}.A/../b`,
    `${attachKey}.${"n".repeat(200)}`,
    `${attachKey}x`,
    "h2mhost_00000000000000000000000000000000",
    "",
  ]);
}
