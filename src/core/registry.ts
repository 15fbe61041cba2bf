import { distance } from "fastest-levenshtein";
import { H2mError } from "../errors.ts";
import type { ApiAdapter } from "../types/api.ts";
import type { HarnessLauncher, Recognized } from "../types/harness.ts";
import type { ToolMapper } from "../types/mapper.ts";
import type { Plugin } from "../types/plugin.ts";

/** First segments below the hijack API's root that are not an API's to take. */
const TAKEN = new Set(["mcp", "health", "hosts"]);

/** All that the plugins brought, by name. */
export class Registry {
  readonly plugins: readonly Plugin[];
  readonly apis = new Map<string, ApiAdapter>();
  readonly harnesses = new Map<string, HarnessLauncher>();
  readonly mappers: readonly ToolMapper[];

  /** A later plugin, API or harness replaces an earlier one of its name. */
  constructor(plugins: readonly Plugin[]) {
    this.plugins = [...new Map(plugins.map((plugin) => [plugin.name, plugin])).values()];
    for (const plugin of this.plugins) {
      for (const api of plugin.apis ?? []) this.apis.set(api.name, api);
      for (const harness of plugin.harnesses ?? []) this.harnesses.set(harness.name, harness);
    }
    for (const api of this.apis.values()) checkPaths(api);
    this.mappers = this.plugins.flatMap((plugin) => plugin.mappers ?? []);
    for (const harness of this.harnesses.values()) {
      if (this.apis.has(harness.api)) continue;
      throw new H2mError(
        "bad-config",
        `The harness \`${harness.name}\` needs the API \`${harness.api}\`.`,
        {
          hint: `Add a plugin that brings it; known APIs: ${[...this.apis.keys()].join(", ")}.`,
        },
      );
    }
  }

  /** @throws H2mError `unknown-harness`, naming the nearest. */
  harness(name: string): HarnessLauncher {
    const found = this.harnesses.get(name);
    if (found) return found;
    const names = [...this.harnesses.keys()];
    throw new H2mError("unknown-harness", `There is no harness \`${name}\`.`, {
      hint: didYouMean(name, names),
    });
  }

  /** The launcher whose program sent these headers, and what they say. */
  recognize(headers: Headers): { launcher: HarnessLauncher; said: Recognized } | undefined {
    for (const launcher of this.harnesses.values()) {
      const said = launcher.recognize?.(headers);
      if (said) return { launcher, said };
    }
    return undefined;
  }
}

/** Every path of an API, below the hijack API's root. */
export function pathsOf({ path, endpoints = [] }: ApiAdapter): string[] {
  return [path, ...endpoints.map((endpoint) => endpoint.path)];
}

/** The guard knows an API's routes by their first segment. */
function checkPaths(api: ApiAdapter): void {
  for (const path of pathsOf(api)) {
    const first = /^\/([\w.-]+)\//.exec(path)?.[1];
    if (first !== undefined && !TAKEN.has(first)) continue;
    throw new H2mError("bad-config", `The API \`${api.name}\` cannot stand at \`${path}\`.`, {
      hint: `Its path must begin with a fixed part such as \`/v1/\`, and not with one of: ${[...TAKEN].join(", ")}.`,
    });
  }
}

/** ``Did you mean `claude`? Known: …`` */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return "None is known.";
  const near = nearest(word, known);
  return `${near ? `Did you mean \`${near}\`? ` : ""}Known: ${known.join(", ")}.`;
}

/** The most similar word, if it is similar at all. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const [best] = known
    .map((name) => ({ name, far: distance(lower, name.toLowerCase()) }))
    .toSorted((a, b) => a.far - b.far);
  return best && best.far <= Math.max(2, Math.floor(word.length / 3)) ? best.name : undefined;
}
