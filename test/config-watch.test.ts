import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfigFile } from "../src/config/files/load.ts";
import { watchFile } from "../src/config/reload/watch.ts";
import { until } from "./helpers/until.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "h2m-test-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a config file that is loaded again", () => {
  it.each([
    [
      "h2m.config.ts",
      (max: number) => `const max: number = ${max}; export default { sessions: { max } };`,
    ],
    ["h2m.config.mjs", (max: number) => `export default { sessions: { max: ${max} } };`],
    ["h2m.config.json", (max: number) => JSON.stringify({ sessions: { max } })],
  ])("is read anew: %s", async (name, textOf) => {
    const max = async (): Promise<unknown> =>
      (await loadConfigFile({ folder, modules: {} }))?.config;

    writeFileSync(join(folder, name), textOf(1));
    expect(await max()).toEqual({ sessions: { max: 1 } });
    writeFileSync(join(folder, name), textOf(2));

    expect(await max()).toEqual({ sessions: { max: 2 } });
  });
});

describe("a watched file", () => {
  it("tells of each new text, whether it is written or replaced, and of nothing after the end", async () => {
    const file = join(folder, "h2m.config.json");
    writeFileSync(file, "{}");
    let changes = 0;
    const errors: Error[] = [];
    const stop = watchFile(file, {
      onChange: async () => void changes++,
      onError: (error) => errors.push(error),
    });

    writeFileSync(file, '{ "cwd": "." }');
    await until("the change is told", () => changes === 1);
    writeFileSync(join(folder, "new"), '{ "cwd": ".." }');
    renameSync(join(folder, "new"), file);
    await until("the replacement is told", () => changes === 2);
    stop();
    writeFileSync(file, "{}");

    expect([changes, errors]).toEqual([2, []]);
  });

  it("tells of what was written between the reading and the watching", async () => {
    const file = join(folder, "h2m.config.json");
    writeFileSync(file, '{ "cwd": "." }');
    const loaded = await loadConfigFile({ folder, modules: {} });
    writeFileSync(file, '{ "cwd": ".." }');
    let changes = 0;

    const stop = watchFile(file, {
      since: loaded?.text,
      onChange: async () => void changes++,
      onError: () => {},
    });

    await until("the change is told", () => changes === 1);
    stop();
  });
});
