import { describe, expect, it } from "vitest";
import type { H2m } from "../../src/index.ts";
import { fakePlugin } from "../../src/testing.ts";
import { RawClient } from "../faults/raw-client.ts";
import { connect, ERAS } from "../helpers/clients.ts";
import { connected, serve, serveFake } from "../helpers/server.ts";
import { lives, until } from "../helpers/until.ts";

const DRIVEN = { driver: true, headers: true } as const;
/** Long enough that a client that comes back is not too late on a busy machine. */
const PATIENT = 1_000;
const timeouts = { gone: 250 };
const raw = (h2m: H2m, path = "") => RawClient.open(h2m, "2025-11-25", path);

/** A stream that the client has opened, and the server knows of. */
async function listening(client: RawClient) {
  const stream = client.listen();
  expect(await stream.begun()).toBe(200);
  return stream;
}

/** Waits until a client that comes and goes now is known to be gone: whoever was away before it would be as well. */
async function witness(h2m: H2m): Promise<void> {
  const client = await raw(h2m);
  const pid = Number(await client.text("pid"));
  await listening(client);
  client.vanish();
  await until("the witness is gone", () => !lives(pid));
}

describe("a client that goes without DELETE", () => {
  it("thirty times over leaves no process behind, however it went", async () => {
    const h2m = await serveFake(DRIVEN, { timeouts });
    const pids: number[] = [];
    const reasons: string[] = [];
    h2m.on("session:close", ({ reason }) => void reasons.push(reason));
    for (let round = 0; round < 10; round++) {
      const [one, two] = await Promise.all([
        connect("v1", h2m.mcpUrl, h2m.token),
        connect("v2-2025", h2m.mcpUrl, h2m.token),
      ]);
      const three = await raw(h2m);
      await listening(three);
      for (const client of [one, two, three]) pids.push(Number(await client.text("pid")));
      // With a call under way too.
      if (round % 2 === 0) three.call("stuck", {});
      await Promise.all([one.close(), two.close()]);
      three.vanish();
    }

    await until("they have ended", () => h2m.sessions.list().length === 0);

    await until("so have the processes", () => !pids.some(lives));
    expect(new Set(pids).size).toBe(30);
    expect(new Set(reasons)).toEqual(
      new Set(["its client has closed its stream, and asked nothing for 0.25 s"]),
    );
    // Thirty processes.
  }, 180_000);

  it("ends what stands behind one of several harnesses too", async () => {
    const plugins = [
      fakePlugin({ name: "uno", ...DRIVEN }),
      fakePlugin({ name: "duo", ...DRIVEN }),
    ];
    const h2m = await serve({ harnesses: ["uno", "duo"], plugins, timeouts });
    const client = await connect("v1", h2m.mcpUrl, h2m.token);
    const pids = [await client.text("uno_pid"), await client.text("duo_pid")].map(Number);
    expect(h2m.sessions.list().length).toBe(2);

    await client.close();

    await until("both have ended", () => h2m.sessions.list().length === 0);
    await until("so have the processes", () => !pids.some(lives));
  });

  it("also when all that it still says are notifications", async () => {
    const h2m = await serveFake(DRIVEN, { timeouts });
    const client = await raw(h2m);
    const pid = Number(await client.text("pid"));
    const stream = await listening(client);
    stream.leave();

    await client.tell("notifications/cancelled", { requestId: 1 }).ended();

    await until("it has ended", () => !lives(pid));
  });

  it("leaves a session that it shares, and in the 2026 era there is no other", async () => {
    const h2m = await serveFake(DRIVEN, { timeouts });
    const pids = await Promise.all(
      ERAS.map(async (era) => {
        const client = await connected(h2m, `/fake/${era}`, era);
        const pid = Number(await client.text("pid"));
        await client.close();
        return pid;
      }),
    );

    await witness(h2m);

    expect(pids.every(lives)).toBe(true);
  });

  it("makes room before one that is there, though that is idle for longer", async () => {
    const h2m = await serveFake(DRIVEN, { sessions: { max: 2 } });
    h2m.sessions.open({});
    const dropped = h2m.sessions.open({});
    dropped.away();
    const closed: string[] = [];
    h2m.on("session:close", ({ session, reason }) => closed.push(`${session.id} ${reason}`));

    await connected(h2m);

    expect(closed).toEqual([
      `${dropped.id} 2 sessions are open, and its client has closed its stream`,
    ]);
  });
});

describe("a client keeps its session", () => {
  it("that never opened a stream, however long it thinks", async () => {
    const h2m = await serveFake(DRIVEN, { timeouts: { gone: PATIENT } });
    const client = await raw(h2m);
    const pid = await client.text("pid");

    await witness(h2m);

    expect(await client.text("pid")).toBe(pid);
  });

  it("whose stream was cut, if it opens another", async () => {
    const h2m = await serveFake(DRIVEN, { timeouts: { gone: PATIENT } });
    const client = await raw(h2m);
    const pid = await client.text("pid");
    let stream = await listening(client);
    for (let cut = 0; cut < 3; cut++) {
      stream.leave();
      // Until the server has seen the end of the old one, it refuses another.
      await until("another is open", async () => {
        stream = client.listen();
        return (await stream.begun()) === 200;
      });
    }

    await witness(h2m);

    expect(await client.text("pid")).toBe(pid);
  });

  it("whose stream was cut for good, if it asks for something", async () => {
    const h2m = await serveFake(DRIVEN, { timeouts: { gone: PATIENT } });
    const client = await raw(h2m);
    (await listening(client)).leave();
    const pid = await client.text("pid");

    await witness(h2m);

    expect(await client.text("pid")).toBe(pid);
  });

  it("whose call runs when its stream is cut, until the answer and after it", async () => {
    const h2m = await serveFake(DRIVEN, { timeouts: { gone: PATIENT } });
    const client = await raw(h2m);
    const pid = await client.text("pid");
    const stream = await listening(client);
    const running = client.text("slow", { ms: 2 * PATIENT, text: "to its end" });
    stream.leave();

    expect(await running).toBe("to its end");
    await witness(h2m);

    expect(await client.text("pid")).toBe(pid);
  });

  it("while its stream is open, though it asks for nothing", async () => {
    const h2m = await serveFake(DRIVEN, { timeouts: { gone: PATIENT } });
    const client = await connected(h2m);
    const pid = await client.text("pid");

    await witness(h2m);

    expect(await client.text("pid")).toBe(pid);
  });
});
