// Copy this file to `h2m.config.ts` and run `h2m trust` beside it. Every key may be left out; each stands here with its default, except `harnesses`.
import { defineConfig } from "harness-to-mcp";

export default defineConfig({
  // The harnesses to serve, each at `/mcp/<name>`. One alone is at `/mcp` too; of several, `/mcp` has the tools of all, and their
  // names begin with the harness: claude_Bash. Each starts with its first call.
  // Without any, h2m waits for harnesses that you start and attach yourself.
  // With options: { claude: { command: "claude", args: [], env: {}, model: "…", cwd: ".", host: "shared", warm: 0, settings: "isolated", permissions: "bypass" } }
  // host: "own" gives each session a process of its own also where one process can hold many (codex).
  // warm: 2 keeps two sessions ready whose harness has booted: a new client's list and first call come at once.
  // settings: "user" runs the harness with your own configuration of it (MCP servers, hooks, rules).
  // permissions: "harness": its own permission rules hold; what they would ask a person is refused.
  harnesses: ["claude"],

  // The folder that the harnesses work in. Paths begin at this file.
  cwd: ".",

  // Folders of their own, each a shared session: { web: { harness: "claude", cwd: "../web", env: {} } } is /mcp/claude/web.
  workspaces: {},

  // Further harnesses, LLM APIs and ways in.
  // Plugins themselves, npm packages or paths: ["h2m-plugin-mine", ["./mine.ts", { its: "options" }]].
  plugins: [],

  // All names are the harness's own, except the right side of `rename` and `prefix`.
  tools: {
    // Globs. A tool that is not included, or is excluded, is neither listed nor callable.
    include: ["*"],
    exclude: [],
    // { Bash: "shell" }: from then on only the new name is known.
    rename: {},
    // "repo_": stands before every shown name, also before a new one.
    prefix: "",
    // { Bash: "Runs a command." }
    describe: {},
    // { Bash: { pin: { timeout: 60_000 }, hide: ["run_in_background"], default: { description: "run" } } }
    // No client sees or sends what is pinned (always sent so) or hidden (never sent); a default is sent where it sends none.
    args: {},
    // { Bash: { title: "Shell", readOnlyHint: false } }: hints for clients, laid over those of the harness.
    annotations: {},
    // Only tools whose annotations say `readOnlyHint: true`.
    readOnly: false,
    // Names of at most 40 safe characters, and schemas that strict clients take; false: as the harness has them.
    portable: true,
    // Tools whose calls the client's person is asked about: globs, and risks by the tools' annotations: "risk:destructive",
    // "risk:write" (all that is not read-only), "risk:open-world" (what reaches beyond this machine).
    confirm: [],
    // What becomes of such a call if the client cannot ask: "deny" or "allow".
    confirmFallback: "deny",
    // What the calls of one session may not exceed; undefined is no limit.
    limits: {
      // Of a larger answer, such as 256_000, the middle is left out; the whole is a resource while its session lives.
      maxResultBytes: undefined,
      // Calls at once, such as 8: more wait in line.
      concurrency: undefined,
      // Calls within any minute, such as 600: more are refused with the seconds to wait.
      perMinute: undefined,
    },
    // Your own mappers: they see the list and the calls before the keys above do.
    map: [],
    // Tools of your own: what `defineTool` gives, a file with one as its default export, or a folder of such files: ["./tools"].
    local: [],
  },

  // { review: { tools: { readOnly: true, exclude: ["WebFetch"] } } }: `h2m --profile review` lays it over all of this.
  // `readonly` and `full` (every tool of the harness) need no word here.
  profiles: {},

  // A folder of Markdown files that clients offer as prompts, such as "./prompts".
  prompts: undefined,
  // Files that clients can read, by URI: { "docs://readme": "./README.md" }.
  resources: {},

  // Other MCP servers, whose tools stand beside the harness's as `<name>_<tool>`; false: not this one.
  // { files: { command: "npx", args: ["-y", "@modelcontextprotocol/server-filesystem", "."], env: {}, eager: false, keepAlive: 300_000 },
  //   github: { url: "https://…/mcp", headers: { Authorization: "Bearer ${GITHUB_TOKEN}" } } }
  upstream: {},

  // What MCP clients are shown: "tools", or "search": three tools by which the others are found, told of and called.
  expose: "tools",

  // Ways in beside MCP, behind the same token; false closes one.
  surfaces: {
    // The tools over plain HTTP: POST /tools/<name>, GET /tools, /openapi.json, and the page /docs.
    rest: true,
  },

  // The tool lists of earlier starts answer clients at once, while a harness boots; they are kept in ~/.cache/h2m/catalog.
  // false: every list is waited for.
  catalog: true,

  // What clients are told about the tools: "short", "full" (with the harness's own prompt), or false.
  instructions: "short",

  // Milliseconds.
  timeouts: {
    // Until a harness has sent its first request.
    connect: 30_000,
    // One tool call.
    call: 600_000,
    // A session that nobody uses is ended.
    idle: 1_800_000,
    // A session of one client that has closed its stream, on which it listens, and asks nothing more is ended.
    gone: 60_000,
    // Stopping everything.
    shutdown: 5_000,
    // Calls that run have so long to end when the server is told to end by SIGTERM or `h2m drain`. 0: none.
    drain: 0,
  },

  // Milliseconds between the signs of life that keep a harness waiting.
  heartbeat: 15_000,

  // How many sessions may be open at once.
  sessions: { max: 64 },

  // One line of JSON for each call, appended to a file: { file: "h2m-audit.jsonl", redact: ["*token*", "*password*"] }.
  // `redact`: globs of the keys of arguments whose values are not written; by default what looks like a secret.
  audit: false,

  // "silent", "error", "warn", "info" or "debug".
  log: { level: "info" },

  // true: this file is read anew whenever it changes. Whoever can write it, also a tool, then changes this server; otherwise
  // `h2m reload` or SIGHUP does it.
  watch: false,

  server: {
    // Another address than loopback needs a long random `token`; `0.0.0.0` and `::` also need `allowedHosts`.
    host: "127.0.0.1",
    // 0 is any free port.
    port: 9330,
    // Opens MCP. By default it is made once, for each profile another, and kept in ~/.local/state/h2m. Better set H2M_TOKEN than
    // write it here: whoever is given it may use every profile.
    token: undefined,
    // Opens the LLM API for harnesses that you start. By default made once and kept as well; or H2M_ATTACH_KEY.
    attachKey: undefined,
    // false: no token and no attach key are asked for; on loopback only.
    auth: true,
    // Further host names by which clients reach this server, such as "devbox.example"; or H2M_ALLOWED_HOSTS.
    allowedHosts: [],
    // Web pages that may send requests, such as "https://app.example"; those of this machine may.
    allowedOrigins: [],
    // Where clients reach it behind a proxy, such as "https://hands.example.com".
    publicUrl: undefined,
    // Begins the id of each session, such as "a", for a balancer before several servers.
    instance: undefined,
    // Proxies whose `X-Forwarded-Host` is believed, such as "10.0.0.0/8".
    trustProxy: [],
  },
});
