import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { useCli } from "../helpers/cli.ts";
import { lives, until } from "../helpers/until.ts";
import { attackUpgrades } from "./upgrades.ts";

const cli = useCli();
/** The whole attack also prints its figures; a tenth is enough to notice a fault. */
const WHOLE = process.env["H2M_ATTACK"];
const COUNT = WHOLE ? 16_000 : 1_600;
/** An idle server has about 25. */
const DESCRIPTORS = 40;

describe("a server in a process of its own", () => {
  it(
    "lives on when refused upgrades are closed at every moment",
    { timeout: 300_000 },
    async () => {
      const { child, says, stderr } = cli.start("--no-config", "--port", "0");
      const pid = child.pid as number;
      try {
        const [, port] = await says(/MCP: +http:\/\/127\.0\.0\.1:(\d+)/);
        const attack = { port: Number(port), count: COUNT };
        // What it keeps for good, such as buffers, it has after these.
        await attackUpgrades({ ...attack, count: COUNT / 4 });
        await until("its sockets are gone", () => descriptors(pid) < DESCRIPTORS);
        const before = memory(pid);

        const { sent, refused, odd } = await attackUpgrades(attack);

        expect({ sent, odd, lives: lives(pid) }).toEqual({ sent: COUNT, odd: [], lives: true });
        expect(refused).toBeGreaterThan(COUNT / 10);
        expect(stderr()).not.toMatch(/^(\S+Z )?h2m: /m);
        expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
        await until("its sockets are gone", () => descriptors(pid) < DESCRIPTORS);
        const after = memory(pid);
        if (WHOLE) console.log({ pid, sent, refused, before, after, open: descriptors(pid) });
        expect(after - before).toBeLessThan(64);
      } finally {
        child.kill("SIGKILL");
      }
    },
  );
});

function descriptors(pid: number): number {
  if (process.platform !== "linux") return 0;
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** MB in use; 0 where it is not known. */
function memory(pid: number): number {
  if (process.platform !== "linux") return 0;
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kb) / 1024);
}
