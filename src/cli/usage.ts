/** What `--help` prints. */
export const USAGE = `Serves the internal tools of a coding harness (Claude Code, Codex, OpenCode) as an MCP server.

Usage:
  h2m                      serve what h2m.config.ts says; without it, wait for harnesses that attach themselves
  h2m <harness>            serve one harness: claude, codex, opencode, or any that a plugin adds
  h2m init [<harness>]     write a commented h2m.config.ts into this folder
  h2m init --plugin NAME   write a plugin package with tests into the new folder NAME
  h2m trust [DIR]          let h2m load the config of this folder, or of DIR, by itself (--list, --revoke)
  h2m --stdio [<harness>]  serve MCP on stdin and stdout
                           (without <harness>, several of a config are served as one: claude_Bash, codex_exec_command, ...)
  h2m tools [<harness>]    print the tools that a client would see (--json)
  h2m call [<harness>] <tool> [json | key=value ...]
                           call one tool; its result goes to stdout (--json)
  h2m lock [<harness>]     write the tools of now down in h2m.lock.json, beside the config
  h2m diff [<harness>]     tell what has changed since; ends with 1 if any tool has (--json)
  h2m reload               make the running server of this config read it anew; so does SIGHUP

Flags:
  --config FILE            config file; else h2m.config.ts (.mjs, .js, .json) of this folder, if you trust it
  --no-config              load no config file
  --profile NAME           lay a profile of the config over it, or a built-in one: readonly, full
  --cwd DIR                working folder of the harness
  --host HOST              address to listen at (127.0.0.1)
  --port N                 port to listen at (9330); 0 is any free one
  --token TOKEN            opens MCP; else made once, for each profile another, and kept in the state folder
  --attach-key KEY         opens the LLM API for harnesses that you start; else made once and kept
  --no-auth                no token and no attach key; loopback only
  --log-level LEVEL        silent, error, warn, info or debug
  --frozen                 serve only the tools of h2m.lock.json: another list is an error
  --json                   machine-readable output of \`tools\`, \`call\` and \`diff\`
  -y, --yes                \`call\` asks for no confirmation (\`tools.confirm\`); without a terminal it refuses else
  --plugin NAME            see \`init\`
  --list, --revoke         see \`trust\`: print the trusted folders; take one back
  --stdio                  see above
  -h, --help               this text
  -v, --version            the version

Environment: H2M_TOKEN, H2M_ATTACH_KEY, H2M_PORT, H2M_HOST, H2M_LOG_LEVEL. A flag wins over the environment, which wins
over the config file.

Exit codes: 0 ok; 1 a tool's error, an unknown tool, or a failure at run time; 2 wrong usage or config; 130 ended by Ctrl-C,
143 by SIGTERM (a server that was serving: 0).
`;
