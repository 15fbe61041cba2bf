import { describe, expect, it } from "vitest";
import { fakePlugin } from "../../src/testing.ts";
import type { H2mConfig, ToolMapper } from "../../src/index.ts";
import { connected, serve } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";

const server = { port: 0, token: "token-of-the-test", attachKey: "attach-key-of-the-test" };

describe("another config", () => {
  const plugins = [fakePlugin({ driver: true })];
  const base: H2mConfig = { harnesses: ["fake"], plugins, server };

  it("is taken whole by new sessions, and by running ones as far as it hides tools", async () => {
    const h2m = await serve(base);
    const running = await connected(h2m);
    const before = await running.names();
    expect(before).toContain("echo");

    const later = await h2m.configure({
      ...base,
      tools: { exclude: ["echo"], rename: { pid: "number_of_process" } },
    });
    const fresh = await connected(h2m);

    expect(later).toEqual([]);
    expect(await running.names()).toEqual(before.filter((name) => name !== "echo"));
    expect((await failure(running.call("echo", { text: "no" }))).message).toContain(
      "no tool `echo`",
    );
    expect(await fresh.names()).toContain("number_of_process");
  });

  it("that hides no more what an earlier one hid is for new sessions only", async () => {
    const h2m = await serve(base);
    await h2m.configure({ ...base, tools: { exclude: ["echo"] } });
    const running = await connected(h2m);
    expect(await running.names()).not.toContain("echo");

    const later = await h2m.configure(base);

    expect(later).toEqual([]);
    expect(await running.names()).not.toContain("echo");
    expect(await (await connected(h2m)).names()).toContain("echo");
  });

  it.each<[string, H2mConfig["tools"], H2mConfig["tools"]]>([
    ["exclude", { exclude: ["echo"] }, {}],
    ["exclude", { exclude: ["ec*"] }, { exclude: ["echoes"] }],
    ["include", { include: ["pid", "cwd"] }, { include: ["pid", "echo"] }],
    ["include", { include: ["p*"] }, {}],
    ["readOnly", { readOnly: true, annotations: { echo: { readOnlyHint: false } } }, {}],
  ])(
    "never shows what the start hid by `%s`, neither to running sessions nor to new ones",
    async (key, narrow, wide) => {
      const h2m = await serve({ ...base, tools: { ...narrow } });
      const running = await connected(h2m);
      expect(await running.names()).not.toContain("echo");

      const later = await h2m.configure({ ...base, tools: { ...wide } });

      expect(later).toContain(`tools.${key}`);
      const fresh = await connected(h2m);
      for (const client of [running, fresh]) {
        expect(await client.names()).not.toContain("echo");
        const refused = await failure(client.call("echo", { text: "no" }));
        expect(refused.message).toContain("no tool `echo`");
      }
    },
  );

  it("still narrows by the part of a key that does not allow more", async () => {
    const h2m = await serve({ ...base, tools: { include: ["pid", "echo"] } });

    const later = await h2m.configure({ ...base, tools: { include: ["pid", "cwd"] } });

    expect(later).toEqual(["tools.include"]);
    expect(await (await connected(h2m)).names()).toEqual(["pid"]);
  });

  it("asks, pins and limits in new sessions as the start did", async () => {
    const limits = { maxResultBytes: 1_000 };
    const args = { echo: { pin: { text: "pinned" } } };
    const h2m = await serve({ ...base, tools: { confirm: ["pid"], args, limits } });

    const later = await h2m.configure({ ...base, tools: { confirmFallback: "allow" } });
    const fresh = await connected(h2m);

    expect(later).toEqual(["tools.args", "tools.confirm", "tools.confirmFallback", "tools.limits"]);
    expect((await fresh.call("pid", {})).isError).toBe(true);
    expect(await fresh.text("echo", {})).toBe("pinned");
    expect((await fresh.text("big", { n: 5_000 })).length).toBeLessThanOrEqual(1_000);
  });

  it("brings no other harness where the start was narrowed", async () => {
    const both = [...plugins, fakePlugin({ name: "other", driver: true })];
    const h2m = await serve({ ...base, plugins: both, tools: { exclude: ["echo"] } });

    const later = await h2m.configure({
      ...base,
      plugins: both,
      harnesses: ["fake", "other"],
      tools: { exclude: ["echo"] },
    });

    expect(later).toEqual(["harnesses"]);
    expect(h2m.sessions.harnesses).toEqual(["fake"]);
  });

  it("frees nothing of a profile that was chosen at the start", async () => {
    const config: H2mConfig = { ...base, profiles: { safe: { tools: { exclude: ["echo"] } } } };
    const h2m = await serve(config, { profile: "safe" });

    const later = await h2m.configure({ ...config, profiles: { safe: {} } });

    expect(later).toEqual(["tools.exclude"]);
    expect(await (await connected(h2m)).names()).not.toContain("echo");
  });

  it("tells clients of a list that has changed", async () => {
    const h2m = await serve(base);
    const session = h2m.sessions.open({});
    await session.tools();
    let told = 0;
    session.on("tools", () => told++);

    await h2m.configure({ ...base, sessions: { max: 3 } });
    expect(told).toBe(0);
    await h2m.configure({ ...base, tools: { include: ["pid"] } });

    expect(told).toBe(1);
  });

  it("that confirms more is asked about in running sessions too", async () => {
    const h2m = await serve(base);
    const running = await connected(h2m);
    expect(await running.text("echo", { text: "unasked" })).toBe("unasked");

    await h2m.configure({ ...base, tools: { confirm: ["echo"] } });

    const refused = await running.call("echo", { text: "asked" });
    expect(refused.isError).toBe(true);
    expect(JSON.stringify(refused.content)).toContain("needs a confirmation");
  });

  it("that limits more limits running sessions too, and one that limits less does not", async () => {
    const limits = { maxResultBytes: 10_000, perMinute: 50 };
    const h2m = await serve({ ...base, tools: { limits } });
    const running = await connected(h2m);
    await running.text("echo", { text: "one" });

    await h2m.configure({ ...base, tools: { limits: { maxResultBytes: 1_000, perMinute: 2 } } });
    await h2m.configure(base);

    expect((await running.text("big", { n: 2_000 })).length).toBeLessThanOrEqual(1_000);
    expect(await running.text("echo", { text: "three" })).toContain("2 calls in a minute");
  });

  it("lets no call through unasked any more in running sessions, and none that was refused before", async () => {
    const confirm = { confirm: ["echo"] } as const;
    const h2m = await serve({ ...base, tools: { ...confirm, confirmFallback: "allow" } });
    const running = await connected(h2m);
    expect(await running.text("echo", { text: "unasked" })).toBe("unasked");

    await h2m.configure({ ...base, tools: { ...confirm, confirmFallback: "deny" } });
    const strict = await connected(h2m);
    expect((await running.call("echo", { text: "no" })).isError).toBe(true);
    await h2m.configure({ ...base, tools: { ...confirm, confirmFallback: "allow" } });

    expect((await strict.call("echo", { text: "no" })).isError).toBe(true);
  });

  it("may have other harnesses, and other warm sessions", async () => {
    const pids: number[] = [];
    const h2m = await serve({
      ...base,
      plugins: [...plugins, fakePlugin({ name: "other", driver: true })],
    });
    h2m.on("host:start", ({ pid }) => pids.push(pid));

    await h2m.configure({ ...base, harnesses: { other: { warm: 1 } }, plugins: [] });
    await until("the warm one starts", () => pids.length === 1);

    expect(h2m.sessions.harnesses).toEqual(["other"]);
    expect(await (await connected(h2m)).names()).toContain("echo");
    expect((await failure(connected(h2m, "/fake"))).message).toContain("not in the config");
  });

  it("with a mapper that throws changes nothing at all", async () => {
    const h2m = await serve(base);
    const [first, second] = [
      h2m.sessions.open({ name: "one" }),
      h2m.sessions.open({ name: "two" }),
    ];
    const names = async () =>
      Promise.all(
        [first, second].map(async (session) => (await session.tools()).map(({ name }) => name)),
      );
    const before = await names();
    let told = 0;
    for (const session of [first, second]) session.on("tools", () => told++);
    let lists = 0;
    const throwing: ToolMapper = {
      name: "throwing",
      list: (tools) => {
        // The first session's list passes.
        if (lists++ >= before[0]!.length) throw new Error("on purpose");
        return tools;
      },
    };

    const trying = h2m.configure({
      ...base,
      harnesses: { fake: { warm: 1 } },
      sessions: { max: 3 },
      tools: { exclude: ["echo"], map: [throwing] },
    });

    expect((await failure(trying)).message).toContain("on purpose");
    expect(lists).toBeGreaterThan(before[0]!.length);
    expect(await names()).toEqual(before);
    expect(told).toBe(0);
    expect(h2m.config.sessions.max).toBe(64);
    expect(await (await connected(h2m)).names()).toContain("echo");
  });

  it("is taken over also where a listener throws", async () => {
    const h2m = await serve(base);
    const sessions = ["one", "two"].map((name) => h2m.sessions.open({ name }));
    let told = 0;
    for (const session of sessions) {
      await session.tools();
      session.on("tools", () => {
        told++;
        throw new Error("on purpose");
      });
    }

    await h2m.configure({ ...base, tools: { exclude: ["echo"] } });

    expect(told).toBe(2);
    for (const session of sessions)
      expect((await session.tools()).map(({ name }) => name)).not.toContain("echo");
  });

  it("that cannot be used changes nothing", async () => {
    const h2m = await serve(base);

    await expect(h2m.configure({ ...base, harnesses: ["nobody"] })).rejects.toThrow("nobody");
    await expect(h2m.configure({ tools: { excluded: [] } } as H2mConfig)).rejects.toThrow(
      "exclude",
    );

    expect(await (await connected(h2m)).names()).toContain("echo");
  });

  it("says what a restart is needed for", async () => {
    const h2m = await serve(base);

    const later = await h2m.configure({
      ...base,
      plugins: [],
      heartbeat: 1,
      audit: { file: "unused" },
      log: { level: "debug" },
      watch: true,
      server: { ...server, port: 9331 },
    });

    expect(later).toEqual(["server", "plugins", "heartbeat", "audit", "log", "watch"]);
  });
});
