import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Folders in which every file that a harness may look for runs code: each trap that runs writes its name into a file outside.
 * What is laid is the harness's own matter: `<harness>-traps.ts`.
 */
export class Traps {
  readonly #log: string;
  readonly #script: string;

  /** @param outside a folder that is no part of the project */
  constructor(outside: string) {
    this.#log = join(outside, "sprung.txt");
    this.#script = join(outside, "trap.sh");
  }

  /** The names of the traps that ran, each once. */
  async sprung(): Promise<string[]> {
    const text = await readFile(this.#log, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    return [...new Set(text.split("\n").filter(Boolean))].toSorted();
  }

  /** A trap as a program and its arguments. `stay`: it then reads its input to the end, as a server does. */
  run(name: string, stay = false): readonly [string, ...string[]] {
    return [this.#script, name, ...(stay ? ["stay"] : [])];
  }

  /** A trap as a line of a shell. */
  shell(name: string): string {
    return `'${this.#script}' '${name}'`;
  }

  /** A trap as a JavaScript module. */
  module(name: string): string {
    const write = `appendFileSync(${JSON.stringify(this.#log)}, ${JSON.stringify(`${name}\n`)})`;
    return `require("node:fs").${write};\n`;
  }

  /** Writes files, by their paths below a folder; one that begins with `#!` can be run. */
  async lay(into: string, files: Readonly<Record<string, string>>): Promise<void> {
    await this.#put(
      this.#script,
      `#!/bin/sh\necho "$1" >> '${this.#log}'\n[ "$2" ] && exec cat\nexit 0\n`,
    );
    for (const [name, text] of Object.entries(files)) await this.#put(join(into, name), text);
  }

  async #put(path: string, text: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    if (text.startsWith("#!")) await chmod(path, 0o700);
  }
}
