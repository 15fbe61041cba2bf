import type { H2m } from "../../h2m.ts";
import type { LogLevel } from "../../types/config.ts";
import type { Teardown } from "../../types/session.ts";
import { Steps } from "./steps.mjs";

/** What a person at the terminal sees now. */
let shown: Steps | undefined;

/** Something else is about to be printed or asked: the sign of what goes on makes way. */
export function hush(): void {
  shown?.end();
}

/** Tells a person at a terminal that a harness starts, or that a call runs, and for how long. The teardown ends it. */
export function tellSteps(h2m: Pick<H2m, "on">, level: LogLevel): Teardown {
  const steps = new Steps({ on: level !== "silent" });
  shown = steps;
  const stops = [
    h2m.on("host:start", ({ harness, version }) =>
      steps.begin(`${harness}${version === undefined ? "" : ` ${version}`} starts`),
    ),
    h2m.on("tools", hush),
    h2m.on("host:exit", hush),
    h2m.on("call:start", ({ name }) => steps.begin(`${name} runs`)),
    h2m.on("call:end", hush),
  ];
  return () => {
    for (const stop of stops) stop();
    hush();
  };
}
