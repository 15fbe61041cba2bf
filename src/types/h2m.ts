import type { IncomingMessage, ServerResponse } from "node:http";
import type { Lock } from "./lock.ts";
import type { ConfigSource, H2mConfig, Reload, ResolvedConfig } from "./config.ts";
import type { HarnessInstall } from "./harness.ts";
import type { HookEvents } from "./hooks.ts";
import type { Session, Sessions, Teardown } from "./session.ts";

/** Answers a request of Node's own server, or of one that is made of it. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface CreateOptions {
  /** Serve MCP over HTTP. Without it only the hijack API listens, and no token is needed. @default true */
  readonly http?: boolean | undefined;
  /**
   * Listen for clients. `false`: your program serves them, by `fetch` or `nodeHandler`, and only harnesses are listened for, at
   * a free port of loopback. @default true
   */
  readonly listen?: boolean | undefined;
  /** One of the config's `profiles`, or `readonly` or `full`, to lie over the config. @default none */
  readonly profile?: string | undefined;
  /** The profile whose kept token and attach key open it: each has its own, and so has an h2m without any. @default `profile` */
  readonly secretsOf?: string | undefined;
  /** Lists of tools come from the harnesses themselves, never from an earlier start. @default false */
  readonly fresh?: boolean | undefined;
  /** Only the tools of this lock are served: another list is an error of whoever asks for it. */
  readonly lock?: Lock | undefined;
  /** Where the config was read from: `reload` reads it anew. @default there is nothing to read */
  readonly source?: ConfigSource | undefined;
}

/** A running h2m. */
export interface H2m {
  /** `http://host:port/mcp`, as this machine reaches it; `/mcp` where your program serves it (`listen: false`). */
  readonly mcpUrl: string;
  /** Root of the hijack API: `/v1/…` is below it. */
  readonly hijackUrl: string;
  /** Opens MCP; `undefined` under `server.auth: false`. */
  readonly token: string | undefined;
  /** Opens the hijack API for harnesses that the user starts; `undefined` under `server.auth: false`. */
  readonly attachKey: string | undefined;
  readonly sessions: Sessions;
  readonly version: string;
  /** What MCP clients are shown in a session's place: `expose` of the config, and `view` of plugins. @default the session itself */
  shown(session: Session): Session;
  /** Shell lines that attach a harness, by its name. */
  attachLines(key: string): Readonly<Record<string, string>>;
  /** Looks for the program of a harness. @throws H2mError `not-installed` */
  install(harness: string): Promise<HarnessInstall>;
  on<E extends keyof HookEvents>(event: E, listener: HookEvents[E]): Teardown;
  /**
   * Goes on with another config: new sessions take all of it, running ones what hides tools or asks about calls. It never allows
   * more than the config of the start. Gives the keys that take effect, or take it in full, with the next start only.
   * @throws H2mError `bad-config`, `unknown-harness`; then nothing has changed
   */
  configure(config: H2mConfig): Promise<readonly string[]>;
  /**
   * Reads the config of `source` anew and goes on with it, as `configure` does.
   * @throws H2mError `bad-usage` (there is no source), and as `configure` does; then nothing has changed
   */
  reload(): Promise<Reload>;
  /**
   * Opens no session any more, and resolves when no call runs, or `timeouts.drain` is over. Nothing is closed by it.
   */
  drain(): Promise<void>;
  /** Resolves when it was drained by `POST /drain`, and is to be closed. */
  readonly drained: Promise<void>;
  /**
   * Answers a request as the server does: for a program that serves h2m beside its own, with `listen: false`. Give it the
   * request of your framework itself, whose `signal` tells of a client that goes; cancel the body of an answer that nobody takes.
   */
  fetch(request: Request): Promise<Response>;
  /** The same for a request of `node:http`, or of Express. */
  readonly nodeHandler: NodeHandler;
  /** What is in force now. */
  readonly config: ResolvedConfig;
  /** Ends the server, every session and harness, and what their tools left running. */
  close(): Promise<void>;
}
