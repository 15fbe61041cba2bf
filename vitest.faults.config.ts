import { defineConfig } from "vitest/config";
import { secondTry } from "./test/second-try.ts";

/**
 * Faults at the moments where they hurt. `npm run test:faults`: with the fake harness, one to two minutes;
 * `npm run test:faults:live`: with the real ones.
 */
export default defineConfig({
  test: {
    ...secondTry,
    hookTimeout: 120_000,
    setupFiles: ["test/helpers/each-file.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "fake",
          include: ["test/faults/*.test.ts"],
          globalSetup: ["test/faults/setup.ts"],
          testTimeout: 90_000,
          // Most of the time they wait: for deadlines, and for harnesses that are stopped. Each file has a process,
          // a temporary folder and ports of its own.
          maxWorkers: 3,
        },
      },
      {
        extends: true,
        test: {
          name: "live",
          include: ["test/faults/live/*.test.ts"],
          globalSetup: ["test/live/setup.ts"],
          // They start up to ten processes of half a gigabyte: one file at a time keeps the waits honest on small machines.
          maxWorkers: 1,
          testTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
