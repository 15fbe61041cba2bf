import { defineHarness, definePlugin } from "../../src/plugin.ts";
import { annotations } from "./annotations.ts";
import { attachLine } from "./attach.ts";
import { driveOpencode } from "./driver.ts";
import { detectOpencode, PACKAGE } from "./install.ts";
import { prepareOpencode } from "./launch.ts";
import { opencodeListSettings } from "./list-settings.ts";
import { recognizeOpencode, refineOpencode } from "./recognize.ts";
import { opencodeWrites } from "./writes.ts";

/** OpenCode, over the messages API. */
export const opencode = defineHarness({
  name: "opencode",
  api: "messages",
  installCommand: `npm install -g ${PACKAGE}`,
  tested: { oldest: "1.18.14", newest: "1.18.33" },
  detect: detectOpencode,
  listSettings: opencodeListSettings,
  prepare: prepareOpencode,
  drive: driveOpencode,
  recognize: recognizeOpencode,
  refine: refineOpencode,
  writes: opencodeWrites,
  annotations,
  attach: attachLine,
});

export default definePlugin({ name: "opencode", harnesses: [opencode] });
