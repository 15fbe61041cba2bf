import type { Plugin } from "../../src/plugin.ts";

/** `h2m doctor`: what is wrong on this machine, and what to do about it. */
export default {
  name: "doctor",
  commands: [
    {
      name: "doctor",
      summary: "look for what is wrong on this machine, and tell what to do (--json)",
      usage: "[<harness> ...]",
      flags: {
        json: { summary: "one object: { ok, checks: [{ layer, name, status, detail, fix }] }" },
        offline: { summary: "start no harness" },
      },
      details: `Looks at Node, folders, config, each harness (it is started and one command is run in it), the port, proxies and clients, the
lowest first: what stands first is to be mended first. \`status\` is ok, warn, fail or skip; the exit code is 1 if anything fails.`,
      run: async (context) => (await import("./run.ts")).doctor(context),
    },
  ],
} satisfies Plugin;
