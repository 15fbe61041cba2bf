import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fakeConfig, useCli } from "./helpers/cli.ts";
import { lives, until } from "./helpers/until.ts";

const FAKE = fileURLToPath(new URL("fixtures/config/fake-plugin.mjs", import.meta.url));
const world = useCli();

const config = (text: string) => world.put("h2m.config.mjs", text);
/** What a shell says of a command that a signal has ended. */
const SIGNALS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const;
/** Private folders that were left. */
const homes = async () =>
  (await readdir(world.folder)).filter((name) => name.startsWith("h2m-fake"));

describe("a command that a signal ends before it has done what was asked for", () => {
  it.each(SIGNALS)("ends its harness, and with the code of %s, in a call", async (signal, code) => {
    await config(fakeConfig());
    const call = world.start("call", "stuck", "--log-level", "debug");
    const [, pid = ""] = await call.says(/started in .*\(pid (\d+)\)/);
    await call.says(/stuck begins/);

    call.child.kill(signal);

    expect(await call.ended).toBe(code);
    await until("the harness is gone", () => !lives(Number(pid)));
    expect(await homes()).toEqual([]);
  });

  it.each([["tools"], ["call", "echo", "text=x"], ["lock"], ["call", "nothing-of-the-kind"]])(
    "does so while its harness starts: %j %j %j",
    async (...args) => {
      await config(fakeConfig({ mute: true }));
      const command = world.start(...args, "--log-level", "debug");
      const [, pid = ""] = await command.says(/started in .*\(pid (\d+)\)/);

      command.child.kill("SIGINT");

      expect(await command.ended).toBe(130);
      expect(command.stdout()).toBe("");
      expect(command.stderr()).not.toMatch(/^h2m: (?!harness|fake|warn)/m);
      await until("the harness is gone", () => !lives(Number(pid)));
      expect(await homes()).toEqual([]);
    },
  );

  it.each([[["tools"]], [["call", "echo"]], [["reload"]], [[]], [["--stdio"]]])(
    "does so while its config is loaded: %j",
    async (args) => {
      const wait = "await new Promise((resolve) => setTimeout(resolve, 60_000));";
      await config(`process.stderr.write("loading\\n"); ${wait} export default {};`);
      const command = world.start(...args);
      await command.says(/loading/);

      command.child.kill("SIGTERM");

      expect(await command.ended).toBe(143);
    },
  );

  it("does so while it waits for a running server", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const command = world.start("reload", "--no-config", "--no-auth", "--port", String(port));
    const [socket] = await once(silent, "connection");

    command.child.kill("SIGINT");

    expect(await command.ended).toBe(130);
    socket.destroy();
    silent.close();
  });

  it("ends at once on the second signal", async () => {
    const slow = "close: () => new Promise(() => {})";
    await config(`
      import { fake } from ${JSON.stringify(FAKE)};
      const plugin = fake({ mute: true });
      const [launcher] = plugin.harnesses;
      const drive = () => ({ seats: 1, open: async () => {}, ${slow} });
      export default { harnesses: ["fake"], plugins: [{ ...plugin, harnesses: [{ ...launcher, drive }] }],
        timeouts: { shutdown: 600_000 } };`);
    const command = world.start("tools", "--log-level", "debug");
    await command.says(/started in/);

    const again = setInterval(() => command.child.kill("SIGINT"), 20);

    expect(await command.ended.finally(() => clearInterval(again))).toBe(130);
  });
});
