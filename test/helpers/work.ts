import { readFileSync } from "node:fs";

/**
 * Milliseconds that this thread has worked. Unlike a clock it does not run while others have the processor, so a busy machine
 * changes nothing (Linux; elsewhere it is a clock).
 */
export function worked(): number {
  if (process.platform !== "linux") return performance.now();
  const [nanoseconds] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ");
  return Number(nanoseconds) / 1e6;
}

/** Does something, and gives the longest work of this thread, in ms, in one go: for as long nothing else had its turn. */
export async function longestStop(act: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = worked();
  const look = () => {
    const now = worked();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 5);
  await new Promise((resolve) => setTimeout(resolve, 20));
  last = worked();
  try {
    await act();
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    clearInterval(timer);
  }
  return longest;
}
