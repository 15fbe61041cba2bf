// The fake harness in plain JavaScript, as a built h2m loads it: with a driver and many seats, with one, and without.
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../src/testing/fake-harness/main.mjs", import.meta.url));

export const harnesses = {
  name: "soak",
  harnesses: [
    launcher("crowd", { driver: true, seats: 16 }),
    launcher("solo", { driver: true, seats: 1 }),
    launcher("plain", { driver: false }),
  ],
};

function launcher(name, { driver, seats }) {
  return {
    name,
    api: "messages",
    detect: () => ({ command: process.execPath, version: "1.2.3" }),
    prepare: ({ install, origin, token, prompt, home }) => ({
      command: install.command,
      args: [PROGRAM],
      env: { FAKE_CONFIG: join(home, "fake.json") },
      files: {
        "fake.json": JSON.stringify({
          driver,
          headers: true,
          api: "messages",
          origin,
          token,
          prompt,
        }),
      },
    }),
    ...(driver ? { drive: (host) => drive(host, seats) } : {}),
    recognize(headers) {
      const conversation = headers.get("x-fake-conversation");
      return conversation === null ? undefined : { conversation };
    },
  };
}

function drive(host, seats) {
  const calls = new Map();
  host.onLine((line) => {
    const { result } = JSON.parse(line);
    if (!result) return;
    calls.get(result.callId)?.settle(result.result);
    calls.delete(result.callId);
  });
  const tell = (message) => host.write(JSON.stringify(message));
  const conversation = (seat) => `conversation-${seat.id}`;
  return {
    seats,
    async open(seat) {
      host.bind(seat.id, conversation(seat));
      const { prompt, env } = seat;
      // All seats use the host's key: the bound conversation says whose turn it is.
      tell({ open: { conversation: conversation(seat), token: host.context.token, prompt, env } });
    },
    send: (_seat, call, out) => {
      calls.set(call.id, out);
      out.signal.addEventListener("abort", () => tell({ cancel: call.id }));
      return { call, early: true };
    },
    close: async (seat) => tell({ close: conversation(seat) }),
  };
}
