import { MAX_DEPTH } from "./depth.ts";

/**
 * The same value without halves of characters in its texts and keys: each lone surrogate is U+FFFD. JSON can spell one
 * (`"\ud83d"`), and readers in Rust, Python and Go refuse the whole message for it: codex 0.169 then waits for its answer until
 * its own time-out. The very same object if there is none. What is nested deeper than {@link MAX_DEPTH} is refused
 * wherever it comes in, and is left as it is.
 */
export function wellFormed<T>(value: T): T {
  return repaired(value, 0) as T;
}

function repaired(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) {
    const list = value.map((each) => repaired(each, depth + 1));
    return list.some((each, place) => each !== value[place]) ? list : value;
  }
  // What writes itself, such as a date, holds no text of others; nor do bytes.
  if (ArrayBuffer.isView(value)) return value;
  if ("toJSON" in value && typeof value.toJSON === "function") return value;
  let changed = false;
  const entries = Object.entries(value).map(([key, each]) => {
    const [name, now] = [key.toWellFormed(), repaired(each, depth + 1)];
    changed ||= name !== key || now !== each;
    return [name, now] as const;
  });
  return changed ? Object.fromEntries(entries) : value;
}
