import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { reachingUs } from "../../src/kit/no-proxy.ts";
import { noProxy, noProxyWords } from "../../src/plugin.ts";

const ORIGIN = "http://127.0.0.1:9330/harness_to_mcp";
const LOOPBACK = "127.0.0.1,localhost,::1";

describe("NO_PROXY for a harness", () => {
  it.each([
    ["nothing", {}, LOOPBACK, LOOPBACK],
    ["empty values", { NO_PROXY: "", no_proxy: "" }, LOOPBACK, LOOPBACK],
    ["the capital one", { NO_PROXY: "a.test" }, `a.test,${LOOPBACK}`, `a.test,${LOOPBACK}`],
    ["the small one", { no_proxy: "b.test" }, `b.test,${LOOPBACK}`, `b.test,${LOOPBACK}`],
    [
      "one of them empty",
      { NO_PROXY: "", no_proxy: "b.test" },
      `b.test,${LOOPBACK}`,
      `b.test,${LOOPBACK}`,
    ],
    [
      "two that differ",
      { NO_PROXY: "a.test", no_proxy: "b.test" },
      `a.test,${LOOPBACK}`,
      `b.test,${LOOPBACK}`,
    ],
    [
      "some of it already",
      { NO_PROXY: "localhost, 127.0.0.1" },
      "localhost, 127.0.0.1,::1",
      "localhost, 127.0.0.1,::1",
    ],
    ["everything", { NO_PROXY: "*" }, "*", "*"],
  ])("with %s of the user's", (_what, user, upper, lower) => {
    expect(noProxy(user, ORIGIN)).toEqual({ NO_PROXY: upper, no_proxy: lower });
  });

  it.each([
    ["http://127.0.0.2:1/x", `${LOOPBACK},127.0.0.2`],
    ["http://devbox.example:1/x", `${LOOPBACK},devbox.example`],
    ["http://[::1]:1/x", `${LOOPBACK},[::1]`],
    ["http://[fd00::7]:1/x", `${LOOPBACK},fd00::7,[fd00::7]`],
  ])("names the host of %s", (origin, expected) => {
    expect(noProxy({}, origin)).toEqual({ NO_PROXY: expected, no_proxy: expected });
  });
});

describe("NO_PROXY as words of a shell line", () => {
  it.each([
    ["nothing", {}, `${LOOPBACK}|${LOOPBACK}`],
    ["values", { NO_PROXY: "a 'b", no_proxy: "c;d" }, `a 'b,${LOOPBACK}|c;d,${LOOPBACK}`],
  ])("keeps what the user has: %s", (_what, user, expected) => {
    const line = `${noProxyWords(user, ORIGIN)} sh -c 'printf "%s" "$NO_PROXY|$no_proxy"'`;

    const said = execFileSync("sh", ["-c", line], { env: { PATH: "/usr/bin:/bin" } });

    expect(said.toString()).toBe(expected);
  });

  it("has no quotes that it does not need", () => {
    expect(noProxyWords({}, ORIGIN)).toBe(`NO_PROXY=${LOOPBACK} no_proxy=${LOOPBACK}`);
  });
});

describe("the environment of a harness", () => {
  it.each(["HTTP_PROXY", "https_proxy", "All_Proxy"])("excepts us from the proxy in %s", (name) => {
    const environment = { PATH: "/bin", [name]: "http://127.0.0.1:9" };

    expect(reachingUs(environment, ORIGIN)).toEqual({
      ...environment,
      NO_PROXY: LOOPBACK,
      no_proxy: LOOPBACK,
    });
  });

  it("is left alone where there is none", () => {
    const environment = { PATH: "/bin", HTTP_PROXY: "", NO_PROXY: "a.test" };

    expect(reachingUs(environment, ORIGIN)).toEqual(environment);
  });
});
