/**
 * Part of the plugin inside OpenCode: from here on the process loads no code from the disk. OpenCode's second loader
 * (1.18.14 to 1.18.33) imports the plugins of the working folder's `.opencode` and `opencode.json`, whatever
 * `OPENCODE_DISABLE_PROJECT_CONFIG` says, and so it would what appears there later. It comes to its own folder of settings
 * first, and so to this plugin: the seal is there before the first of them. OpenCode's own code is not on the disk.
 */
export const SEALED = `import { writeFileSync } from "node:fs";

const escaped = import.meta.path.replaceAll(/[^\\w/]/g, "\\\\$&");
Bun.plugin({
  name: "h2m",
  setup(build) {
    build.onLoad({ filter: new RegExp("^/(?!\\\\$bunfs/|" + escaped.slice(1) + "$)") }, ({ path }) => {
      throw new Error("h2m: " + path + " is not loaded, since OpenCode runs without the settings of others.");
    });
  },
});
// Nobody inside needs it any more; children would inherit it.
delete process.env[FACTS.password];
writeFileSync(FACTS.seal, "");
`;
