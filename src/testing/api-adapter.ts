import { describe } from "vitest";
import type { ApiAdapter } from "../types/api.ts";
import type { WireEvent } from "../types/turn.ts";
import { describeReplies } from "./api-replies.ts";
import { describeRequests } from "./api-requests.ts";
import type { Wire } from "./wire.ts";

/** What the tests of an API adapter need to know of its wire. */
export interface ApiAdapterCase {
  /** How a harness writes and reads this API, independent of the adapter. */
  readonly wire: Wire;
  /** What a strict reader demands of a whole stream, beside what the wire's own reader needs: throws if it is unlawful. */
  lawful?(events: readonly WireEvent[]): void;
  /** The wire tells failed results from others. @default false */
  readonly errorFlag?: boolean;
  /** The wire's name for a tool that only the vendor can run. @default none is tried */
  readonly hosted?: string;
  /** The key of the body that holds the history. @default `messages`, `input` or `contents`, whichever is there */
  readonly historyKey?: string;
}

/** Tests what every API adapter must do, whatever its wire looks like: call it at the top of a test file. */
export function describeApiAdapter(adapter: ApiAdapter, options: ApiAdapterCase): void {
  describe(`the API adapter ${adapter.name}`, () => {
    describeRequests(adapter, options);
    describeReplies(adapter, options);
  });
}
