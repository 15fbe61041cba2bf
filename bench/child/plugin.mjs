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
      host.onLine((line) => {
        const { id, content } = JSON.parse(line);
        host.settle(id, { content: [{ type: "text", text: content }] });
      });
      return {
        seats: 64,
        open: async (seat) => host.write(seat.token),
        settles: () => options.open === true,
      };
    },
  };
}
