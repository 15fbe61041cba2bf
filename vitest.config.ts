import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { secondTry } from "./test/second-try.ts";

const source = (file: string) => fileURLToPath(new URL(`src/${file}.ts`, import.meta.url));

/** Everything that needs no real harness: `npm test`. The type tests (`*.test-d.ts`) are part of `npm run typecheck`. */
export default defineConfig({
  // The tests of the templates import the package by its names, as those who are given them do.
  resolve: {
    alias: [
      { find: /^harness-to-mcp$/, replacement: source("index") },
      { find: /^harness-to-mcp\/(plugin|testing)$/, replacement: source("$1") },
    ],
  },
  test: {
    ...secondTry,
    include: ["test/**/*.test.ts", "templates/*/test/**/*.test.ts"],
    exclude: ["test/live/**", "test/clients/**", "test/faults/**", "**/node_modules/**"],
    testTimeout: 20_000,
    // Most of the time is spent waiting for processes: one worker for each core, also where there are two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
