import type { HostIo } from "../../src/plugin.ts";

/** What `opencode serve` prints once it listens (1.18.14 to 1.18.33); `--port 0` is 4096 if that is free, else any. */
const LISTENING = /^opencode server listening on http:\/\/127\.0\.0\.1:(\d+)$/;

/**
 * The port that the server has opened, by its own word on its own output: until then nobody is told its password, so that
 * another user of the machine who listens where it might gets nothing. Rejects when the process ends before.
 */
export function ownPort({ onLine, exited }: Pick<HostIo, "onLine" | "exited">): Promise<number> {
  const port = new Promise<number>((resolve, reject) => {
    onLine((line) => {
      const said = LISTENING.exec(line.trim())?.[1];
      // Only the first word counts: a promise is settled once.
      if (said !== undefined) resolve(Number(said));
    });
    const end = () => reject(exited.reason);
    if (exited.aborted) end();
    else exited.addEventListener("abort", end, { once: true });
  });
  // Nobody may be waiting when the process ends.
  port.catch(() => {});
  return port;
}
