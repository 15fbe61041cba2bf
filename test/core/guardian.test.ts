import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { LAUNCH_MARK } from "../../src/core/host/leftovers.ts";
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
    });
    await once(guarded, "exit");

    await until("both have ended", () => !lives(one) && !lives(other), 10_000);
    await until("the folder is gone", () => !existsSync(home), 10_000);
    expect(lives(forgotten)).toBe(true);
  },
);
