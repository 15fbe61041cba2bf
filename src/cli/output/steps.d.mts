export interface StepsOptions {
  /** @default the standard error */
  readonly stream?: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  /** Each stays as a line with its time; without a terminal it is told as a plain line. @default false */
  readonly lasting?: boolean;
  /** @default true; `false`: nothing is shown on a terminal */
  readonly on?: boolean;
}

/** Signs of life for a person at a terminal: what goes on, and for how long. Quick steps (300 ms) show nothing. */
export class Steps {
  constructor(options?: StepsOptions);
  /** Another step begins; the one before it is done. */
  begin(text: string): void;
  /** It is done. */
  end(): void;
}
