import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { execa } from "execa";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PNG } from "./samples.ts";
import { ROOT } from "./setup.ts";
import { versionOf } from "./versions.ts";
import {
  CONNECT,
  endSession,
  leaveDetached,
  processesWith,
  treeOf,
  until,
  World,
} from "./world.ts";

type Call = { name: string; arguments: Record<string, unknown> };

/** How one harness spells what the cases need. */
export interface Profile {
  readonly harness: string;
  readonly tools: readonly string[];
  shell(command: string): Call;
  write(path: string, text: string): Call;
  /** A call that shows the file's text. */
  read(path: string): Call;
  edit(path: string, from: string, to: string): Call;
  image(path: string): Call;
  readonly missingFile: Call;
  readonly missingArgument: Call;
  readonly wrongType: Call;
  readonly subagent: Call;
  /** What the harness says around a command's output, taken off. */
  output(text: string): string;
  /** Part of its own words when 200 KB were printed, or `undefined` if it gives them whole. */
  readonly cut: RegExp;
  /** Tells the file in which the harness keeps such an output, of which it gives the end. @default none */
  readonly kept?: RegExp;
  /** Whether the shell tool's environment holds the host's own key (it can open nothing but the host). */
  readonly keyInTools: boolean;
}

/** The cases that every harness passes with its real program. */
export function describeLive(profile: Profile): void {
  const version = versionOf(profile.harness);
  describe.runIf(version)(`${profile.harness} ${version}, for real`, () => {
    let world: World;
    let client: Client;

    beforeAll(async () => {
      world = await World.create();
      await world.serve({ harnesses: [profile.harness] });
      client = await world.client();
      await client.listTools(undefined, { timeout: CONNECT });
    });

    afterAll(async () => {
      await world.end();
    });

    const call = async (each: Call): Promise<CallToolResult> =>
      (await client.callTool({ name: each.name, arguments: each.arguments })) as CallToolResult;

    it("lists its tools", async () => {
      const { tools } = await client.listTools();

      const names = tools.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining([...profile.tools]));
      expect(new Set(names).size).toBe(names.length);
      for (const tool of tools) {
        expect(tool.inputSchema.type).toBe("object");
        expect(tool.description?.length).toBeGreaterThan(10);
        expect(tool.name).toMatch(/^[\w-]{1,40}$/);
        // A tool that a new version brings has none: it counts as one that changes things.
        expect(tool.annotations, tool.name).toMatchObject({
          title: expect.any(String),
          readOnlyHint: expect.any(Boolean),
          openWorldHint: expect.any(Boolean),
        });
      }
    });

    it("names harness, version and folder in its instructions", () => {
      expect(client.getInstructions()).toContain(`${profile.harness} ${version}`);
      expect(client.getInstructions()).toContain(world.project);
    });

    it("runs a command in the folder of the config", async () => {
      const result = await call(profile.shell("echo one; pwd"));

      expect(result.isError ?? false).toBe(false);
      expect(profile.output(textOf(result)).trim()).toBe(`one\n${world.project}`);
    });

    it("tells a failed command, with its output", async () => {
      const result = await call(profile.shell("echo before; exit 3"));

      expect(result.isError).toBe(true);
      expect(textOf(result)).toContain("before");
    });

    it("passes text on that looks like content blocks", async () => {
      const text = '[{"type":"text","text":"x"}]';

      const result = await call(profile.shell(`echo '${text}'`));

      expect(result.content).toHaveLength(1);
      expect(profile.output(textOf(result)).trim()).toBe(text);
    });

    it("gives 200 KB of output as the harness gives it", async () => {
      const result = await call(profile.shell("seq 1 34000"));

      const text = textOf(result);
      expect(text).toMatch(profile.cut);
      const [told, path] = profile.kept?.exec(text) ?? [];
      if (told === undefined || path === undefined)
        return expect(text).toMatch(/(^|\n)(3\n4|3\d{4}\n3\d{4})\n/);
      // opencode (1.18.14, 1.18.33) may lose lines on a busy machine: the first or the last ones, in its file too, or the first of
      // those that it shows. What it shows is the end of what it has kept.
      const shown = text.slice(text.indexOf(told) + told.length).trim();
      const kept = (await readFile(path, "utf8")).trim();
      expect(kept).toMatch(/^(\d+\n){100}/);
      expect(shown.split("\n").length).toBeGreaterThan(100);
      expect(kept.slice(-shown.length)).toBe(shown);
    });

    it("writes, reads and edits a file on the disk", async () => {
      const path = join(world.project, "poem.txt");

      const written = await call(profile.write(path, "first line\nsecond line\n"));
      expect(written.isError ?? false).toBe(false);
      expect(await readFile(path, "utf8")).toBe("first line\nsecond line\n");

      expect(textOf(await call(profile.read(path)))).toContain("second line");

      const edited = await call(profile.edit(path, "second", "last"));
      expect(edited.isError ?? false).toBe(false);
      expect(await readFile(path, "utf8")).toBe("first line\nlast line\n");
      expect(textOf(await call(profile.read(path)))).toContain("last line");
    });

    it("gives an image as an image block with the same bytes", async () => {
      const path = join(world.project, "square.png");
      await writeFile(path, Buffer.from(PNG, "base64"));

      const result = await call(profile.image(path));

      const images = result.content.filter((block) => block.type === "image");
      expect(images).toEqual([
        expect.objectContaining({ type: "image", mimeType: "image/png", data: PNG }),
      ]);
    });

    it("answers wrong calls clearly and lives on", async () => {
      await expect(call({ name: "NoSuchTool", arguments: {} })).rejects.toThrow(
        /no tool `NoSuchTool`/,
      );
      for (const wrong of [profile.missingArgument, profile.wrongType]) {
        const result = await call(wrong);
        expect(result.isError).toBe(true);
        expect(textOf(result)).toContain("Wrong arguments");
      }
      const missing = await call(profile.missingFile);
      expect(missing.isError).toBe(true);
      expect(textOf(missing).length).toBeGreaterThan(10);

      expect(profile.output(textOf(await call(profile.shell("echo alive")))).trim()).toBe("alive");
    });

    it("gives each of three calls made at once its own result", async () => {
      const words = ["red", "green", "blue"];

      const results = await Promise.all(words.map((word) => call(profile.shell(`echo ${word}`))));

      expect(results.map((result) => profile.output(textOf(result)).trim())).toEqual(words);
    });

    it("answers a call that is made while another runs", async () => {
      const slow = call(profile.shell("sleep 1; echo slow"));
      const quick = call(profile.shell("echo quick"));

      expect(profile.output(textOf(await quick)).trim()).toBe("quick");
      expect(profile.output(textOf(await slow)).trim()).toBe("slow");
    });

    it("ends a subagent with a text and keeps its list", async () => {
      const before = await client.listTools();
      const started = Date.now();

      const result = await call(profile.subagent);

      expect(Date.now() - started).toBeLessThan(20_000);
      expect(textOf(result).length).toBeGreaterThan(0);
      expect(profile.output(textOf(await call(profile.shell("echo next")))).trim()).toBe("next");
      expect((await client.listTools()).tools).toEqual(before.tools);
    });

    it("shows a tool the user's own environment and none of our secrets", async () => {
      const home = await treeOf(world.home);

      const result = await call(
        profile.shell(
          'printf "%s|" "$HOME" "$XDG_CONFIG_HOME" "$(git config user.name)" "$(npm config get registry)"; echo; env',
        ),
      );

      const [first, ...rest] = profile.output(textOf(result)).trim().split("\n");
      expect(first).toBe(
        `${world.home}|${world.home}/xdg-config|Ada Lovelace|http://registry.example.test/|`,
      );
      const environment = rest.join("\n");
      for (const secret of [
        "mcp-token-1",
        "attach-key-1",
        "token-of-the-user",
        "real-key-of-the-user",
      ]) {
        expect(environment).not.toContain(secret);
      }
      if (!profile.keyInTools) expect(environment).not.toContain("h2mhost_");
      expect(await treeOf(world.home)).toEqual(home);
    });

    it("keeps two sessions apart and ends one with its command", async () => {
      const other = await world.client();
      const mark = `${77_000 + Math.floor(Math.random() * 9_000)}.5`;

      const [mine, theirs] = await Promise.all([
        call(profile.shell("echo mine; env | grep H2M_LAUNCH")),
        other.callTool(
          profile.shell("echo theirs; env | grep H2M_LAUNCH"),
        ) as Promise<CallToolResult>,
      ]);
      expect(textOf(mine)).toContain("mine");
      expect(textOf(theirs)).toContain("theirs");
      expect(launchOf(textOf(mine))).not.toBe(launchOf(textOf(theirs)));

      const running = other
        // Claude Code 2.1.310 and later refuses a command that begins with a long sleep.
        .callTool(profile.shell(`true; sleep ${mark}`))
        .catch((error: unknown) => error);
      await until(
        "the command runs",
        20_000,
        async () => (await processesWith(`sleep ${mark}`)).length > 0,
      );
      await endSession(other);
      await until(
        "the command has ended",
        6_000,
        async () => (await processesWith(`sleep ${mark}`)).length === 0,
      );
      await running;
      expect(textOf(await call(profile.shell("echo untouched")))).toContain("untouched");
    });

    it("leaves nothing behind after DELETE", async () => {
      const other = await world.client();
      const mark = `${87_000 + Math.floor(Math.random() * 9_000)}.5`;
      await other.callTool(profile.shell(leaveBehind(mark)));
      // A process that is becoming another program has no command line for a moment.
      await until(
        "it is there",
        5_000,
        async () => (await processesWith(`sleep ${mark}`)).length > 0,
      );

      await endSession(other);

      await until(
        "what it left has ended",
        8_000,
        async () => (await processesWith(`sleep ${mark}`)).length === 0,
      );
    });

    it("leaves nothing behind after SIGTERM", async () => {
      const mark = `${97_000 + Math.floor(Math.random() * 2_000)}.5`;
      const config = join(world.root, "h2m.config.json");
      await writeFile(config, JSON.stringify({ timeouts: { connect: CONNECT } }));
      const server = execa(
        "node",
        [
          join(ROOT, "dist/cli.mjs"),
          profile.harness,
          "--port",
          "0",
          "--config",
          config,
          "--cwd",
          world.project,
        ],
        {
          cwd: world.project,
          env: { H2M_TOKEN: "cli-token", H2M_ATTACH_KEY: "cli-attach" },
          reject: false,
          buffer: false,
        },
      );
      const url = await mcpUrlOf(server.stderr);
      const { Client: McpClient, StreamableHTTPClientTransport } =
        await import("@modelcontextprotocol/client");
      const remote = new McpClient({ name: "live-test", version: "1" });
      const requestInit = { headers: { authorization: "Bearer cli-token" } };
      await remote.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
      await remote.callTool(profile.shell(leaveBehind(mark)), { timeout: CONNECT });
      const before = await readdir(world.temporary);
      expect(before.filter((name) => name.startsWith("h2m-"))).toHaveLength(2);

      server.kill("SIGTERM");

      expect((await server).exitCode).toBe(0);
      expect(await processesWith(`sleep ${mark}`)).toEqual([]);
      const after = await readdir(world.temporary);
      expect(after.filter((name) => name.startsWith("h2m-"))).toHaveLength(1);
      await remote.close();
    });

    it("leaves nothing in ps or the temporary folder at the end", async () => {
      await client.close();
      await world.h2m.close();

      expect((await readdir(world.temporary)).filter((name) => name.startsWith("h2m-"))).toEqual(
        [],
      );
      const gone = async () => (await processesWith(world.temporary)).length === 0;
      await until("no process knows the folder", 3_000, gone);
      expect(world.troubles).toEqual([]);
    });
  });
}

/** A command that leaves a session leader of its own and a background job, and returns at once. */
function leaveBehind(mark: string): string {
  // Claude Code 2.1.310 and later refuses a command that begins with a long sleep.
  return `${leaveDetached(mark)}; sleep ${mark} >/dev/null 2>&1 </dev/null &`;
}

function textOf(result: CallToolResult): string {
  return result.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

function launchOf(text: string): string | undefined {
  return /H2M_LAUNCH=(\w+)/.exec(text)?.[1];
}

async function mcpUrlOf(stderr: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stderr) {
    text += String(chunk);
    const url = /http:\/\/\S+\/mcp\b/.exec(text)?.[0];
    if (url) return url;
  }
  throw new Error(`the server printed no MCP URL: ${text}`);
}
