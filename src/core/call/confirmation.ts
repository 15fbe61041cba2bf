import { H2mError } from "../../errors.ts";
import { textResult } from "../../kit/content.ts";
import { globs } from "../../kit/globs.ts";
import type { ResolvedConfig } from "../../types/config.ts";
import type { MapperCall } from "../../types/mapper.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { Answer, CallOptions, Question, SessionInfo } from "../../types/session.ts";
import type { RunningCall } from "./calls.ts";
import { seconds, within } from "../../kit/deadline.ts";
import { question } from "./question.ts";
import type { KnownTool } from "../tools/toolset.ts";
import { hasRisk, type Risk, RISK_PREFIX } from "./risk.ts";

/** A call that is about to go out. */
export interface AskedCall extends Pick<CallOptions, "confirm" | "onRefused"> {
  /** With the harness's own tool name, and the arguments that it will get. */
  readonly call: MapperCall;
  /** The name that the client used. */
  readonly shown: string;
  readonly tool: KnownTool;
  readonly session: SessionInfo;
  readonly running: RunningCall;
}

type Confirm = NonNullable<CallOptions["confirm"]>;

/** Asks the client's person about the calls that the config names. */
export class Confirmation {
  /** `undefined`: the config names none, and mappers need not be asked what they call a tool. */
  readonly #named: ((tool: string) => boolean) | undefined;
  readonly #risks: readonly Risk[];
  readonly #fallback: "deny" | "allow";
  readonly #limit: number;

  /** `limit`: milliseconds that a question waits. */
  constructor(
    { confirm, confirmFallback }: Pick<ResolvedConfig["tools"], "confirm" | "confirmFallback">,
    limit: number,
  ) {
    const names = confirm.filter((word) => !word.startsWith(RISK_PREFIX));
    this.#named = names.length > 0 ? globs(names) : undefined;
    // The schema has let only known ones through.
    this.#risks = confirm
      .filter((word) => word.startsWith(RISK_PREFIX))
      .map((word) => word.slice(RISK_PREFIX.length) as Risk);
    this.#fallback = confirmFallback;
    this.#limit = limit;
  }

  /** The result that refuses a call, or `undefined`: it may go out. @throws the signal's reason */
  async refusal(asked: AskedCall): Promise<CallToolResult | undefined> {
    if (!this.concerns(asked)) return undefined;
    const { answer, reason } = await this.#answer(asked);
    if (answer === "accept") return undefined;
    if (answer === "unsupported" && this.#fallback === "allow") return undefined;
    asked.onRefused?.({ kind: "confirm", answer });
    const tool = `\`${asked.shown}\``;
    const text =
      answer === "decline"
        ? `The user declined ${tool}: it was not called.${reason ? ` ${reason}` : ""}`
        : `${tool} needs a confirmation, and this client cannot ask for one: it was not called. ${reason ?? HINT}`;
    return textResult(text, true);
  }

  /** Whether a person is asked about such a call. Whoever wrote the config may know the tool by any name of its own. */
  concerns({ tool }: AskedCall): boolean {
    if (this.#named && tool.names().some(this.#named)) return true;
    return this.#risks.some((risk) => hasRisk(risk, tool.annotations()));
  }

  async #answer(asked: AskedCall): Promise<Answer> {
    const { confirm, running } = asked;
    if (!confirm) return { answer: "unsupported" };
    return running.asks(this.#ask(confirm, question(asked), running.signal));
  }

  async #ask(confirm: Confirm, asked: Question, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const asking = new AbortController();
    const late = new H2mError("timeout", `Nobody answered within ${seconds(this.#limit)}.`);
    try {
      return await within(confirm(asked, asking.signal), this.#limit, () => late, signal);
    } catch (error) {
      asking.abort(error);
      if (error === late) return { answer: "decline", reason: late.message };
      throw error;
    }
  }
}

const HINT =
  'Use a client that knows MCP elicitation, or set `tools.confirmFallback: "allow"` in the config of h2m.';
