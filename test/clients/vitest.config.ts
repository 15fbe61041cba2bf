import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (file: string) => fileURLToPath(new URL(`../../src/${file}.ts`, import.meta.url));

/** Real MCP clients by command: `npm run test:clients`. */
export default defineConfig({
  // The adapter of an example imports the package by its names.
  resolve: {
    alias: [{ find: /^harness-to-mcp\/plugin$/, replacement: source("plugin") }],
  },
  test: {
    include: ["test/clients/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
