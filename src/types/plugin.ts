import type { H3 } from "h3";
import type { ApiAdapter } from "./api.ts";
import type { Command } from "./command.ts";
import type { H2mConfig } from "./config.ts";
import type { HarnessLauncher } from "./harness.ts";
import type { HookEvents } from "./hooks.ts";
import type { ToolMapper } from "./mapper.ts";
import type { Provider } from "./provider.ts";
import type { LocalTool } from "./tool.ts";
import type { Session, Sessions, Teardown } from "./session.ts";

/** The running h2m, as a plugin's `setup` sees it. */
export interface H2mContext {
  /** The h3 app: add routes to it. The guard stands before every one of them. */
  readonly app: H3;
  readonly sessions: Sessions;
  readonly version: string;
  /** Watches what happens; the returned function stops it. A listener that throws is reported and changes nothing. */
  on<E extends keyof HookEvents>(event: E, listener: HookEvents[E]): Teardown;
}

/** A set of things that extend h2m. A plugin of the same name replaces an earlier one. */
export interface Plugin {
  readonly name: string;
  /** The version of these contracts that it was written for: a number, such as 1. @default the current one */
  readonly apiVersion?: number | undefined;
  readonly apis?: readonly ApiAdapter[] | undefined;
  readonly harnesses?: readonly HarnessLauncher[] | undefined;
  /** Applied inside the config's own `tools`, in the order of the plugins. */
  readonly mappers?: readonly ToolMapper[] | undefined;
  /** What each session has beside its harness: tools, prompts, resources. */
  readonly providers?: readonly Provider[] | undefined;
  /** Tools of its own, beside those of the config's `tools.local`. */
  readonly tools?: readonly LocalTool[] | undefined;
  /** What MCP clients are shown in a session's place: asked once for each session. @default the session itself */
  view?(session: Session): Session;
  /** Commands of the command line: `h2m <name>`. */
  readonly commands?: readonly Command[] | undefined;
  setup?(h2m: H2mContext): Teardown | void | Promise<Teardown | void>;
}

/** Makes a plugin from its options. */
export type PluginFactory<Options = never> = (options: Options) => Plugin;

/** A function has a `name`, and would pass for a plugin. */
export interface NoFunction {
  readonly apply?: never;
}

/**
 * One of the config's `plugins`: the plugin itself, a function that makes it, the name of an npm package, or a path that
 * begins with `./`, `../` or `/`. Options come second in a pair; without them a function is given `{}`.
 */
export type PluginEntry =
  | (Plugin & NoFunction)
  | PluginFactory<object>
  | string
  | readonly [plugin: string | PluginFactory, options: unknown];

export type { H2mConfig };
