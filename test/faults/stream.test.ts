import { describe, expect } from "vitest";
import { failure } from "../helpers/until.ts";
import { DRIVEN, fault, inTime, until } from "./scene.ts";

const RETRY = 2_000;
const KINDS = [
  { kind: "results told early", harness: DRIVEN },
  { kind: "results with the next turn", harness: {} },
] as const;

describe.each(KINDS)("our stream, cut ($kind)", ({ harness }) => {
  fault(
    "while it is idle: the harness comes back, and the call is served",
    { harness },
    async (scene) => {
      const asked = scene.proxy.requests;
      scene.proxy.cut();
      await until("it has asked again", () => scene.proxy.requests > asked, RETRY);

      expect(await inTime(RETRY, scene.client.text("echo", { text: "again" }))).toBe("again");
      expect(scene.hosts.length).toBe(1);
      expect(scene.runs("echo")).toBe(1);
      await scene.asWarm();
    },
  );

  fault("in a call: it ends well, and so does the next one", { harness }, async (scene) => {
    const call = scene.client.text("slow", { ms: 500, text: "through" });
    await scene.running("slow");

    scene.proxy.cut();

    expect(await inTime(RETRY, call)).toBe("through");
    expect(await inTime(RETRY, scene.client.text("echo", { text: "next" }))).toBe("next");
    expect(scene.runs("slow")).toBe(1);
  });

  fault("with two calls out: each gets its own result", { harness }, async (scene) => {
    const calls = [300, 600].map((ms) => scene.client.text("slow", { ms, text: `${ms}` }));
    await scene.running("slow", 2);

    scene.proxy.cut();

    expect(await inTime(RETRY, Promise.all(calls))).toEqual(["300", "600"]);
    expect(scene.runs("slow")).toBe(2);
  });

  fault(
    "when a call was on its way and never came: it fails as lost, and is not sent again",
    { harness },
    async (scene) => {
      scene.proxy.deaf = true;
      const call = failure(scene.client.call("echo", { text: "lost" }));
      await until("it is sent", () => scene.proxy.unheard.includes("lost"));

      scene.proxy.deaf = false;
      scene.proxy.cut();

      const { message } = await inTime(RETRY + 2_000, call);
      expect(message).toContain("went on without a result of `echo`");
      expect(message).toContain("may or may not have run");
      expect(await inTime(RETRY, scene.client.text("echo", { text: "next" }))).toBe("next");
      expect(scene.runs("echo")).toBe(1);
    },
  );

  fault(
    "while the harness starts: it asks again, and the list comes",
    { harness, cold: true },
    async (scene) => {
      scene.proxy.deaf = true;
      const names = scene.client.names();
      await until("it has asked", () => scene.proxy.requests > 0);

      scene.proxy.deaf = false;
      const asked = scene.proxy.requests;
      scene.proxy.cut();
      await until("it has asked again", () => scene.proxy.requests > asked, RETRY);

      expect(await inTime(RETRY, names)).toContain("echo");
      expect(await inTime(RETRY, scene.client.text("echo", { text: "well" }))).toBe("well");
    },
  );
});

describe("our stream, cut while the session closes", () => {
  fault("it closes all the same, and its call is told", {}, async (scene) => {
    const call = failure(scene.client.call("stuck"));
    await scene.running("stuck");

    const ending = scene.client.end();
    scene.proxy.cut();

    await inTime(5_000, ending);
    await call;
    await until("all is gone", () => scene.exits.length === 1);
    expect(scene.h2m.sessions.list()).toEqual([]);
  });
});

describe("our stream, cut in a reset", () => {
  fault(
    "so that the harness asks once more of the old history: the waiting call goes out in the new one",
    {},
    async (scene) => {
      const { client, proxy } = scene;
      const asked = proxy.requests;
      const begun = scene.reset(async () => {
        proxy.cut();
        await until("the old history is there again", () => proxy.requests > asked, RETRY);
        await until("it is held", () => proxy.answered > asked, RETRY);
      });
      await client.text("echo", { text: "makes it due" });
      await begun;

      expect(await inTime(RETRY, client.text("echo", { text: "waited" }))).toBe("waited");
      expect(scene.runs("echo")).toBe(2);
      expect(scene.hosts.length).toBe(1);
    },
  );

  fault("the harness asks again, and the call that waits is run", {}, async (scene) => {
    const begun = scene.reset(() => scene.proxy.cut());
    await scene.client.text("echo", { text: "makes it due" });
    await begun;

    expect(await inTime(RETRY, scene.client.text("echo", { text: "waited" }))).toBe("waited");
    expect(scene.hosts.length).toBe(1);
    await scene.asWarm();
  });
});

describe.each([429, 500])("HTTP %i instead of our answer", (status) => {
  const refusals = [1, 2, 3].map(() => ({ status, body: '{"error":{"message":"busy"}}' }));

  fault("while the harness starts: the list is only later", { cold: true }, async (scene) => {
    scene.proxy.refusals.push(...refusals);

    expect(await inTime(5_000, scene.client.names())).toContain("echo");
    expect(scene.hosts.length).toBe(1);
  });

  fault(
    "to the turn that brings a result: the call is answered by the retry, and is run once",
    { harness: {} },
    async (scene) => {
      const call = scene.client.text("slow", { ms: 200, text: "kept" });
      await scene.running("slow");
      scene.proxy.refusals.push(...refusals);

      expect(await inTime(RETRY, call)).toBe("kept");
      expect(scene.runs("slow")).toBe(1);
    },
  );
});

describe("an answer that never works", () => {
  const never = [
    { what: "HTTP 500 for ever", refusal: { status: 500 } },
    {
      what: "an empty HTTP 200 for ever",
      refusal: { status: 200, headers: { "content-type": "text/event-stream" } },
    },
  ];
  for (const { what, refusal } of never) {
    fault(
      `${what} while the harness starts: told by the deadline, and the harness is ended`,
      { cold: true, config: { timeouts: { connect: 4_000 } } },
      async (scene) => {
        scene.proxy.always = refusal;

        const { message } = await inTime(4_000 + 1_000, failure(scene.client.names()));

        expect(message).toContain("`fake` sent no request within 4 s");
        if (refusal.status === 500) expect(message).toContain("request failed: 500");
        await until("it is ended", () => scene.exits.includes(scene.host));
        const asked = scene.proxy.requests;
        scene.proxy.always = undefined;
        expect(asked).toBeLessThan(100);
        expect(await scene.client.text("echo", { text: "well again" })).toBe("well again");
      },
    );
  }

  fault(
    "an empty HTTP 200 in a session that works: the call ends by its deadline, then all is well",
    { config: { timeouts: { call: 1_500 } } },
    async (scene) => {
      scene.proxy.always = { status: 200, headers: { "content-type": "text/event-stream" } };
      scene.proxy.cut();

      const call = failure(scene.client.call("echo", { text: "x" }));

      const message = (await inTime(1_500 + 200, call)).message;
      expect(message).toContain("`echo` gave no result within 1.5 s");
      scene.proxy.always = undefined;
      expect(await inTime(RETRY, scene.client.text("echo", { text: "again" }))).toBe("again");
      expect(scene.journal().map(({ args }) => args["text"])).toEqual(["again"]);
    },
  );
});
