import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { Guardian } from "../../src/core/host/guardian.ts";
import { LAUNCH_MARK } from "../../src/core/host/leftovers.ts";
import { compiledFolder } from "../helpers/cli.ts";
import { atEnd } from "../helpers/server.ts";
import { lives, until } from "../helpers/until.ts";

const PROGRAM = fileURLToPath(new URL("../fixtures/guarded.ts", import.meta.url));

function marked(mark: string): number {
  const child = spawn("sleep", ["300"], { env: { [LAUNCH_MARK]: mark }, stdio: "ignore" });
  atEnd(() => child.kill("SIGKILL"));
  return child.pid as number;
}

it.runIf(process.platform === "linux")(
  "a guardian ends what carries a mark, soon however many seats have ended, and nothing that it was told to forget",
  async () => {
    const home = await mkdtemp(join(tmpdir(), "h2m-guarded-"));
    const ended = Array.from({ length: 1_000 }, (_, seat) => `ended-${seat}`);
    const [one, other, forgotten] = ["one", "other", "ended-7"].map(marked) as [
      number,
      number,
      number,
    ];
    const args = [home, ...ended, "one", "other", "--", ...ended];

    const guarded = spawn(process.execPath, ["--import", "jiti/register", PROGRAM, ...args], {
      stdio: "ignore",
      env: { ...process.env, TMPDIR: await compiledFolder() },
    });
    await once(guarded, "exit");

    await until("both have ended", () => !lives(one) && !lives(other), 10_000);
    await until("the folder is gone", () => !existsSync(home), 10_000);
    expect(lives(forgotten)).toBe(true);
  },
);

describe.runIf(process.platform === "linux")("a guardian that is dismissed", () => {
  it("ends nothing, leaves the folder to its host, and is gone", async () => {
    const home = await mkdtemp(join(tmpdir(), "h2m-guarded-"));
    const guardian = new Guardian(home);
    const pid = marked("dismissed");
    guardian.watch("dismissed");
    guardian.group(pid);
    await until("it is there", () => guardians(home).length === 1);

    await guardian.dismiss();

    expect(guardians(home)).toEqual([]);
    expect(lives(pid)).toBe(true);
    expect(existsSync(home)).toBe(true);
  });

  it("can be told of marks and their ends as often as a host has seats, and then dismissed at once", async () => {
    const home = await mkdtemp(join(tmpdir(), "h2m-guarded-"));
    const guardian = new Guardian(home);
    for (let seat = 0; seat < 200; seat++) guardian.watch(`seat-${seat}`);
    for (let seat = 0; seat < 200; seat++) guardian.forget(`seat-${seat}`);

    await guardian.dismiss();

    expect(guardians(home)).toEqual([]);
  });

  it("carries no mark and no variable of ours", async () => {
    vi.stubEnv(LAUNCH_MARK, "mine");
    vi.stubEnv("H2M_TOKEN", "a-secret");
    const home = await mkdtemp(join(tmpdir(), "h2m-guarded-"));
    const guardian = new Guardian(home);
    vi.unstubAllEnvs();
    const pid = await until("it is there", () => guardians(home)[0]);

    const env = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
    await guardian.dismiss();

    expect(env.filter((line) => !/^(PATH|PWD|_)=/.test(line))).toEqual([]);
  });
});

/** The processes of the guardians of a folder. */
function guardians(home: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(home);
    } catch {
      return false;
    }
  });
}
