import type { CallToolResult } from "../../types/mcp.ts";

/** What goes with a harness that has done calls. */
const KEPT = "all that it kept of earlier calls (its shells, their folder, files read, lists)";

/** What a client must know that its harness has forgotten: it is told at once, and with the next result. */
export class Losses {
  readonly #harness: string;
  readonly #onNotice: (message: string) => void;
  #untold: string[] = [];
  /** The harness of now has done a call of a client's: it may have kept something of it. */
  #used = false;

  constructor(harness: string, onNotice: (message: string) => void) {
    this.#harness = harness;
    this.#onNotice = onNotice;
  }

  /** A client's call has its result. */
  used(): void {
    this.#used = true;
  }

  /** The history was started anew, since `why`. */
  byRenewal(lost: readonly string[], why: string): void {
    if (lost.length === 0) return;
    this.#untold.push(...lost);
    this.#onNotice(
      `The history of ${this.#harness} was started anew, since ${why}. Lost: ${lost.join("; ")}.`,
    );
  }

  /** The harness is gone. */
  byEnd(): void {
    if (!this.#used) return;
    this.#used = false;
    this.#untold.push(KEPT);
    this.#onNotice(`${this.#harness} is started anew. Lost: ${KEPT}.`);
  }

  /** Puts what was lost into the next result, once. */
  tell(result: CallToolResult): CallToolResult {
    if (this.#untold.length === 0) return result;
    const lost = this.#untold;
    this.#untold = [];
    return { ...result, _meta: { ...result._meta, "h2m/reset": { lost } } };
  }
}
