import { type FSWatcher, watch } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { didYouMean, H2mError, type McpPrompt, type ProviderEvent } from "../../src/plugin.ts";
import { filled, type PromptFile, promptOf } from "./front-matter.ts";

/** Editors write a file in several steps: the folder is read when so many ms have passed without another one. */
const CALM = 150;
/** No prompt is longer, in bytes. */
const LONGEST = 1_000_000;

/** Prompts that stand as Markdown files in a folder; what changes there holds at once. */
export class PromptFolder {
  readonly folder: string;
  /** The folder has been read. */
  readonly ready: Promise<void>;
  readonly #tell: (event: ProviderEvent) => void;
  readonly #told = new Set<string>();
  #prompts: ReadonlyMap<string, PromptFile> = new Map();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void>;

  constructor(folder: string, tell: (event: ProviderEvent) => void) {
    this.folder = folder;
    this.#tell = tell;
    this.ready = this.#reading = this.#read();
    this.#watch();
  }

  list(): readonly McpPrompt[] {
    return [...this.#prompts.values()].map(({ name, title, description, arguments: known }) => ({
      name,
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      ...(known.length === 0
        ? {}
        : {
            arguments: known.map((each) => ({
              name: each.name,
              ...(each.description === undefined ? {} : { description: each.description }),
              required: each.required,
            })),
          }),
    }));
  }

  /** @throws H2mError `unknown-prompt`, `bad-request` for arguments that are missing or unknown */
  async get(
    name: string,
    args: Readonly<Record<string, string>>,
  ): Promise<{
    description?: string;
    messages: { role: "user"; content: { type: "text"; text: string } }[];
  }> {
    const prompt = this.#prompts.get(name);
    if (!prompt)
      throw new H2mError("unknown-prompt", `There is no prompt \`${name}\`.`, {
        hint: didYouMean(name, [...this.#prompts.keys()]),
      });
    const known = prompt.arguments.map((each) => each.name);
    const missing = prompt.arguments.filter(
      (each) => each.required && !Object.hasOwn(args, each.name),
    );
    const unknown = Object.keys(args).find((each) => !known.includes(each));
    if (missing.length > 0)
      throw new H2mError(
        "bad-request",
        `The prompt \`${name}\` needs: ${missing.map((each) => each.name).join(", ")}.`,
      );
    if (unknown !== undefined)
      throw new H2mError("bad-request", `The prompt \`${name}\` has no argument \`${unknown}\`.`, {
        hint: known.length === 0 ? "It has none." : didYouMean(unknown, known),
      });
    const { description } = prompt;
    const text = filled(prompt, args);
    return {
      ...(description === undefined ? {} : { description }),
      messages: [{ role: "user", content: { type: "text", text } }],
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watcher?.close();
  }

  #watch(): void {
    const failed = (error: unknown) =>
      this.#warn(
        "watch",
        `Changes of the prompts in \`${this.folder}\` are not seen any more: ${H2mError.from(error).message}`,
      );
    try {
      this.#watcher = watch(this.folder, { persistent: false }, () => this.#soon());
      this.#watcher.on("error", failed);
    } catch (error) {
      failed(error);
    }
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#reading = this.#reading
        .then(() => this.#read())
        .then(() => this.#tell({ type: "prompts" }))
        .catch((error: unknown) => this.#warn("read", H2mError.from(error).text));
    }, CALM);
    this.#timer.unref();
  }

  async #read(): Promise<void> {
    const found = new Map<string, PromptFile>();
    const names = await readdir(this.folder).catch((error: Error) => {
      this.#warn("folder", `The folder of the prompts cannot be read: ${error.message}`);
      return [];
    });
    for (const name of names.filter((each) => /^[^._].*\.md$/i.test(each)).toSorted()) {
      const path = join(this.folder, name);
      try {
        const prompt = await this.#readFile(path);
        const other = found.has(prompt.name);
        if (other)
          this.#warn(
            `twice ${path}`,
            `The prompt \`${path}\` is left out: another file has its name, \`${prompt.name}\`.`,
          );
        else found.set(prompt.name, prompt);
        if (!other) this.#told.delete(path);
      } catch (error) {
        this.#warn(path, `The prompt \`${path}\` is left out: it ${H2mError.from(error).message}.`);
      }
    }
    this.#prompts = found;
  }

  async #readFile(path: string): Promise<PromptFile> {
    if ((await stat(path)).size > LONGEST)
      throw new H2mError("bad-config", `is longer than ${LONGEST} bytes`);
    return promptOf(await readFile(path, "utf8"), basename(path).replace(/\.md$/i, ""));
  }

  /** Once, until it is different. */
  #warn(key: string, message: string): void {
    const mark = `${key}\0${message}`;
    if (this.#told.has(mark)) return;
    this.#told.add(mark);
    this.#tell({ type: "notice", message, level: "warning" });
  }
}
