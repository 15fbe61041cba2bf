import { expect, it } from "vitest";
import { lastingVariables } from "../../src/core/tools/lasting-variables.ts";

/** What the clients of the MCP SDK hand on of their own environment, and no more. */
const CLIENT = {
  HOME: "/home/u",
  LOGNAME: "u",
  PATH: "/usr/local/bin:/usr/bin:/bin",
  SHELL: "/bin/bash",
  TERM: "dumb",
  USER: "u",
};
/** The same user's terminal. */
const TERMINAL = {
  ...CLIENT,
  TERM: "xterm-256color",
  TERM_PROGRAM: "vscode",
  COLORTERM: "truecolor",
  LANG: "de_DE.UTF-8",
  LC_TIME: "C",
  EDITOR: "vim",
  PAGER: "less",
  LESSOPEN: "| lesspipe %s",
  LS_COLORS: "di=1",
  PWD: "/home/u/x",
  OLDPWD: "/",
  SHLVL: "2",
  _: "/usr/bin/node",
  DISPLAY: ":0",
  WAYLAND_DISPLAY: "wayland-0",
  DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus",
  XDG_RUNTIME_DIR: "/run/user/1000",
  XDG_DATA_DIRS: "/usr/share",
  XDG_CURRENT_DESKTOP: "GNOME",
  GNOME_TERMINAL_SERVICE: ":1.2",
  VTE_VERSION: "7600",
  SSH_AUTH_SOCK: "/run/ssh",
  HISTSIZE: "1000",
  PS1: "$ ",
  MAIL: "/var/mail/u",
  TMUX: "/tmp/tmux-1000/default,1,0",
  TMUX_PANE: "%0",
};

it("a list that was learned on a terminal is known to a client that starts h2m, also by npx", () => {
  const wanted = lastingVariables(CLIENT);
  const bins = ["/home/u/.npm/_npx/ab12/node_modules/.bin", "/home/u/x/node_modules/.bin"];
  const npx = [
    ...bins,
    "/usr/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin",
  ];

  expect(lastingVariables(TERMINAL)).toEqual(wanted);
  expect(
    lastingVariables({
      ...CLIENT,
      PATH: [...npx, CLIENT.PATH].join(":"),
      npm_config_cache: "/home/u/.npm",
    }),
  ).toEqual(wanted);
});

it("whatever may be a switch of a harness, or leads it to other programs, counts", () => {
  for (const name of [
    "ENABLE_TOOL_SEARCH",
    "DISABLE_X",
    "USE_BUILTIN_RIPGREP",
    "XDG_CONFIG_HOME",
    "NODE_OPTIONS",
    "SHELL",
    "HOME",
    "LANGSMITH",
    "WTF",
  ])
    expect(lastingVariables({ ...CLIENT, [name]: "other" })).not.toEqual(lastingVariables(CLIENT));
  const path = `/opt/bin:${CLIENT.PATH}`;
  expect(lastingVariables({ ...CLIENT, PATH: path })).not.toEqual(lastingVariables(CLIENT));
});
