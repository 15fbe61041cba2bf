// The h2m under test, in a process of its own: its crash is seen, its heap can be measured, and its end must come by itself.
import { join } from "node:path";
import { ON_PURPOSE, thrower } from "../fixtures/throwing-plugin.mjs";

const [dist] = process.argv.slice(2);
const { createH2m, defineHarness, definePlugin, parseObject } = await import(
  join(dist, "index.mjs")
);

const PROGRAM = new URL("../../src/testing/fake-harness/main.mjs", import.meta.url).pathname;
const hostKeys = [];
const troubles = [];
let hosts = 0;

const harness = (name, config, drive) =>
  defineHarness({
    name,
    api: "messages",
    detect: () => ({ command: process.execPath, version: "1.0.0" }),
    prepare: ({ install, origin, token, prompt, home }) => {
      hostKeys.push({ name, key: token });
      const text = JSON.stringify({ api: "messages", origin, token, prompt, ...config });
      return {
        command: install.command,
        args: [PROGRAM],
        env: { FAKE_CONFIG: join(home, "fake.json") },
        files: { "fake.json": text },
      };
    },
    ...(drive ? { drive } : {}),
    recognize: (headers) => {
      const conversation = headers.get("x-fake-conversation");
      return conversation === null ? undefined : { conversation };
    },
  });

/** Many sessions in one process, each in an open turn. */
function drive(host) {
  const calls = new Map();
  host.onLine((line) => {
    const { result } = parseObject(line) ?? {};
    if (!result) return;
    calls.get(result.callId)?.settle(result.result);
    calls.delete(result.callId);
  });
  const write = (message) => host.write(JSON.stringify(message));
  return {
    seats: 4,
    open: async ({ id, token, prompt }) => {
      host.bind(id, id);
      write({ open: { conversation: id, token, prompt } });
    },
    send: (_seat, call, out) => {
      calls.set(call.id, out);
      out.signal.addEventListener("abort", () => write({ cancel: call.id }));
      return { call, early: true };
    },
    close: async ({ id }) => write({ close: id }),
  };
}

const h2m = await createH2m({
  catalog: false,
  // The key of the mute one is used by the flood itself, as if it were that harness.
  harnesses: ["fake", "old", "mute"],
  plugins: [
    definePlugin({
      name: "flooded",
      harnesses: [
        harness("fake", { driver: true, headers: true }, drive),
        // Its results come with the next turn.
        harness("old", {}),
        harness("mute", { mute: true }),
      ],
    }),
    thrower,
  ],
  // Of clients that can ask a person, and of those that cannot: both kinds are in the flood.
  tools: { confirm: ["slow", "fail"], confirmFallback: "allow" },
  timeouts: { connect: 4_000, call: 5_000, idle: 2_500, shutdown: 2_000 },
  heartbeat: 200,
  server: { port: 0, token: process.env.FUZZ_TOKEN, attachKey: process.env.FUZZ_ATTACH_KEY },
});

h2m.on("host:start", () => void hosts++);
h2m.on("host:exit", () => void hosts--);
const trouble = (kind, error) => {
  if (!error.message.includes(ON_PURPOSE)) troubles.push(`${kind}: ${error.stack}`);
};
h2m.on("error", ({ error }) => trouble("error", error));
// Such as too many listeners on one thing, which is a leak.
process.on("warning", (warning) => trouble("warning", warning));

const answers = {
  state: () => ({
    sockets: process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length,
    sessions: h2m.sessions.list().length,
    hosts,
    hostKeys,
    troubles,
  }),
  heap: () => {
    globalThis.gc();
    globalThis.gc();
    // Not `external`: buffers of file reads and sockets come and go with the moment.
    return process.memoryUsage().heapUsed;
  },
  close: async () => {
    await h2m.close();
    // Nothing of ours may hold the process now.
    setImmediate(() => process.disconnect());
    return { hosts };
  },
};

process.on("message", async ({ id, ask }) => process.send({ id, answer: await answers[ask]() }));
process.send({ mcpUrl: h2m.mcpUrl, hijackUrl: h2m.hijackUrl });
