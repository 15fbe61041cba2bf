/** Words that mean nothing in a question. */
const IDLE = new Set(
  "a an and any are as at be by can do for from how i in into is it its me my of on or please some that the their then there this to up want was what when which who will with you".split(
    " ",
  ),
);

/** What people call what tools do, by the field's own words: one of a row stands for the others, with less weight. */
const ROWS = [
  "run execute exec command shell bash terminal script",
  "find search grep look locate match",
  "read open view show cat contents",
  "write create make new save",
  "edit change modify replace update patch alter",
  "delete remove drop cancel",
  "folder directory dir",
  "web url internet http online page site website",
  "fetch download get",
  "image picture photo screenshot media",
  "task todo job",
  "schedule cron timer",
  "agent subagent helper worker",
  "delegate spawn launch start",
  "stop kill end terminate abort",
  "rename move mv",
  "message notify tell send",
  "ask question prompt",
  "input stdin type characters",
  "program process session",
  "orchestrate coordinate workflow pipeline step",
  "several multiple many",
  "user person human",
  "size large big bytes",
  "sum add plus",
  "compress zip archive",
  "pattern glob wildcard",
  "environment env variable",
  "watch monitor follow",
  "list enumerate",
].map((row) => row.split(" ").map(stem));

const FRIENDS = new Map<string, Set<string>>();
for (const row of ROWS) {
  for (const word of row) {
    const known = FRIENDS.get(word) ?? new Set<string>();
    for (const other of row) if (other !== word) known.add(other);
    FRIENDS.set(word, known);
  }
}

/** No word that means something is longer; what is compared letter by letter shall not be. */
const LONGEST_WORD = 40;

/** The words of a name or a text: also those inside of `camelCase`, `snake_case` and `HTTPServer`. */
export function wordsOf(text: string): string[] {
  return text
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 0 && word.length <= LONGEST_WORD);
}

/** The words of a question that say something. */
export function askedOf(query: string): string[] {
  const all = wordsOf(query);
  const telling = all.filter((word) => !IDLE.has(word));
  return telling.length > 0 ? telling : all;
}

/** Words that may stand for this one. */
export function friendsOf(word: string): string[] {
  return [...(FRIENDS.get(stem(word)) ?? [])];
}

/** Without the endings of English that change nothing here. */
export function stem(word: string): string {
  if (word.length <= 3) return word;
  const plain = word
    .replace(/(ss|us|is)$/, "$1\0")
    .replace(/ies$/, "y")
    .replace(/(ch|sh|x|z)es$/, "$1")
    .replace(/s$/, "")
    .replace("\0", "");
  const bare = plain.replace(/(.{3,})(ing|ed|er)$/, "$1");
  // `running` is `run`, and `editing` is `edit`.
  return bare.replace(/([bdgmnprt])\1$/, "$1").replace(/(.{3,})e$/, "$1");
}
