import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (file: string) => fileURLToPath(new URL(`../../src/${file}.ts`, import.meta.url));
const names = process.env["H2M_CLIENTS"]?.split(",") ?? [];

/** Real MCP clients by command: `npm run test:clients`, which says which ones. Each is a project: they wait beside each other. */
export default defineConfig({
  test: {
    reporters: ["verbose"],
    maxWorkers: 3,
    projects: names.map((name) => ({
      // The adapter of an example imports the package by its names.
      resolve: {
        alias: [{ find: /^harness-to-mcp\/plugin$/, replacement: source("plugin") }],
      },
      test: {
        name,
        env: { H2M_CLIENT: name },
        include: ["test/clients/*.test.ts"],
        testTimeout: 180_000,
        hookTimeout: 120_000,
      },
    })),
  },
});
