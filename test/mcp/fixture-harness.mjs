#!/usr/bin/env node
// A harness that has the conformance suite's tools. It speaks the messages API; results go back with the next turn. Progress
// goes out on the standard output, as a host's events do, and so does a result that no LLM API has the blocks for.
import { readFileSync } from "node:fs";
import { sseReader, WIRES } from "../../src/testing/fake-harness/wires.mjs";
import { isSayable, listed, run } from "./fixture-tools.mjs";

const { origin, token, prompt } = JSON.parse(readFileSync(process.env.FIXTURE_CONFIG, "utf8"));
const wire = WIRES.messages;
const history = [{ user: prompt }];
const grown = [];

let calls;
do {
  const pending = [];
  await turn((call) => {
    const host = {
      progress: (output) => print({ progress: { callId: call.id, output } }),
      grow: () => grown.push(`grown_${grown.length}`),
    };
    pending.push(
      run(call, host).then((result) => {
        if (isSayable(result)) return { call, result };
        print({ result: { callId: call.id, result } });
        return { call, result: { content: [] } };
      }),
    );
  });
  calls = await Promise.all(pending);
  // A history that grows for ever makes each turn dearer than the one before; nobody reads it here.
  history.splice(1, history.length, { calls: calls.map(({ call }) => call) }, { results: calls });
} while (calls.length > 0);

/** Sends one request; `onCall` hears each call of the reply as soon as it is complete. */
async function turn(onCall) {
  const tools = listed(grown);
  const response = await fetch(origin + wire.path, {
    method: "POST",
    headers: { "content-type": "application/json", ...wire.keyHeader(token) },
    body: JSON.stringify(wire.request({ history, tools, system: "Be a fixture." })),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  const split = sseReader();
  const read = wire.reader();
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    for (const event of split(decoder.decode(chunk, { stream: true }))) {
      for (const found of read(event).found) if (found.type === "call") onCall(found.call);
    }
  }
}

function print(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
