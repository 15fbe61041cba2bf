import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { secondTry } from "../second-try.ts";
import { type ClientEntry, wordOf } from "./list.ts";

const source = (file: string) => fileURLToPath(new URL(`../../src/${file}.ts`, import.meta.url));
const list = new URL("clients.json", import.meta.url);
const { clients } = JSON.parse(readFileSync(list, "utf8")) as {
  clients: Record<string, ClientEntry>;
};
const names = process.env["H2M_CLIENTS"]?.split(",") ?? [];
const leaving = names.filter(
  (name) => clients[name] && wordOf(clients[name].expects.http.end) === "gone",
);

/** Real MCP clients by command: `npm run test:clients`, which says which ones. Each is a project: they wait beside each other. */
export default defineConfig({
  test: {
    ...secondTry,
    reporters: ["verbose"],
    maxWorkers: 3,
    projects: [
      ...names.map((name) => project(name, "clients", { H2M_CLIENT: name })),
      ...(leaving.length > 1
        ? [project("leaving", "leaving", { H2M_LEAVING: leaving.join() })]
        : []),
    ],
  },
});

function project(name: string, file: string, env: Record<string, string>) {
  return {
    // The adapter of an example imports the package by its names.
    resolve: { alias: [{ find: /^harness-to-mcp\/plugin$/, replacement: source("plugin") }] },
    test: {
      name,
      env,
      include: [`test/clients/${file}.test.ts`],
      testTimeout: 180_000,
      hookTimeout: 120_000,
    },
  };
}
