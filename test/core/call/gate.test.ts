import { describe, expect, it } from "vitest";
import type { AskedCall } from "../../../src/core/call/confirmation.ts";
import { type Forbids, Gate } from "../../../src/core/call/gate.ts";
import { textOf, textResult } from "../../../src/kit/content.ts";
import { deferred } from "../../../src/kit/deadline.ts";
import type { ResolvedConfig } from "../../../src/types/config.ts";
import type { Answer } from "../../../src/types/session.ts";
import { failure, until } from "../../helpers/until.ts";

type Tools = Partial<
  Pick<ResolvedConfig["tools"], "confirm" | "confirmFallback" | "limits"> & { call: number }
>;
const config = ({ call = 5_000, ...tools }: Tools = {}) =>
  ({
    tools: { confirm: [], confirmFallback: "deny", limits: {}, ...tools },
    timeouts: { call },
  }) as unknown as Pick<ResolvedConfig, "tools" | "timeouts">;

/** What happened, in its order. */
let told: string[] = [];

function call(name: string, more: Partial<AskedCall> & { signal?: AbortSignal } = {}): AskedCall {
  const { signal = new AbortController().signal, ...rest } = more;
  return {
    call: { name, arguments: {} },
    shown: `my_${name}`,
    tool: { names: () => [name, `plugin_${name}`], annotations: () => ({}) },
    session: { harness: "fake" },
    running: {
      signal,
      begins: () => {},
      sends: () => "id",
      asks: (answer: Promise<unknown>) => answer,
    },
    ...rest,
  } as AskedCall;
}

/** A person who says one thing. */
const says = (answer: Answer["answer"], reason?: string) => () => {
  told.push("asked");
  return Promise.resolve({ answer, ...(reason ? { reason } : {}) } as Answer);
};

function gate(tools: Tools = {}, forbids?: Forbids) {
  told = [];
  const made = new Gate(config(tools), forbids);
  const pass = async (asked: AskedCall) =>
    textOf(
      await made.pass(asked, () => {
        told.push(`sent ${asked.call.name}`);
        return Promise.resolve(textResult("ran"));
      }),
    );
  return { pass, narrow: (later: Tools) => made.narrowed(config(later)) };
}

describe("a call at the gate", () => {
  it("goes out where nothing is against it, and nobody is asked", async () => {
    const { pass } = gate();

    expect(await pass(call("echo", { confirm: says("decline") }))).toBe("ran");
    expect(told).toEqual(["sent echo"]);
  });

  it("that nobody waits for any more is neither asked about, counted nor sent", async () => {
    const { pass } = gate({ confirm: ["*"], limits: { perMinute: 1 } });
    const gone = call("echo", {
      signal: AbortSignal.abort(new Error("gone")),
      confirm: says("accept"),
    });

    expect((await failure(pass(gone))).message).toBe("gone");
    expect(told).toEqual([]);
    expect(await pass(call("echo", { confirm: says("accept") }))).toBe("ran");
  });

  it("that is forbidden is not asked about, and takes no place of the minute", async () => {
    const { pass } = gate({ confirm: ["*"], limits: { perMinute: 1 } }, ({ name }) =>
      name === "write" ? "it would write a config" : undefined,
    );

    expect(await pass(call("write", { confirm: says("accept") }))).toBe(
      "`my_write` was not called: it would write a config",
    );
    expect(told).toEqual([]);
    expect(await pass(call("echo", { confirm: says("accept") }))).toBe("ran");
  });

  it("is looked at again when its answer has come: links may be others by then", async () => {
    let forbidden = false;
    const { pass } = gate({ confirm: ["*"] }, () => (forbidden ? "it is a link now" : undefined));
    const confirm = () => {
      forbidden = true;
      return says("accept")();
    };

    expect(await pass(call("write", { confirm }))).toContain("was not called: it is a link now");
    expect(told).toEqual(["asked"]);
  });

  it("is looked at again when its place in the line has come", async () => {
    const first = deferred<ReturnType<typeof textResult>>();
    let forbidden = false;
    const made = new Gate(config({ limits: { concurrency: 1 } }), () =>
      forbidden ? "it is a link now" : undefined,
    );
    let out = false;
    const running = made.pass(call("one"), () => {
      out = true;
      return first.promise;
    });
    await until("the first is out", () => out);
    let sent = false;
    const second = made.pass(call("two"), () => {
      sent = true;
      return Promise.resolve(textResult("ran"));
    });

    forbidden = true;
    first.resolve(textResult("first"));

    expect(textOf(await running)).toBe("first");
    expect(textOf(await second)).toContain("it is a link now");
    expect(sent).toBe(false);
  });

  it("is asked about only while the minute has room", async () => {
    const { pass } = gate({ confirm: ["*"], limits: { perMinute: 1 } });
    const confirm = says("accept");
    await pass(call("echo", { confirm }));

    expect(await pass(call("echo", { confirm }))).toContain("Wait 60 s.");
    expect(told).toEqual(["asked", "sent echo"]);
  });

  it("takes nobody's place while it is asked about", async () => {
    const answer = deferred<Answer>();
    const { pass } = gate({ confirm: ["slow"], limits: { concurrency: 1 } });
    const asked = pass(call("slow", { confirm: () => answer.promise }));

    expect(await pass(call("echo"))).toBe("ran");
    answer.resolve({ answer: "accept" });
    expect(await asked).toBe("ran");
    expect(told).toEqual(["sent echo", "sent slow"]);
  });
});

describe("the answer to a question", () => {
  it.each<[Answer["answer"], string | undefined, RegExp]>([
    ["decline", undefined, /^The user declined `my_echo`: it was not called\.$/],
    ["decline", "Not now.", /^The user declined `my_echo`: it was not called\. Not now\.$/],
    ["unsupported", undefined, /^`my_echo` needs a confirmation, .* `tools\.confirmFallback:/],
    ["unsupported", "Use a terminal.", /it was not called\. Use a terminal\.$/],
  ])("%s (%s) refuses the call, with what to do", async (answer, reason, expected) => {
    const { pass } = gate({ confirm: ["echo"] });

    expect(await pass(call("echo", { confirm: says(answer, reason) }))).toMatch(expected);
    expect(told).toEqual(["asked"]);
  });

  it.each<["deny" | "allow", boolean]>([
    ["deny", false],
    ["allow", true],
  ])("of a client that cannot ask is what the config says: %s", async (confirmFallback, goes) => {
    const { pass } = gate({ confirm: ["echo"], confirmFallback });

    await pass(call("echo"));
    await pass(call("echo", { confirm: says("unsupported") }));
    expect(told.filter((text) => text === "sent echo")).toHaveLength(goes ? 2 : 0);
    // What a person has said counts in any case.
    expect(await pass(call("echo", { confirm: says("decline") }))).toContain("declined");
  });

  it("that does not come in time is no, and whoever asks hears that it is over", async () => {
    const { pass } = gate({ confirm: ["echo"], call: 100 });
    let signal: AbortSignal | undefined;
    const confirm: AskedCall["confirm"] = (_, asking) => {
      signal = asking;
      return new Promise(() => {});
    };

    expect(await pass(call("echo", { confirm }))).toContain("Nobody answered within 0.1 s.");
    expect(signal?.aborted).toBe(true);
  });

  it("is not waited for once the call is given up", async () => {
    const control = new AbortController();
    let signal: AbortSignal | undefined;
    const { pass } = gate({ confirm: ["echo"] });
    const asked = call("echo", {
      signal: control.signal,
      confirm: (_, asking) => {
        signal = asking;
        return new Promise(() => {});
      },
    });
    const passed = failure(pass(asked));
    control.abort(new Error("given up"));

    expect((await passed).message).toBe("given up");
    expect(signal?.aborted).toBe(true);
    expect(told).toEqual([]);
  });
});

describe("what is asked about", () => {
  it.each<[readonly string[], boolean]>([
    [["echo"], true],
    [["plugin_*"], true],
    [["my_echo"], false],
    [["other"], false],
    [["risk:write"], true],
    [["risk:destructive"], true],
    [["risk:open-world"], false],
  ])("%j of a local tool that may write: %s", async (confirm, asks) => {
    const { pass } = gate({ confirm: [...confirm] });
    const tool = {
      names: () => ["echo", "plugin_echo"],
      annotations: () => ({ openWorldHint: false }),
    };

    await pass(call("echo", { tool, confirm: says("accept") }));

    expect(told).toEqual(asks ? ["asked", "sent echo"] : ["sent echo"]);
  });

  it("is no tool's names where the config names none: mappers need not be asked", async () => {
    const { pass } = gate({ confirm: ["risk:write"] });
    const tool = {
      names: () => {
        throw new Error("asked");
      },
      annotations: () => ({ readOnlyHint: true }),
    };

    expect(await pass(call("echo", { tool }))).toBe("ran");
  });
});

describe("a later config", () => {
  it("holds from the moment on that it is taken over", async () => {
    const { pass, narrow } = gate();
    const take = narrow({ confirm: ["echo"], limits: { perMinute: 2 } });
    for (let calls = 0; calls < 3; calls++) expect(await pass(call("echo"))).toBe("ran");

    take();

    const confirm = says("decline");
    expect(await pass(call("echo", { confirm }))).toContain("declined");
    expect(await pass(call("pid", { confirm }))).toBe("ran");
    expect(await pass(call("pid", { confirm }))).toContain("may make 2 calls");
  });

  it("takes no question away", async () => {
    const { pass, narrow } = gate({ confirm: ["echo"] });
    narrow({ confirm: ["pid"] })();
    narrow({})();

    expect(await pass(call("echo", { confirm: says("decline") }))).toContain("declined");
  });

  it.each<["deny" | "allow", "deny" | "allow", boolean]>([
    ["allow", "allow", true],
    ["allow", "deny", false],
    ["deny", "allow", false],
    ["deny", "deny", false],
  ])(
    "lets a client that cannot ask through only where both do: %s, then %s",
    async (first, then, goes) => {
      const { pass, narrow } = gate({ confirmFallback: first });
      narrow({ confirm: ["echo"], confirmFallback: then })();

      await pass(call("echo"));

      expect(told).toEqual(goes ? ["sent echo"] : []);
    },
  );
});
