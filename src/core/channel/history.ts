import type { CallToolResult } from "../../types/mcp.ts";

/** One that is being started anew: over when the driver has done it, and its first turn is here. */
interface Renewal {
  turned: boolean;
  lost: readonly string[] | undefined;
}

/** The history of a harness: how much has been added since it began, and its beginning anew. */
export class History {
  #calls = 0;
  #characters = 0;
  #renewal: Renewal | undefined;

  get size(): { readonly calls: number; readonly characters: number } {
    return { calls: this.#calls, characters: this.#characters };
  }

  /** A call goes out. @throws where JSON cannot say the arguments */
  went(args: Readonly<Record<string, unknown>>): void {
    this.#characters += JSON.stringify(args).length;
    this.#calls++;
  }

  /** A result is here. */
  came({ content }: CallToolResult): void {
    for (const block of content) {
      if (block.type === "text") this.#characters += block.text.length;
      else if (block.type === "image" || block.type === "audio")
        this.#characters += block.data.length;
    }
  }

  get renewing(): boolean {
    return this.#renewal !== undefined;
  }

  renew(): void {
    this.#renewal = { turned: false, lost: undefined };
  }

  /** A turn has come. */
  turned(): void {
    if (this.#renewal) this.#renewal.turned = true;
  }

  /** What came before is not of the new one. */
  notYet(): void {
    if (this.#renewal) this.#renewal.turned = false;
  }

  /** The driver has begun anew, and says what is lost by it. */
  renewedBy(lost: readonly string[]): void {
    if (this.#renewal) this.#renewal.lost = lost;
  }

  /** What was lost, once it is new: from now on it is an empty one. */
  begun(): readonly string[] | undefined {
    if (!this.#renewal?.turned || !this.#renewal.lost) return undefined;
    const { lost } = this.#renewal;
    this.forget();
    return lost;
  }

  /** It is gone with its harness. */
  forget(): void {
    this.#renewal = undefined;
    this.#calls = 0;
    this.#characters = 0;
  }
}
