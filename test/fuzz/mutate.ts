import type { Random } from "./random.ts";

/** Stands for a value that is too deep to be written by `JSON.stringify`. */
const DEEP = "@@deep@@";

/** Values that have broken programs before. */
const HOSTILE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  "",
  " ",
  "\0",
  "\ud800",
  "\u202e\u{1f600}",
  "__proto__",
  "constructor",
  "toString",
  "../../etc/passwd",
  "%00%2e%2e",
  "<script>",
  "${7*7}",
  "data: x\n\ndata: y",
  "a".repeat(5_000),
  [],
  [[]],
  [null],
  {},
  { type: "object" },
  { $ref: "#" },
  { $ref: "http://127.0.0.1:1/schema" },
  // oxlint-disable-next-line unicorn/no-thenable -- as hostile as it looks
  { then: 1 },
  { length: 1e9 },
  { toString: 1, valueOf: null },
  DEEP,
];

const KEYS = ["__proto__", "constructor", "prototype", "", "0", "length", "then", "toJSON", "type"];

/** A JSON text near `value`: `count` random changes of its structure. */
export function mutated(value: unknown, random: Random, count: number): string {
  const copy = { root: structuredClone(value) };
  for (let i = 0; i < count; i++) change(copy, random);
  const text = JSON.stringify(copy.root) ?? "";
  if (!text.includes(DEEP)) return text;
  const depth = random.pick([10, 1_000, 50_000]);
  const deep = random.chance(0.5)
    ? "[".repeat(depth) + "]".repeat(depth)
    : '{"a":'.repeat(depth) + "1" + "}".repeat(depth);
  return text.replaceAll(`"${DEEP}"`, deep);
}

/** Bytes near `text`, no longer JSON as a rule. */
export function garbled(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text);
  const at = random.below(bytes.length + 1);
  switch (random.below(8)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(4), bytes.subarray(at)]);
    case 2:
      return Buffer.concat([bytes, bytes]);
    case 3:
      return Buffer.concat([Buffer.from("\ufeff"), bytes]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from("\0"), bytes.subarray(at)]);
    case 5:
      return random.bytes(random.below(200));
    case 6:
      return Buffer.from(text.replaceAll('"', "'"));
    default: {
      const flipped = Buffer.from(bytes);
      if (flipped.length > 0) flipped[at % flipped.length] = random.below(256);
      return flipped;
    }
  }
}

interface Place {
  readonly owner: Record<string, unknown> | unknown[];
  readonly key: string | number;
}

function change(copy: { root: unknown }, random: Random): void {
  const places = placesIn(copy);
  // The first place is the whole: what replaces it hides all other changes.
  const { owner, key } = random.chance(0.05) ? (places[0] as Place) : random.pick(places);
  const holder = owner as Record<string | number, unknown>;
  switch (random.below(7)) {
    case 0:
      if (Array.isArray(owner)) owner.splice(Number(key), 1);
      else if (owner !== copy) delete holder[key];
      return;
    case 1:
      holder[key] = [holder[key]];
      return;
    case 2:
      holder[key] = { [random.pick(KEYS)]: holder[key] };
      return;
    case 3: {
      const inside = holder[key];
      if (typeof inside !== "object" || inside === null) return;
      if (Array.isArray(inside)) return void inside.push(structuredClone(random.pick(HOSTILE)));
      // An assignment to `__proto__` would set the prototype instead.
      Object.defineProperty(inside, random.pick(KEYS), {
        value: structuredClone(random.pick(HOSTILE)),
        enumerable: true,
        configurable: true,
        writable: true,
      });
      return;
    }
    case 4: {
      const inside = holder[key];
      if (!Array.isArray(inside) || inside.length === 0) return;
      const again = random.pick(inside);
      for (let i = random.pick([1, 3, 50]); i > 0; i--) inside.push(structuredClone(again));
      return;
    }
    default:
      holder[key] = structuredClone(random.pick(HOSTILE));
  }
}

function placesIn(copy: { root: unknown }): Place[] {
  const places: Place[] = [];
  const walk = (owner: Place["owner"]) => {
    for (const key of Object.keys(owner)) {
      places.push({ owner, key });
      const inside = (owner as Record<string, unknown>)[key];
      if (typeof inside === "object" && inside !== null && places.length < 2_000)
        walk(inside as Place["owner"]);
    }
  };
  walk(copy as unknown as Record<string, unknown>);
  return places;
}
