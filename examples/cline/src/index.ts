import {
  changes,
  defineHarness,
  definePlugin,
  doesAnything,
  findProgram,
  packageVersion,
  reads,
} from "harness-to-mcp/plugin";
import { prepareCline } from "./launch.ts";
import { refineCline } from "./refine.ts";
import { sharedVariables } from "./shell.ts";

const PACKAGE = "cline";
/** Its program for this machine has the same name, and npm links either of them. */
const BINARY = `@cline/cli-${process.platform}-${process.arch}`;

/** Cline, over chat completions. Without a driver: a turn ends with its calls, and the next one brings the results. */
export const cline = defineHarness({
  name: "cline",
  api: "chat-completions",
  installCommand: `npm install -g ${PACKAGE}`,
  detect: async (options) => {
    const command = await findProgram(options.command ?? "cline", options.cwd);
    if (command === undefined) return undefined;
    const version =
      (await packageVersion(command, PACKAGE)) ?? (await packageVersion(command, BINARY));
    return { command, version, facts: sharedVariables(process.env) };
  },
  prepare: prepareCline,
  // Nothing in the headers is its own: with one session in each process, nothing need be.
  refine: refineCline,
  annotations: {
    read_files: reads("Read files"),
    search_codebase: reads("Search in files"),
    fetch_web_content: reads("Fetch pages", { open: true }),
    editor: changes("Write or edit a file", { destructive: true }),
    run_commands: doesAnything("Run commands"),
  },
});

export default definePlugin({ name: "cline", harnesses: [cline] });
