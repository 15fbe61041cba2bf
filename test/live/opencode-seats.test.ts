import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { opencode } from "../../plugins/opencode/index.ts";
import { OpencodeServer } from "../../plugins/opencode/server.ts";
import { definePlugin, type Seat } from "../../src/plugin.ts";
import { versionOf } from "./versions.ts";
import { endSession, leaveDetached, processesWith, until, World } from "./world.ts";

/** The folders of the next sessions, one each. */
const folders: string[] = [];
/** The history of every seat has grown. */
let grown = false;
/** Ends the stream of events. */
let cut = new AbortController();
/** When the events may be heard again. */
let gate: Promise<void> = Promise.resolve();

/** OpenCode, whose seats have a folder and an environment each. */
const housed = definePlugin({
  name: "opencode",
  harnesses: [
    {
      ...opencode,
      drive: (host) => {
        const driver = opencode.drive?.(host);
        if (!driver) throw new Error("it has a driver");
        const moved = new Map<string, Seat>();
        const own = (seat: Seat) => moved.get(seat.id) ?? seat;
        return {
          ...driver,
          open: (seat) => {
            const cwd = folders.shift() ?? seat.cwd;
            const env = { ...seat.env, XDG_STATE_HOME: `${cwd}/state`, PLACE: cwd };
            moved.set(seat.id, { ...seat, cwd, env });
            return driver.open(own(seat));
          },
          growth: () => (grown ? 1 : 0),
          reset: async (seat) => {
            grown = false;
            return (await driver.reset?.(own(seat))) ?? [];
          },
          close: async (seat) => driver.close?.(own(seat)),
        };
      },
    },
  ],
});

describe.runIf(versionOf("opencode"))("the seats of one opencode, for real", () => {
  let world: World;
  let one: string;
  let two: string;
  let first: Client;
  let second: Client;
  let third: Client;
  const pids: number[] = [];
  const { stream } = OpencodeServer.prototype;

  const call = async (client: Client, name: string, args: Record<string, unknown>) =>
    (await client.callTool({ name, arguments: args })) as CallToolResult;
  const text = async (client: Client, name: string, args: Record<string, unknown>) =>
    textOf(await call(client, name, args));
  const shell = (client: Client, command: string) =>
    text(client, "bash", { command, description: "a test" });

  beforeAll(async () => {
    world = await World.create();
    [one, two] = [join(world.project, "one"), join(world.project, "two's")];
    for (const folder of [one, two]) {
      await mkdir(folder);
      await writeFile(join(folder, "name.txt"), `this is ${folder}\n`);
    }
    OpencodeServer.prototype.stream = async function (request, signal) {
      await gate;
      return stream.call(this, request, AbortSignal.any([signal, cut.signal]));
    };
    await world.serve({ harnesses: ["opencode"], plugins: [housed] });
    world.h2m.on("host:start", ({ pid }) => pids.push(pid));
    folders.push(one, two, two);
    first = await world.client();
    await first.listTools();
    second = await world.client();
    await second.listTools();
    third = await world.client();
    await third.listTools();
  });

  afterAll(async () => {
    await world.end();
    OpencodeServer.prototype.stream = stream;
  });

  it("are in one process", async () => {
    expect(pids).toHaveLength(1);
  });

  it("have their own folders, two of them the same", async () => {
    const places: [Client, string, string][] = [
      [first, one, "first.txt"],
      [second, two, "second.txt"],
      [third, two, "third.txt"],
    ];

    const seen = await Promise.all(
      places.map(async ([client, , file]) => ({
        pwd: await shell(client, "sleep 0.3; pwd"),
        read: await text(client, "read", { filePath: "name.txt" }),
        written: await text(client, "write", { filePath: file, content: `by ${file}` }),
        found: await text(client, "glob", { pattern: "name.*" }),
      })),
    );

    for (const [index, [, folder, file]] of places.entries()) {
      expect(seen[index]?.pwd).toBe(`${folder}\n`);
      expect(seen[index]?.read).toContain(`this is ${folder}`);
      expect(seen[index]?.found).toBe(join(folder, "name.txt"));
      expect(await readFile(join(folder, file), "utf8")).toBe(`by ${file}`);
    }
    expect((await readdir(one)).toSorted()).toEqual(["first.txt", "name.txt"]);
  });

  it("have their own environment and mark", async () => {
    const seen = await Promise.all(
      [first, second, third].map((client) =>
        shell(client, 'echo "$PLACE|$XDG_STATE_HOME|$XDG_CONFIG_HOME"; env | grep ^H2M_ | sort'),
      ),
    );

    const config = join(world.home, "xdg-config");
    const marks = seen.map((each, index) => {
      const [places, call, launch, ...rest] = each.trim().split("\n");
      const folder = [one, two, two][index];
      expect(places).toBe(`${folder}|${folder}/state|${config}`);
      expect(call).toMatch(/^H2M_CALL=/);
      expect(rest).toEqual([]);
      return launch;
    });
    expect(marks.every((mark) => mark?.startsWith("H2M_LAUNCH="))).toBe(true);
    expect(new Set(marks).size).toBe(3);
  });

  it("are told what they missed while the events were cut off", async () => {
    let open = () => {};
    gate = new Promise<void>((resolve) => (open = resolve));
    const running = [first, third].map((client) =>
      shell(client, "touch begun; sleep 1; echo missed; touch ended"),
    );
    const have = (file: string) => async () =>
      (await readdir(one)).includes(file) && (await readdir(two)).includes(file);
    await until("both commands run", 5_000, have("begun"));

    cut.abort();
    cut = new AbortController();
    await until("both commands have ended", 5_000, have("ended"));
    open();

    expect(await Promise.all(running)).toEqual(["missed\n", "missed\n"]);
    expect(await shell(second, "echo heard")).toBe("heard\n");
    expect(world.troubles.splice(0)).toEqual([expect.stringContaining("event stream broke")]);
  });

  it("begin a new history without losing folder, environment or what runs", async () => {
    const before = await shell(
      second,
      "env | grep -v ^H2M_CALL= | sort; sleep 61.25 >/dev/null 2>&1 &",
    );
    grown = true;
    // It begins anew before this call.
    const result = await call(second, "bash", { command: "pwd", description: "a test" });

    expect(grown).toBe(false);
    expect(textOf(result)).toBe(`${two}\n`);
    expect(result._meta?.["h2m/reset"]).toEqual({ lost: ["the to-do list"] });
    expect(await shell(second, "env | grep -v ^H2M_CALL= | sort")).toBe(before);
    expect(await processesWith("sleep 61.25")).toHaveLength(1);
    expect(await text(second, "read", { filePath: "name.txt" })).toContain(`this is ${two}`);
    expect(pids).toHaveLength(1);
  });

  it("end with what they left running, and with nothing of the others", async () => {
    await shell(third, leaveDetached("62.25"));
    const running = shell(third, "sleep 2; echo undisturbed");

    await endSession(second);

    await until("its command is gone", 6_000, async () => {
      return (await processesWith("sleep 61.25")).length === 0;
    });
    expect(await processesWith("sleep 62.25")).toHaveLength(1);
    expect(await running).toBe("undisturbed\n");
    expect(await shell(third, "pwd")).toBe(`${two}\n`);
  });

  it("leave a folder, and come back to it", async () => {
    await endSession(third);
    await until("its command is gone", 6_000, async () => {
      return (await processesWith("sleep 62.25")).length === 0;
    });

    folders.push(two);
    const again = await world.client();

    expect(await shell(again, "pwd; cat name.txt")).toBe(`${two}\nthis is ${two}\n`);
    expect(await shell(first, "pwd")).toBe(`${one}\n`);
    expect(pids).toHaveLength(1);
    expect(world.troubles).toEqual([]);
  });
});

function textOf({ content }: CallToolResult): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
