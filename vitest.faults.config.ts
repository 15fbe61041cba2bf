import { defineConfig } from "vitest/config";

/** Faults at the moments where they hurt, with the fake and the real harnesses: `npm run test:faults`. */
export default defineConfig({
  test: {
    include: ["test/faults/**/*.test.ts"],
    globalSetup: ["test/live/setup.ts"],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
