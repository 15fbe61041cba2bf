import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { McpClient, PlainClient } from "./client.mjs";
import { measure } from "./measure.mjs";
import { startRelay } from "./processes.mjs";

const KB = 1024;
const MB = 1024 * KB;
const TOKEN = "bench-token";
/** The case that has a goal, and whose time it is about. */
export const GOAL = "1 KB, one after another";
export const OPEN = "h2m, open turn";
/** For all cases together, on a machine that is busy with other things too. */
const FULL_MS = 50_000;
const QUICK_MS = 12_000;
/** Sessions that are served at the same time. */
const SESSIONS = 50;

const CASES = [
  {
    name: GOAL,
    bytes: KB,
    together: 1,
    rounds: 100,
    blocks: 12,
    share: 0.36,
    who: ["open", "closed", "modern", "heavy", "sdk"],
  },
  pair("100 KB, one after another", { bytes: 100 * KB, together: 1, rounds: 30, blocks: 10 }),
  pair("1 MB, one after another", { bytes: MB, together: 1, rounds: 5, blocks: 8 }),
  pair("1 KB, 8 at once", { bytes: KB, together: 8, rounds: 25, blocks: 10 }),
  pair("1 KB, 32 at once", { bytes: KB, together: 32, rounds: 10, blocks: 10 }),
  pair("100 KB, 32 at once", { bytes: 100 * KB, together: 32, rounds: 2, blocks: 6 }),
  pair("1 MB, 32 at once", { bytes: MB, together: 32, rounds: 1, blocks: 3 }),
  {
    ...pair(`1 KB, ${SESSIONS} sessions at once`, {
      bytes: KB,
      together: SESSIONS,
      rounds: 5,
      blocks: 10,
    }),
    who: ["openSessions", "closedSessions"],
  },
];

/** `share`: of the time there is, at most. */
function pair(name, sizes) {
  return { name, ...sizes, share: 0.1, who: ["open", "closed"] };
}

const NAMES = {
  open: "open turn",
  closed: "closed turn",
  modern: "open turn, 2026-07-28",
  heavy: "closed turn of 100 KB",
  sdk: "open turn, SDK client",
  openSessions: "open turns",
  closedSessions: "closed turns",
};

/**
 * Measures every case, and tells `begins` its name first; the limit is the first of those found. With a second server (`beside`), each row is followed by the same
 * one of that build.
 */
export async function* measureCalls(server, { quick, only, who: chosen, beside, begins }) {
  const relay = await startRelay();
  const crew = new Crew(server);
  const others = beside && new Crew(beside, "beside, ");
  try {
    for (const { name, who, share, ...sizes } of CASES) {
      const here = who.filter((each) => chosen === undefined || each === chosen);
      if (!name.includes(only) || here.length === 0) continue;
      begins?.(name);
      const { together } = sizes;
      const limit = { name: "limit: two loopback POSTs", ...plain(relay, together) };
      const contestants = [limit];
      for (const each of here) {
        contestants.push(await crew.contestant(each, together));
        if (others) contestants.push(await others.contestant(each, together));
      }
      const blocks = quick ? Math.ceil(sizes.blocks / 4) : sizes.blocks;
      const ms = share * (quick ? QUICK_MS : FULL_MS) * (others ? 2 : 1);
      const found = await measure(contestants, { ...sizes, blocks, ms });
      limit.close();
      yield { name, found };
    }
  } finally {
    await crew.close();
    await others?.close();
    await relay.stop();
  }
}

function plain(relay, together) {
  const client = new PlainClient(relay.url);
  return {
    clients: Array(together).fill(client),
    usage: relay.usage,
    close: () => client.close(),
  };
}

/** The clients of h2m, each made when it is first needed. */
class Crew {
  #server;
  #prefix;
  #made = new Map();
  #stops = [];

  constructor(server, prefix = "h2m, ") {
    this.#server = server;
    this.#prefix = prefix;
  }

  async contestant(who, together) {
    const made = this.#made.get(who) ?? (await this.#make(who));
    this.#made.set(who, made);
    const clients = Array.isArray(made) ? made : Array(together).fill(made);
    return { name: this.#prefix + NAMES[who], clients, usage: () => this.#server.usage() };
  }

  async close() {
    for (const stop of this.#stops) await stop();
  }

  #make(who) {
    const { mcpUrl } = this.#server.ready;
    switch (who) {
      case "modern":
        return this.#raw(`${mcpUrl}/open`, (client) => client.modern());
      case "sdk":
        return this.#sdk(`${mcpUrl}/open`);
      case "openSessions":
        return this.#sessions(`${mcpUrl}/open`);
      case "closedSessions":
        return this.#sessions(`${mcpUrl}/closed`);
      default:
        return this.#raw(`${mcpUrl}/${who}`, (client) => client.initialize());
    }
  }

  async #raw(url, open) {
    const client = new McpClient(url, TOKEN);
    this.#stops.push(() => client.close());
    await open(client);
    await client.list();
    return client;
  }

  /** The SDK's own client, which spends time of its own. */
  async #sdk(url) {
    const client = new Client({ name: "bench", version: "1" });
    const requestInit = { headers: { authorization: `Bearer ${TOKEN}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
    this.#stops.push(() => client.close());
    let mark = 1;
    return {
      call: (bytes) => client.callTool({ name: "text", arguments: { mark: mark++, bytes } }),
    };
  }

  #sessions(url) {
    return Promise.all(
      Array.from({ length: SESSIONS }, () => this.#raw(url, (client) => client.initialize())),
    );
  }
}
