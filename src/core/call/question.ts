import { withoutMiddle } from "../../kit/cut.ts";
import type { JsonObject } from "../../kit/json.ts";
import { visible, visibleLines } from "../../kit/visible.ts";
import type { Question } from "../../types/session.ts";
import type { AskedCall } from "./confirmation.ts";
import { shares } from "./shares.ts";

/** Most characters of all arguments that are shown, of the arguments themselves, and of a name or a folder. */
const LONGEST = 4_000;
const MOST = 40;
const LONGEST_NAME = 200;

/** What a person is asked: the tool, where it runs, and the arguments as it will get them. */
export function question({ call, shown, session }: AskedCall): Question {
  const { harness, cwd } = session;
  const own = call.name === shown ? named(harness) : `\`${named(call.name)}\` of ${named(harness)}`;
  const where = cwd === undefined ? "" : ` in ${named(cwd)}`;
  const { text, whole } = argumentsOf(call.arguments);
  // Said before them: what is left out must be known also where their end is out of sight.
  const warning = whole ? "" : " Its arguments are too long to be shown whole.";
  return { tool: shown, text: `Run \`${named(shown)}\` (${own})${where}?${warning}${text}` };
}

/** Names are of others: none ends the line, the quotes around it, or fills the screen. */
function named(text: string): string {
  const seen = visible(text).replaceAll("`", "\\u{60}");
  return withoutMiddle(seen, LONGEST_NAME, (left) => `[… ${left} characters …]`);
}

/**
 * Each argument has a line of its own. Of long ones the middle is left out, and said to be: the long one is cut, so that none
 * can push another out of sight.
 */
function argumentsOf(given: JsonObject): { text: string; whole: boolean } {
  const all = Object.entries(given);
  if (all.length === 0) return { text: "", whole: true };
  const entries = all.slice(0, MOST).map(([key, value]) => {
    const text = JSON.stringify(value, null, 2) ?? "null";
    return visibleLines(`${JSON.stringify(key)}: ${text.replaceAll("\n", "\n  ")}`);
  });
  const share = shares(
    entries.map((text) => text.length),
    LONGEST,
  );
  const shown = entries.map((text) =>
    withoutMiddle(
      text,
      share,
      (left) => `\n[… ${counted(left)} characters are not shown here …]\n`,
    ),
  );
  const more = all.length - entries.length;
  if (more > 0) shown.push(`[… ${counted(more)} more arguments are not shown here …]`);
  const whole = more === 0 && entries.every((text) => text.length <= share);
  return { text: `\n\n{\n${shown.map((text) => `  ${text}`).join(",\n")}\n}`, whole };
}

function counted(number: number): string {
  return number.toLocaleString("en");
}
