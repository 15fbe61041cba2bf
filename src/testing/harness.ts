import { existsSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import type { HarnessInstall, HarnessLauncher, LaunchContext } from "../types/harness.ts";
import type { Turn } from "../types/turn.ts";

/** What the tests of a launcher need to know of its program. The program itself is not needed. */
export interface HarnessCase {
  /** What `detect` would find. */
  readonly install: HarnessInstall;
  /** Headers of its own requests: of the root, and of a subagent, where they differ. */
  readonly headers?: {
    readonly root: Record<string, string>;
    readonly subagent?: Record<string, string>;
  };
  /** `seat`: its driver hands each seat's own key over while the program runs. @default "plan" */
  readonly key?: "plan" | "seat";
}

/** A folder that is not there: a plan touches nothing. */
const HOME = "/nowhere/private-folder";
const TOKEN = "h2mhost_0123456789abcdef";
const SECRET = "secret-of-the-host";
const ORIGIN = "http://127.0.0.1:54321/harness_to_mcp";

/** Tests what every launcher must do, whatever its program is: call it at the top of a test file. */
export function describeHarness(launcher: HarnessLauncher, options: HarnessCase): void {
  const context = (more: Partial<LaunchContext> = {}): LaunchContext => ({
    install: options.install,
    options: {},
    prompt: "go on",
    cwd: "/home/someone/project",
    home: HOME,
    origin: ORIGIN,
    token: TOKEN,
    secret: SECRET,
    ...more,
  });

  describe(`the harness ${launcher.name}`, () => {
    it("has a name that can stand in a URL, and says how it is installed", () => {
      expect(launcher.name).toMatch(/^[a-z0-9][a-z0-9_-]{0,31}$/);
      expect(launcher.installCommand).toMatch(/\S/);
    });

    it("is not detected where it is not", async () => {
      const missing = { command: "/nowhere/at-all/program" };

      if (launcher.detect.length > 0) expect(await launcher.detect(missing)).toBeUndefined();
    });

    it("prepares a launch as pure data", () => {
      const plan = launcher.prepare(context());

      expect(plan).not.toBeInstanceOf(Promise);
      expect(structuredClone(plan)).toEqual(plan);
      expect(launcher.prepare(context())).toEqual(plan);
      expect(existsSync(HOME)).toBe(false);
      expect(plan.command).toBe(options.install.command);
      expect(plan.args.every((argument) => typeof argument === "string")).toBe(true);
    });

    it("does not change what it is given", () => {
      const given = context({ options: Object.freeze({ env: Object.freeze({ A: "1" }) }) });
      const before = JSON.stringify(given);

      launcher.prepare(Object.freeze(given));

      expect(JSON.stringify(given)).toBe(before);
    });

    it("keeps its secrets out of the arguments, and gives its key to the program", () => {
      const { args, command, env = {}, files = {}, stdin = "" } = launcher.prepare(context());
      const hidden = JSON.stringify([env, files, stdin]);

      for (const secret of [TOKEN, SECRET])
        for (const argument of [command, ...args]) expect(argument).not.toContain(secret);
      if (options.key === "seat") return;
      expect(hidden).toContain(TOKEN);
      expect(JSON.stringify([args, hidden])).toContain(ORIGIN);
    });

    it("writes files into its private folder only", () => {
      for (const name of Object.keys(launcher.prepare(context()).files ?? {})) {
        expect(isAbsolute(name)).toBe(false);
        expect(normalize(join(HOME, name)).startsWith(`${HOME}/`)).toBe(true);
      }
    });

    it("leaves the user's HOME alone", () => {
      expect(launcher.prepare(context()).env ?? {}).not.toHaveProperty("HOME");
    });

    it("depends on the context alone: other keys, ports and folders give another plan", () => {
      const other = {
        token: "h2mhost_other",
        origin: "http://127.0.0.1:1/x",
        home: "/nowhere/else",
      };
      const text = JSON.stringify(launcher.prepare(context(other)));

      for (const word of [TOKEN, ORIGIN, HOME]) expect(text).not.toContain(word);
    });

    it("recognizes no request that is not its own", () => {
      const foreign = [
        {},
        { "user-agent": "curl/8.0", authorization: "Bearer x" },
        { "user-agent": "node", "x-api-key": "x", "content-type": "application/json" },
      ];

      for (const headers of foreign)
        expect(
          launcher.recognize?.(new Headers(headers as Record<string, string>)),
        ).toBeUndefined();
    });

    const { headers } = options;
    if (headers) {
      it("recognizes its own requests, and those of its subagents as such", () => {
        const root = launcher.recognize?.(new Headers(headers.root));

        expect(root?.conversation).toMatch(/\S/);
        expect(root?.subagent ?? false).toBe(false);
        if (!headers.subagent) return;
        const subagent = launcher.recognize?.(new Headers(headers.subagent));
        expect(subagent?.subagent).toBe(true);
        expect(subagent?.conversation).not.toBe(root?.conversation);
      });
    }

    it("refines a turn without losing anything of it", () => {
      const turn: Turn = {
        id: "turn_1",
        api: launcher.api,
        model: "m",
        stream: true,
        conversation: "c",
        tools: [{ name: "t", inputSchema: { type: "object" } }],
        skipped: [],
        results: [
          { callId: "1", result: { content: [{ type: "text", text: "plain" }] } },
          { callId: "2", result: { content: [{ type: "text", text: "bad" }], isError: true } },
        ],
        prompts: [],
        raw: {},
      };

      const refined = launcher.refine?.(turn) ?? turn;

      expect(refined).toEqual({ ...turn, immediate: refined.immediate });
      expect(refined.immediate).toBeUndefined();
    });

    it("tells a line that attaches it, with the place and the key", () => {
      if (!launcher.attach) return;
      const line = launcher.attach({ origin: ORIGIN, key: "$KEY_WORD" });

      expect(line).toContain(ORIGIN);
      expect(line).toContain("$KEY_WORD");
      expect(line).not.toContain("\n");
    });
  });
}
