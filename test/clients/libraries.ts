import { cp, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CallToolResult } from "../../src/plugin.ts";
import type { Driver } from "./driver.ts";
import { shown } from "./shown.ts";
import { processEnd, type World } from "./world.ts";

const PROGRAMS = join(import.meta.dirname, "programs");

/** Those that are libraries: a program of `programs/` uses one. `modules` is the folder that it is installed in. */
export function library(name: string, modules: string): Driver {
  return async (world, order) => {
    const program = await laid(world, name, modules);
    const child = world.start("node", [program], { ORDER: JSON.stringify(order) });
    return {
      outcome: processEnd(child).then((said) => {
        const line = said.split("\n").find((each) => each.startsWith('{"tools":'));
        if (line === undefined) return { tools: [], said };
        const { tools, result } = JSON.parse(line) as { tools: string[]; result: CallToolResult };
        return { tools, said, ...shown(result) };
      }),
      cancel: () => void child.kill("SIGINT"),
    };
  };
}

/** The program in the world's project, beside the library. */
async function laid(world: World, name: string, modules: string): Promise<string> {
  const folder = await mkdtemp(join(world.project, `${name}-`));
  const program = join(folder, "program.mjs");
  for (const file of await readdir(join(PROGRAMS, name))) {
    const text = await readFile(join(PROGRAMS, name, file), "utf8");
    await writeFile(join(folder, file), world.here(text));
  }
  await cp(join(PROGRAMS, "order.mjs"), join(folder, "order.mjs"));
  await symlink(modules, join(folder, "node_modules"));
  return program;
}
