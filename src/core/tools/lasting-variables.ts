import { delimiter } from "node:path";
import { environmentFor } from "../host/environment.ts";

/** They differ from one terminal, or one command, to the next. */
const OF_A_MOMENT = [
  "_",
  "PWD",
  "OLDPWD",
  "SHLVL",
  "LINES",
  "COLUMNS",
  "WINDOWID",
  "STY",
  "TMPDIR",
  "TERM.*",
  "COLORTERM",
  "CLICOLOR.*",
  "(TMUX|WT|ITERM|KITTY|ALACRITTY|WEZTERM|GHOSTTY|ZELLIJ|KONSOLE|VTE)(_.*)?",
  "(SSH|GPG|INVOCATION|SYSTEMD|npm|NODE_CHANNEL|XPC|__CF)_.*",
  "JOURNAL_STREAM",
];
/** What a shell and a desktop set for people: a terminal has it, a client that starts h2m often has not. */
const OF_A_PERSON = [
  "LANG",
  "LANGUAGE",
  "LC_.*",
  "USER",
  "LOGNAME",
  "USERNAME",
  "MAIL",
  "HOSTNAME",
  "HOSTTYPE",
  "EDITOR",
  "VISUAL",
  "(MAN)?PAGER",
  "(MAN|INFO)PATH",
  "LESS.*",
  "LS_?COLORS",
  "GREP_COLORS?",
  "HIST.*",
  "PS\\d",
  "PROMPT.*",
  "(DBUS|DISPLAY|WAYLAND|DESKTOP|GNOME|KDE|GTK|QT|GDK|XMODIFIERS|XAUTHORITY)(_.*)?",
  "XDG_((SESSION|SEAT|ACTIVATION|CURRENT|MENU)_.*|VTNR|SEAT|RUNTIME_DIR|DATA_DIRS|CONFIG_DIRS)",
  "SECURITYSESSIONID",
  "COMMAND_MODE",
];
const PASSING = new RegExp(`^(${[...OF_A_MOMENT, ...OF_A_PERSON].join("|")})$`);
/** What `npx` and the scripts of npm put before the PATH, by the folder that they run in. */
const OF_NPM = /[\\/](node_modules[\\/]\.bin|node-gyp-bin)[\\/]?$/;

/**
 * The variables by which a harness may list other tools: its environment without what no harness lists its tools by. A list that was
 * learned on a terminal is known to a client that starts h2m with less, and so the other way about.
 */
export function lastingVariables(
  own: Readonly<Record<string, string | undefined>>,
): [string, string][] {
  return Object.entries(environmentFor(own))
    .filter(([name]) => !PASSING.test(name))
    .map(([name, value]): [string, string] => [name, name === "PATH" ? withoutNpm(value) : value])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function withoutNpm(path: string): string {
  const folders = path.split(delimiter).filter((folder) => !OF_NPM.test(folder));
  return [...new Set(folders)].join(delimiter);
}
