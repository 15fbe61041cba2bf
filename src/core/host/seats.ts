import type { HarnessLauncher, Recognized, Seat } from "../../types/harness.ts";
import type { H2mError } from "../../errors.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import type { NoticeLevel } from "../../types/session.ts";
import type { ToolCall, Turn } from "../../types/turn.ts";
import type { ReplyStream } from "./reply-stream.ts";
import type { Host } from "./host.ts";

/** Whoever sits in a seat: the host tells it what happens there. */
export interface Occupant {
  readonly cwd: string | undefined;
  /** A turn that the harness sent from this seat. */
  admit(
    turn: Turn,
    launcher: HarnessLauncher | undefined,
    said: Recognized | undefined,
    reply: ReplyStream,
  ): void;
  /** The driver says which of the harness's conversations is the seat's root. */
  bind(conversation: string): void;
  /** The calls that are out, and whose results the driver has promised to give. */
  readonly promised: readonly ToolCall[];
  /** Closes the turn that is open behind them, so that the next one brings them. */
  bringTurn(): void;
  /** Its clients should be told. @default level `notice` */
  notice(message: string, level?: NoticeLevel): void;
  /** A call of the driver's own. */
  run(name: string, args: Record<string, unknown>, signal?: AbortSignal): Promise<CallToolResult>;
  hostExited(host: Host, error: H2mError): void;
}

/** A seat, who sits in it, and the mark of what its tools start. */
export interface Occupied {
  readonly seat: Seat;
  readonly occupant: Occupant;
  readonly mark: string;
  root: string | undefined;
}

/** The taken seats of a host. */
export class Seats {
  readonly #taken = new Map<string, Occupied>();

  get size(): number {
    return this.#taken.size;
  }

  add(occupied: Occupied): void {
    this.#taken.set(occupied.seat.id, occupied);
  }

  get(seatId: string): Occupied | undefined {
    return this.#taken.get(seatId);
  }

  delete(seatId: string): void {
    this.#taken.delete(seatId);
  }

  all(): Occupied[] {
    return [...this.#taken.values()];
  }

  /** All leave at once. */
  clear(): Occupied[] {
    const all = this.all();
    this.#taken.clear();
    return all;
  }

  bind(seatId: string, conversation: string): void {
    const occupied = this.#taken.get(seatId);
    if (!occupied) return;
    occupied.root = conversation;
    occupied.occupant.bind(conversation);
  }

  /**
   * Whose turn it is: the key's own seat, the one a header names, or the one bound to the conversation. `alone`: there is one
   * seat only, whose every turn is. Of several, the one that is left is not guessed: it may be opening while another closes.
   */
  occupantOf(
    seatId: string | undefined,
    said: Recognized | undefined,
    alone: boolean,
  ): Occupant | undefined {
    const named = seatId ?? said?.seat;
    if (named !== undefined) return this.#taken.get(named)?.occupant;
    const all = this.all();
    if (alone) return all[0]?.occupant;
    const conversations = [said?.conversation, said?.parent].filter((each) => each !== undefined);
    return all.find(({ root }) => root !== undefined && conversations.includes(root))?.occupant;
  }
}
