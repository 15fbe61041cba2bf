import { afterEach, describe, expect, it, vi } from "vitest";
import { Steps } from "../src/cli/output/steps.mjs";

/** What a terminal, or a pipe, was sent. */
function screen(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  return { isTTY, columns, write: (text: string) => written.push(text), written };
}

afterEach(() => void vi.useRealTimers());

describe("signs of life", () => {
  it("show at a terminal what goes on and for how long, and make way when it is done", () => {
    vi.useFakeTimers();
    const stream = screen(true);
    const steps = new Steps({ stream });

    steps.begin("claude 2.1.332 starts");
    expect(stream.written).toEqual([]);
    vi.advanceTimersByTime(700);
    expect(stream.written.at(-1)).toContain("\r\u001B[2Kclaude 2.1.332 starts … 0.6 s");
    steps.end();

    expect(stream.written.at(-1)).toBe("\r\u001B[2K");
    const told = stream.written.length;
    vi.advanceTimersByTime(5_000);
    steps.end();
    expect(stream.written).toHaveLength(told);
  });

  it("say nothing of what is quick", () => {
    vi.useFakeTimers();
    const stream = screen(true);
    const steps = new Steps({ stream });

    steps.begin("Bash runs");
    vi.advanceTimersByTime(100);
    steps.end();

    expect(stream.written).toEqual([]);
  });

  it.each([
    ["a pipe", { stream: screen(false) }],
    ["a terminal of somebody who wants none", { stream: screen(true), on: false }],
  ])("are none for %s", (_, options) => {
    vi.useFakeTimers();
    const steps = new Steps(options);
    steps.begin("it runs");
    vi.advanceTimersByTime(2_000);
    steps.end();

    expect(options.stream.written).toEqual([]);
  });

  it("of a script stay, with their times; in a log they are plain lines", () => {
    vi.useFakeTimers();
    const [terminal, log] = [screen(true), screen(false)];
    for (const stream of [terminal, log]) {
      const steps = new Steps({ stream, lasting: true });
      steps.begin("installing");
      vi.advanceTimersByTime(12_400);
      steps.begin("building");
      vi.advanceTimersByTime(100);
      steps.end();
    }

    const lines = terminal.written.filter((text) => text.endsWith("\n"));
    expect(lines).toEqual(["installing (12 s)\n", "building (0.1 s)\n"]);
    expect(log.written).toEqual(["installing\n", "building\n"]);
  });

  it("fit on one line, and steer no terminal", () => {
    vi.useFakeTimers();
    const stream = screen(true, 40);
    const steps = new Steps({ stream });

    steps.begin(`evil\u001B[2J\nname\u202E ${"x".repeat(200)}`);
    vi.advanceTimersByTime(400);
    steps.end();

    const [line = ""] = stream.written;
    const told = line.replace("\r\u001B[2K", "");
    expect([...told].filter((letter) => letter < " " || letter === "\u202E")).toEqual([]);
    expect(line.length).toBeLessThan(50);
  });
});
