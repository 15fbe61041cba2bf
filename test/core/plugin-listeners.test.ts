import { describe, expect, it } from "vitest";
import { definePlugin, type H2m, type HarnessLauncher, type Plugin } from "../../src/index.ts";
import type { H2mContext } from "../../src/plugin.ts";
import type { SessionEvents } from "../../src/types/session.ts";
import { fakeLauncher, fakePlugin } from "../../src/testing.ts";
import { attached } from "../helpers/attached.ts";
import { connected, serve } from "../helpers/server.ts";
import { failure, lives, until } from "../helpers/until.ts";

const broken = (): never => {
  throw new TypeError("it is broken");
};
const late = async () => broken();

/** A plugin whose every listener of a session throws, at once and later. */
function listening(event: keyof SessionEvents): Plugin {
  return definePlugin({
    name: "mine",
    setup: ({ on, sessions }: H2mContext) =>
      on("session:open", ({ session }) => {
        const own = sessions.list().find(({ id }) => id === session.id);
        own?.on(event, broken);
        own?.on(event, late);
      }),
  });
}

function errorsOf(h2m: H2m): string[] {
  const errors: string[] = [];
  h2m.on("error", ({ error }) => void errors.push(error.message));
  return errors;
}

const told = (key: string, what = "its listeners") =>
  `The plugin \`mine\` failed in \`${key}\` of ${what}: it is broken`;

describe("a plugin's listener of a session that throws", () => {
  it("at its close keeps neither the harness alive nor the server up", async () => {
    const h2m = await serve({ harnesses: ["fake"], plugins: [fakePlugin(), listening("close")] });
    const errors = errorsOf(h2m);
    const client = await connected(h2m);
    const pid = Number(await client.text("pid"));

    await h2m.close();

    expect(lives(pid)).toBe(false);
    await failure(fetch(new URL("/health", h2m.mcpUrl)));
    expect(errors).toEqual([told("close"), told("close")]);
  });

  it("at a new list fails no turn of the harness", async () => {
    const h2m = await serve({ plugins: [fakePlugin(), listening("tools")] });
    const errors = errorsOf(h2m);
    const harness = attached(h2m);

    const reply = await harness.post(JSON.stringify(harness.body()));

    expect(reply.status).toBe(200);
    await until("both errors", () => errors.length === 2);
    expect(errors).toEqual([told("tools"), told("tools")]);
    const client = await connected(h2m);
    expect(await client.names()).toContain("echo");
    await reply.body?.cancel();
  });

  it("at a notice fails no list", async () => {
    const plugin = definePlugin({
      name: "mine",
      setup: ({ sessions }) => {
        const union = sessions.open({ name: "shared" });
        union.on("notice", broken);
        union.on("notice", late);
        expect(sessions.open({ name: "shared" })).toBe(union);
      },
    });
    const absent = { ...fakeLauncher({ name: "absent" }), detect: () => undefined };
    const h2m = await serve({
      harnesses: ["fake", "absent"],
      plugins: [fakePlugin(), definePlugin({ name: "absent", harnesses: [absent] }), plugin],
    });
    const errors = errorsOf(h2m);

    const tools = await h2m.sessions.open({ name: "shared" }).tools();

    expect(tools.map(({ name }) => name)).toContain("fake_echo");
    await until("both errors", () => errors.length === 2);
    expect(errors).toEqual([told("notice"), told("notice")]);
  });
});

describe("a driver's listener that throws", () => {
  const base = fakeLauncher({ driver: true });
  const driven = (listen: (host: Parameters<NonNullable<HarnessLauncher["drive"]>>[0]) => void) =>
    definePlugin({
      name: "mine",
      harnesses: [
        {
          ...base,
          drive: (host) => {
            listen(host);
            return base.drive?.(host) as ReturnType<NonNullable<HarnessLauncher["drive"]>>;
          },
        },
      ],
    });

  it("at a line, at once or later, fails no call", async () => {
    const plugin = driven((host) => {
      host.onLine(broken);
      host.onLine(late);
    });
    const h2m = await serve({ harnesses: ["fake"], plugins: [plugin] });
    const errors = errorsOf(h2m);
    const client = await connected(h2m);

    expect(await client.text("echo", { text: "fine" })).toBe("fine");
    await until("both errors", () => errors.length >= 2);
    expect(new Set(errors)).toEqual(new Set([told("onLine", "the harness `fake`")]));
  });

  it("at what the harness posts is answered all the same", async () => {
    let post: { origin: string; token: string } | undefined;
    const plugin = driven((host) => {
      host.onPost("mine", late);
      post = host.context;
    });
    const h2m = await serve({ harnesses: ["fake"], plugins: [plugin] });
    const errors = errorsOf(h2m);
    await (await connected(h2m)).names();

    const response = await fetch(`${post?.origin}/hosts/mine`, {
      method: "POST",
      headers: { authorization: `Bearer ${post?.token}`, "content-type": "application/json" },
      body: "{}",
    });

    expect(response.status).toBe(200);
    await until("the error", () => errors.length === 1);
    expect(errors).toEqual([told("onPost", "the harness `fake`")]);
  });

  it("at the end of the harness hides the end from nobody", async () => {
    const plugin = driven(({ exited }) => {
      exited.addEventListener("abort", broken, { once: true });
      exited.addEventListener("abort", late);
      exited.addEventListener("abort", { handleEvent: broken });
      exited.onabort = broken;
      const gone = () => broken();
      exited.addEventListener("abort", gone);
      exited.removeEventListener("abort", gone);
    });
    const h2m = await serve({ harnesses: ["fake"], plugins: [plugin] });
    const errors = errorsOf(h2m);
    const client = await connected(h2m);

    const error = await failure(client.call("die", { code: 3 }));

    expect(error.message).toContain("exit code 3");
    await until("all errors", () => errors.length >= 4);
    expect(errors).toEqual(Array.from({ length: 4 }, () => told("exited", "the harness `fake`")));
    expect(await client.text("echo", { text: "again" })).toBe("again");
  });
});

it("an end goes on whatever a step of it throws, and tells all of it", async () => {
  const { allSteps, everyStep } = await import("../../src/kit/every-step.ts");
  const done: string[] = [];
  const end = everyStep(
    () => void done.push("first"),
    broken,
    () => allSteps([late, () => void done.push("beside"), broken]),
    () => void done.push("last"),
  );

  // What needs no waiting is done at once.
  expect(done).toEqual(["first", "beside"]);
  const error = await failure(end);

  expect(done).toEqual(["first", "beside", "last"]);
  expect(error.message).toBe("it is broken it is broken it is broken");
});
