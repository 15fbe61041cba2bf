import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stateFolder } from "../../src/server/folders.ts";
import { keptSecret, secretFile } from "../../src/server/secrets.ts";
import { emptyFolder } from "../helpers/cli.ts";
import { failure } from "../helpers/until.ts";

let folder: string;
const before = process.env["XDG_STATE_HOME"];
beforeEach(async () => {
  folder = await emptyFolder();
  process.env["XDG_STATE_HOME"] = folder;
});
afterEach(async () => {
  if (before === undefined) delete process.env["XDG_STATE_HOME"];
  else process.env["XDG_STATE_HOME"] = before;
  await rm(folder, { recursive: true, force: true });
});

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe("a kept secret", () => {
  it("is made once, long enough not to be guessed, and read from then on", async () => {
    const first = await keptSecret("token");

    expect(first).toMatch(/^[\da-f]{32,}$/);
    expect(await keptSecret("token")).toBe(first);
    expect((await readFile(secretFile("token"), "utf8")).trim()).toBe(first);
    expect(await keptSecret("attach-key")).not.toBe(first);
  });

  it("can be read by its owner only, and so can its folder", async () => {
    await keptSecret("token");

    expect(await modeOf(secretFile("token"))).toBe(0o600);
    expect(await modeOf(stateFolder())).toBe(0o700);
  });

  it("is closed to others where it was open", async () => {
    await mkdir(stateFolder());
    await writeFile(secretFile("token"), "my-own-token\n");
    await chmod(secretFile("token"), 0o644);
    await chmod(stateFolder(), 0o755);

    expect(await keptSecret("token")).toBe("my-own-token");
    expect(await modeOf(secretFile("token"))).toBe(0o600);
    expect(await modeOf(stateFolder())).toBe(0o700);
  });

  it("is the same for all that start at once, and leaves no draft", async () => {
    const secrets = await Promise.all(Array.from({ length: 20 }, () => keptSecret("token")));

    expect(new Set(secrets).size).toBe(1);
    expect(await readdir(stateFolder())).toEqual(["token"]);
  });

  it.each(["", "\n", "two words\n"])(
    "is not made anew over a file that holds none (%j)",
    async (text) => {
      await mkdir(stateFolder());
      await writeFile(secretFile("token"), text);

      const error = await failure(keptSecret("token"));

      expect(error.message).toBe(`The file \`${secretFile("token")}\` holds no token.`);
      expect(error).toMatchObject({ hint: expect.stringContaining("Remove it") });
    },
  );

  it("needs a folder that can be made, and says what else can be done", async () => {
    await writeFile(join(folder, "file"), "");
    process.env["XDG_STATE_HOME"] = join(folder, "file");

    const error = await failure(keptSecret("attach-key"));

    expect(error.message).toContain(join(folder, "file/h2m/attach-key"));
    expect(error).toMatchObject({ hint: expect.stringContaining("H2M_ATTACH_KEY") });
  });
});

describe("the state folder", () => {
  it("is the one of XDG_STATE_HOME, or below ~/.local/state where that is no absolute path", () => {
    expect(stateFolder()).toBe(join(folder, "h2m"));
    for (const set of ["", "relative/path"]) {
      process.env["XDG_STATE_HOME"] = set;
      expect(stateFolder()).toBe(join(homedir(), ".local/state/h2m"));
    }
  });
});
