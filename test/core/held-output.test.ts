import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { definePlugin } from "../../src/plugin.ts";
import { fakeLauncher, type FakeOptions } from "../../src/testing.ts";
import { atEnd, connected, serve } from "../helpers/server.ts";
import { failure, lives, until } from "../helpers/until.ts";

/** A server whose harness leaves a process that holds its output and carries no mark, as a tool that made itself a service does. */
async function withHolder(options: FakeOptions) {
  const file = join(tmpdir(), `holder-${randomUUID()}`);
  const base = fakeLauncher(options);
  const harness = {
    ...base,
    prepare: (...given: Parameters<typeof base.prepare>) => {
      const plan = base.prepare(...given);
      const script = `env -i sleep 300 & echo $! > ${file}; exec "$0" "$@"`;
      return { ...plan, command: "/bin/sh", args: ["-c", script, plan.command, ...plan.args] };
    },
  };
  const h2m = await serve({
    harnesses: ["fake"],
    plugins: [definePlugin({ name: "held", harnesses: [harness] })],
    timeouts: { call: 8_000 },
  });
  atEnd(() => rm(file, { force: true }));
  atEnd(() => process.kill(holder(), "SIGKILL"));
  const holder = () => Number(readFileSync(file, "utf8"));
  return { h2m, client: await connected(h2m), holder };
}

describe.each<[string, FakeOptions]>([
  ["with turns only", {}],
  ["with a driver", { driver: true }],
])("a harness whose output somebody else holds, %s", (_, options) => {
  it("is noticed at once when it is killed", async () => {
    const { h2m, client, holder } = await withHolder(options);
    const pid = Number(await client.text("pid"));
    const call = failure(client.call("stuck"));
    const out = new Promise((resolve) => h2m.on("call:start", resolve));
    const exited = new Promise((resolve) => h2m.on("host:exit", resolve));
    await Promise.race([out, until("the call is out", () => true)]);
    const started = performance.now();

    process.kill(pid, "SIGKILL");
    await exited;

    // Long before the call's own deadline, which is what ended it once.
    expect(performance.now() - started).toBeLessThan(4_000);
    expect((await call).message).toContain("SIGKILL");
    expect(lives(holder())).toBe(true);
  });

  it("is told with the last that it printed", async () => {
    const { client } = await withHolder(options);

    const error = await failure(client.call("die", { code: 5 }));

    expect(error.message).toContain("exit code 5");
    expect(error.message).toContain("the fake died on purpose");
  });
});
