import { H2mError } from "../../errors.ts";
import type { ConfigSource, H2mConfig, Reload, ResolvedConfig } from "../../types/config.ts";
import { planOf, type ReadConfig, readNow } from "./plan.ts";

export interface ReloadsOptions {
  readonly source: ConfigSource | undefined;
  /** A profile was chosen at the start. */
  readonly profile: boolean;
  /** Checks a config and fills in what it leaves out. @throws H2mError `bad-config` */
  laid(config: H2mConfig): Promise<ResolvedConfig>;
  /** Puts one into force, or throws and changes nothing. */
  apply(config: ResolvedConfig): void;
}

/** Every change of the config while h2m runs: one after the other, whoever asks, and each as a whole or not at all. */
export class Reloads {
  readonly #options: ReloadsOptions;
  readonly #start: ReadConfig;
  #read: ReadConfig;
  #current: ResolvedConfig;
  #last: Promise<unknown> = Promise.resolve();

  /** To be called right after the config of the start was read. */
  constructor(start: ResolvedConfig, options: ReloadsOptions) {
    this.#options = options;
    this.#start = this.#read = readNow(start, options.source !== undefined);
    this.#current = start;
  }

  /** What is in force. */
  get current(): ResolvedConfig {
    return this.#current;
  }

  /** The file that `reload` reads. */
  get file(): string | undefined {
    return this.#options.source?.file;
  }

  /** @throws H2mError `bad-config`, `unknown-harness`; then nothing has changed */
  configure(config: H2mConfig): Promise<Reload> {
    return this.#inTurn(async () => config);
  }

  /** @throws H2mError `bad-usage` if there is nothing to read; else as `configure` does */
  async reload(): Promise<Reload> {
    const { source } = this.#options;
    if (!source)
      throw new H2mError("bad-usage", "This h2m was started without a config file.", {
        hint: "Write one, and start it anew.",
      });
    try {
      const outcome = await this.#inTurn(() => source.read());
      source.told?.(outcome);
      return outcome;
    } catch (error) {
      source.failed?.(H2mError.from(error));
      throw error;
    }
  }

  #inTurn(read: () => Promise<H2mConfig>): Promise<Reload> {
    const turn = this.#last.then(async () => this.#take(await this.#options.laid(await read())));
    this.#last = turn.catch(() => {}); // Whoever asked hears of it.
    return turn;
  }

  #take(config: ResolvedConfig): Reload {
    const { source, profile, apply } = this.#options;
    const next = readNow(config, source !== undefined);
    const plan = planOf({ start: this.#start, now: this.#read, next, profile });
    apply(plan.config);
    this.#read = next;
    this.#current = plan.config;
    return plan.told;
  }
}
