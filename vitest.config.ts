import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Everything that needs no real harness: `npm test`. The type tests (`*.test-d.ts`) are part of `npm run typecheck`. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/live/**", "test/faults/**", "**/node_modules/**"],
    testTimeout: 20_000,
    // Most of the time is spent waiting for processes: one worker for each core, also where there are two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
