import type { Tool, ToolAnnotations } from "../../types/mcp.ts";
import type { Forbids } from "../call/gate.ts";
import type { Host } from "../host/host.ts";
import type { Occupant } from "../host/seats.ts";
import type { KeptList } from "../tools/catalog.ts";

/** Where a session's harness comes from. */
export interface HarnessSource {
  readonly harness: string;
  readonly cwd?: string | undefined;
  /** Known without a turn. */
  version(): Promise<string | undefined>;
  /** Its list of the last time; without this each list is waited for. */
  readonly list?: KeptList | undefined;
  /** Of its own tools, by name. */
  readonly annotations?: Readonly<Record<string, ToolAnnotations>> | undefined;
  /** Says what clients may be shown. @throws H2mError `list-changed` */
  readonly accept?: ((tools: readonly Tool[]) => void) | undefined;
  /** Why a call may never go out. */
  readonly forbids?: Forbids | undefined;
  /** There is no harness, and none will come. */
  readonly none?: boolean | undefined;
  /** Finds a host with a free seat and takes it; without this the harness is attached by its user. */
  seat?(occupant: Occupant): Promise<Taken>;
}

/** A seat that a session has. */
export interface Taken {
  readonly host: Host;
  readonly seatId: string;
}
