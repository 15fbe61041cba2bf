import { defineConfig } from "vitest/config";
import { secondTry } from "../second-try.ts";

/**
 * What somebody tries who should get nothing: `npm run test:attack`. `H2M_ATTACK=1` tries as often as the security page says;
 * without it each flood is a tenth of that. A real Chromium (`chromium` on PATH, or `H2M_CHROMIUM`) is one of the attackers.
 */
export default defineConfig({
  test: {
    ...secondTry,
    include: ["test/attack/**/*.attack.ts"],
    globalSetup: ["test/faults/setup.ts"],
    setupFiles: ["test/helpers/each-file.ts"],
    // Floods: one file at a time keeps the waits honest on small machines.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
