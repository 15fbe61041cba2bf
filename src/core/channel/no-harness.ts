import { H2mError } from "../../errors.ts";
import type { HandedCall } from "../host/hand-over.ts";
import type { Harness } from "./harness.ts";

/** Of a session that has only what stands beside a harness: nothing is waited for, and nothing goes out. */
export class NoHarness implements Harness {
  readonly attached = false;
  readonly here = true;
  readonly starting = false;
  readonly pid = undefined;
  readonly canRenew = false;
  readonly growth = 0;

  async ready(): Promise<void> {}

  arrived(): boolean {
    return false;
  }

  hungUp(): void {}

  worked(): void {}

  failed(): void {}

  lost(): boolean {
    return false;
  }

  outgoing(): HandedCall {
    throw new H2mError("internal", "A call went out to a harness, and there is none.");
  }

  whyGivenUp(_call: unknown, reason: unknown): unknown {
    return reason;
  }

  renew(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  async end(): Promise<void> {}
}
