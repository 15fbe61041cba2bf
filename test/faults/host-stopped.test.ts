import { describe, expect } from "vitest";
import { failure, lives } from "../helpers/until.ts";
import { DRIVEN, fault, inTime, type Scene, until } from "./scene.ts";

const SHORT = { timeouts: { call: 1_500, shutdown: 1_000 } };
/** The deadline, and a little for the way. */
const DEADLINE = 1_500 + 200;
const SHUTDOWN = 1_000 + 500;

/** The session can be closed although its harness hears nothing, and nothing of it stays. */
async function closes({ client, h2m, hosts }: Scene): Promise<void> {
  await client.end();
  await inTime(
    SHUTDOWN,
    until("it is gone", () => !hosts.some(lives) && h2m.sessions.list().length === 0),
  );
}

describe("SIGSTOP of the harness", () => {
  fault(
    "while it is idle: the call ends by its deadline, named, and the session closes all the same",
    { config: SHORT },
    async (scene) => {
      scene.signal("SIGSTOP");

      const { message } = await inTime(
        DEADLINE,
        failure(scene.client.call("echo", { text: "never" })),
      );

      expect(message).toContain("`echo` gave no result within 1.5 s");
      expect(message).toContain("timeouts.call");
      await closes(scene);
    },
  );

  fault(
    "in a call: it ends by its deadline; the harness goes on later, and stops what was given up",
    { config: SHORT },
    async (scene) => {
      const { client } = scene;
      const call = failure(client.call("slow", { ms: 60_000, text: "never" }));
      await scene.running("slow");

      scene.signal("SIGSTOP");

      expect((await inTime(DEADLINE, call)).message).toContain(
        "`slow` gave no result within 1.5 s",
      );
      scene.signal("SIGCONT");
      // Until it goes on, a call may be given up too.
      const told = async () => (await client.text("log").catch(() => "")).includes("cancelled");
      await until("it was stopped", told);
      expect(scene.hosts.length).toBe(1);
      await scene.asWarm();
    },
  );

  fault(
    "with two calls out: both end by their deadline, and the session closes",
    { config: SHORT },
    async (scene) => {
      const calls = ["one", "two"].map((text) =>
        failure(scene.client.call("slow", { ms: 60_000, text })),
      );
      await scene.running("slow", 2);

      scene.signal("SIGSTOP");

      for (const { message } of await inTime(DEADLINE, Promise.all(calls)))
        expect(message).toContain("within 1.5 s");
      await closes(scene);
    },
  );

  fault(
    "while it starts: who waits hears of it by the deadline, and the process is ended",
    { cold: true, harness: { ...DRIVEN, delay: 60_000 }, config: { timeouts: { connect: 800 } } },
    async (scene) => {
      const waiting = failure(scene.client.names());
      await until("it starts", () => scene.hosts.length === 1);

      scene.signal("SIGSTOP");

      const { message } = await inTime(800 + 1_000, waiting);
      expect(message).toContain("`fake` sent no request within 0.8 s");
      await until("it is ended", () => !lives(scene.host));
    },
  );

  fault(
    "while its session closes: it is ended within `timeouts.shutdown`",
    { config: SHORT },
    async (scene) => {
      const left = Number(await scene.client.text("detach"));
      const call = failure(scene.client.call("stuck"));
      await scene.running("stuck");

      scene.signal("SIGSTOP");

      await closes(scene);
      await until("what its tools left is gone", () => !lives(left));
      await call;
    },
  );

  fault(
    "of a host with several sessions: one closes, the others are there when it goes on",
    {
      harness: { ...DRIVEN, seats: 2, sharedKey: true },
      config: { timeouts: { shutdown: 1_000 } },
    },
    async (scene) => {
      const other = await scene.join();
      const left = Number(await other.text("detach"));
      scene.signal("SIGSTOP");

      await other.end();

      await inTime(
        SHUTDOWN,
        until("its tools are gone", () => !lives(left) && scene.h2m.sessions.list().length === 1),
      );
      scene.signal("SIGCONT");
      expect(await scene.client.text("echo", { text: "here" })).toBe("here");
      expect(scene.hosts.length).toBe(1);
    },
  );

  fault(
    "in a reset: another takes its place after 10 s, and the call that waits is run there",
    { config: { timeouts: { shutdown: 1_000 } } },
    async (scene) => {
      const { client } = scene;
      const begun = scene.reset(() => scene.signal("SIGSTOP"));
      await client.text("echo", { text: "makes it due" });
      await begun;

      const result = await inTime(10_000 + 5_000, client.text("echo", { text: "waited" }));

      expect(result).toBe("waited");
      expect(scene.hosts.length).toBe(2);
      expect(scene.warnings.join()).toContain("did not start its history anew within 10 s");
      await scene.asWarm();
    },
  );

  fault(
    "for 10 s, as a reader that stops: nothing is lost, nothing comes twice",
    { config: { heartbeat: 100 } },
    async (scene) => {
      const { client } = scene;
      const out = client.text("slow", { ms: 500, text: "out" });
      await scene.running("slow");
      scene.signal("SIGSTOP");
      // More than the buffers of a connection hold.
      const texts = Array.from({ length: 20 }, (_, index) => `${index} ${"x".repeat(300_000)}`);
      const calls = texts.map((text) => client.text("echo", { text }));
      const beside = await scene.join();
      expect(await inTime(5_000, beside.text("echo", { text: "unhurt" }))).toBe("unhurt");

      await new Promise((resolve) => setTimeout(resolve, 10_000));
      scene.signal("SIGCONT", scene.hosts[0]);

      expect(await inTime(5_000, Promise.all([out, ...calls]))).toEqual(["out", ...texts]);
      expect(scene.runs("echo")).toBe(21);
      expect(scene.hosts.length).toBe(2);
    },
  );
});
