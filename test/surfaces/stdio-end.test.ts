import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { StdioLines } from "../../src/surfaces/stdio-lines.ts";
import { until } from "../helpers/until.ts";

/** A client whose input is in our hands; the server answers when the test says so. */
async function begun() {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const seen = { out: "", heard: [] as unknown[], closed: 0, errors: [] as Error[] };
  stdout.on("data", (chunk) => (seen.out += String(chunk)));
  const lines = new StdioLines(stdin, stdout, 1_000_000);
  lines.onmessage = (message) => void seen.heard.push(message);
  lines.onclose = () => void seen.closed++;
  lines.onerror = (error) => void seen.errors.push(error);
  await lines.start();
  const answer = (id: number) => lines.send({ jsonrpc: "2.0", id, result: {} });
  return { stdin, lines, seen, answer };
}

const ask = (id: number) => `${JSON.stringify({ jsonrpc: "2.0", id, method: "ping" })}\n`;

describe("an input that ends", () => {
  it("lets what was asked before be answered: a shell's pipe ends at once", async () => {
    const { stdin, seen, answer } = await begun();
    stdin.end(ask(1) + ask(2));
    await until("both are heard", () => seen.heard.length === 2);
    await until("the input has ended", () => stdin.readableEnded);

    await answer(1);
    expect(seen.closed).toBe(0);
    await answer(2);

    await until("it is closed", () => seen.closed === 1);
    expect(seen.out.trim().split("\n")).toHaveLength(2);
  });

  it("waits for no answer that takes long, and for none to what was cancelled", async () => {
    const { stdin, seen } = await begun();
    const cancelled = { jsonrpc: "2.0", method: "notifications/cancelled" };
    stdin.write(ask(1) + ask(2));
    stdin.end(`${JSON.stringify({ ...cancelled, params: { requestId: 1 } })}\n`);

    await until("it is closed", () => seen.closed === 1);

    expect(seen.out).toBe("");
  });

  it("with nothing asked is the end at once, and only once", async () => {
    const { stdin, seen } = await begun();

    stdin.end("  \n");

    await until("it is closed", () => seen.closed === 1);
    expect(seen.errors).toEqual([]);
    expect(seen.out).toBe("");
  });

  it("by an error, such as a standard input that cannot be read, is the end too", async () => {
    const { stdin, seen } = await begun();

    stdin.emit("error", new Error("EBADF"));

    await until("it is closed", () => seen.closed === 1);
    expect(seen.errors).toHaveLength(1);
  });
});
