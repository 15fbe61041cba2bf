import type { Session, Teardown } from "../types/session.ts";
import { watched } from "./watched.ts";

/** Node sends the head of an answer with its first bytes, and the stream of a session has none until there is news. */
const FIRST = ": open\n\n";

/**
 * Whether the client of an MCP session (2025 era) is still there. Most go without DELETE, but the stream on which they listen
 * closes then. So does one that a proxy cuts: whoever opens another, or is given an answer after that, is there. A client that
 * has never listened says nothing by that.
 */
export class Presence {
  readonly #session: Session;
  #streams = 0;
  #back: Teardown | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The answer to the client as it goes out. `asks`: its body wanted one. */
  attend(request: Request, asks: boolean, response: Response): Response {
    if (request.method === "GET" && response.ok) {
      this.#streams++;
      this.isThere();
      return watched(response, () => this.#left(), FIRST);
    }
    if (asks) return watched(response, (whole) => whole && this.isThere());
    // Also the last words of a client that goes: they prove nothing.
    if (this.#back) this.#back = this.#session.away();
    return response;
  }

  #left(): void {
    if (--this.#streams === 0) this.#back = this.#session.away();
  }

  /** It has been given an answer. */
  isThere(): void {
    this.#back?.();
    this.#back = undefined;
  }
}
