import { defineHarness, definePlugin, findProgram, packageVersion } from "harness-to-mcp/plugin";
import { drivePi } from "./driver.ts";
import { preparePi } from "./launch.ts";

const PACKAGE = "@mariozechner/pi-coding-agent";

/** pi, over the messages API that comes with h2m. */
export const pi = defineHarness({
  name: "pi",
  api: "messages",
  installCommand: `npm install -g ${PACKAGE}`,
  detect: async (options) => {
    const command = await findProgram(options.command ?? "pi", options.cwd);
    return command === undefined
      ? undefined
      : { command, version: await packageVersion(command, PACKAGE) };
  },
  prepare: preparePi,
  drive: drivePi,
  annotations: {
    read: { title: "Read a file", readOnlyHint: true, openWorldHint: false },
    edit: {
      title: "Edit a file",
      readOnlyHint: false,
      destructiveHint: true,
      openWorldHint: false,
    },
    write: {
      title: "Write a file",
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: false,
    },
    bash: {
      title: "Run a command",
      readOnlyHint: false,
      destructiveHint: true,
      openWorldHint: true,
    },
  },
});

export default definePlugin({ name: "pi", harnesses: [pi] });
