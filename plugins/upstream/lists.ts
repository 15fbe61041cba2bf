import type { Client } from "@modelcontextprotocol/client";
import type { McpPrompt, Resource, ResourceTemplate, Tool } from "../../src/plugin.ts";

/** What a server has, by its own names. */
export interface Lists {
  readonly tools: readonly Tool[];
  readonly prompts: readonly McpPrompt[];
  readonly resources: readonly Resource[];
  readonly templates: readonly ResourceTemplate[];
}

export const NONE: Lists = { tools: [], prompts: [], resources: [], templates: [] };

/** All that a connected server has now; `patience`: milliseconds for each list. */
export async function listsOf(client: Client, patience: number): Promise<Lists> {
  const can = client.getServerCapabilities() ?? {};
  const options = { timeout: patience, cacheMode: "refresh" } as const;
  return {
    tools: can.tools ? ((await client.listTools(undefined, options)).tools as Tool[]) : [],
    prompts: can.prompts ? (await client.listPrompts(undefined, options)).prompts : [],
    resources: can.resources ? (await client.listResources(undefined, options)).resources : [],
    // Many servers with resources know no templates.
    templates: can.resources
      ? await client.listResourceTemplates(undefined, options).then(
          ({ resourceTemplates }) => resourceTemplates,
          () => [],
        )
      : [],
  };
}

/** Whether what was kept is what was written. */
export function isLists(given: unknown): given is Lists {
  const { tools, prompts, resources, templates } = (given ?? {}) as Record<string, unknown>;
  return [tools, prompts, resources, templates].every(Array.isArray);
}
