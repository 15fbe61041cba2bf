import type { ClientInfo, Session } from "../../src/plugin.ts";
import { memoryOf } from "./memory.ts";

/** One session, as `GET /sessions` tells of it. */
export interface ListedSession {
  readonly id: string;
  readonly name?: string | undefined;
  readonly harness: string;
  readonly version?: string | undefined;
  readonly attached: boolean;
  /** The process of its harness, which other sessions may share. */
  readonly pid?: number | undefined;
  /** Where its tools work. */
  readonly folder?: string | undefined;
  readonly client?: ClientInfo | undefined;
  /** ISO 8601. */
  readonly opened: string;
  readonly lastUsed: string;
  readonly calls: number;
  /** Calls that run now. */
  readonly running: number;
  /** Bytes in memory of that process and all below it, where the system tells. */
  readonly memory?: number | undefined;
}

/** The sessions, the oldest first. */
export async function listed(sessions: readonly Session[]): Promise<ListedSession[]> {
  const all = sessions.map((session) => told(session));
  const memory = await memoryOf(all.flatMap(({ pid }) => pid ?? []));
  return all
    .map((each) => ({ ...each, memory: each.pid === undefined ? undefined : memory.get(each.pid) }))
    .toSorted((a, b) => a.opened.localeCompare(b.opened));
}

/** What is known of one at once. */
export function told(session: Session): ListedSession {
  const { id, name, harness, version, attached, cwd, client } = session.info();
  const { opened, lastUsed, calls, running, pid } = session.usage();
  return {
    id,
    name,
    harness,
    version,
    attached,
    pid,
    folder: cwd,
    client,
    opened: new Date(opened).toISOString(),
    lastUsed: new Date(lastUsed).toISOString(),
    calls,
    running,
  };
}
