import {
  changes,
  defineHarness,
  definePlugin,
  doesAnything,
  findProgram,
  packageVersion,
  reads,
} from "harness-to-mcp/plugin";
import { prepareQwen } from "./launch.ts";
import { refineQwen } from "./refine.ts";

const PACKAGE = "@qwen-code/qwen-code";

/** Qwen Code, over chat completions. Without a driver: a turn ends with its calls, and the next one brings the results. */
export const qwen = defineHarness({
  name: "qwen",
  api: "chat-completions",
  installCommand: `npm install -g ${PACKAGE}`,
  detect: async (options) => {
    const command = await findProgram(options.command ?? "qwen", options.cwd);
    return command === undefined
      ? undefined
      : { command, version: await packageVersion(command, PACKAGE) };
  },
  prepare: prepareQwen,
  // Its requests name no conversation: with one session in each process, none is needed.
  recognize: (headers) => (headers.get("user-agent")?.startsWith("QwenCode/") ? {} : undefined),
  refine: refineQwen,
  annotations: {
    read_file: reads("Read a file"),
    list_directory: reads("List a folder"),
    grep_search: reads("Search in files"),
    glob: reads("Find files"),
    tool_search: reads("Find more tools"),
    skill: reads("Read a skill"),
    edit: changes("Edit a file", { destructive: true }),
    write_file: changes("Write a file", { destructive: true, idempotent: true }),
    todo_write: changes("Write down what to do", { idempotent: true }),
    task_stop: changes("Stop a command that runs behind", { destructive: true, idempotent: true }),
    run_shell_command: doesAnything("Run a command"),
  },
  attach: ({ origin, key }) =>
    `OPENAI_BASE_URL=${origin}/v1 OPENAI_API_KEY=${key} OPENAI_MODEL=h2m qwen --auth-type openai`,
});

export default definePlugin({ name: "qwen-code", harnesses: [qwen] });
