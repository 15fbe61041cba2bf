import { defineHarness, definePlugin, findProgram, packageVersion } from "harness-to-mcp/plugin";
import { generateContent } from "./api/index.ts";
import { prepareGemini } from "./launch.ts";
import { refineGemini } from "./refine.ts";

const PACKAGE = "@google/gemini-cli";

/** Gemini CLI, over the Gemini API. Without a driver: a turn ends with its calls, and the next one brings the results. */
export const gemini = defineHarness({
  name: "gemini",
  api: generateContent.name,
  installCommand: `npm install -g ${PACKAGE}`,
  detect: async (options) => {
    const command = await findProgram(options.command ?? "gemini", options.cwd);
    return command === undefined
      ? undefined
      : { command, version: await packageVersion(command, PACKAGE) };
  },
  prepare: prepareGemini,
  // Its requests name no conversation: with one session in each process, none is needed.
  recognize: (headers) => (headers.get("user-agent")?.startsWith("GeminiCLI") ? {} : undefined),
  refine: refineGemini,
  annotations: {
    list_directory: { title: "List a folder", readOnlyHint: true, openWorldHint: false },
    read_file: { title: "Read a file", readOnlyHint: true, openWorldHint: false },
    grep_search: { title: "Search in files", readOnlyHint: true, openWorldHint: false },
    glob: { title: "Find files", readOnlyHint: true, openWorldHint: false },
    replace: {
      title: "Edit a file",
      readOnlyHint: false,
      destructiveHint: true,
      openWorldHint: false,
    },
    write_file: {
      title: "Write a file",
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: false,
    },
    web_fetch: { title: "Fetch a page", readOnlyHint: true, openWorldHint: true },
    run_shell_command: {
      title: "Run a command",
      readOnlyHint: false,
      destructiveHint: true,
      openWorldHint: true,
    },
    list_background_processes: { readOnlyHint: true, openWorldHint: false },
    read_background_output: { readOnlyHint: true, openWorldHint: false },
  },
  attach: ({ origin, key }) => `GOOGLE_GEMINI_BASE_URL=${origin} GEMINI_API_KEY=${key} gemini`,
});

export { generateContent };

export default definePlugin({
  name: "gemini-cli",
  apis: [generateContent],
  harnesses: [gemini],
});
