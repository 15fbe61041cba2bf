import { defineConfig } from "vitest/config";
import { secondTry } from "./test/second-try.ts";

/** The real harnesses from npm: `npm run test:live` (see test/live/README.md). */
export default defineConfig({
  test: {
    ...secondTry,
    include: ["test/live/**/*.test.ts"],
    exclude: ["test/live/installed/**"],
    globalSetup: ["test/live/setup.ts"],
    // The harnesses are heavy programs, and their tests wait more than they work: two files at a time keep the waits honest on a small machine.
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
