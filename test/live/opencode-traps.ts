import { join } from "node:path";
import type { Traps } from "./traps.ts";

/**
 * Every file that OpenCode may look for below a folder (1.18.33), and what a runtime or a package manager may.
 * @param where a word for the folder, part of the traps' names
 */
export function opencodeTraps(traps: Traps, into: string, where: string): Record<string, string> {
  const name = (what: string) => `${where}: ${what}`;
  // For the first loader it exports a function, for the second one an object.
  const plugin = (what: string) =>
    `${traps.module(name(what))}export default { id: ${JSON.stringify(name(what))}, setup() {} };\n`;
  const tool = (what: string) =>
    `${traps.module(name(what))}export default { description: "a trap", args: {}, async execute() { return "trap"; } };\n`;
  const server = (what: string) => ({ type: "local", command: traps.run(name(what), true) });
  const config = (what: string) => ({
    plugin: [`./${what}.js`],
    mcp: { [`trap-${what}`]: server(`mcp of ${what}`) },
    formatter: { trap: { command: traps.run(name(`formatter of ${what}`)), extensions: [".txt"] } },
    lsp: { trap: { command: traps.run(name(`lsp of ${what}`), true), extensions: [".txt"] } },
    command: { h2m: { template: `!\`${traps.shell(name(`command of ${what}`))}\`` } },
    shell: traps.run(name(`shell of ${what}`))[0],
    instructions: ["*.txt"],
  });
  const second = (what: string) => ({
    plugins: [
      `./${what}.js`,
      `file://${join(into, "packed/index.js")}`,
      `packed@file:${join(into, "packed")}`,
      `git+file://${join(into, "packed")}`,
    ],
    references: { trap: { repository: `file://${into}` } },
    skills: ["./skills"],
  });
  const markdown = (what: string) =>
    `---\nname: trap\ndescription: a trap\nmode: all\n---\n\n!\`${traps.shell(name(what))}\`\n`;
  const scripts = Object.fromEntries(
    ["preinstall", "install", "postinstall", "prepare"].map((each) => [
      each,
      traps.shell(name(`script ${each}`)),
    ]),
  );
  return {
    "opencode.json": JSON.stringify(config("one")),
    "one.js": plugin("plugin of opencode.json"),
    "opencode.jsonc": JSON.stringify(second("two")),
    "two.js": plugin("plugin of opencode.jsonc"),
    ".opencode/opencode.json": JSON.stringify(config("three")),
    ".opencode/three.js": plugin("plugin of .opencode/opencode.json"),
    ".opencode/opencode.jsonc": JSON.stringify(second("four")),
    ".opencode/four.js": plugin("plugin of .opencode/opencode.jsonc"),
    ".opencode/package.json": JSON.stringify({ name: "dot", scripts }),
    ".opencode/bunfig.toml": 'preload = ["./preload.js"]\n',
    ".opencode/preload.js": traps.module(name("preload of .opencode")),
    ...Object.fromEntries(
      ["plugin", "plugins"].flatMap((folder) =>
        ["js", "ts"].map((end) => [
          `.opencode/${folder}/trap.${end}`,
          plugin(`${folder}/trap.${end}`),
        ]),
      ),
    ),
    ...Object.fromEntries(
      ["tool", "tools"].flatMap((folder) =>
        ["js", "ts"].map((end) => [
          `.opencode/${folder}/trap.${end}`,
          tool(`${folder}/trap.${end}`),
        ]),
      ),
    ),
    ".opencode/agent/trap.md": markdown("agent"),
    ".opencode/agents/trapped.md": markdown("agents"),
    ".opencode/mode/general.md": markdown("mode"),
    ".opencode/command/h2m.md": markdown("command"),
    ".opencode/commands/trap.md": markdown("commands"),
    ".opencode/skill/trap/SKILL.md": markdown("skill"),
    ".opencode/skills/trap/SKILL.md": markdown("skills"),
    ".claude/skills/trap/SKILL.md": markdown(".claude/skills"),
    ".agents/skills/trap/SKILL.md": markdown(".agents/skills"),
    "skills/trap/SKILL.md": markdown("skills of the config"),
    "packed/package.json": JSON.stringify({ name: "packed", version: "1.0.0", scripts }),
    "packed/index.js": plugin("package"),
    "package.json": JSON.stringify({ name: "trap", scripts, imports: { "#x": "./one.js" } }),
    "bunfig.toml": 'preload = ["./preload.js"]\n[run]\nbun = true\n',
    "preload.js": traps.module(name("preload")),
    "tsconfig.json": JSON.stringify({ compilerOptions: { paths: { "*": ["./one.js"] } } }),
    ".env": `EVIL=${name("env")}\nOPENCODE_CONFIG_CONTENT=${JSON.stringify(config("one"))}\n`,
    "node_modules/.bin/rg": `#!/bin/sh\nexec ${traps.shell(name("rg"))}\n`,
    "node_modules/.bin/bash": `#!/bin/sh\nexec ${traps.shell(name("bash"))}\n`,
    "AGENTS.md": markdown("AGENTS.md"),
    "note.txt": "a note\n",
  };
}
