import MiniSearch from "minisearch";
import { objectOf, stringOf, type Tool } from "../../src/plugin.ts";
import { askedOf, friendsOf, stem, wordsOf } from "./words.ts";

/** Of a description so many characters count: what a tool does is said first, and long ones would drown the short. */
const LONGEST = 600;
/** Of a question so many characters, and words, count. */
const LONGEST_QUERY = 2_000;
const MOST_WORDS = 32;
/** What a word that only stands for an asked one weighs. */
const FRIEND = 0.35;
const BOOST = { name: 5, begins: 2.5, description: 1, arguments: 0.6 };

interface Entry {
  readonly id: number;
  readonly name: string;
  /** The first sentence of the description. */
  readonly begins: string;
  readonly description: string;
  readonly arguments: string;
}

/** A list of tools that can be searched by what somebody wants to do. */
export class Ranking {
  readonly #tools: readonly Tool[];
  readonly #index: MiniSearch<Entry>;

  constructor(tools: readonly Tool[]) {
    this.#tools = tools;
    this.#index = new MiniSearch<Entry>({
      fields: ["name", "begins", "description", "arguments"],
      tokenize: wordsOf,
      processTerm: stem,
    });
    this.#index.addAll(tools.map(entryOf));
  }

  /** The best first; at most so many. Without a word that means anything: the first of the list. */
  search(query: string, limit: number): readonly Tool[] {
    const asked = [
      ...new Set(askedOf(query.slice(0, LONGEST_QUERY)).slice(0, MOST_WORDS).map(stem)),
    ];
    if (asked.length === 0) return this.#tools.slice(0, limit);
    const weights = new Map(asked.map((word) => [word, 1]));
    for (const word of asked)
      for (const friend of friendsOf(word)) if (!weights.has(friend)) weights.set(friend, FRIEND);
    const found = this.#index.search([...weights.keys()].join(" "), {
      boost: BOOST,
      boostTerm: (term) => weights.get(term) ?? 1,
      prefix: (term) => term.length >= 4 && weights.get(term) === 1,
      fuzzy: (term) => (term.length >= 5 && weights.get(term) === 1 ? 0.2 : false),
      weights: { prefix: 0.4, fuzzy: 0.25 },
      processTerm: (term) => term,
    });
    return found.slice(0, limit).flatMap(({ id }) => this.#tools[id as number] ?? []);
  }
}

function entryOf({ name, title, description = "", inputSchema }: Tool, id: number): Entry {
  const told = description.slice(0, LONGEST);
  return {
    id,
    name: `${name} ${title ?? ""}`,
    begins: /^[^.\n]*/.exec(told.trim())?.[0] ?? "",
    description: told,
    arguments: argumentsIn(inputSchema),
  };
}

/** The names of the arguments, and what is said of them. */
function argumentsIn(schema: Tool["inputSchema"]): string {
  const all = Object.entries(objectOf(schema.properties) ?? {}).map(([name, about]) => {
    const text = stringOf(objectOf(about)?.["description"]) ?? "";
    return `${name} ${text.slice(0, 80)}`;
  });
  return all.slice(0, 40).join(" ");
}
