import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { connected, fakeAndClient, serve, serveFake, temporaryFiles } from "../helpers/server.ts";
import type { H2m } from "../../src/index.ts";
import { deferred } from "../../src/kit/deadline.ts";
import { fakeLauncher, fakePlugin } from "../../src/testing.ts";
import { failure, lives, until } from "../helpers/until.ts";

const KINDS = [
  { kind: "results with the next turn", options: {} },
  { kind: "results told early", options: { driver: true, headers: true } },
] as const;

/** Resolves when the next call is out, or waits for a turn: those of one instant go out together. */
async function begun(h2m: H2m): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = h2m.on("call:start", () => {
      stop();
      resolve();
    });
  });
  await setImmediate();
}

describe.each(KINDS)("a harness that ends ($kind)", ({ options }) => {
  it("while a call is out fails the call at once with exit code and output, and the next call starts another", async () => {
    const { client } = await fakeAndClient(options);
    const before = await client.text("pid");

    const error = await failure(client.call("die", { code: 5 }));

    expect(error.message).toContain("exit code 5");
    expect(error.message).toContain("the fake died on purpose");
    expect(error.message).toContain("may or may not have run");
    expect(await client.text("pid")).not.toBe(before);
  });

  it("by a signal is told as such", async () => {
    const { h2m, client } = await fakeAndClient(options);
    const pid = Number(await client.text("pid"));
    const out = begun(h2m);
    const call = failure(client.call("stuck"));
    await out;

    process.kill(pid, "SIGKILL");

    expect((await call).message).toContain("SIGKILL");
    expect(await client.text("echo", { text: "again" })).toBe("again");
  });

  it("between two calls is started anew by the next one", async () => {
    const { h2m, client } = await fakeAndClient(options);
    const pid = Number(await client.text("pid"));
    const exited = new Promise((resolve) => h2m.on("host:exit", resolve));

    process.kill(pid, "SIGKILL");
    await exited;

    expect(Number(await client.text("pid"))).not.toBe(pid);
  });

  it("leaves nothing behind: neither its folder nor what its tools started", async () => {
    const { client } = await fakeAndClient(options);
    const left = Number(await client.text("detach"));

    await failure(client.call("die", { code: 1 }));

    await until("the left command is gone", () => !lives(left));
    await client.text("echo", { text: "again" });
    expect(temporaryFiles().length).toBe(1);
  });
});

it("calls that wait when the harness dies are run by the next one", async () => {
  const { h2m, client } = await fakeAndClient();
  const pid = Number(await client.text("pid"));
  const first = begun(h2m);
  const out = failure(client.call("stuck"));
  await first;
  const second = begun(h2m);
  const waiting = client.text("echo", { text: "waited" });
  await second;

  process.kill(pid, "SIGKILL");

  await out;
  expect(await waiting).toBe("waited");
});

it("whose driver fails to open a seat after a turn has come fails what is out at once", async () => {
  const refused = deferred<void>();
  const turned = deferred<void>();
  const begun = deferred<void>();
  const launcher = fakeLauncher({ driver: true });
  const h2m = await serve({
    harnesses: ["fake"],
    plugins: [
      {
        name: "late-refusal",
        setup: ({ on }) => {
          on("turn", () => turned.resolve(undefined));
          on("call:start", () => begun.resolve(undefined));
        },
        harnesses: [
          {
            ...launcher,
            drive: (host) => {
              const driver = launcher.drive!(host);
              const open: typeof driver.open = async (seat) => {
                await driver.open(seat);
                await refused.promise;
                throw new Error("the seat was refused");
              };
              return { ...driver, open };
            },
          },
        ],
      },
    ],
  });
  const session = h2m.sessions.open({});
  const list = failure(session.tools());
  await turned.promise;
  const out = failure(session.call("stuck", {}));
  await begun.promise;
  // Calls of one instant go out together.
  await setImmediate();

  refused.resolve(undefined);

  expect((await out).message).toContain("the seat was refused");
  expect((await list).message).toContain("the seat was refused");
});

describe("a harness that does not come", () => {
  it("because it exits at start is told at once, with exit code and the end of its output", async () => {
    const { client } = await fakeAndClient({ exit: { code: 3, stderr: "no licence\nstop\n" } });
    const started = performance.now();

    const error = await failure(client.names());

    expect(error.message).toContain("`fake` ended with exit code 3");
    expect(error.message).toContain("no licence\nstop");
    expect(performance.now() - started).toBeLessThan(5_000);
    await until("its folder is gone", () => temporaryFiles().length === 0);
  });

  it("within `timeouts.connect` is told with the time and what to do, and its process is ended", async () => {
    const { h2m, client } = await fakeAndClient({ mute: true }, { timeouts: { connect: 600 } });
    const pids: number[] = [];
    h2m.on("host:start", ({ pid }) => pids.push(pid));

    const error = await failure(client.names());

    expect(error.message).toContain("`fake` sent no request within 0.6 s");
    expect(error.message).toContain("timeouts.connect");
    await until("it is ended", () => pids.every((pid) => !lives(pid)));
  });

  it("because it is not installed is told with the install command", async () => {
    const absent = fakePlugin();
    const [launcher] = absent.harnesses ?? [];
    const h2m = await serve({
      harnesses: ["fake"],
      plugins: [{ ...absent, harnesses: [{ ...launcher!, detect: () => undefined }] }],
    });
    const client = await connected(h2m);

    const error = await failure(client.names());

    expect(error.message).toContain("`fake` was not found");
    expect(error.message).toContain("npm install -g fake-harness");
  });

  it("because its program cannot be started is told with the reason", async () => {
    const plugin = fakePlugin();
    const [launcher] = plugin.harnesses ?? [];
    const detect = () => ({ command: "/nowhere/at-all" });
    const h2m = await serve({
      harnesses: ["fake"],
      plugins: [{ ...plugin, harnesses: [{ ...launcher!, detect }] }],
    });

    const error = await failure(h2m.sessions.open({}).tools());

    expect(error.message).toContain("`/nowhere/at-all` could not be started");
    expect(temporaryFiles()).toEqual([]);
  });

  it("does not hold up `initialize`, nor the instructions", async () => {
    const h2m = await serveFake({ delay: 2_500 });
    let turned = false;
    h2m.on("turn", () => (turned = true));

    const client = await connected(h2m);

    expect(client.instructions()).toContain("fake 1.2.3");
    expect(turned).toBe(false);
    expect(await client.names()).toContain("echo");
    expect(turned).toBe(true);
  });
});

it("a program that is looked at for long does not hold up `initialize`", async () => {
  const plugin = fakePlugin();
  const [launcher] = plugin.harnesses!;
  const looked = deferred<void>();
  const detect = async () => {
    await looked.promise;
    return { command: process.execPath, version: "1.2.3" };
  };
  const h2m = await serve({
    harnesses: ["fake"],
    plugins: [{ ...plugin, harnesses: [{ ...launcher!, detect }] }],
  });

  const client = await connected(h2m);

  looked.resolve(undefined);
  expect(await client.names()).toContain("echo");
});

describe("instructions", () => {
  it("mirror the harness's own prompt if the config wants them full", async () => {
    const h2m = await serveFake({}, { instructions: "full" });

    expect((await connected(h2m)).instructions()).toContain("Be a fake.");
  });

  it("are absent if the config wants none", async () => {
    const h2m = await serveFake({}, { instructions: false });

    expect((await connected(h2m)).instructions()).toBeUndefined();
  });
});
