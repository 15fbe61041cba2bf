import { didYouMean } from "../../kit/did-you-mean.ts";
import { H2mError } from "../../errors.ts";
import type { ApiAdapter } from "../../types/api.ts";
import type { HarnessLauncher, Recognized } from "../../types/harness.ts";
import type { ToolMapper } from "../../types/mapper.ts";
import type { Provider } from "../../types/provider.ts";
import type { Session } from "../../types/session.ts";
import type { LocalTool } from "../../types/tool.ts";
import type { Plugin } from "../../types/plugin.ts";
import { owned } from "./owners.ts";

/** First segments below the hijack API's root that are not an API's to take. */
const TAKEN = new Set(["mcp", "health", "hosts"]);

/** All that the plugins brought, by name. */
export class Registry {
  readonly plugins: readonly Plugin[];
  readonly apis = new Map<string, ApiAdapter>();
  readonly harnesses = new Map<string, HarnessLauncher>();
  readonly mappers: readonly ToolMapper[];
  readonly providers: readonly Provider[];
  readonly tools: readonly LocalTool[];

  readonly #shown = new WeakMap<Session, Session>();
  readonly #report: (error: H2mError) => void;

  /**
   * A later plugin, API or harness replaces an earlier one of its name.
   * `report` hears of a plugin's fault that shall hinder nobody else.
   */
  constructor(plugins: readonly Plugin[], report: (error: H2mError) => void = () => {}) {
    this.#report = report;
    this.plugins = [...new Map(plugins.map((plugin) => [plugin.name, plugin])).values()];
    for (const { name: plugin, apis, harnesses } of this.plugins) {
      for (const api of apis ?? [])
        this.apis.set(api.name, owned(plugin, `the API \`${api.name}\``, api));
      for (const harness of harnesses ?? [])
        this.harnesses.set(harness.name, owned(plugin, `the harness \`${harness.name}\``, harness));
    }
    for (const api of this.apis.values()) checkPaths(api);
    this.mappers = this.plugins.flatMap(({ name: plugin, mappers }) =>
      (mappers ?? []).map((mapper) => owned(plugin, `the mapper \`${mapper.name}\``, mapper)),
    );
    this.providers = this.plugins.flatMap(({ name: plugin, providers }) =>
      (providers ?? []).map((each) => owned(plugin, `the provider \`${each.name}\``, each)),
    );
    this.tools = this.plugins.flatMap(({ tools }) => tools ?? []);
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

  /** What MCP clients are shown in a session's place: one and the same for one session. */
  readonly shown = (session: Session): Session => {
    const known = this.#shown.get(session);
    if (known) return known;
    const views = this.plugins.filter(({ view }) => view !== undefined);
    const shown = views.reduce((inner, plugin) => this.#viewOf(plugin, inner), session);
    this.#shown.set(session, shown);
    return shown;
  };

  /** A view that fails shows what is below it. */
  #viewOf(plugin: Plugin, session: Session): Session {
    try {
      const { view = (inner: Session) => inner } = owned(plugin.name, "its view", {
        view: plugin.view?.bind(plugin),
      });
      return view(session);
    } catch (error) {
      this.#report(H2mError.from(error));
      return session;
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
      try {
        const said = launcher.recognize?.(headers);
        if (said) return { launcher, said };
      } catch (error) {
        this.#report(H2mError.from(error));
      }
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
