import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { commandsOf, endSession } from "../../plugins/claude/processes.ts";
import { endLeftovers } from "../../src/core/host/leftovers.ts";
import { until } from "../helpers/until.ts";

const FILE = "/private/of-a-test/tools.sh";
/** As Claude Code starts a command: the leader of a session, and what it starts has another environment. */
const COMMAND = `CLAUDECODE=1 setsid sh -c 'unset CLAUDE_ENV_FILE; setsid sleep 61.5; exit 7'; exit $?`;
/** The same, inside double quotes. */
const INSIDE = COMMAND.replaceAll("$", String.raw`\$`);

describe.runIf(process.platform === "linux")("the commands that claude runs", () => {
  const mark = randomUUID();
  const start = (file: string, script: string) => {
    const env = { ...process.env, CLAUDECODE: "", H2M_LAUNCH: mark, CLAUDE_ENV_FILE: file };
    spawn("sh", ["-c", script], { env, stdio: "ignore", detached: true });
  };
  afterEach(() => endLeftovers([mark]));

  it.each([
    ["the program itself", COMMAND],
    ["a shim", `sh -c "${INSIDE}"; exit $?`],
    ["a shim that makes a session", `setsid sh -c "${INSIDE}"; exit $?`],
  ])("are found below %s, and nobody else's are", async (_, script) => {
    start("/private/of-another/tools.sh", COMMAND);
    start(FILE, script);

    const commands = await until("the command runs", async () => {
      const found = await commandsOf(FILE);
      return found.length > 0 ? found : undefined;
    });

    expect(commands).toEqual([
      { pid: expect.any(Number), line: expect.stringMatching(/^sh -c unset .*sleep 61\.5/) },
    ]);
    await endSession(commands[0]?.pid ?? 0, 300);
    await until("it has ended", async () => (await commandsOf(FILE)).length === 0);
    expect(await commandsOf("/private/of-another/tools.sh")).toHaveLength(1);
  });
});
