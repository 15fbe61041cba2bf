import { describe, expect, it } from "vitest";
import { deferred } from "../../src/kit/deadline.ts";
import { fakeLauncher, fakePlugin } from "../../src/testing.ts";
import { attached } from "../helpers/attached.ts";
import { connected, serve, serveFake, temporaryFiles } from "../helpers/server.ts";
import { failure, lives, until } from "../helpers/until.ts";

/** A key for each seat, and one for all with conversations that the driver binds. */
const KINDS = [
  { kind: "a key for each seat", options: {} },
  { kind: "one key, bound conversations", options: { headers: true, sharedKey: true } },
] as const;

describe.each(KINDS)("a host with several seats ($kind)", ({ options }) => {
  const SHARED = { ...options, driver: true, seats: 3 } as const;

  it("holds several sessions in one process, and none sees another's results", async () => {
    const h2m = await serveFake(SHARED);
    const clients = await Promise.all([connected(h2m), connected(h2m), connected(h2m)]);

    const pids = await Promise.all(clients.map((client) => client.text("pid")));
    const texts = await Promise.all(
      clients.flatMap((client, who) =>
        Array.from({ length: 10 }, (_, index) =>
          client.text("slow", { ms: (index * 7) % 5, text: `${who} ${index}` }),
        ),
      ),
    );

    expect(new Set(pids).size).toBe(1);
    expect(texts).toEqual(
      clients.flatMap((_, who) => Array.from({ length: 10 }, (__, index) => `${who} ${index}`)),
    );
  });

  it("is joined by a second one when its seats are taken", async () => {
    const h2m = await serveFake(SHARED);
    const clients = await Promise.all([1, 2, 3, 4].map(() => connected(h2m)));

    const pids = await Promise.all(clients.map((client) => client.text("pid")));

    expect(new Set(pids).size).toBe(2);
  });

  it("loses one session with what its tools left running, and keeps the others with theirs", async () => {
    const h2m = await serveFake(SHARED);
    const [one, two] = await Promise.all([connected(h2m), connected(h2m)]);
    const mine = Number(await one.text("detach"));
    const theirs = Number(await two.text("detach"));
    const running = two.text("slow", { ms: 800, text: "undisturbed" });

    await one.end();

    await until("the first one's command is gone", () => !lives(mine));
    expect(lives(theirs)).toBe(true);
    expect(await running).toBe("undisturbed");
    expect(await two.text("echo", { text: "here" })).toBe("here");
    await two.end();
    await until("all is gone", () => !lives(theirs) && temporaryFiles().length === 0);
  });

  it("fails the calls of all its sessions when it dies, and each of them starts again", async () => {
    const h2m = await serveFake(SHARED);
    const clients = await Promise.all([connected(h2m), connected(h2m)]);
    const pid = Number(await clients[0]!.text("pid"));
    await clients[1]!.text("pid");
    const calls = clients.map((client) => failure(client.call("stuck")));
    await until("both calls run", async () => {
      const log = await clients[0]!.text("log");
      return log.split("stuck").length === 3;
    });

    process.kill(pid, "SIGKILL");

    for (const { message } of await Promise.all(calls)) expect(message).toContain("SIGKILL");
    const again = await Promise.all(clients.map((client) => client.text("pid")));
    expect(again.map(Number)).not.toContain(pid);
  });

  it("is a process of its own for each session if the config says so", async () => {
    const h2m = await serve({
      harnesses: { fake: { host: "own" } },
      plugins: [fakePlugin(SHARED)],
    });
    const clients = await Promise.all([connected(h2m), connected(h2m)]);

    const [one, two] = await Promise.all(clients.map((client) => client.text("pid")));

    expect(one).not.toBe(two);
  });
});

it("a subagent in a host with several seats is answered at once, whoever sits beside it", async () => {
  const h2m = await serveFake({ driver: true, seats: 3, headers: true, sharedKey: true });
  const [one, two] = await Promise.all([connected(h2m), connected(h2m)]);
  await two.text("pid");

  expect(await one.text("side", { kind: "subagent" })).toMatch(/no model/i);
  expect(await one.text("echo", { text: "after" })).toBe("after");
  expect(await two.text("echo", { text: "beside" })).toBe("beside");
});

it("a turn that no seat is bound to becomes no seat's, also while the only one is still opening", async () => {
  const options = { driver: true, seats: 3, headers: true, sharedKey: true } as const;
  const launcher = fakeLauncher(options);
  const opening = deferred<string>();
  const roles: string[] = [];
  const h2m = await serve({
    harnesses: ["fake"],
    plugins: [
      {
        name: "slow-to-open",
        setup: ({ on }) => void on("turn", ({ role }) => roles.push(role)),
        harnesses: [
          {
            ...launcher,
            drive: (host) => ({
              ...launcher.drive!(host),
              open: () => {
                opening.resolve(host.context.token);
                return Promise.resolve();
              },
            }),
          },
        ],
      },
    ],
  });
  const client = await connected(h2m);
  const listed = client.names().catch(() => {});
  const closed = attached(h2m, { key: await opening.promise });

  const reply = await closed.turn({ headers: { "x-fake-conversation": "of a closed seat" } });

  await reply.expectEnd();
  expect(reply.calls).toEqual([]);
  expect(roles).not.toContain("root");
  await h2m.close();
  await listed;
});
