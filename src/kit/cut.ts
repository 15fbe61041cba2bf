/** Cuts of long texts, each between characters: half of one (a lone surrogate) is refused by most readers of JSON. */

/** At most so many UTF-16 units from the start. */
export function startOf(text: string, most: number): string {
  const end = Math.max(0, most);
  if (text.length <= end) return text;
  return text.slice(0, splits(text, end) ? end - 1 : end);
}

/** At most so many UTF-16 units from the end. */
export function endOf(text: string, most: number): string {
  const start = text.length - Math.max(0, most);
  if (start <= 0) return text;
  return text.slice(splits(text, start) ? start + 1 : start);
}

/** A text of at most so many UTF-16 units as it is; of a longer one both ends, and between them a note on how many are left out. */
export function withoutMiddle(text: string, most: number, note: (left: number) => string): string {
  if (text.length <= most) return text;
  const [first, last] = [startOf(text, Math.ceil(most / 2)), endOf(text, Math.floor(most / 2))];
  return `${first}${note(text.length - first.length - last.length)}${last}`;
}

/** The same by bytes of UTF-8, of which the note takes its share; it tells the bytes that are left out. */
export function withoutMiddleBytes(
  text: string,
  bytes: number,
  note: (left: number) => string,
): string {
  const all = Buffer.from(text);
  const room = Math.max(0, bytes - Buffer.byteLength(note(all.length)));
  let head = Math.ceil(room / 2);
  while (head > 0 && isInside(all[head])) head--;
  let tail = all.length - Math.floor(room / 2);
  while (tail < all.length && isInside(all[tail])) tail++;
  const [first, last] = [all.subarray(0, head), all.subarray(tail)];
  return `${first}${note(tail - head)}${last}`;
}

/** Whether a cut at this place would go through a character. */
function splits(text: string, place: number): boolean {
  return isHigh(text.charCodeAt(place - 1)) && (text.charCodeAt(place) & 0xfc00) === 0xdc00;
}

/** Whether a UTF-16 unit is the first half of a character. */
export function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

/** A byte that begins no character. */
function isInside(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
