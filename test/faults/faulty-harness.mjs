// The fake harness in a rougher world: it keeps a journal of the calls that reach it, asks again after a failed request as
// the real ones do, and can misbehave in ways of its own. See `faulty.ts` for the config.
import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { allTools } from "../../src/testing/fake-harness/tools.mjs";
import { transport } from "../../src/testing/fake-harness/transport.mjs";
import { sseReader, WIRES } from "../../src/testing/fake-harness/wires.mjs";
import { garbage, pieces } from "./noise.mjs";

const config = JSON.parse(readFileSync(process.env.FAKE_CONFIG, "utf8"));
const wire = WIRES[config.api];
const send = globalThis.fetch;
/** Milliseconds before a request is tried again. */
const PAUSE = 100;

if (config.noise) makeNoise(config.noise);
if (config.loop) await loop(config.loop);
transport.post = async (url, options) => {
  const { status, body } = await patient(url, { method: "POST", ...options });
  return { status, texts: body.pipeThrough(new TextDecoderStream()) };
};
await import("../../src/testing/fake-harness/main.mjs");

/** Root turns without a pause: `hangup` leaves each as soon as it is answered, `again` leaves them all open. */
async function loop({ kind, times = Infinity }) {
  const { token, prompt, conversation } = config.driver ? await firstSeat() : config;
  const parts = { history: [{ user: prompt }], tools: allTools(), system: "Be a fake." };
  const headers = {
    "content-type": "application/json",
    ...wire.keyHeader(token),
    // Where it names its conversations, one that names none is another program's.
    ...(config.headers && conversation ? { "x-fake-conversation": conversation } : {}),
  };
  const request = { method: "POST", headers, body: JSON.stringify(wire.request(parts)) };
  for (let count = 0; count < times; count++) {
    const control = new AbortController();
    const response = await send(config.origin + wire.path, { ...request, signal: control.signal });
    if (kind === "hangup") control.abort();
    // Read on, or the connection would be kept for ever.
    else void response.text().catch(() => {});
  }
}

/** As `fetch`, but 429 and 5xx are tried again, and so is a reply that breaks off before it said anything. */
async function patient(url, init) {
  const first = await answered(url, init);
  if (!/event-stream/.test(first.headers.get("content-type") ?? "")) return first;
  const body = new ReadableStream({
    async start(controller) {
      try {
        let response = first;
        while (!(await passedOn(response, controller))) {
          await sleep(PAUSE);
          response = await answered(url, init);
        }
        controller.close();
      } catch (error) {
        controller.error(error);
      }
    },
  });
  return new Response(body, { headers: first.headers });
}

async function answered(url, init) {
  for (;;) {
    const response = await send(url, init).catch((error) => {
      if (init.signal.aborted) throw error;
      return undefined;
    });
    if (response && response.status !== 429 && response.status < 500) return response;
    process.stderr.write(`request failed: ${response?.status ?? "no answer"}\n`);
    await response?.body?.cancel();
    await sleep(PAUSE);
  }
}

/** Hands whole events on; tells whether that is all that has to come: the reply has ended, or calls of it run already. */
async function passedOn(response, controller) {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const split = sseReader();
  const read = wire.reader();
  let rest = "";
  let called = false;
  try {
    for await (const chunk of response.body) {
      const text = decoder.decode(chunk, { stream: true });
      rest += text;
      let over = false;
      for (const event of split(text)) {
        for (const found of read(event).found) {
          if (found.type === "end") over = true;
          else note(found.call);
          called = true;
        }
      }
      const whole = rest.lastIndexOf("\n\n") + 2;
      if (whole > 1) controller.enqueue(encoder.encode(rest.slice(0, whole)));
      rest = rest.slice(Math.max(0, whole > 1 ? whole : 0));
      if (over) return true;
    }
  } catch {
    // The connection broke: what came of it counts.
  }
  return called;
}

function note({ id, name, arguments: args }) {
  appendFileSync(config.journal, `${JSON.stringify({ pid: process.pid, id, name, args })}\n`);
}

/** The first line of the standard input opens a seat. */
function firstSeat() {
  return new Promise((resolve) =>
    process.stdin.once("data", (line) => resolve(JSON.parse(String(line).split("\n")[0]).open)),
  );
}

/** `garbage` between the lines, lines in `halves`, or a line that is `cut` by a sudden end. */
function makeNoise(kind) {
  const write = process.stdout.write.bind(process.stdout);
  let last = Promise.resolve();
  process.stdout.write = (line) => {
    const bytes = Buffer.from(line);
    if (kind === "garbage") write(Buffer.concat([garbage(), bytes, garbage()]));
    if (kind === "halves") {
      for (const piece of pieces(bytes))
        last = last.then(() => sleep(5)).then(() => void write(piece));
    }
    if (kind === "cut") {
      write(bytes.subarray(0, bytes.length - 5), () => process.kill(process.pid, "SIGKILL"));
    }
    return true;
  };
}
