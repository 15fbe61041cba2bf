/** How deep JSON from outside may be nested. Schemas and histories need some 30 levels; the stack of a recursion ends at thousands. */
export const MAX_DEPTH = 200;

/** Whether a parsed JSON value is nested deeper than {@link MAX_DEPTH}: `JSON.stringify` and the like could not walk it. */
export function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each !== "object" || each === null) continue;
      for (const inside of Array.isArray(each) ? each : Object.values(each))
        if (typeof inside === "object" && inside !== null) next.push(inside);
    }
    level = next;
  }
  return false;
}
