import { type CommandContext, H2mError, visible, visibleJson } from "../../../src/plugin.ts";
import type { SessionsAnswer } from "../index.ts";
import type { ListedSession } from "../listing.ts";
import { labelOf, lengthOfIds, sessionsAt } from "./server.ts";

const HEADINGS = ["ID", "SESSION", "PID", "MEMORY", "CALLS", "RUN", "USED", "CLIENT", "FOLDER"];

/** `h2m ps`. @throws H2mError `bad-usage`; `internal` if no server answers */
export async function ps({ words, flags, signal, server, print }: CommandContext): Promise<void> {
  if (words.length > 0)
    throw new H2mError(
      "bad-usage",
      `\`${visible(words.join(" "))}\` after \`ps\` means nothing here.`,
    );
  const running = await server();
  const answer = await sessionsAt(running, signal);
  const { url } = running;
  await print(flags["json"] ? `${visibleJson({ url, ...answer }, 2)}\n` : tableOf(url, answer));
}

/** For people. */
export function tableOf(url: string, answer: SessionsAnswer, now = Date.now()): string {
  const { version, pid, started, sessions } = answer;
  const head = visible(`h2m ${version} at ${url}, pid ${pid}, up ${ago(started, now)}`);
  if (sessions.length === 0) return `${head}\nNo session is open.\n`;
  const length = lengthOfIds(sessions);
  const rows = [HEADINGS, ...sessions.map((each) => rowOf(each, length, now))];
  const widths = HEADINGS.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${[head, "", ...lines].join("\n")}\n`;
}

function rowOf(session: ListedSession, length: number, now: number): string[] {
  const { id, version, pid, memory, calls, running, lastUsed, client, folder } = session;
  const name = client && [client.name, client.version].filter(Boolean).join(" ");
  const cells = [
    id.slice(0, length),
    [labelOf(session), version].filter(Boolean).join(" "),
    pid ?? "-",
    memory === undefined ? "-" : `${Math.round(memory / 1024 / 1024)} MB`,
    calls,
    running,
    ago(lastUsed, now),
    name ?? "-",
    folder ?? "-",
  ];
  return cells.map((cell) => visible(String(cell)));
}

const UNITS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
] as const;

/** How long ago that is: `3 min`. */
function ago(time: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1000));
  const unit = UNITS.find(([length]) => seconds >= length);
  return unit ? `${Math.floor(seconds / unit[0])} ${unit[1]}` : `${seconds} s`;
}
