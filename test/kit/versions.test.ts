import { describe, expect, it } from "vitest";
import { isAtLeast } from "../../src/plugin.ts";

describe("isAtLeast", () => {
  it.each([
    ["2.1.332", "2.1.197", true],
    ["2.1.197", "2.1.332", false],
    ["2.1.332", "2.1.332", true],
    ["2.2.0", "2.1.332", true],
    ["2.1", "2.1.0", true],
    ["2.1", "2.1.1", false],
    ["0.171.0", "0.169.0", true],
    ["0.9.0", "0.10.0", false],
    ["1.0.0-beta.2", "1.0.0", true],
    ["1.0.0+linux", "1.0.1", false],
  ])("%s, %s: %s", (version, other, expected) => {
    expect(isAtLeast(version, other)).toBe(expected);
  });
});
