import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { H2m, ToolMapper } from "../../src/index.ts";
import { mcpStdio } from "../../src/surfaces/mcp-stdio.ts";
import { connectStreams, type McpClient, type Person } from "../helpers/clients.ts";
import { atEnd, connected, serveFake } from "../helpers/server.ts";
import { failure, unhandled, until } from "../helpers/until.ts";

/** A place that holds whoever comes, until it is opened. */
class Stop {
  reached = 0;
  readonly #opened = new Set<() => void>();
  readonly #signals = new Set<AbortSignal>();

  /** Until `open`; where the caller heeds its cancellation, until that. */
  async hold(signal?: AbortSignal, heeds = false): Promise<void> {
    this.reached++;
    if (signal) this.#signals.add(signal);
    await new Promise<void>((resolve, reject) => {
      this.#opened.add(resolve);
      if (heeds) signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
  }

  /** Whether everybody who is held here has been cancelled. */
  get told(): boolean {
    return [...this.#signals].every((signal) => signal.aborted);
  }

  open(): void {
    for (const go of this.#opened) go();
    this.#opened.clear();
  }
}

interface World {
  readonly h2m: H2m;
  readonly client: McpClient;
  /** Of each call that has ended: its error's code, or "result". */
  readonly ended: string[];
  readonly stop: Stop;
  readonly asked: () => number;
  /** Calls that went past the wait for their harness. */
  readonly begun: () => number;
}

const DOORS: [string, (h2m: H2m, person: Person) => Promise<McpClient>][] = [
  ["HTTP, 2025", (h2m, person) => connected(h2m, "", "v1", { person })],
  ["HTTP, 2026-07-28", (h2m, person) => connected(h2m, "", "v2-2026", { person })],
  [
    "stdio",
    async (h2m, person) => {
      const [stdin, stdout] = [new PassThrough(), new PassThrough()];
      const session = h2m.sessions.open({});
      const errors: unknown[] = [];
      const onError = (error: unknown) => void errors.push(error);
      const heartbeat = 15_000;
      const served = mcpStdio({ session, stdin, stdout, version: "1", heartbeat, onError });
      atEnd(() => served.close());
      return connectStreams(stdout, stdin, { person });
    },
  ],
];

/** Where a call waits on its way, and how to know that it has got there. */
interface Await {
  readonly mapper?: (stop: Stop) => ToolMapper["call"];
  readonly delay?: number;
  readonly confirm?: string[];
  readonly tool?: string;
  /** One call is under way before it. */
  readonly behind?: boolean;
  there(world: World): unknown;
}

const AWAITS: Record<string, Await> = {
  // Nothing more can be seen of it from outside.
  "for the harness": { delay: 800, there: () => sleep(200).then(() => true) },
  "in a mapper that heeds it": {
    mapper:
      (stop) =>
      async (call, next, { signal }) => {
        await stop.hold(signal, true);
        return next(call);
      },
    there: ({ stop }) => stop.reached > 0,
  },
  // What comes after it begins with a signal that is aborted already.
  "in a mapper that goes on all the same": {
    mapper:
      (stop) =>
      async (call, next, { signal }) => {
        await stop.hold(signal);
        return next(call);
      },
    there: ({ stop }) => stop.reached > 0,
  },
  "in a mapper that lets go of a call": {
    mapper:
      (stop) =>
      async (call, next, { signal }) => {
        void next({ name: "slow", arguments: { ms: 60_000, text: "x" } });
        await stop.hold(signal, true);
        return next(call);
      },
    confirm: [],
    there: ({ stop }) => stop.reached > 0,
  },
  "for a person": { there: ({ asked }) => asked() > 0 },
  "for its place in line": {
    confirm: [],
    behind: true,
    // The second of two that begin.
    there: ({ begun }) => begun() > 1,
  },
  "for its result": { confirm: [], tool: "slow", there: ({ begun }) => begun() > 0 },
  "in a mapper that has its result": {
    confirm: [],
    mapper:
      (stop) =>
      async (call, next, { signal }) => {
        const result = await next(call);
        await stop.hold(signal);
        return result;
      },
    there: ({ stop }) => stop.reached > 0,
  },
};

async function world(
  { mapper, delay = 0, confirm = ["echo"], behind }: Await,
  open: (h2m: H2m, person: Person) => Promise<McpClient>,
): Promise<World> {
  const stop = new Stop();
  let asked = 0;
  // A person who answers in the very moment of the cancellation, or never.
  const person: Person = async () => {
    asked++;
    await stop.hold();
    return { action: "accept" };
  };
  const call = mapper?.(stop);
  const only: ToolMapper["call"] = (given, next, context) =>
    call && given.name === "echo" ? call(given, next, context) : next(given);
  const h2m = await serveFake(
    { driver: true, delay },
    {
      tools: {
        confirm,
        map: call ? [{ name: "stops", call: only }] : [],
        limits: behind ? { concurrency: 1 } : {},
      },
    },
  );
  const ended: string[] = [];
  h2m.on("call:end", ({ error }) => void ended.push(error?.code ?? "result"));
  let begun = 0;
  h2m.on("call:start", () => void begun++);
  const client = await open(h2m, person);
  if (delay === 0) await client.names();
  return { h2m, client, ended, stop, asked: () => asked, begun: () => begun };
}

describe.each(DOORS)("a call over %s that is cancelled", (door, open) => {
  it.each(Object.entries(AWAITS))("while it waits %s ends, and the server lives", async (_, at) => {
    const missed = await unhandled(async () => {
      const given = await world(at, open);
      const { h2m, client, ended, stop } = given;
      const first = at.behind ? client.call("slow", { ms: 1_000, text: "first" }) : undefined;
      const control = new AbortController();
      const args = at.tool === "slow" ? { ms: 60_000, text: "x" } : { text: "x" };
      const call = client.call(at.tool ?? "echo", args, { signal: control.signal });
      const failed = failure(call);
      await until("it is there", () => at.there(given));

      control.abort();
      await until("the server knows of it", () => stop.told);
      stop.open();

      await failed;
      await first;
      expect(await client.text("pid")).toMatch(/^\d+$/);
      // In the 2026 era a client that is asked has no request open: its silence ends with its deadline, or the session.
      const silent = door === "HTTP, 2026-07-28" && at === AWAITS["for a person"];
      if (silent) await h2m.close();
      await until("each call's end", () => ended.length === (first ? 3 : 2));
      await until("nothing waits", () => h2m.sessions.list().every((each) => !busy(each)));
    });

    expect(missed).toEqual([]);
  });

  it("at any moment never ends the server, nor stays", async () => {
    const missed = await unhandled(async () => {
      const { h2m, client } = await world({ there: () => true }, open);
      const calls = Array.from({ length: 60 }, async (_, index) => {
        const control = new AbortController();
        const call = client.call("echo", { text: "x" }, { signal: control.signal });
        const failed = call.catch(() => {});
        await sleep(index % 20);
        control.abort();
        await failed;
      });
      await Promise.all(calls);

      expect(await client.text("pid")).toMatch(/^\d+$/);
      if (door === "HTTP, 2026-07-28") await h2m.close();
      await until("nothing waits", () => h2m.sessions.list().every((each) => !busy(each)));
    });

    expect(missed).toEqual([]);
  });
});

function busy(session: object): boolean {
  return (session as { busy?: boolean }).busy === true;
}
