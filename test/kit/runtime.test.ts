import { describe, expect, it } from "vitest";
import { runtimeVariables } from "../../src/plugin.ts";

describe("the variables for Node and Bun", () => {
  it.each([
    ["--require /a/b.js --inspect-publish-uid=http", "--require /a/b.js"],
    ["--inspect", undefined],
    [
      "--inspect-brk=127.0.0.1:0 --inspect-port 0 --max-old-space-size=64",
      "--max-old-space-size=64",
    ],
  ])("name no debugger: %s", (options, left) => {
    expect(runtimeVariables({ NODE_OPTIONS: options })).toEqual({ NODE_OPTIONS: left });
  });

  it.each(["--require ./no--inspect.js", "--max-old-space-size=64", ""])(
    "are left alone where they name none: %j",
    (options) => {
      expect(runtimeVariables({ NODE_OPTIONS: options })).toEqual({});
    },
  );

  it("take away what Bun's programs would read", () => {
    const user = { BUN_OPTIONS: "--preload ./x.ts", BUN_INSTALL: "/home/ada/.bun" };

    const variables = runtimeVariables(user);

    expect(Object.entries(variables)).toEqual([["BUN_OPTIONS", undefined]]);
    expect(runtimeVariables({})).toEqual({});
  });
});
