import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { endGroup, endLeftovers, LAUNCH_MARK, marked } from "../../src/core/host/leftovers.ts";
import { atEnd } from "../helpers/server.ts";
import { lives, until } from "../helpers/until.ts";

function start(mark: string): number {
  const child = spawn("sleep", ["300"], { env: { [LAUNCH_MARK]: mark }, stdio: "ignore" });
  atEnd(() => child.kill("SIGKILL"));
  return child.pid as number;
}

describe.runIf(process.platform === "linux")("what carries a mark", () => {
  it("is found by whoever looks for it, and by nobody else, however many look at once", async () => {
    const marks = Array.from({ length: 8 }, (_, i) => `look-${process.pid}-${i}`);
    const pids = marks.map(start);
    await until("all are there", async () => (await marked(marks)).length === 8);

    const found = await Promise.all(marks.map((mark) => marked([mark])));

    expect(found).toEqual(pids.map((pid) => [pid]));
    expect(await marked([])).toEqual([]);
  });

  it("is found by a look that begins after it was started, also while another look is on its way", async () => {
    const mark = `late-${process.pid}`;
    const before = marked([mark]);
    const pid = start(mark);
    await until("it is found", async () => (await marked([mark])).includes(pid));
    await before;
  });

  it("is ended without a file descriptor for each process of the machine", async () => {
    const marks = Array.from({ length: 20 }, (_, i) => `end-${process.pid}-${i}`);
    const pids = marks.map(start);
    const open = () => readdirSync("/proc/self/fd").length;
    const idle = open();
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, open())), 1);

    await Promise.all(marks.map((mark) => endLeftovers([mark])));

    clearInterval(timer);
    expect(pids.filter(lives)).toEqual([]);
    expect(most - idle).toBeLessThan(20);
  });
});

describe.runIf(process.platform !== "win32")("what is left in the group of a program", () => {
  it.each([
    { marksAreRead: false, left: false },
    { marksAreRead: true, left: true },
  ])("is ended where marks cannot be read: %o", async ({ marksAreRead, left }) => {
    const child = spawn("sh", ["-c", "sleep 300 & echo $!"], {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [said] = (await once(child.stdout, "data")) as [Buffer];
    const pid = Number(said.toString());
    atEnd(() => void (lives(pid) && process.kill(pid, "SIGKILL")));
    if (child.exitCode === null) await once(child, "exit");
    expect(lives(pid)).toBe(true);

    endGroup(child.pid as number, marksAreRead);

    if (!left) await until("it has ended", () => !lives(pid));
    expect(lives(pid)).toBe(left);
  });
});
