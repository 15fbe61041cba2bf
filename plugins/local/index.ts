import { isDeepStrictEqual } from "node:util";
import {
  type CallToolResult,
  H2mError,
  type LocalTool,
  type MapperCall,
  type Provider,
  type ProviderCallOptions,
  type ProviderEvent,
  type Tool,
} from "../../src/plugin.ts";
import { PromptFolder } from "./prompts.ts";
import { ResourceFiles } from "./resources.ts";
import { runTool } from "./run.ts";
import { type ToldTool, toldOf } from "./tool.ts";

export interface LocalOptions {
  /** The tools of the config, and those of plugins. */
  readonly tools: readonly LocalTool[];
  /** The folder of the prompts. */
  readonly prompts?: string | undefined;
  /** Files by URI. */
  readonly resources: Readonly<Record<string, string>>;
  /** Where the harnesses work. */
  readonly cwd: string;
}

/** The tools, prompts and resources of a project. */
export class LocalProvider implements Provider {
  readonly name = "the project";
  readonly #listeners = new Set<(event: ProviderEvent) => void>();
  #cwd: string;
  #tools: ReadonlyMap<string, ToldTool>;
  #prompts: PromptFolder | undefined;
  #resources: ResourceFiles;

  /** @throws H2mError `bad-config`, `name-clash` for two tools of one name */
  constructor({ tools, prompts, resources, cwd }: LocalOptions) {
    this.#tools = byName(tools);
    this.#prompts = this.#promptsOf(prompts);
    this.#resources = new ResourceFiles(resources);
    this.#cwd = cwd;
  }

  /** Looks at what takes the place of all of it, and gives the function that puts it there. @throws as the constructor does */
  changed({ tools, prompts, resources, cwd }: LocalOptions): () => void {
    const next = byName(tools);
    return () => {
      const before = { tools: this.tools(), resources: this.resources() };
      this.#tools = next;
      this.#cwd = cwd;
      this.#resources = new ResourceFiles(resources);
      for (const type of ["tools", "resources"] as const)
        if (!isDeepStrictEqual(this[type](), before[type])) this.#tell({ type });
      if (prompts === this.#prompts?.folder) return;
      this.#prompts?.close();
      this.#prompts = this.#promptsOf(prompts);
      // What stands in the folder is known a moment later; the list waits for it.
      this.#tell({ type: "prompts" });
    };
  }

  async ready(): Promise<void> {
    await this.#prompts?.ready;
  }

  tools(): readonly Tool[] {
    return [...this.#tools.values()].map(({ told }) => told);
  }

  call(call: MapperCall, options: ProviderCallOptions): Promise<CallToolResult> {
    const found = this.#tools.get(call.name);
    if (!found) throw new H2mError("unknown-tool", `There is no tool \`${call.name}\` any more.`);
    return runTool(found.tool, call.arguments, { ...options, cwd: this.#cwd });
  }

  prompts(): ReturnType<PromptFolder["list"]> {
    return this.#prompts?.list() ?? [];
  }

  async prompt(...given: Parameters<PromptFolder["get"]>): ReturnType<PromptFolder["get"]> {
    if (this.#prompts) return this.#prompts.get(...given);
    throw new H2mError("unknown-prompt", "There are no prompts.");
  }

  resources(): ReturnType<ResourceFiles["list"]> {
    return this.#resources.list();
  }

  resource(uri: string): ReturnType<ResourceFiles["read"]> {
    return this.#resources.read(uri);
  }

  watch(listener: (event: ProviderEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#prompts?.close();
  }

  #tell(event: ProviderEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #promptsOf(folder: string | undefined): PromptFolder | undefined {
    return folder === undefined
      ? undefined
      : new PromptFolder(folder, (event) => this.#tell(event));
  }
}

function byName(tools: readonly LocalTool[]): ReadonlyMap<string, ToldTool> {
  const found = new Map<string, ToldTool>();
  for (const tool of tools) {
    if (found.has(tool.name))
      throw new H2mError("name-clash", `The project has two tools \`${tool.name}\`.`, {
        hint: "Give one of them another name.",
      });
    found.set(tool.name, toldOf(tool));
  }
  return found;
}
