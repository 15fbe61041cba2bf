import { fileURLToPath } from "node:url";
import type { HarnessDriver, HarnessLauncher, HostIo, Plugin, Seat } from "../../src/plugin.ts";
import { fakeLauncher, type FakeOptions } from "../../src/testing.ts";
import type { Proxy } from "./proxy.ts";

/** What the faulty harness is told; see `faulty-harness.mjs`. */
export interface FaultyOptions extends FakeOptions {
  /** What its standard output suffers from. */
  noise?: "garbage" | "halves" | "cut";
  /** Root turns in a row, each left or forgotten at once. @default for ever, if it is given at all */
  loop?: { kind: "hangup" | "again"; times?: number };
}

export interface FaultyWorld {
  /** Where the harness writes down each call that reaches it. */
  readonly journal: string;
  /** Stands between the harness and h2m. */
  readonly proxy: Proxy;
  /** Whether a reset is due. */
  grown(): boolean;
  /** In the middle of a reset. */
  onReset(host: HostIo): Promise<void> | void;
}

const PROGRAM = fileURLToPath(new URL("faulty-harness.mjs", import.meta.url));

/** The fake harness behind a proxy, with resets, and with faults of its own. */
export function faultyPlugin(options: FaultyOptions, world: FaultyWorld): Plugin {
  const own = { ...options, journal: world.journal, program: PROGRAM };
  const launcher = fakeLauncher(own);
  const { drive } = launcher;
  const faulty: HarnessLauncher = {
    ...launcher,
    prepare: (context) =>
      launcher.prepare({ ...context, origin: world.proxy.inFrontOf(context.origin) }),
    ...(drive ? { drive: (host) => withResets(host, drive(host), world) } : {}),
  };
  return { name: launcher.name, harnesses: [faulty] };
}

function withResets(host: HostIo, driver: HarnessDriver, world: FaultyWorld): HarnessDriver {
  return {
    ...driver,
    growth: () => (world.grown() ? 1 : 0),
    reset: async (seat: Seat) => {
      await world.onReset(host);
      await driver.close?.(seat);
      await driver.open(seat);
      return ["what it knew"];
    },
  };
}
