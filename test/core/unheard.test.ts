import { describe, expect, it } from "vitest";
import { definePlugin, type HostIo } from "../../src/plugin.ts";
import { fakeLauncher } from "../../src/testing.ts";
import { serve } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

const LATE = { timeouts: { call: 400 } };

/** A session of a harness that prints results as its driver hears them, or in another way. */
async function session(
  hears: (line: string, host: HostIo, later: (line: string) => void) => string | undefined,
  config: object = {},
) {
  const fake = fakeLauncher({ driver: true });
  const launcher = {
    ...fake,
    tested: { oldest: "1.0.0", newest: "1.5.0" },
    drive: (host: HostIo) =>
      fake.drive!({
        ...host,
        onLine: (listener) =>
          host.onLine((line) => {
            const heard = hears(line, host, listener);
            if (heard !== undefined) listener(heard);
          }),
      }),
  };
  const plugins = [definePlugin({ name: "fake", harnesses: [launcher] })];
  const h2m = await serve({ harnesses: ["fake"], plugins, ...config });
  const warnings: string[] = [];
  h2m.on("warning", ({ message }) => warnings.push(message));
  const opened = h2m.sessions.open({});
  const notices: string[] = [];
  opened.on("notice", (message) => notices.push(message));
  // The time of a call includes the start.
  await opened.tools();
  const echo = async (text: string) => {
    const { content } = await opened.call("echo", { text });
    return content[0]?.type === "text" ? content[0].text : undefined;
  };
  return { session: opened, echo, warnings, notices };
}

describe("results that are told in a way that is not known", () => {
  const other = (line: string, host: HostIo) => {
    const { result } = JSON.parse(line);
    host.unknown("tool.finished", { id: result.callId, output: result.result });
    return undefined;
  };

  it("come with the next request, and it is said once", async () => {
    const { echo, warnings, notices } = await session(other);

    expect(await echo("one")).toBe("one");
    // At once: its turn is closed behind it.
    const begun = performance.now();
    expect(await echo("two")).toBe("two");
    expect(performance.now() - begun).toBeLessThan(1_500);

    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^fake 1\.2\.3: it told of `echo` in a way that h2m does not know \("tool\.finished"\)/,
    );
    expect(warnings[0]).toContain("Its tools are served on");
    expect(warnings[0]).toContain("h2m was tested with 1.0.0 to 1.5.0.");
    expect(notices).toEqual(warnings);
  });

  it("are no matter where a result that is known follows", async () => {
    const { echo, warnings, notices } = await session((line, host) => {
      other(line, host);
      return line;
    });

    for (const text of ["one", "two", "three"]) expect(await echo(text)).toBe(text);
    // Longer than a result may lag behind.
    await new Promise((resolve) => setTimeout(resolve, 2_500));

    expect(warnings).toEqual([]);
    expect(notices).toEqual([]);
  });

  it.each([
    ["of another call", { id: "h2m_another", output: "x" }],
    ["without a result", { status: "running" }],
    ["with an empty one", { status: "running", output: "" }],
  ])("are no matter: %s", async (_what, said: object) => {
    const { echo, warnings } = await session((line, host, later) => {
      const { result } = JSON.parse(line);
      host.unknown("tool.more", { id: result.callId, ...said });
      setTimeout(() => later(line), 2_500);
      return undefined;
    });

    expect(await echo("one")).toBe("one");

    expect(warnings).toEqual([]);
  });
});

describe("results that are never told", () => {
  it("are said with the call that fails at its time, and come with the next requests", async () => {
    const { echo, warnings, notices } = await session(() => undefined, LATE);

    const error = await failure(echo("one"));
    expect(error.message).toContain("gave no result within 0.4 s");
    expect((error as { hint?: string }).hint).toContain(
      "fake 1.2.3: it has told no result so far in a way that h2m knows, so that `echo` may well have run",
    );
    expect(await echo("two")).toBe("two");

    expect(warnings).toHaveLength(1);
    expect(notices).toEqual(warnings);
  });

  it("are another matter than a call that takes long, once one has been heard", async () => {
    const { session: opened, echo, warnings } = await session((line) => line, LATE);
    expect(await echo("one")).toBe("one");

    const error = await failure(opened.call("slow", { ms: 60_000, text: "never" }));

    expect((error as { hint?: string }).hint).toBe(
      "It was given up; raise `timeouts.call` if it needs longer.",
    );
    expect(warnings).toEqual([]);
  });
});
