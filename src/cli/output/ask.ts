import { createInterface } from "node:readline";
import { visibleLines } from "../../kit/visible.ts";
import { hush } from "./first-steps.ts";
import type { Answer, CallOptions } from "../../types/session.ts";

type Confirm = NonNullable<CallOptions["confirm"]>;

/** Asks on the terminal, where `yes` has not answered everything. `taken`: what was typed there were the arguments. */
export function askerFor(yes: boolean | undefined, taken = false): Confirm {
  if (yes) return () => Promise.resolve({ answer: "accept" });
  if (taken) {
    const reason = "The standard input gave the arguments: add `--yes`.";
    return () => Promise.resolve({ answer: "unsupported", reason });
  }
  if (process.stdin.isTTY && process.stderr.isTTY)
    return ({ text }, signal) => askOnTerminal(text, signal);
  const reason = "Run it on a terminal, or add `--yes`.";
  return () => Promise.resolve({ answer: "unsupported", reason });
}

/** Anything but a `y` is a no, and so is the end of the input. */
export function askOnTerminal(text: string, signal: AbortSignal): Promise<Answer> {
  if (signal.aborted) return Promise.resolve({ answer: "decline" });
  // Not as a terminal's editor of lines: that would take Ctrl-C away from the process.
  const lines = createInterface({ input: process.stdin, terminal: false });
  hush();
  process.stderr.write(`${visibleLines(text)}\n[y/N] `);
  return new Promise((resolve) => {
    const gone = () => end("decline");
    const end = (answer: Answer["answer"]) => {
      // Before the close, which would be a no.
      resolve({ answer });
      lines.close();
      process.stdin.off("error", gone);
    };
    lines.once("line", (line) => end(/^y(es)?$/i.test(line.trim()) ? "accept" : "decline"));
    lines.once("close", () => end("decline"));
    // Such as a terminal that has gone (EIO): it can say nothing any more. Both, since what hands it on differs between Nodes.
    lines.on("error", () => end("decline"));
    process.stdin.on("error", gone);
    signal.addEventListener("abort", () => end("decline"), { once: true });
  });
}
