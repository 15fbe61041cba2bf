import { fileURLToPath } from "node:url";
import type { HarnessDriver, HarnessLauncher, Plugin, Seat } from "../../src/plugin.ts";
import { fakeLauncher, type FakeOptions } from "../../src/testing.ts";
import type { Proxy } from "./proxy.ts";
import { type ResetWorld, withResets } from "./resets.ts";

/** What the faulty harness is told; see `faulty-harness.mjs`. */
export interface FaultyOptions extends FakeOptions {
  /** What its standard output suffers from. */
  noise?: "garbage" | "halves" | "cut";
  /** Root turns in a row, each left or forgotten at once. @default for ever, if it is given at all */
  loop?: { kind: "hangup" | "again"; times?: number };
}

export interface FaultyWorld extends ResetWorld {
  /** Where the harness writes down each call that reaches it. */
  readonly journal: string;
  /** Stands between the harness and h2m. */
  readonly proxy: Proxy;
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
    ...(drive ? { drive: (host) => withResets(host, resettable(drive(host)), world) } : {}),
  };
  return { name: launcher.name, harnesses: [faulty] };
}

function resettable(driver: HarnessDriver): HarnessDriver {
  return {
    ...driver,
    reset: async (seat: Seat) => {
      await driver.close?.(seat);
      await driver.open(seat);
      return ["what it knew"];
    },
  };
}
