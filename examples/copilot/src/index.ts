import {
  changes,
  defineHarness,
  definePlugin,
  doesAnything,
  findProgram,
  packageVersion,
  reads,
} from "harness-to-mcp/plugin";
import { prepareCopilot } from "./launch.ts";
import { refineCopilot } from "./refine.ts";
import { sharedVariables } from "./shell.ts";

const PACKAGE = "@github/copilot";

/** GitHub Copilot CLI with a model of one's own, over the messages API. Without a driver: results come with the next turn. */
export const copilot = defineHarness({
  name: "copilot",
  api: "messages",
  installCommand: `npm install -g ${PACKAGE}`,
  detect: async (options) => {
    const command = await findProgram(options.command ?? "copilot", options.cwd);
    if (command === undefined) return undefined;
    const version = await packageVersion(command, PACKAGE);
    return { command, version, facts: sharedVariables(process.env) };
  },
  prepare: prepareCopilot,
  // Its requests name no conversation: with one session in each process, none is needed.
  recognize: (headers) => (headers.has("x-interaction-type") ? {} : undefined),
  refine: refineCopilot,
  annotations: {
    view: reads("Read a file or a folder"),
    grep: reads("Search in files"),
    glob: reads("Find files"),
    read_bash: reads("Read on in a command's output"),
    list_bash: reads("List the shells"),
    fetch_copilot_cli_documentation: reads("Read Copilot's manual"),
    skill: reads("Read a skill"),
    create: changes("Make a file"),
    edit: changes("Edit a file", { destructive: true }),
    stop_bash: changes("Stop a shell", { destructive: true, idempotent: true }),
    // The tables are those of the session, and gone with it.
    sql: changes("Keep notes in tables", { destructive: true }),
    session_store_sql: reads("Look up earlier sessions"),
    bash: doesAnything("Run a command"),
  },
  attach: ({ origin, key }) =>
    `COPILOT_OFFLINE=true COPILOT_PROVIDER_TYPE=anthropic COPILOT_PROVIDER_BASE_URL=${origin} COPILOT_PROVIDER_API_KEY=${key} COPILOT_MODEL=h2m copilot`,
});

export default definePlugin({ name: "copilot", harnesses: [copilot] });
