import type { HarnessLauncher } from "../../types/harness.ts";
import type { NoticeLevel, SessionInfo } from "../../types/session.ts";
import type { Prompt, Turn } from "../../types/turn.ts";
import type { Hooks } from "../plugins/hooks.ts";
import type { Toolset } from "../tools/toolset.ts";
import type { HarnessSource } from "./source.ts";

export interface ArrivalOptions {
  readonly source: HarnessSource;
  readonly toolset: Toolset;
  readonly hooks: Hooks;
  session(): SessionInfo;
  /** Clients should ask for the tools again. */
  onTools(): void;
  /** Clients should be told. */
  onNotice(message: string, level: NoticeLevel): void;
}

/** What the root turns say of their harness: its name, its prompts, its tools. */
export class Arrivals {
  readonly #options: ArrivalOptions;
  #launcher: HarnessLauncher | undefined;
  #prompts: readonly Prompt[] = [];
  /** What was said of a list that is not whole. */
  #toldHoles: string | undefined;

  constructor(options: ArrivalOptions) {
    this.#options = options;
  }

  /** The name of the program that sent the latest one. */
  get name(): string | undefined {
    return this.#launcher?.name;
  }

  get prompts(): readonly Prompt[] {
    return this.#prompts;
  }

  /**
   * Takes over what a turn says, and gives what tells of it once it is held. `first`: of this harness. `waited`: clients may have
   * been shown an empty list until now.
   */
  take(
    turn: Turn,
    launcher: HarnessLauncher | undefined,
  ): (first: boolean, waited: boolean) => void {
    const { hooks, source, toolset, session, onTools } = this.#options;
    this.#launcher = launcher;
    this.#prompts = turn.prompts;
    const before = toolset.state;
    const changed = toolset.update(turn, launcher?.annotations);
    return (first, waited) => {
      if (first) source.list?.keep(turn);
      if (changed || before !== "sent") {
        const { tools } = turn;
        hooks.emit("tools", { session: session(), names: tools.map(({ name }) => name), tools });
      }
      if (changed && (before !== "none" || waited)) onTools();
      this.#tellOfHoles(turn);
    };
  }

  /** A list that is known to lack tools is never passed on without a word. */
  #tellOfHoles({ incomplete }: Turn): void {
    if (incomplete === undefined || incomplete === this.#toldHoles) return;
    this.#toldHoles = incomplete;
    const { hooks, source, session, onNotice } = this.#options;
    const message = `The list of ${source.harness} may lack tools: ${incomplete}. What is not listed cannot be called.`;
    hooks.emit("warning", { message, session: session() });
    onNotice(message, "warning");
  }
}
