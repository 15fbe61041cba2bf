import type { Reporter, TestModule } from "vitest/node";

/** Names the tests that passed only when they ran again, with what went wrong the first time. */
const naming: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    for (const { children, relativeModuleId } of modules) {
      for (const test of children.allTests("passed")) {
        if ((test.diagnostic()?.retryCount ?? 0) === 0) continue;
        const why = test.result().errors?.map(({ message }) => message) ?? [];
        process.stdout.write(
          `SECOND TRY: ${relativeModuleId} > ${test.fullName}\n  ${why.join("\n  ")}\n`,
        );
      }
    }
  },
};

/**
 * In CI a test that fails runs once more: three thousand of them meet a machine that nobody knows, and one that is out of breath
 * for a moment says nothing of a commit. It stays a fault to be found, and so each is named at the end.
 */
export const secondTry = process.env["CI"] ? { retry: 1, reporters: ["default", naming] } : {};
