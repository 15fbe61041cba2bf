import { H2mError } from "../../errors.ts";
import type { HarnessInstall, HarnessLauncher, HarnessOptions } from "../../types/harness.ts";
import { within } from "../../kit/deadline.ts";
import { allSteps } from "../../kit/every-step.ts";
import type { Host, KeyHolder } from "./host.ts";
import type { Occupant } from "./seats.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { Installs } from "./installs.ts";
import { HostKeys } from "./keys.ts";
import { launch } from "./launch.ts";
import { unlikeTested } from "./tested.ts";

/** What decides whether two sessions can share a process. */
export interface HostWish {
  readonly launcher: HarnessLauncher;
  readonly options: HarnessOptions;
  /** Folder of the process; a seat may have another. */
  readonly cwd: string;
}

/** Finds the installed harnesses, starts their processes, and seats sessions in them. */
export class Hosts {
  readonly keys = new HostKeys<KeyHolder>();
  readonly #hooks: Hooks;
  readonly #origin: () => string;
  readonly #installs = new Installs();
  readonly #living = new Set<Host>();
  readonly #launching = new Set<Promise<Host>>();
  /** What was said of versions. */
  readonly #warned = new Set<string>();
  #closed = false;
  /** By kind of host: those that take more sessions, and the last launch, which the next session waits for. */
  readonly #shared = new Map<string, { hosts: Set<Host>; launching: Promise<unknown> }>();

  /** `origin`: root of the hijack API, known once the server listens. */
  constructor(hooks: Hooks, origin: () => string) {
    this.#hooks = hooks;
    this.#origin = origin;
  }

  /** The program of a harness. @throws H2mError `not-installed`, `no-harness` */
  install(launcher: HarnessLauncher, options: HarnessOptions): Promise<HarnessInstall> {
    return this.#installs.find(launcher, options);
  }

  /** A seat in a host that has one free, or in a new one. */
  async seat(wish: HostWish, occupant: Occupant): Promise<{ host: Host; seatId: string }> {
    if (wish.options.host === "own" || !wish.launcher.drive)
      return take(await this.#launch(wish), occupant);
    const key = JSON.stringify([wish.launcher.name, wish.options]);
    const pool = this.#shared.get(key) ?? { hosts: new Set(), launching: Promise.resolve() };
    this.#shared.set(key, pool);
    // How many seats a host has is known once one runs: those who come together wait for it.
    if ([...pool.hosts].every((host) => host.seats !== 1)) {
      const turn = pool.launching.then(() => this.#shareOrLaunch(wish, occupant, pool.hosts));
      pool.launching = turn.catch(() => {});
      return turn;
    }
    return take(await this.#launch(wish), occupant);
  }

  /** Ends every host that is still there. */
  async close(ms: number): Promise<void> {
    this.#closed = true;
    const launched = Promise.allSettled(this.#launching);
    // A program that does not answer while it is looked at holds nothing up: it is not started any more.
    await within(launched, ms, () => new Error("late")).catch(() => {});
    await allSteps([...this.#living].map((host) => () => host.stop(ms)));
  }

  async #shareOrLaunch(
    wish: HostWish,
    occupant: Occupant,
    hosts: Set<Host>,
  ): Promise<{ host: Host; seatId: string }> {
    const free = [...hosts].find((host) => !host.closing && host.taken < host.seats);
    if (free) return take(free, occupant);
    const host = await this.#launch(wish);
    hosts.add(host);
    host.exited.addEventListener("abort", () => hosts.delete(host), { once: true });
    return take(host, occupant);
  }

  async #launch(wish: HostWish): Promise<Host> {
    const launching = this.#start(wish);
    this.#launching.add(launching);
    try {
      const host = await launching;
      this.#living.add(host);
      host.exited.addEventListener("abort", () => this.#living.delete(host), { once: true });
      return host;
    } finally {
      this.#launching.delete(launching);
    }
  }

  async #start({ launcher, options, cwd }: HostWish): Promise<Host> {
    const install = await this.install(launcher, options);
    if (this.#closed) throw new H2mError("closed", "The server is stopping.");
    this.#tellOf(launcher, install);
    const origin = this.#origin();
    return launch({
      launcher,
      install,
      options,
      cwd,
      origin,
      keys: this.keys,
      hooks: this.#hooks,
    });
  }

  /** Once for each version: it may change while we run. */
  #tellOf(launcher: HarnessLauncher, install: HarnessInstall): void {
    const message = unlikeTested(launcher, install);
    if (message === undefined || this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#hooks.emit("warning", { message });
  }
}

function take(host: Host, occupant: Occupant): { host: Host; seatId: string } {
  return { host, seatId: host.seat(occupant) };
}
