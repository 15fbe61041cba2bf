import type { MapperCall } from "./mapper.ts";
import type { CallToolResult, Tool } from "./mcp.ts";
import type { SessionInfo } from "./session.ts";
import type { H2mError } from "../errors.ts";

/** What can be watched. Payloads are facts; changing them changes nothing. */
export interface HookEvents {
  "session:open": (event: { session: SessionInfo }) => void;
  /** `calls`: how many came, also those that were refused. `ms` since it was opened. */
  "session:close": (event: {
    session: SessionInfo;
    reason: string;
    calls: number;
    ms: number;
  }) => void;
  "host:start": (event: {
    harness: string;
    version?: string | undefined;
    pid: number;
    cwd: string;
  }) => void;
  /** `code` is null after a signal. `tail` is the end of the output. */
  "host:exit": (event: {
    harness: string;
    pid: number;
    code: number | null;
    signal: string | null;
    expected: boolean;
    tail: string;
  }) => void;
  /** A request of a harness was admitted. */
  turn: (event: {
    session: SessionInfo;
    api: string;
    model: string;
    role: "root" | "side";
  }) => void;
  /** The harness's own tools, before any mapper. */
  tools: (event: {
    session: SessionInfo;
    names: readonly string[];
    tools: readonly Tool[];
  }) => void;
  "call:start": (event: {
    session: SessionInfo;
    id: string;
    name: string;
    arguments: Record<string, unknown>;
  }) => void;
  /** Also of a call that never began. `ms` from the client's call to its end; `result` as it was before any limit cut it. */
  "call:end": (event: {
    session: SessionInfo;
    id: string;
    name: string;
    /** The harness's own name of the tool, as far as it is known; of one that no mapper renames it is the same. */
    own?: string | undefined;
    /** As the client gave them. */
    arguments: Record<string, unknown>;
    /**
     * What was handed over to the harness, by its own names. Empty: it never heard of the call; several: a mapper made
     * several calls of one.
     */
    sent: readonly MapperCall[];
    ms: number;
    result?: CallToolResult | undefined;
    error?: H2mError | undefined;
  }) => void;
  /** Something that a person should know and no caller hears of. `session`: whose trouble it is, where it is one's alone. */
  warning: (event: { message: string; session?: SessionInfo | undefined }) => void;
  error: (event: { error: H2mError }) => void;
}
