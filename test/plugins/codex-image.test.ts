import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { imageResult } from "../../plugins/codex/image.ts";

const GIF = Buffer.from("GIF89a and so on");

describe("an image that is read beside other calls", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "h2m-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is given with its bytes", async () => {
    const path = join(folder, "a.gif");
    writeFileSync(path, GIF);

    expect((await imageResult(path))?.content).toEqual([
      { type: "image", mimeType: "image/gif", data: GIF.toString("base64") },
    ]);
  });

  it.each([
    ["nothing", () => {}],
    ["a text", (path: string) => writeFileSync(path, "secret")],
    ["a pipe without a writer", (path: string) => void execFileSync("mkfifo", [path])],
  ])("is left to the next turn if it has become %s", async (_, make) => {
    const path = join(folder, "a");
    make(path);

    expect(await imageResult(path)).toBeUndefined();
  });

  it.each(["/dev/zero", "/proc/self/environ", "/"])(
    "is left to the next turn if it is %s",
    async (path) => {
      expect(await imageResult(path)).toBeUndefined();
    },
  );
});
