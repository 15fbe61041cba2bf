import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeLock } from "../../src/cli/input/lock-file.ts";
import { replaceFile } from "../../src/core/files/whole-file.ts";
import { emptyFolder } from "../helpers/cli.ts";
import { failure } from "../helpers/until.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await emptyFolder();
  path = join(folder, "h2m.lock.json");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a file that is replaced", () => {
  it("leads into no other one by a link that waits in a shared folder", async () => {
    const victim = join(folder, "victim");
    await writeFile(victim, "as it was");
    for (const name of [`${path}.${process.pid}`, `${path}.tmp`, path]) await symlink(victim, name);

    await writeLock(path, { format: 1, harnesses: {} });

    expect(await readFile(victim, "utf8")).toBe("as it was");
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ format: 1, harnesses: {} });
    expect((await readdir(folder)).length).toBe(4);
  });

  it("is there whole at every moment, also where several write it", async () => {
    const texts = ["a", "b", "c"].map((letter) => letter.repeat(100_000));
    await replaceFile(path, texts[0]!);

    const writing = Promise.all(
      Array.from({ length: 30 }, (_, at) => replaceFile(path, texts[at % 3]!, 0o600)),
    );
    let over = false;
    void writing.then(() => (over = true));
    while (!over) expect(texts).toContain(await readFile(path, "utf8"));

    await writing;
    expect(await readdir(folder)).toEqual(["h2m.lock.json"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("leaves nothing behind where it cannot be", async () => {
    await mkdir(path);

    await failure(replaceFile(path, "x"));

    expect(await readdir(folder)).toEqual(["h2m.lock.json"]);
  });
});
