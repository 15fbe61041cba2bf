import { H2mError } from "../../errors.ts";
import { allSteps } from "../../kit/every-step.ts";
import { abortable, within } from "../../kit/deadline.ts";
import { didYouMean } from "../../kit/did-you-mean.ts";
import type { HarnessLauncher } from "../../types/harness.ts";
import type { CallToolResult, Tool } from "../../types/mcp.ts";
import type { MapperCall } from "../../types/mapper.ts";
import type { Provider, ProviderCallOptions, ProviderEvent } from "../../types/provider.ts";
import type { Prompts, Resources, Teardown } from "../../types/session.ts";
import { isolated } from "../plugins/isolated.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { Listeners } from "../plugins/listeners.ts";
import { clashWithHarness } from "./clash.ts";

interface Events {
  event: (event: ProviderEvent) => void;
}

const none = Promise.resolve(undefined);

/** Whose a tool is. */
interface Owned {
  readonly provider: Provider;
  readonly tool: Tool;
}

/** The tools, prompts and resources that no harness brings: one for all sessions of a server. */
export class Provided {
  readonly prompts: Prompts | undefined;
  readonly resources: Resources | undefined;
  readonly #providers: readonly Provider[];
  readonly #connect: () => number;
  /** Those that did not come in time. */
  readonly #late = new Set<Provider>();
  readonly #listeners: Listeners<Events>;
  readonly #stops: readonly Teardown[];
  /** By name. */
  #owned: ReadonlyMap<string, Owned>;

  /**
   * `connect`: milliseconds that a list waits for those that are not known yet.
   * @throws H2mError `name-clash` if two of them have a tool of one name
   */
  constructor(providers: readonly Provider[], hooks: Hooks, connect: () => number) {
    this.#providers = providers;
    this.#connect = connect;
    this.#owned = owned(providers);
    this.#listeners = new Listeners(hooks.report);
    this.prompts = providers.some((each) => each.prompts) ? this.#prompts() : undefined;
    this.resources = providers.some((each) => each.resources) ? this.#resources() : undefined;
    this.#stops = providers.flatMap(
      (provider) =>
        provider.watch?.((event) => {
          isolated(() => this.#hear(event, hooks), hooks.report);
        }) ?? [],
    );
  }

  /** There is something, or may be. */
  get any(): boolean {
    return this.#providers.length > 0;
  }

  /** Those that are known now. */
  tools(): readonly Tool[] {
    return [...this.#owned.values()].map(({ tool }) => tool);
  }

  has(name: string): boolean {
    return this.#owned.has(name);
  }

  /** A harness has a tool of this name too. */
  clash(name: string, harness: string): H2mError {
    return clashWithHarness(name, harness, this.#owned.get(name)?.provider.name ?? "the project");
  }

  /** @throws H2mError `name-clash` if a harness is known to have a tool of such a name, before it says so itself */
  mustDiffer({ name: harness, annotations = {} }: HarnessLauncher): void {
    const both = this.tools().find(({ name }) => Object.hasOwn(annotations, name));
    if (both) throw this.clash(both.name, harness);
  }

  /** Waits until every list is known, or will not be known soon. One that was late once is waited for no more. */
  async ready(): Promise<void> {
    const ms = this.#connect();
    const late = () => new Error("late");
    const waits = this.#providers.map(async (provider) => {
      if (this.#late.has(provider)) return;
      // One that does not come leaves the others listed, and tells of it itself.
      const wait = within(Promise.resolve(provider.ready?.()), ms, late);
      await wait.catch(() => this.#late.add(provider));
    });
    await Promise.all(waits);
  }

  async call(call: MapperCall, options: ProviderCallOptions): Promise<CallToolResult> {
    const { provider } = this.#owned.get(call.name) ?? {};
    if (!provider?.call)
      throw new H2mError("unknown-tool", `There is no tool \`${call.name}\` any more.`, {
        hint: didYouMean(call.name, [...this.#owned.keys()]),
      });
    return provider.call(call, options);
  }

  on(listener: (event: ProviderEvent) => void): Teardown {
    return this.#listeners.on("event", listener);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    await allSteps(this.#providers.map((provider) => async () => provider.close?.()));
  }

  #hear(event: ProviderEvent, hooks: Hooks): void {
    if (event.type === "notice") hooks.emit("warning", { message: event.message });
    // Of a list that cannot be, the one before it stays.
    if (event.type === "tools") this.#owned = owned(this.#providers);
    this.#listeners.emit("event", event);
  }

  #prompts(): Prompts {
    const holder = (name: string) =>
      this.#providers.find((each) => each.prompts?.().some((prompt) => prompt.name === name));
    return {
      list: async () => {
        await this.ready();
        return this.#providers.flatMap((each) => each.prompts?.() ?? []);
      },
      get: async (name, args, signal) => {
        await this.ready();
        const found = await abortable(holder(name)?.prompt?.(name, args, signal) ?? none, signal);
        if (found) return found;
        const names = this.#providers.flatMap((each) => each.prompts?.() ?? []);
        throw new H2mError("unknown-prompt", `There is no prompt \`${name}\`.`, {
          hint: didYouMean(
            name,
            names.map((prompt) => prompt.name),
          ),
        });
      },
    };
  }

  #resources(): Resources {
    return {
      list: async () => {
        await this.ready();
        return this.#providers.flatMap((each) => each.resources?.() ?? []);
      },
      templates: async () => {
        await this.ready();
        return this.#providers.flatMap((each) => each.templates?.() ?? []);
      },
      read: async (uri, signal) => {
        for (const provider of this.#providers) {
          const found = await abortable(provider.resource?.(uri, signal) ?? none, signal);
          if (found) return found;
        }
        throw new H2mError("unknown-resource", `There is no resource \`${uri}\`.`);
      },
    };
  }
}

/** @throws H2mError `name-clash`, naming whose tools they are */
function owned(providers: readonly Provider[]): ReadonlyMap<string, Owned> {
  const all = new Map<string, Owned>();
  for (const provider of providers) {
    for (const tool of provider.tools?.() ?? []) {
      const other = all.get(tool.name);
      if (other) throw twice(tool.name, other.provider.name, provider.name);
      all.set(tool.name, { provider, tool });
    }
  }
  return all;
}

function twice(name: string, one: string, other: string): H2mError {
  const whose = one === other ? `${one} has two tools` : `${one} and ${other} both have a tool`;
  return new H2mError("name-clash", `${whose} \`${name}\`.`, {
    hint: "Give one of them another name.",
  });
}
