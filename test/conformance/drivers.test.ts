import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claude } from "../../plugins/claude/index.ts";
import { codex } from "../../plugins/codex/index.ts";
import { TELEMETRY } from "../../plugins/codex/telemetry.ts";
import { SEAL } from "../../plugins/opencode/inside.ts";
import { opencode } from "../../plugins/opencode/index.ts";
import { type Seat, textResult } from "../../src/plugin.ts";
import { describeDriver, type DriverStage, fakeLauncher } from "../../src/testing.ts";
import { doneState, OpencodeServe, toolPartOf } from "../helpers/opencode-serve.ts";

const print = (stage: DriverStage, message: object) => stage.say(JSON.stringify(message));
describeDriver(fakeLauncher({ driver: true, seats: 4 }), {
  context: { install: { command: "/bin/fake" } },
  program: (stage) => ({
    finish: (call) => print(stage, { result: { callId: call.id, result: textResult("done") } }),
  }),
});

describeDriver(claude, {
  context: { install: { command: "/bin/claude", version: "2.1.332" } },
  call: { name: "Bash", arguments: { command: "true" } },
  program: (stage) => {
    let sessions = 0;
    return {
      hear: (line) => {
        const said = JSON.parse(line);
        if (said.type === "control_request")
          return print(stage, { type: "result", subtype: "error_during_execution" });
        if (said.type !== "user") return;
        const clears = line.includes("/clear");
        if (clears || sessions === 0) sessions++;
        print(stage, { type: "system", subtype: "init", session_id: `session-${sessions}` });
        if (clears) print(stage, { type: "result", subtype: "success" });
      },
      // It asks where its shell is.
      run: () => textResult("/home/someone/project\n"),
      finish: ({ id }) => {
        const block = { type: "tool_result", tool_use_id: id, content: "done" };
        const message = { role: "user", content: [block] };
        print(stage, { type: "user", message, parent_tool_use_id: null });
      },
    };
  },
});

describeDriver(codex, {
  context: { install: { command: "/bin/codex", facts: { model: {} } } },
  call: { name: "exec_command", arguments: { cmd: "true" } },
  program: (stage) => {
    let threads = 0;
    return {
      hear: (line) => {
        const { id, method, params } = JSON.parse(line);
        if (id === undefined) return;
        const canary = String(params?.cwd).endsWith("/canary");
        const answers: Record<string, () => object> = {
          "thread/start": () => ({ thread: { id: canary ? "canary" : `thread-${++threads}` } }),
          "turn/start": () => ({ turn: { id: "turn" } }),
          "thread/backgroundTerminals/list": () => ({ data: [] }),
        };
        print(stage, { id, result: answers[method]?.() ?? {} });
        // The telemetry says its first word.
        stage.post(TELEMETRY, {});
        if (method !== "turn/interrupt") return;
        print(stage, { method: "turn/completed", params: { threadId: params?.threadId } });
      },
      finish: ({ id }, { id: seatId }) => {
        const threadId = stage.roots.get(seatId);
        const item = {
          type: "commandExecution",
          id,
          processId: "7",
          aggregatedOutput: "done\n",
          exitCode: 0,
          durationMs: 1,
          status: "completed",
        };
        for (const method of ["item/started", "item/completed"])
          print(stage, { method, params: { threadId, item } });
        const body = "done\n";
        const output = `Chunk ID: abc123\nWall time: 0.1000 seconds\nProcess exited with code 0\nOriginal token count: 2\nOutput:\n${body}`;
        const told = {
          "event.name": "codex.tool_result",
          call_id: id,
          "conversation.id": threadId,
          output,
          success: "true",
        };
        const attributes = Object.entries(told).map(([key, stringValue]) => ({
          key,
          value: { stringValue },
        }));
        stage.post(TELEMETRY, {
          resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }] }] }],
        });
      },
    };
  },
});

const home = mkdtempSync(join(tmpdir(), "opencode-home-"));
writeFileSync(join(home, SEAL), "");
process.once("exit", () => rmSync(home, { recursive: true, force: true }));

describeDriver(opencode, {
  context: { install: { command: "/bin/opencode", facts: { ripgrep: "/bin/rg" } }, home },
  call: { name: "bash", arguments: { command: "true", description: "a test" } },
  program: async (stage) => {
    const serve = await OpencodeServe.start();
    stage.say(`opencode server listening on http://127.0.0.1:${serve.port}`);
    return {
      finish: ({ id }, seat: Seat) => {
        const sessionID = stage.roots.get(seat.id);
        return serve.tell(toolPartOf(id, doneState("done"), { sessionID }));
      },
      end: () => serve.stop(),
    };
  },
});
