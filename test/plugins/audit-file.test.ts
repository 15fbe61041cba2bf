import { spawnSync } from "node:child_process";
import { chmod, link, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { emptyFolder } from "../helpers/cli.ts";
import { serveFake } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

let folder: string;
let file: string;
let other: string;
beforeEach(async () => {
  folder = await emptyFolder();
  file = join(folder, "audit.jsonl");
  other = join(folder, "other");
  await writeFile(other, "as it was\n");
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const serve = () => serveFake({ driver: true }, { audit: { file } });

describe("an audit file that somebody made beforehand", () => {
  it.each<[string, RegExp, () => unknown]>([
    ["a link to a file", /is a link/, () => symlink(other, file)],
    ["a link to nothing", /is a link/, () => symlink(join(folder, "none"), file)],
    ["a second name of another file", /second name/, () => link(other, file)],
    ["a FIFO that nobody reads", /no regular file/, () => spawnSync("mkfifo", [file])],
    ["a folder", /no regular file/, () => mkdir(file)],
  ])("is refused at the start, and nothing is written, if it is %s", async (_, why, make) => {
    await make();

    const error = await failure(serve());

    expect(error).toMatchObject({ code: "bad-config", message: expect.stringMatching(why) });
    expect(error).toMatchObject({ hint: expect.stringContaining("audit.file") });
    expect(await readFile(other, "utf8")).toBe("as it was\n");
    await failure(stat(join(folder, "none")));
  });

  it("is refused if it is a device", async () => {
    const error = await failure(serveFake({ driver: true }, { audit: { file: "/dev/null" } }));

    expect(error).toMatchObject({
      code: "bad-config",
      message: expect.stringContaining("/dev/null"),
    });
  });

  it("is refused if it belongs to another user", async () => {
    await writeFile(file, "", { mode: 0o666 });
    const { uid } = await stat(file);
    vi.spyOn(process, "getuid").mockReturnValue(uid + 1);

    const error = await failure(serve());

    expect(error).toMatchObject({
      code: "bad-config",
      message: expect.stringMatching(/another user/),
    });
    expect(await readFile(file, "utf8")).toBe("");
  });

  it("is closed to others if it is the user's own", async () => {
    await writeFile(file, '{"older":1}\n');
    await chmod(file, 0o666);

    const h2m = await serve();
    await h2m.sessions.open({}).call("pid", {});

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, "utf8")).split("\n")).toHaveLength(3);
  });

  it("is not followed later either: a link in its place takes no line, and fails no call", async () => {
    const h2m = await serve();
    const warnings: string[] = [];
    h2m.on("warning", ({ message }) => void warnings.push(message));
    const session = h2m.sessions.open({});
    await session.tools();
    await rm(file);
    await symlink(other, file);

    await session.call("pid", {});

    expect(warnings).toEqual([expect.stringMatching(/audit cannot be written.*is a link/)]);
    expect(await readFile(other, "utf8")).toBe("as it was\n");
  });
});

describe("a line of the audit", () => {
  it("is one line for every reader, and well-formed, whatever the call holds", async () => {
    const hostile = '\u2028{"forged":1}\u2029\u0085\v\f\u001c\u007f\u009b2J\u202e\ud83d';
    const h2m = await serve();
    const session = h2m.sessions.open({});

    await session.call("echo", { text: hostile });
    await failure(session.call(`no${hostile}`, { [hostile]: [hostile] }));

    const text = await readFile(file, "utf8");
    expect(text).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
    expect(text).not.toMatch(/\\ud[89a-f]/i);
    const lines = text.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0]!)).toMatchObject({ arguments: { text: hostile.toWellFormed() } });
  });
});
