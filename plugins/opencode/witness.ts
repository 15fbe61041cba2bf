import { setTimeout as sleep } from "node:timers/promises";
import { arrayOf, H2mError, type HostIo, objectOf, stringOf } from "../../src/plugin.ts";
import type { OpencodeCalls } from "./calls.ts";
import { type Asked, askedPerson, eventData, otherEvent, updatedPart } from "./events.ts";
import { resultOfPart, toolPart } from "./part.ts";
import type { OpencodeSession, SeatSessions } from "./seat-sessions.ts";
import { DEADLINE, inFolder, type OpencodeServer } from "./server.ts";

/** Between two attempts to hear the events again, and to read a history, in ms. */
const PAUSE = 100;

export interface WitnessOptions {
  readonly host: HostIo;
  readonly server: OpencodeServer;
  /** Those whose calls it settles. */
  readonly sessions: Pick<SeatSessions, "all" | "has" | "seatOf" | "size">;
  readonly calls: Pick<OpencodeCalls, "settle" | "progress" | "isNamedIn">;
}

/** Settles calls by OpenCode's events as soon as each tool ends, and connects again when the stream breaks. */
export class Witness {
  readonly #options: WitnessOptions;
  #opened: Promise<void> | undefined;
  #listening = false;

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** Whether the events are heard now. */
  get listening(): boolean {
    return this.#listening;
  }

  /** Resolves when the events are heard for the first time, or never will be. */
  open(): Promise<void> {
    this.#opened ??= new Promise((resolve) => void this.#keepListening(resolve).then(resolve));
    return this.#opened;
  }

  async #keepListening(onOpen: () => void): Promise<void> {
    const { host, sessions } = this.#options;
    let told = false;
    while (!host.exited.aborted) {
      const why = await this.#listen(onOpen).then(
        () => "it ended",
        (error) => H2mError.from(error).message,
      );
      // A host without seats is about to end.
      if (!told && !host.exited.aborted && sessions.size > 0) {
        told = true;
        host.warn(
          `its event stream broke (${why}); until it is back, results come with its requests.`,
        );
      }
      await sleep(PAUSE);
    }
  }

  /** One connection, from its first word to its end. */
  async #listen(onOpen: () => void): Promise<void> {
    const { host, server, sessions, calls } = this.#options;
    const control = new AbortController();
    const request = { method: "GET", path: "/global/event", deadline: DEADLINE } as const;
    try {
      const signal = AbortSignal.any([host.exited, control.signal]);
      const body = await server.stream(request, signal);
      this.#listening = true;
      onOpen();
      // What ended while nobody listened stands in the histories; what ends meanwhile is heard.
      for (const session of sessions.all()) void this.#catchUp(session, signal);
      for await (const data of eventData(body)) {
        this.#hear(updatedPart(data));
        const asked = askedPerson(data);
        if (asked) void this.#refuse(asked);
        const other = calls.isNamedIn(data) && otherEvent(data);
        if (other) host.unknown(other.kind, other.said);
      }
    } finally {
      this.#listening = false;
      control.abort();
    }
  }

  /** Reads a history, and tries again until it can, or the session or this connection is over. */
  async #catchUp(session: OpencodeSession, over: AbortSignal): Promise<void> {
    const { host, server, sessions } = this.#options;
    const path = `/session/${session.id}/message${inFolder(session.cwd)}`;
    for (let times = 0; !over.aborted && sessions.has(session.id); times++) {
      try {
        const messages = await server.send({ method: "GET", path, deadline: DEADLINE });
        for (const message of arrayOf(messages) ?? []) {
          for (const part of arrayOf(objectOf(message)?.["parts"]) ?? []) this.#hear(part);
        }
        return;
      } catch (error) {
        if (times === 0 && !over.aborted)
          host.warn(`a history could not be read: ${H2mError.from(error).message}`);
        await sleep(PAUSE * Math.min(times + 1, 50));
      }
    }
  }

  /** Nobody is there to ask, and the call would wait for ever. */
  async #refuse({ kind, id, folder }: Asked): Promise<void> {
    const { host, server } = this.#options;
    const answer = kind === "permission" ? "reply" : "reject";
    const path = `/${kind}/${id}/${answer}${inFolder(folder)}`;
    // Without a message OpenCode 1.18.33 would end the turn.
    const body = { reply: "reject", message: "The rules ask a person, and none is there." };
    const said = kind === "permission" ? { body } : {};
    try {
      await server.send({ method: "POST", path, ...said, deadline: DEADLINE });
    } catch (error) {
      if (!host.exited.aborted)
        host.warn(`a question could not be answered: ${H2mError.from(error).message}`);
    }
  }

  #hear(value: unknown): void {
    const { host, sessions, calls } = this.#options;
    const { success, data: part } = toolPart.safeParse(value);
    const other = success ? undefined : objectOf(value);
    if (other) host.unknown(`message.part.updated ${stringOf(other["type"])}`, other);
    const seat = success ? sessions.seatOf(part.sessionID) : undefined;
    if (!success || seat === undefined) return;
    const result = resultOfPart(part);
    if (result) return calls.settle(seat, part.callID, result);
    const output = part.state.status === "running" ? part.state.metadata?.output : undefined;
    if (output) calls.progress(seat, part.callID, output);
  }
}
