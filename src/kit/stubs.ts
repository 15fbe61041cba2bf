import { open, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ancestors, findProgram } from "./programs.ts";

/**
 * The program that is meant by a file that npm has put there. Where it ran no install scripts, that file may be a text that
 * only says so: then it is the first of `places` (each below a `node_modules`) that is there. Else it is the file itself.
 */
export async function behindStub(found: string, places: readonly string[]): Promise<string> {
  if (await isProgram(found)) return found;
  const folders = ancestors(dirname(await realpath(found)));
  for (const place of places) {
    for (const folder of folders) {
      const program = await findProgram(join(folder, "node_modules", place));
      if (program !== undefined) return program;
    }
  }
  return found;
}

/** Whether the system can start the file: a script that names its interpreter, ELF, or Mach-O. */
async function isProgram(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const start = buffer.toString("latin1");
    return start.startsWith("#!") || start === "\x7fELF" || /^[\xfe\xcf\xce\xca]/.test(start);
  } finally {
    await file.close();
  }
}
