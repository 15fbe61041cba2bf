import { describe, expect } from "vitest";
import { failure, lives } from "../helpers/until.ts";
import { DRIVEN, fault, inTime, until } from "./scene.ts";

/** Generous for a busy machine: a new harness is a new Node process. */
const NEW_HOST = 5_000;
const AT_ONCE = 1_000;

describe("kill -9 of the harness", () => {
  fault("while it is idle: the next call starts another", {}, async (scene) => {
    const { host, client } = scene;

    scene.signal("SIGKILL");
    await until("its end is known", () => scene.exits.includes(host));

    expect(await inTime(NEW_HOST, client.text("echo", { text: "again" }))).toBe("again");
    expect(scene.hosts.length).toBe(2);
    await scene.asWarm();
  });

  fault("the moment before a call: it is run once, or told as lost", {}, async (scene) => {
    const { client } = scene;

    scene.signal("SIGKILL");
    const told = client.text("echo", { text: "once" }).catch((error: Error) => error.message);

    expect(await inTime(NEW_HOST, told)).toMatch(/^once$|SIGKILL.*may or may not have run/s);
    expect(scene.runs("echo")).toBeLessThanOrEqual(1);
    expect(await client.text("echo", { text: "next" })).toBe("next");
    await scene.asWarm();
  });

  fault(
    "in a call: it fails at once with the signal, and the next one works",
    {},
    async (scene) => {
      const { client } = scene;
      const call = failure(client.call("stuck"));
      await scene.running("stuck");

      scene.signal("SIGKILL");

      const { message } = await inTime(AT_ONCE, call);
      expect(message).toContain("ended by SIGKILL");
      expect(message).toContain("may or may not have run");
      expect(await inTime(NEW_HOST, client.text("echo", { text: "next" }))).toBe("next");
      expect(scene.runs("stuck")).toBe(1);
      await scene.asWarm();
    },
  );

  fault("with two calls out: both fail, neither is run again", {}, async (scene) => {
    const { client } = scene;
    const calls = [
      failure(client.call("stuck")),
      failure(client.call("slow", { ms: 60_000, text: "x" })),
    ];
    await scene.running("stuck");
    await scene.running("slow");

    scene.signal("SIGKILL");

    for (const { message } of await inTime(AT_ONCE, Promise.all(calls)))
      expect(message).toContain("ended by SIGKILL");
    expect(JSON.parse(await client.text("log"))).toEqual(["log"]);
    await scene.asWarm();
  });

  fault(
    "with a call out and one that waits (no witness): the one fails, the other is run by the next harness",
    { harness: {} },
    async (scene) => {
      const { client } = scene;
      const out = failure(client.call("stuck"));
      await scene.running("stuck");
      const waiting = client.text("echo", { text: "waited" });
      await until("it waits", () => scene.h2m.sessions.list().length === 1);

      scene.signal("SIGKILL");

      expect((await inTime(AT_ONCE, out)).message).toContain("SIGKILL");
      expect(await inTime(NEW_HOST, waiting)).toBe("waited");
      await scene.asWarm();
    },
  );

  fault(
    "while it starts: who waits hears of it at once, and the next request starts another",
    { cold: true, harness: { ...DRIVEN, delay: 1_500 } },
    async (scene) => {
      const { client } = scene;
      const waiting = failure(client.call("echo", { text: "x" }));
      await until("it starts", () => scene.hosts.length === 1);

      scene.signal("SIGKILL");

      const { message } = await inTime(AT_ONCE, waiting);
      expect(message).toContain("`fake` ended by SIGKILL");
      expect(await inTime(NEW_HOST, client.text("echo", { text: "next" }))).toBe("next");
    },
  );

  fault(
    "while its session closes: the end is no slower, and nothing is left",
    {},
    async (scene) => {
      const { client, host } = scene;
      const left = Number(await client.text("detach"));
      const call = failure(client.call("stuck"));
      await scene.running("stuck");

      const ending = client.end();
      scene.signal("SIGKILL");

      await inTime(AT_ONCE, ending);
      await call;
      await inTime(
        2_000,
        until("all is gone", () => !lives(host) && !lives(left)),
      );
    },
  );

  fault("in a reset: the call that waits is run by the next harness", {}, async (scene) => {
    const { client } = scene;
    const begun = scene.reset(() => {
      scene.signal("SIGKILL");
      // What it was asked is never answered.
      return new Promise(() => {});
    });
    await client.text("echo", { text: "makes it due" });
    await begun;

    expect(await inTime(NEW_HOST, client.text("echo", { text: "waited" }))).toBe("waited");
    expect(scene.hosts.length).toBe(2);
    await scene.asWarm();
  });

  fault("in a reset, with nobody waiting: the next call starts another", {}, async (scene) => {
    const { client, host } = scene;
    const begun = scene.reset(() => {
      scene.signal("SIGKILL");
      return new Promise(() => {});
    });
    await client.text("echo", { text: "makes it due" });
    await begun;
    await until("its end is known", () => scene.exits.includes(host));

    expect(await inTime(NEW_HOST, client.text("echo", { text: "next" }))).toBe("next");
    expect(scene.hosts.length).toBe(2);
    await scene.asWarm();
  });

  fault(
    "with three sessions in it: only calls that are out fail, and all three go on in one new host",
    { harness: { ...DRIVEN, seats: 3, sharedKey: true } },
    async (scene) => {
      const clients = [scene.client, await scene.join(), await scene.join()];
      const pids = await Promise.all(clients.map((client) => client.text("pid")));
      expect(new Set(pids).size).toBe(1);
      const call = failure(clients[0]!.call("stuck"));
      await scene.running("stuck");

      scene.signal("SIGKILL");

      expect((await inTime(AT_ONCE, call)).message).toContain("SIGKILL");
      const again = await inTime(
        NEW_HOST,
        Promise.all(clients.map((client) => client.text("pid"))),
      );
      expect(new Set(again).size).toBe(1);
      expect(again).not.toContain(pids[0]);
      await scene.asWarm();
    },
  );

  fault("again and again: a clear error and a growing pause, no hot loop", {}, async (scene) => {
    const { client } = scene;
    const echo = () => client.text("echo", { text: "x" });
    const die = async (code: number) => {
      const { message } = await failure(client.call("die", { code }));
      return message.includes("times in a row") ? undefined : message;
    };
    let failed = 0;
    /** What a call is told in the pause after so many ends in a row. On a slow machine a short pause is over too soon. */
    const paused = async (times: number) => {
      for (; failed < times; failed++) await until("it is started again", () => die(7));
      const told = await echo().catch((error: Error) => error.message);
      if (told === "x") failed = 0;
      const seconds = Number(/again in ([\d.]+) s at the earliest/.exec(told)?.[1]);
      return told === "x" ? undefined : { told, seconds };
    };

    const first = await until("the pause", () => paused(2));
    expect(first.told).toContain("`fake` has failed 2 times in a row");
    expect(first.told).toContain("exit code 7");
    expect(first.told).toContain("the fake died on purpose");
    expect(first.seconds).toBeLessThanOrEqual(0.5);
    const second = await until("the next pause", () => paused(3));
    expect(second.told).toContain("`fake` has failed 3 times in a row");
    expect(second.seconds).toBeLessThanOrEqual(1);
    // Calls in a pause started nothing.
    expect(scene.hosts.length).toBe(scene.runs("die"));

    // One success, and it counts from the beginning.
    await until("it works again", () => echo().catch(() => undefined));
    expect(await die(9)).toContain("exit code 9");
    expect(await inTime(NEW_HOST, echo())).toBe("x");
  });

  fault("five times: open files, folders and processes stay level", {}, async (scene) => {
    for (let times = 0; times < 5; times++) {
      const { host } = scene;
      scene.signal("SIGKILL");
      await until("its end is known", () => scene.exits.includes(host));
      expect(await scene.client.text("echo", { text: `${times}` })).toBe(`${times}`);
    }

    await scene.asWarm();
  });
});
