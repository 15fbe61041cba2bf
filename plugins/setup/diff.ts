import { visible } from "../../src/plugin.ts";

/** Lines around what changes. */
const AROUND = 3;

/** What changes between two texts, as a unified diff for a person. `undefined` as a text: there is no file. */
export function diffOf(
  file: string,
  before: string | undefined,
  after: string | undefined,
): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  const same = (place: number) => old[place] === now[place];
  const most = Math.min(old.length, now.length);
  let start = 0;
  while (start < most && same(start)) start += 1;
  let end = 0;
  while (end < most - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const from = Math.max(0, start - AROUND);
  const rest = Math.max(0, end - AROUND);
  const [ofOld, ofNow] = [old.length - rest - from, now.length - rest - from];
  const name = visible(file);
  return [
    `--- ${before === undefined ? "/dev/null" : name}`,
    `+++ ${after === undefined ? "/dev/null" : name}`,
    `@@ -${span(from, ofOld)} +${span(from, ofNow)} @@`,
    ...old.slice(from, start).map((line) => ` ${shown(line)}`),
    ...old.slice(start, old.length - end).map((line) => `-${shown(line)}`),
    ...now.slice(start, now.length - end).map((line) => `+${shown(line)}`),
    ...old.slice(old.length - end, old.length - rest).map((line) => ` ${shown(line)}`),
    "",
  ].join("\n");
}

/** Each with its end, so that a last line without one differs from one that has it. */
function linesOf(text = ""): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** A diff counts from 1; of nothing it names the line before. */
function span(from: number, count: number): string {
  return `${count === 0 ? from : from + 1},${count}`;
}

/** A carriage return and the like are spelled. */
function shown(line: string): string {
  const whole = line.endsWith("\n");
  const text = visible(whole ? line.slice(0, -1) : line);
  return whole ? text : `${text}\n\\ No newline at end of file`;
}
