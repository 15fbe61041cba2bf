import { join } from "node:path";
import {
  H2mError,
  type HarnessDriver,
  type HostIo,
  objectOf,
  type Seat,
  stringOf,
  type ToolCall,
} from "../../src/plugin.ts";
import { endShellCall } from "./cancel.ts";
import { modelOf, PROVIDER, SHELL_FILE } from "./config.ts";
import { factsOf } from "./install.ts";
import { DEADLINE, inFolder, OpencodeServer } from "./server.ts";
import { Witness } from "./witness.ts";

/** Nothing asks a person, and the tool that would is not there. The later rule wins. */
const PERMISSION = [
  { permission: "*", pattern: "*", action: "allow" },
  { permission: "question", pattern: "*", action: "deny" },
];

/** Drives one `opencode serve` over its HTTP API: prompts by requests, results from its events. */
export function driveOpencode(host: HostIo): HarnessDriver {
  const { context, exited } = host;
  const server = new OpencodeServer({ port: context.port, password: context.secret, exited });
  /** Seat id → session id. */
  const sessions = new Map<string, string>();
  /** Calls that are being cancelled. */
  const cancelled = new Map<string, AbortController>();
  const witness = new Witness({
    host,
    server,
    sessions: () => [...sessions.values()],
    onEnd: (callId) => cancelled.get(callId)?.abort(),
  });
  if (factsOf(context.install).ripgrep === undefined)
    host.warn("there is no `rg` on PATH, so glob and grep cannot work; install ripgrep.");

  return {
    seats: 1,
    open: async (seat: Seat) => {
      await server.ready();
      // Before the prompt, so that no event is missed.
      await witness.open();
      const session = await create(server, seat);
      sessions.set(seat.id, session);
      host.bind(seat.id, session);
      await server.send({
        method: "POST",
        path: `/session/${session}/prompt_async${inFolder(seat.cwd)}`,
        body: {
          model: { providerID: PROVIDER, modelID: modelOf(context) },
          parts: [{ type: "text", text: seat.prompt }],
        },
        deadline: DEADLINE,
      });
    },
    // Measured on 1.18.33: each result stands in the events as the next request would have it, and the exit code too.
    settles: () => witness.listening,
    cancel: async (_seat: Seat, call: ToolCall) => {
      // The other tools end by themselves, and nothing ends one of them alone.
      if (call.name !== "bash") return;
      const control = new AbortController();
      cancelled.set(call.id, control);
      const ended = AbortSignal.any([control.signal, exited]);
      await endShellCall({ id: call.id, shell: join(context.home, SHELL_FILE), ended });
      cancelled.delete(call.id);
    },
    close: async (seat: Seat) => {
      const session = sessions.get(seat.id);
      if (session === undefined) return;
      sessions.delete(seat.id);
      if (sessions.size === 0) witness.close();
      const path = `/session/${session}`;
      const query = inFolder(seat.cwd);
      // Ends what its tools run.
      await server.send({ method: "POST", path: `${path}/abort${query}`, deadline: DEADLINE });
      await server.send({ method: "DELETE", path: path + query, deadline: DEADLINE });
    },
  };
}

async function create(server: OpencodeServer, seat: Seat): Promise<string> {
  const path = `/session${inFolder(seat.cwd)}`;
  // With a title of ours OpenCode asks no model for one.
  const body = { title: "h2m", permission: PERMISSION };
  const created = await server.send({ method: "POST", path, body, deadline: DEADLINE });
  const id = stringOf(objectOf(created)?.["id"]);
  if (id !== undefined) return id;
  throw new H2mError("internal", "OpenCode made a session without an id.");
}
