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

/** The two ends of a text in so many bytes of UTF-8, whole characters, with a note between them that tells the bytes left out. */
export function cut(text: string, bytes: number, note: (left: number) => string): string {
  const all = Buffer.from(text);
  const room = Math.max(0, bytes - Buffer.byteLength(note(all.length)));
  let head = Math.ceil(room / 2);
  while (head > 0 && isInside(all[head])) head--;
  let tail = all.length - Math.floor(room / 2);
  while (tail < all.length && isInside(all[tail])) tail++;
  const [first, last] = [all.subarray(0, head), all.subarray(tail)];
  return `${first}${note(tail - head)}${last}`;
}

/** A byte that begins no character. */
function isInside(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
