/**
 * How many bytes each of several texts may have, so that together they have `room`: the short ones stay whole, and the long ones
 * get the same.
 */
export function shares(sizes: readonly number[], room: number): number {
  let left = room;
  const sorted = sizes.toSorted((a, b) => a - b);
  for (const [place, size] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - place));
    if (size > share) return Math.max(0, share);
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}
