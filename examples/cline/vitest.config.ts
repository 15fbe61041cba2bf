import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The real program is heavy: one at a time.
    fileParallelism: false,
  },
});
