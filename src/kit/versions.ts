/** Whether a version, such as `2.1.332`, is the other one or came after it. What follows a `-` or `+` says nothing. */
export function isAtLeast(version: string, other: string): boolean {
  const [mine, theirs] = [version, other].map((text) =>
    (/^[\d.]+/.exec(text)?.[0] ?? "").split(".").map(Number),
  );
  for (const [place, number] of (theirs ?? []).entries()) {
    const own = mine?.[place] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}
