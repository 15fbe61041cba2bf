import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtCli, type Cli, emptyFolder, fakeConfig, put, start } from "../helpers/cli.ts";
import { connect, type Era } from "../helpers/clients.ts";
import { until } from "../helpers/until.ts";

/** How many calls are cancelled: 10,000, or a tenth of that. `H2M_CANCELS` says another number. */
const COUNT = Number(process.env["H2M_CANCELS"] ?? (process.env["H2M_ATTACK"] ? 10_000 : 1_000));
/** What still lives in its heap may have grown by so many bytes between half as many calls and all of them. */
const MOST_MEMORY = 8 * 2 ** 20;
const MOST_FILES = 8;
const CANCELLER = fileURLToPath(new URL("canceller.ts", import.meta.url));
/** How much memory the system lends it says little: what nobody holds any more is collected at leisure. */
const LIVE_HEAP = new URL("live-heap.mjs", import.meta.url).href;

describe.each<Era>(["v1", "v2-2025", "v2-2026"])(`${COUNT} calls of a client of %s`, (era) => {
  let folder: string;
  let h2m: Cli;
  let url: string;
  beforeAll(async () => {
    const cli = await builtCli();
    folder = await emptyFolder();
    await put(folder, "h2m.config.mjs", fakeConfig({}, `tools: { confirm: ["echo"] }`));
    const args = ["--port", "0", "--config", "h2m.config.mjs"];
    const env = {
      HOME: folder,
      XDG_STATE_HOME: folder,
      TMPDIR: folder,
      H2M_TOKEN: "cancels",
      NODE_OPTIONS: `--import=${LIVE_HEAP}`,
    };
    h2m = start(cli, args, { cwd: folder, env });
    [, url = ""] = await h2m.says(/(http:\/\/127\.0\.0\.1:\d+\/mcp)/);
  }, 180_000);
  afterAll(async () => {
    h2m?.child.kill("SIGTERM");
    await h2m?.ended;
    await rm(folder, { recursive: true, force: true });
  });

  it("that are cancelled while a person is asked leave the same process, and it does not grow", async () => {
    await cancel(COUNT / 2);
    const before = await settled();

    await cancel(COUNT);
    const after = await settled();

    console.log(`${era}: ${COUNT} cancelled; before ${told(before)}, after ${told(after)}`);
    expect(h2m.child.exitCode).toBeNull();
    expect(h2m.stderr()).not.toMatch(/unhandled|rejection/i);
    expect(after.memory - before.memory).toBeLessThan(MOST_MEMORY);
    expect(after.files - before.files).toBeLessThanOrEqual(MOST_FILES);
    const client = await connect(era, url, "cancels");
    expect(await client.text("pid")).toMatch(/^\d+$/);
    await client.close();
  }, 1_200_000);

  /** In a process of its own, whose connections end with it. */
  async function cancel(count: number): Promise<void> {
    const words = ["--import", "jiti/register", CANCELLER, url, "cancels", era, String(count)];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (part) => (said = `${said}${part}`.slice(-2_000)));
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`The client ended with ${code}: ${said}`);
  }

  interface Size {
    /** What lives in its heap, in bytes. */
    readonly memory: number;
    /** Sockets too. */
    readonly files: number;
  }

  /** When its open files are the fewest that they get to be within some seconds. */
  async function settled(): Promise<Size> {
    let least = Number.POSITIVE_INFINITY;
    let same = 0;
    await until(
      "its files are no fewer",
      async () => {
        const { files } = await size();
        same = files < least ? 0 : same + 1;
        least = Math.min(least, files);
        await sleep(100);
        return same > 20;
      },
      60_000,
    );
    return size();
  }

  async function size(): Promise<Size> {
    const { pid } = h2m.child;
    const files = (await readdir(`/proc/${pid}/fd`)).length;
    const seen = h2m.stderr().length;
    h2m.child.kill("SIGUSR2");
    const look = () => /live heap: (\d+) bytes/.exec(h2m.stderr().slice(seen));
    const [, bytes] = await until("it tells of its heap", look, 20_000);
    return { memory: Number(bytes), files };
  }
});

function told({ memory, files }: { memory: number; files: number }): string {
  return `${Math.round(memory / 2 ** 20)} MB and ${files} files`;
}
