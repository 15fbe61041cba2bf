import type { HarnessDriver, HostIo, Seat } from "../../src/plugin.ts";

/** Says when a reset is due, and hears of it. */
export interface ResetWorld {
  grown(): boolean;
  /** Right before the harness is told. */
  onReset(host: HostIo): Promise<void> | void;
}

/** A reset that the test asks for. */
export class NextReset implements ResetWorld {
  #act: ((host: HostIo) => Promise<void> | void) | undefined;

  /** One becomes due; `act` happens in the middle of it. Resolves when it has begun. */
  order(act: (host: HostIo) => Promise<void> | void): Promise<HostIo> {
    return new Promise((resolve) => {
      this.#act = (host) => {
        resolve(host);
        return act(host);
      };
    });
  }

  grown(): boolean {
    return this.#act !== undefined;
  }

  onReset(host: HostIo): Promise<void> | void {
    const act = this.#act;
    this.#act = undefined;
    return act?.(host);
  }
}

/** A driver whose resets come when the world says so. */
export function withResets(host: HostIo, driver: HarnessDriver, world: ResetWorld): HarnessDriver {
  return {
    ...driver,
    get seats() {
      return driver.seats;
    },
    growth: (seat: Seat) => (world.grown() ? 1 : (driver.growth?.(seat) ?? 0)),
    reset: async (seat: Seat) => {
      await world.onReset(host);
      return (await driver.reset?.(seat)) ?? [];
    },
  };
}
