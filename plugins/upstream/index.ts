import {
  type CallToolResult,
  didYouMean,
  H2mError,
  type MapperCall,
  type McpPrompt,
  type Provider,
  type ProviderCallOptions,
  type ProviderEvent,
  type Resource,
  type ResourceTemplate,
  type Tool,
  type UpstreamOptions,
} from "../../src/plugin.ts";
import { UpstreamServer } from "./server.ts";

export interface UpstreamsOptions {
  readonly servers: Readonly<Record<string, UpstreamOptions>>;
  readonly version: string;
  /** Milliseconds for a connection. */
  readonly connect: () => number;
  /** What is kept between starts. */
  readonly kept: {
    read(key: unknown): Promise<unknown>;
    write(key: unknown, value: unknown): Promise<void>;
  };
}

/** Other MCP servers: their tools and prompts begin with the server's name, their resources are as they are. */
export class Upstreams implements Provider {
  readonly name = "`upstream`";
  readonly #servers: readonly UpstreamServer[];
  readonly #listeners = new Set<(event: ProviderEvent) => void>();

  constructor({ servers, version, connect, kept }: UpstreamsOptions) {
    this.#servers = Object.entries(servers).map(
      ([name, options]) =>
        new UpstreamServer(name, options, {
          version,
          patience: connect,
          read: () => kept.read([name, options]),
          write: (lists) => kept.write([name, options], lists),
          tell: (event) => {
            for (const listener of this.#listeners) listener(event);
          },
        }),
    );
  }

  /** Connects those that are to be there from the start. */
  start(): void {
    for (const server of this.#servers) if (server.eager) void server.ready();
  }

  async ready(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.ready()));
  }

  tools(): readonly Tool[] {
    return this.#servers.flatMap(({ name, lists }) =>
      lists.tools.map((tool) => ({ ...tool, name: `${name}_${tool.name}` })),
    );
  }

  async call(call: MapperCall, options: ProviderCallOptions): Promise<CallToolResult> {
    for (const server of this.#servers) {
      const own = server.lists.tools.find((tool) => `${server.name}_${tool.name}` === call.name);
      if (own) return server.call(own.name, call.arguments, options);
    }
    throw new H2mError("unknown-tool", `There is no tool \`${call.name}\` any more.`);
  }

  prompts(): readonly McpPrompt[] {
    return this.#servers.flatMap(({ name, lists }) =>
      lists.prompts.map((prompt) => ({ ...prompt, name: `${name}_${prompt.name}` })),
    );
  }

  async prompt(name: string, args: Readonly<Record<string, string>>, signal: AbortSignal) {
    for (const server of this.#servers) {
      const own = server.lists.prompts.find((prompt) => `${server.name}_${prompt.name}` === name);
      if (own) return server.prompt(own.name, args, signal);
    }
    throw new H2mError("unknown-prompt", `There is no prompt \`${name}\`.`, {
      hint: didYouMean(
        name,
        this.prompts().map((prompt) => prompt.name),
      ),
    });
  }

  /** Of two with one URI the first server's. */
  resources(): readonly Resource[] {
    const seen = new Set<string>();
    return this.#servers
      .flatMap(({ lists }) => lists.resources)
      .filter(({ uri }) => !seen.has(uri) && seen.add(uri));
  }

  templates(): readonly ResourceTemplate[] {
    return this.#servers.flatMap(({ lists }) => lists.templates);
  }

  /** A URI that no list has may be of a template, or have come in a result: each server that knows resources is asked. */
  async resource(uri: string, signal: AbortSignal) {
    const knows = ({ lists }: UpstreamServer) => lists.resources.some((each) => each.uri === uri);
    const listed = this.#servers.find(knows);
    if (listed) return listed.resource(uri, signal);
    for (const server of this.#servers) {
      const { resources, templates } = server.lists;
      if (resources.length === 0 && templates.length === 0) continue;
      const found = await server.resource(uri, signal).catch(() => undefined);
      if (found) return found;
    }
    return undefined;
  }

  watch(listener: (event: ProviderEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}
