import { arrayOf, H2mError, type HostIo, objectOf } from "../../src/plugin.ts";
import { eventData, updatedPart } from "./events.ts";
import { resultOfPart, toolPart } from "./part.ts";
import { DEADLINE, inFolder, type OpencodeServer } from "./server.ts";

/** Between two attempts to hear the events again, in ms. */
const PAUSE = 100;

export interface WitnessOptions {
  readonly host: HostIo;
  readonly server: OpencodeServer;
  /** The ids of the sessions whose calls it settles. */
  sessions(): readonly string[];
  /** A call has ended. */
  onEnd(callId: string): void;
}

/** Settles calls by OpenCode's events as soon as each tool ends, and connects again when the stream breaks. */
export class Witness {
  readonly #options: WitnessOptions;
  #opened: Promise<void> | undefined;
  #listening = false;
  #closed = false;

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

  /** From now on the end of the stream is no trouble. */
  close(): void {
    this.#closed = true;
  }

  async #keepListening(onOpen: () => void): Promise<void> {
    const { host } = this.#options;
    for (let times = 0; !host.exited.aborted; times++) {
      const why = await this.#listen(onOpen).then(
        () => "it ended",
        (error) => H2mError.from(error).message,
      );
      if (host.exited.aborted || this.#closed) return;
      if (times === 0) {
        host.warn(
          `its event stream broke (${why}); until it is back, results come with its requests.`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** One connection, from its first word to its end. */
  async #listen(onOpen: () => void): Promise<void> {
    const { host, server, sessions } = this.#options;
    const control = new AbortController();
    const request = { method: "GET", path: "/global/event", deadline: DEADLINE } as const;
    try {
      const signal = AbortSignal.any([host.exited, control.signal]);
      const body = await server.stream(request, signal);
      this.#listening = true;
      onOpen();
      // What ended while nobody listened stands in the history.
      await Promise.all(sessions().map((session) => this.#catchUp(session)));
      for await (const data of eventData(body)) this.#hear(updatedPart(data));
    } finally {
      this.#listening = false;
      control.abort();
    }
  }

  async #catchUp(session: string): Promise<void> {
    const { host, server } = this.#options;
    const path = `/session/${session}/message${inFolder(host.context.cwd)}`;
    const messages = await server.send({ method: "GET", path, deadline: DEADLINE });
    for (const message of arrayOf(messages) ?? []) {
      for (const part of arrayOf(objectOf(message)?.["parts"]) ?? []) this.#hear(part);
    }
  }

  #hear(value: unknown): void {
    const { host, sessions, onEnd } = this.#options;
    const { success, data: part } = toolPart.safeParse(value);
    if (!success || !sessions().includes(part.sessionID)) return;
    const result = resultOfPart(part);
    if (result) {
      onEnd(part.callID);
      host.settle(part.callID, result);
      return;
    }
    const output = part.state.status === "running" ? part.state.metadata?.output : undefined;
    if (output) host.progress(part.callID, output);
  }
}
