import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { secondTry } from "./test/second-try.ts";
import { sharingFiles } from "./test/sharing.ts";

const source = (file: string) => fileURLToPath(new URL(`src/${file}.ts`, import.meta.url));

const include = ["test/**/*.test.ts", "templates/*/test/**/*.test.ts"];
const exclude = ["test/live/**", "test/clients/**", "test/faults/**", "**/node_modules/**"];
const sharing = sharingFiles();

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
    testTimeout: 20_000,
    setupFiles: ["test/helpers/each-file.ts"],
    // A third of the time is spent waiting for processes: one worker more than cores on a small machine.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: { name: "unit", include, exclude: [...exclude, ...sharing] },
      },
      { extends: true, test: { name: "sharing", include: sharing, isolate: false } },
    ],
  },
});
