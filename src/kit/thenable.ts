/** Whether a value can be awaited. A promise of another realm, such as one that jiti made, is no `Promise` of ours. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== "object" || value === null || !("then" in value)) return false;
  return typeof value.then === "function";
}
