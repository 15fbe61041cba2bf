import { randomInt } from "node:crypto";

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** The name of a session that no other client has. `of`: what it begins with. */
export function newSessionName(of = "c", taken: (name: string) => boolean = () => false): string {
  for (;;) {
    const end = Array.from({ length: 6 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
    const name = `${of}-${end}`;
    if (!taken(name)) return name;
  }
}
