// What a stream of events may suffer from: garbage between what counts, and pieces instead of lines.
import { setTimeout as sleep } from "node:timers/promises";

const LINES = [
  "",
  "warning: this is no JSON",
  '{"result":',
  '{"result":null}',
  '{"result":7}',
  '{"result":{"callId":"nobody","result":{"content":[]}}}',
  '{"type":"user","message":{"content":[{"type":"tool_result"}]}}',
  '{"method":"item/completed","params":{"threadId":"nobody","item":null}}',
  "[]",
  "null",
  '"result"',
  "\u0000\u001b[31mred\u001b[0m",
];
const NO_UTF8 = Buffer.from([0xff, 0xfe, 0xc3]);

/** Lines that nobody wants; the last one is no UTF-8. */
export function garbage(size = 300_000) {
  const text = [...LINES, "x".repeat(size)].join("\n");
  return Buffer.concat([Buffer.from(`${text}\n`), NO_UTF8, Buffer.from("\n")]);
}

/** The same as server-sent events. */
export function garbageEvents(size = 300_000) {
  const part =
    '{"payload":{"type":"message.part.updated","properties":{"part":{"callID":"nobody"}}}}';
  const data = [...LINES, part, "x".repeat(size)].map((line) => `data: ${line}\n\n`).join("");
  const text = `: a comment\n\nevent: strange\n\nretry: 7\n\n${data}data:\ndata\n\nno field\n\n`;
  return Buffer.concat([Buffer.from(`${text}data: `), NO_UTF8, Buffer.from("\n\n")]);
}

/** Three parts of some bytes; a cut may go through a character. */
export function pieces(bytes) {
  return [0, 1, 2].map((part) =>
    bytes.subarray(
      Math.floor((part * bytes.length) / 3),
      Math.floor(((part + 1) * bytes.length) / 3),
    ),
  );
}

/**
 * Takes chunks, and writes each unit (up to and with `end`) in pieces, with garbage before it.
 * @returns what hears a chunk; its `done` resolves when all is written
 */
export function roughen(write, { end, garbage: noise }) {
  let rest = Buffer.alloc(0);
  let last = Promise.resolve();
  let count = 0;
  const hear = (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let at = rest.indexOf(end); at !== -1; at = rest.indexOf(end)) {
      const unit = rest.subarray(0, at + end.length);
      rest = rest.subarray(at + end.length);
      // A large one now and then.
      const before = noise(count++ % 20 === 0 ? 300_000 : 10);
      for (const piece of [before, ...pieces(unit)])
        last = last.then(() => write(piece)).then(() => sleep(1));
    }
  };
  return { hear, done: () => last };
}
