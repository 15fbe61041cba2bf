import { H2mError } from "../errors.ts";
import { seconds } from "./deadline.ts";

/** The end of one call: by its deadline, by its client, or by ours. */
export class CallControl {
  readonly #control = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #client: AbortSignal | undefined;
  readonly #onClient: () => void;

  /** `limit`: milliseconds. `client`: aborted by the client's cancellation. */
  constructor(tool: string, limit: number, client: AbortSignal | undefined) {
    this.#timer = setTimeout(() => this.abort(late(tool, limit)), limit);
    this.#client = client;
    this.#onClient = () =>
      this.abort(new H2mError("cancelled", `The call of \`${tool}\` was cancelled.`));
    client?.addEventListener("abort", this.#onClient, { once: true });
    if (client?.aborted) this.#onClient();
  }

  get signal(): AbortSignal {
    return this.#control.signal;
  }

  abort(reason: H2mError): void {
    this.#control.abort(reason);
  }

  /** The call is over: nothing of it stays behind. */
  end(): void {
    clearTimeout(this.#timer);
    this.#client?.removeEventListener("abort", this.#onClient);
  }
}

function late(tool: string, ms: number): H2mError {
  return new H2mError("timeout", `\`${tool}\` gave no result within ${seconds(ms)}.`, {
    hint: "It was given up; raise `timeouts.call` if it needs longer.",
  });
}
