/** Waits for something that a program is to say, and no longer than it runs. @throws the reason of its end */
export function whileRuns<T>(exited: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(exited.reason);
    promise.then(resolve, reject).finally(() => exited.removeEventListener("abort", onExit));
    if (exited.aborted) return onExit();
    exited.addEventListener("abort", onExit, { once: true });
  });
}
