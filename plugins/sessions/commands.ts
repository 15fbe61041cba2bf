import type { Plugin } from "../../src/plugin.ts";

const WHICH = `<session> is an id, the beginning of one that no other session has, or what the log calls it: claude/mine, claude/3f9a1c.
The server is the one that the config, --host and --port lead to. It is told the token once it has shown that it knows it.`;

/** What can be asked of a running server from a shell: `h2m ps`, `h2m stop`, `h2m drain`, `h2m logs`. */
const plugin: Plugin = {
  name: "sessions",
  commands: [
    {
      name: "ps",
      summary: "list the sessions of the running server (--json)",
      flags: { json: { summary: "what `GET /sessions` answers, with the URL of the server" } },
      details: "MEMORY is of a harness's process and all below it. Sessions with one PID share it.",
      run: async (context) => (await import("./cli/ps.ts")).ps(context),
    },
    {
      name: "stop",
      summary: "end sessions of the running server, with all that their tools left running",
      usage: "<session> ... | --all",
      flags: { all: { summary: "each session; the server goes on" } },
      details: WHICH,
      run: async (context) => (await import("./cli/stop.ts")).stop(context),
    },
    {
      name: "drain",
      summary: "end the running server when its calls have ended: at most `timeouts.drain`",
      details:
        "It opens no further session, says so to balancers (`/ready` is 503), and ends. SIGTERM does the same.",
      run: async (context) => (await import("./cli/drain.ts")).drain(context),
    },
    {
      name: "logs",
      summary: "tell what happens to a session, until it ends (--json)",
      usage: "<session>",
      flags: { json: { summary: "one line of JSON for each event" } },
      details: WHICH,
      run: async (context) => (await import("./cli/logs.ts")).logs(context),
    },
  ],
};

export default plugin;
