// Counts the lines of docs/3.plugins/6.one-definition.md: each tool as one definition, and by hand.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../docs/3.plugins/6.one-definition.md", import.meta.url));

/** Of each tool the lines of its two forms. */
export function counted(text = readFileSync(PAGE, "utf8")) {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [, name] = /^`(\w+)`/.exec(section) ?? [];
      const blocks = [...section.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) =>
        linesIn(code),
      );
      return { name, one: blocks[0], byHand: blocks[1] };
    });
}

/** How much less all of them take as one definition each, in percent. */
export function fewer(tools) {
  const sum = (key) => tools.reduce((all, tool) => all + tool[key], 0);
  return Math.floor(100 * (1 - sum("one") / sum("byHand")));
}

function linesIn(code) {
  return code.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//"))
    .length;
}

function tableOf(tools) {
  const sum = (key) => tools.reduce((all, tool) => all + tool[key], 0);
  const rows = tools.map(({ name, one, byHand }) => `| \`${name}\` | ${one} | ${byHand} |`);
  return [
    "| tool | lines as one definition | lines by hand |",
    "| --- | --- | --- |",
    ...rows,
    `| all: ${fewer(tools)} % fewer | ${sum("one")} | ${sum("byHand")} |`,
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(tableOf(counted()));
}
