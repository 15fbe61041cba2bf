import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Answer, Question } from "../../src/plugin.ts";

/** Milliseconds that a code is good for. */
const LIFE = 10 * 60_000;
/** Most codes that are remembered as used; each is forgotten when it is good no more. */
const MOST = 10_000;

/** What a code stands for: it says yes to this question of this very request, and to no other. */
export interface Asked {
  readonly session: string;
  /** The body of the request, as it was sent. */
  readonly body: string;
  readonly question: Question;
}

/** The codes by which a person's yes comes back: of this process, each good once. */
export class Codes {
  readonly #key = randomBytes(32);
  /** Those that were used, and until when they would have been good. */
  readonly #used = new Map<string, number>();

  /** A code for a question. */
  of(asked: Asked): string {
    const made = `${(Date.now() + LIFE).toString(36)}.${randomBytes(6).toString("hex")}`;
    return `${made}.${this.#seal(made, asked)}`;
  }

  /** Whether one of the codes that came says yes to it; it is used up by that. */
  accepts(codes: readonly string[], asked: Asked): boolean {
    const now = Date.now();
    for (const code of codes) {
      const place = code.lastIndexOf(".");
      const [made, seal] = [code.slice(0, place), code.slice(place + 1)];
      const until = Number.parseInt(made.split(".")[0] ?? "", 36);
      if (!(until > now) || this.#used.has(code) || !same(seal, this.#seal(made, asked))) continue;
      this.#use(code, until, now);
      return true;
    }
    return false;
  }

  #use(code: string, until: number, now: number): void {
    for (const [old, end] of this.#used) if (end <= now) this.#used.delete(old);
    const [oldest] = this.#used.keys();
    if (this.#used.size >= MOST && oldest !== undefined) this.#used.delete(oldest);
    this.#used.set(code, until);
  }

  #seal(made: string, { session, body, question }: Asked): string {
    const digest = createHash("sha256").update(body).digest("hex");
    const text = JSON.stringify([made, session, digest, question.tool, question.text]);
    return createHmac("sha256", this.#key).update(text).digest("base64url");
  }
}

/** Asks by the answer to the request: it is declined, and comes again with a code. */
export class Asking {
  /** The first question that no code answered. */
  open: Asked | undefined;
  readonly #codes: Codes;
  readonly #given: readonly string[];

  /** `header`: what the request says in `h2m-confirm`: codes with commas between. */
  constructor(codes: Codes, header: string | null) {
    this.#codes = codes;
    this.#given = (header ?? "")
      .split(",")
      .map((code) => code.trim())
      .filter(Boolean)
      .slice(0, 20);
  }

  answer(asked: Asked): Answer {
    if (this.#codes.accepts(this.#given, asked)) return { answer: "accept" };
    this.open ??= asked;
    return { answer: "decline" };
  }
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
