import type { Turn } from "../../types/turn.ts";

/** Most characters of a tool's name: a glob may take for ever with a longer one. No LLM API takes more than 128. */
const LONGEST_NAME = 256;

/** The turn without tools whose names are too long to be matched; it says then that its list lacks some. */
export function withoutLongNames(turn: Turn): Turn {
  const tools = turn.tools.filter(({ name }) => name.length <= LONGEST_NAME);
  const count = turn.tools.length - tools.length;
  if (count === 0) return turn;
  const which = count === 1 ? "one of them has a name" : `${count} of them have names`;
  const reason = `${which} of more than ${LONGEST_NAME} characters`;
  return { ...turn, tools, incomplete: turn.incomplete ?? reason };
}
