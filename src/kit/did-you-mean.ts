import { distance } from "fastest-levenshtein";

/** How similar words are takes the product of their lengths: longer ones are similar to none. */
const LONGEST_WORD = 200;
/** Most names that are told. */
const MOST_TOLD = 100;

/** ``Did you mean `claude`? Known: …`` */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return "None is known.";
  const near = nearest(word, known);
  const told = known.slice(0, MOST_TOLD).join(", ");
  const more = known.length > MOST_TOLD ? ` and ${known.length - MOST_TOLD} more` : "";
  return `${near ? `Did you mean \`${near}\`? ` : ""}Known: ${told}${more}.`;
}

/** The most similar word, if it is similar at all. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const lower = word.toLowerCase();
  const [best] = known
    .filter((name) => name.length <= LONGEST_WORD)
    .map((name) => ({ name, far: distance(lower, name.toLowerCase()) }))
    .toSorted((a, b) => a.far - b.far);
  return best && best.far <= Math.max(2, Math.floor(word.length / 3)) ? best.name : undefined;
}
