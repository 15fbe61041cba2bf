import type { Question } from "../types/session.ts";
import type { AskedCall } from "./confirmation.ts";

/** Most characters of the arguments that are shown. */
const LONGEST = 4_000;

/** What a person is asked: the tool, where it runs, and the arguments as it will get them. */
export function question({ call, shown, session }: AskedCall): Question {
  const { harness, cwd } = session;
  const own = call.name === shown ? harness : `\`${call.name}\` of ${harness}`;
  const where = cwd === undefined ? "" : ` in ${cwd}`;
  const given = Object.keys(call.arguments).length > 0;
  const shownArguments = given ? `\n\n${bounded(JSON.stringify(call.arguments, null, 2))}` : "";
  return { tool: shown, text: visible(`Run \`${shown}\` (${own})${where}?${shownArguments}`) };
}

/** The middle is left out, and said to be: who is asked must know that there is more. */
function bounded(text: string): string {
  if (text.length <= LONGEST) return text;
  const half = LONGEST / 2;
  const left = (text.length - LONGEST).toLocaleString("en");
  return `${text.slice(0, half)}\n[… ${left} characters are not shown here …]\n${text.slice(-half)}`;
}

/** Marks that are not seen, or turn the direction of writing, could make a command look like another one. */
function visible(text: string): string {
  return text.replaceAll(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, (mark) =>
    [...mark].map((each) => `\\u{${each.codePointAt(0)?.toString(16)}}`).join(""),
  );
}
