/** The value below which the fraction `q` of the samples lies. */
export function quantile(samples, q) {
  const sorted = Float64Array.from(samples).toSorted();
  if (sorted.length === 0) return Number.NaN;
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at % 1);
}

/** Three figures are enough for a time: `0.714`, `12.3`, `205`. */
export function figures(value) {
  if (!Number.isFinite(value)) return "-";
  if (value >= 100) return String(Math.round(value));
  return value.toPrecision(3);
}

/** A Markdown table; the first row is its head, the first `words` columns stand on the left, figures on the right. */
export function table(rows, words = 1) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) =>
      column < words ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    );
    return `| ${cells.join(" | ")} |`;
  });
  const rule = widths.map((width, column) =>
    column < words ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [lines[0], `| ${rule.join(" | ")} |`, ...lines.slice(1)].join("\n");
}
