import { join } from "node:path";
import type { HarnessDriver, HostIo, OutCall, Seat, ToolCall } from "../../src/plugin.ts";
import { ownPort } from "./address.ts";
import { OpencodeCalls } from "./calls.ts";
import { endShellCall } from "./cancel.ts";
import { SHELL_FILE } from "./config.ts";
import type { OpencodeFacts } from "./install.ts";
import { serverMemory } from "./memory.ts";
import { SeatSessions } from "./seat-sessions.ts";
import { OpencodeServer } from "./server.ts";
import { Servers } from "./servers.ts";
import { Witness } from "./witness.ts";

/** Sessions in one process: with 30 in one folder it has 0.7 GB, with 30 folders 1.7 GB (1.18.33). */
const SEATS = 30;

/** OpenCode gives no memory back (1.18.33): a process of this size, in bytes, takes no more sessions. */
const GROWN = 1.5 * 1024 ** 3;

/**
 * Drives one `opencode serve` over its HTTP API: prompts by requests, results from its events.
 * @param memory the resident bytes of the server
 */
export function driveOpencode(host: HostIo<OpencodeFacts>, memory = serverMemory): HarnessDriver {
  const { context, exited } = host;
  const server = new OpencodeServer({ port: ownPort(host), password: context.secret, exited });
  const sessions = new SeatSessions(host, server);
  const shell = join(context.home, SHELL_FILE);
  const calls = new OpencodeCalls();
  const witness = new Witness({ host, server, sessions, calls });
  const servers = new Servers(host, server);
  let grown = false;
  const weigh = async () => {
    grown ||= ((await memory(host)) ?? 0) > GROWN;
  };
  if (context.install.facts?.ripgrep === undefined)
    host.warn("there is no `rg` on PATH, so glob and grep cannot work; install ripgrep.");

  return {
    get seats() {
      return grown ? 0 : SEATS;
    },
    open: async (seat: Seat) => {
      await sessions.open(seat, {
        ready: async () => {
          await server.ready();
          // Before the prompt, so that no event is missed.
          await witness.open();
        },
        begun: () => servers.ready(seat),
      });
      await weigh();
    },
    // Measured on 1.18.33: each result stands in the events as the next request would have it, and the exit code too.
    send: (seat: Seat, call: ToolCall, out: OutCall) => {
      const over = calls.sent(seat, call, out);
      // The other tools end by themselves, and nothing ends one of them alone.
      const stop = () =>
        endShellCall({ id: call.id, shell, ended: AbortSignal.any([over, exited]) });
      if (call.name === "bash") out.signal.addEventListener("abort", stop, { once: true });
      return { call, early: witness.listening };
    },
    // Measured on 1.18.33: 70 ms. What the tools of the old session left running goes on.
    reset: async (seat: Seat) => {
      // None is out.
      calls.forget(seat);
      await sessions.renew(seat);
      return ["the to-do list"];
    },
    close: async (seat: Seat) => {
      calls.forget(seat);
      await sessions.close(seat);
      await weigh();
    },
  };
}
