import { execFileSync } from "node:child_process";
import {
  chmod,
  chown,
  lchown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
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

  it("is another one after its file was removed", async () => {
    const first = await keptSecret("token");
    await rm(secretFile("token"));

    expect(await keptSecret("token")).not.toBe(first);
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

describe("the secrets of a profile", () => {
  it("are its own, in files that name it", async () => {
    const secrets = await Promise.all([
      keptSecret("token"),
      keptSecret("token", "readonly"),
      keptSecret("token", "full"),
      keptSecret("attach-key"),
      keptSecret("attach-key", "readonly"),
    ]);

    expect(new Set(secrets).size).toBe(5);
    expect(await keptSecret("token", "readonly")).toBe(secrets[1]);
    expect((await readdir(stateFolder())).toSorted()).toEqual([
      "attach-key",
      "attach-key-readonly",
      "token",
      "token-full",
      "token-readonly",
    ]);
  });

  it("have one file each, also where a file system does not tell `A` from `a`, and none elsewhere", () => {
    const names = ["ab", "Ab", "aB", "AB", "a/b", "../ab", "..", "a b"];
    const files = names.map((name) => secretFile("token", name));

    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(names.length);
    for (const file of files) expect(dirname(file)).toBe(stateFolder());
  });
});

describe("a secret that another user could have put there is not taken:", () => {
  const at = () => secretFile("token");
  beforeEach(() => mkdir(stateFolder()));

  it("a file that others may write", async () => {
    await writeFile(at(), "of-somebody\n");
    await chmod(at(), 0o666);

    const error = await failure(keptSecret("token"));

    expect(error.message).toContain(`other users may write \`${at()}\``);
    expect(error).toMatchObject({ hint: expect.stringContaining("H2M_TOKEN") });
  });

  it("a link, which is left as it is, and so is what it leads to", async () => {
    const target = join(folder, "target");
    await writeFile(target, "of-somebody\n", { mode: 0o644 });
    await symlink(target, at());

    const error = await failure(keptSecret("token"));

    expect(error.message).toContain(`\`${at()}\` is a link, and none is followed`);
    expect(await modeOf(target)).toBe(0o644);
  });

  it("a link to nothing, through which a file would be made", async () => {
    await symlink(join(folder, "target"), at());

    expect((await failure(keptSecret("token"))).message).toContain("is a link");
    expect(await readdir(folder)).toEqual(["h2m"]);
  });

  it("a pipe, and it is not waited for", async () => {
    execFileSync("mkfifo", [at()]);

    expect((await failure(keptSecret("token"))).message).toContain("is no file");
  });

  // Only root can give a file to somebody else.
  it.runIf(process.getuid?.() === 0)("a file, a folder or a link of somebody else", async () => {
    await writeFile(at(), "of-somebody\n", { mode: 0o600 });
    await chown(at(), 64_321, 64_321);
    const file = await failure(keptSecret("token"));
    await chown(at(), 0, 0);
    await chown(stateFolder(), 64_321, 64_321);
    const whole = await failure(keptSecret("token"));
    await chown(stateFolder(), 0, 0);
    await rename(stateFolder(), join(folder, "real"));
    await symlink("real", stateFolder());
    await lchown(stateFolder(), 64_321, 64_321);
    const linked = await failure(keptSecret("token"));

    for (const [error, path] of [
      [file, at()],
      [whole, stateFolder()],
      [linked, stateFolder()],
    ] as const) {
      expect(error.message).toContain(
        `\`${path}\` belongs to another user (uid 64321, and this is uid 0)`,
      );
      expect(error).toMatchObject({ hint: expect.stringContaining("XDG_STATE_HOME") });
    }
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
