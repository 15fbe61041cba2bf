import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("harness.mjs", import.meta.url));

/** Three fake harnesses: results on stdout in an open turn, results in the next turn, and such turns of 100 KB. */
export const fakes = {
  name: "bench",
  harnesses: [
    launcher("open", { open: true }),
    launcher("closed", {}),
    launcher("heavy", { weight: 100 }),
  ],
};

function launcher(name, options) {
  return {
    name,
    api: "messages",
    detect: () => ({ command: process.execPath, version: "1.0.0" }),
    prepare: ({ origin }) => ({
      command: process.execPath,
      args: [PROGRAM],
      env: { BENCH_HARNESS: JSON.stringify({ origin, ...options }) },
    }),
    drive: (host) => {
      const calls = new Map();
      host.onLine((line) => {
        const { id, content } = JSON.parse(line);
        const result = { content: [{ type: "text", text: content }] };
        // A build from before a driver was handed its calls, which stands beside this one.
        if (host.settle) return host.settle(id, result);
        calls.get(id)?.settle(result);
        calls.delete(id);
      });
      return {
        seats: 64,
        open: async (seat) => host.write(seat.token),
        send: (_seat, call, out) => {
          if (options.open) calls.set(call.id, out);
          return { call, early: options.open === true };
        },
        settles: () => options.open === true,
      };
    },
  };
}
