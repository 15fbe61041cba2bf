import type { H2mContext, Teardown } from "harness-to-mcp/plugin";

/** How often a tool was called. */
export interface Count {
  /** Calls that the harness got. */
  sent: number;
  /** Calls that it never heard of: refused, or wrong. */
  refused: number;
}

/** `setup` gets the running h2m: its hooks, its routes, its sessions. What it returns is called at the end. */
export function counting(h2m: H2mContext, path: string): Teardown {
  const counts = new Map<string, Count>();
  // A hook only watches: nothing that is thrown or returned here changes a call.
  const stop = h2m.on("call:end", ({ name, sent }) => {
    const count = counts.get(name) ?? { sent: 0, refused: 0 };
    if (sent.length > 0) count.sent++;
    else count.refused++;
    counts.set(name, count);
  });
  // An h3 app. Whoever asks needs the token of h2m, as at `/mcp`.
  h2m.app.get(path, () => Object.fromEntries(counts));
  return stop;
}
