import { mkdtemp, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { definePlugin } from "../../src/index.ts";
import { fakeLauncher } from "../../src/testing.ts";
import { connected, serve } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

/** A harness whose process starts in its private folder. */
const apart = definePlugin({
  name: "mine",
  harnesses: [
    {
      ...fakeLauncher({ driver: true }),
      prepare: (context) => ({
        ...fakeLauncher({ driver: true }).prepare(context),
        cwd: context.home,
      }),
    },
  ],
});

it.runIf(process.platform === "linux")(
  "a process starts where its plan says, and not in the working folder",
  async () => {
    const h2m = await serve({ harnesses: ["fake"], plugins: [apart] });
    const pids: number[] = [];
    h2m.on("host:start", ({ pid }) => pids.push(pid));
    await (await connected(h2m)).tools();

    expect(await readlink(`/proc/${pids[0]}/cwd`)).toMatch(
      new RegExp(`^${join(tmpdir(), "h2m-fake-")}`),
    );
  },
);

it("a working folder that is not there is told all the same", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "gone-"));
  const h2m = await serve({ harnesses: ["fake"], plugins: [apart], cwd });
  await rm(cwd, { recursive: true });

  const error = await failure((await connected(h2m)).tools());

  expect(error.message).toContain(`The working folder ${cwd} is not there`);
});
