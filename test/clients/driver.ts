import type { World } from "./world.ts";

export type Transport = "stdio" | "http";

/** What a client is to do. Without a tool it lists them, as far as it has a way to. */
export interface Order {
  readonly transport: Transport;
  readonly tool?: string;
  readonly arguments?: Record<string, unknown>;
  /** Milliseconds: the client's own limit for a call is set to that, by its flag, variable or setting. */
  readonly limit?: number;
}

/** What came of it, as the client shows it to its model, its user or its program. */
export interface Outcome {
  /** Names as the client has them. */
  readonly tools: readonly string[];
  readonly text?: string | undefined;
  readonly isError?: boolean | undefined;
  /** Base64 of the images. */
  readonly images?: readonly string[] | undefined;
  /** All that it printed: the first thing to know when something is wrong. */
  readonly said: string;
}

/** A client at work. */
export interface Run {
  readonly outcome: Promise<Outcome>;
  /** As its user ends a call: with Ctrl-C, or with the signal that its library takes. */
  cancel(): void;
}

/** How one client is used, once the line of the page has set it up. */
export type Driver = (world: World, order: Order) => Promise<Run>;
