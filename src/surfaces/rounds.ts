import { randomBytes, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  type CallToolResult,
  createRequestStateCodec,
  type ElicitRequestFormParams,
  type ElicitResult,
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { Session } from "../types/session.ts";
import { answerOf, canAsk, formOf } from "./elicit.ts";

/** Most calls of one session that wait for an answer; beyond it the oldest is given up. */
const MOST = 100;

/**
 * Seals what a client gives back with an answer: the specification wants a state that was changed or made up to be refused.
 * One that was good once is asked about anew, also a day later.
 */
const STATES = createRequestStateCodec<string>({ key: randomBytes(32), ttlSeconds: 86_400 });
/** For the `requestState` of the SDK's server. */
export const verifyState = STATES.verify;

/** One request of a client for a call. */
export interface Round {
  readonly name: string;
  readonly args: Record<string, unknown>;
  readonly server: Server;
  readonly context: ServerContext;
  /** Aborted when the client leaves in this round. */
  readonly signal: AbortSignal;
  readonly onProgress?: ((text: string) => void) | undefined;
}

type Outcome = CallToolResult | InputRequiredResult;

/** The calls that wait for an answer, by the state that their clients give back with it. */
const waiting = new WeakMap<Session, Map<string, CallInRounds>>();

/**
 * A call of a client of revision 2026-07-28, where a server sends no requests: a call that has a question is answered with it,
 * and the client sends it again with the person's answer. The call itself waits meanwhile: it is one call, and runs once.
 */
export function callInRounds(session: Session, round: Round): Promise<Outcome> {
  const calls = waiting.get(session) ?? new Map<string, CallInRounds>();
  waiting.set(session, calls);
  const state = round.context.mcpReq.requestState<string>();
  const known = state === undefined ? undefined : calls.get(state);
  // An answer counts for the call that it was asked about, and once; for any other call the question is put anew.
  if (known?.is(round)) return known.resume(round);
  return new CallInRounds(session, calls, round).wait(round);
}

interface Asked {
  /** Of this question, among those of the call. */
  readonly key: string;
  readonly form: ElicitRequestFormParams;
  answer(result: ElicitResult): void;
}

class CallInRounds {
  readonly #state = randomUUID();
  readonly #name: string;
  readonly #args: Record<string, unknown>;
  readonly #calls: Map<string, CallInRounds>;
  readonly #control = new AbortController();
  readonly #result: Promise<CallToolResult>;
  #round: Round;
  #questions = 0;
  #asked: Asked[] = [];
  #onAsked: () => void = () => {};

  constructor(session: Session, calls: Map<string, CallInRounds>, round: Round) {
    this.#name = round.name;
    this.#args = round.args;
    this.#calls = calls;
    this.#round = round;
    this.#result = session.call(round.name, round.args, {
      signal: this.#control.signal,
      onProgress: (text) => this.#round.onProgress?.(text),
      confirm: async (question, signal) => {
        if (!this.#canAsk) return { answer: "unsupported" };
        return answerOf((await this.#ask(formOf(question), signal)).action);
      },
      elicit: this.#canAsk
        ? (form, signal) => this.#ask({ ...form, mode: "form" }, signal)
        : undefined,
    });
    // A client that does not come back hears of no failure.
    this.#result.catch(() => {});
  }

  is({ name, args }: Round): boolean {
    return name === this.#name && isDeepStrictEqual(args, this.#args);
  }

  resume(round: Round): Promise<Outcome> {
    const [asked] = this.#asked;
    const response = asked && inputResponse(round.context.mcpReq.inputResponses, asked.key);
    if (response?.kind === "elicit") {
      this.#forget(asked);
      asked?.answer({ action: response.action, content: response.content } as ElicitResult);
    }
    return this.wait(round);
  }

  /** Until the call's end, or a question. */
  async wait(round: Round): Promise<Outcome> {
    this.#round = round;
    const giveUp = () => this.#control.abort();
    round.signal.addEventListener("abort", giveUp, { once: true });
    if (round.signal.aborted) giveUp();
    try {
      for (;;) {
        const asks = new Promise<void>((resolve) => (this.#onAsked = resolve));
        const standing = this.#asked.length > 0;
        const result = await Promise.race([this.#result, standing ? undefined : asks]);
        if (result) return result;
        const [asked] = this.#asked;
        // It may have been taken back since.
        if (!asked) continue;
        const inputRequests = { [asked.key]: inputRequired.elicit(asked.form) };
        return inputRequired({ inputRequests, requestState: await STATES.mint(this.#state) });
      }
    } finally {
      // The end of a round is not the end of the client's interest.
      round.signal.removeEventListener("abort", giveUp);
    }
  }

  get #canAsk(): boolean {
    return canAsk(this.#round.server, this.#round.context);
  }

  #ask(form: ElicitRequestFormParams, signal: AbortSignal): Promise<ElicitResult> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((answer) => {
      const asked = { key: `question-${++this.#questions}`, form, answer };
      this.#asked.push(asked);
      signal.addEventListener("abort", () => this.#forget(asked), { once: true });
      this.#calls.set(this.#state, this);
      const [oldest] = this.#calls.values();
      if (oldest && this.#calls.size > MOST) oldest.#control.abort();
      this.#onAsked();
    });
  }

  #forget(asked: Asked | undefined): void {
    this.#asked = this.#asked.filter((each) => each !== asked);
    if (this.#asked.length === 0) this.#calls.delete(this.#state);
  }
}
