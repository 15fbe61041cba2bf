import { defineConfig } from "vitest/config";

/** Seeded random messages at every door: `npm run test:fuzz`. `H2M_FUZZ=100000` for more, `H2M_FUZZ_SEED=…` to replay. */
export default defineConfig({
  test: {
    include: ["test/fuzz/**/*.fuzz.ts"],
    globalSetup: ["test/fuzz/setup.mjs"],
    // Each file floods a server of its own: one after the other keeps the waits honest on small machines.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
