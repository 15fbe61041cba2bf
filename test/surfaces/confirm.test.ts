import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { H2mConfig } from "../../src/index.ts";
import { ERAS, type Person, textIn } from "../helpers/clients.ts";
import { connected, serveFake, sharedFake, TOKEN } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";

type Action = "accept" | "decline" | "cancel";

/** A person who always says the same, and remembers what was asked. */
function person(action: Action): Person & { asked: string[] } {
  const asked: string[] = [];
  return Object.assign(
    ({ message }: { message: string }) => {
      asked.push(message);
      return Promise.resolve({ action });
    },
    { asked },
  );
}

describe.each(ERAS)("a call that needs a confirmation, of a client of %s", (era) => {
  const shared = sharedFake(
    { driver: true },
    {
      tools: { confirm: ["echo", "slow", "log*"], rename: { log: "logbook" } },
    },
  );
  const client = (who?: Person, path = "/fake/one") =>
    connected(shared().h2m, path, era, { person: who });
  /** How often the harness ran a tool in the session of these tests. */
  const ran = async () => {
    const yes = await client(person("accept"));
    return (JSON.parse(await yes.text("logbook")) as string[]).filter((name) => name !== "log");
  };

  it("goes out once it is accepted, and the question shows the tool and its arguments", async () => {
    const yes = person("accept");
    const before = await ran();

    expect(await (await client(yes)).text("echo", { text: "a\n\u202eb" })).toBe("a\n\u202eb");

    expect(yes.asked).toEqual([
      `Run \`echo\` (fake) in ${process.cwd()}?\n\n{\n  "text": "a\\n\\u{202e}b"\n}`,
    ]);
    expect(await ran()).toEqual([...before, "echo"]);
  });

  it.each<Action>(["decline", "cancel"])(
    "is a tool error after %s, and never goes out",
    async (action) => {
      const no = person(action);
      const before = await ran();

      const result = await (await client(no)).call("echo", { text: "no" });

      expect(result.isError).toBe(true);
      expect(textIn(result)).toBe("The user declined `echo`: it was not called.");
      expect(no.asked).toHaveLength(1);
      expect(await ran()).toEqual(before);
    },
  );

  it("is refused with a hint if the client cannot ask", async () => {
    const before = await ran();

    const result = await (await client()).call("echo", { text: "no" });

    expect(result.isError).toBe(true);
    expect(textIn(result)).toContain("this client cannot ask for one: it was not called.");
    expect(textIn(result)).toContain("tools.confirmFallback");
    expect(await ran()).toEqual(before);
  });

  it("is not asked about if it will be refused anyway", async () => {
    const yes = person("accept");
    const asking = await client(yes);

    expect(textIn(await asking.call("echo", { txt: "x" }))).toContain("`text` is missing");
    await failure(asking.call("log"));
    await failure(asking.call("ecko"));

    expect(yes.asked).toEqual([]);
  });

  it("names the harness's own tool beside a new name", async () => {
    const yes = person("accept");

    await (await client(yes)).text("logbook");

    expect(yes.asked).toEqual([`Run \`logbook\` (\`log\` of fake) in ${process.cwd()}?`]);
  });

  it("leaves other tools alone", async () => {
    const no = person("decline");

    expect(await (await client(no)).text("pid")).toMatch(/^\d+$/);
    expect(no.asked).toEqual([]);
  });

  it("gives each of several calls its own question and result", async () => {
    const some: Person = ({ message }) =>
      Promise.resolve({ action: message.includes('"yes') ? "accept" : "decline" });
    const asking = await client(some);
    const words = Array.from({ length: 8 }, (_, index) => `${index % 2 ? "yes" : "no"} ${index}`);

    const texts = await Promise.all(words.map((text) => asking.text("echo", { text })));

    for (const [index, text] of texts.entries())
      expect(text).toBe(index % 2 ? words[index] : "The user declined `echo`: it was not called.");
  });

  it("shows the two ends of long arguments, and how much is left out", async () => {
    const no = person("decline");

    await (await client(no)).call("echo", { text: `begin${"x".repeat(1_000_000)}end` });

    const [question = ""] = no.asked;
    expect(question.length).toBeLessThan(5_000);
    expect(question).toMatch(/begin.*characters are not shown here.*end"\n}$/s);
  });

  it("waits for the person without losing its own time", async () => {
    const h2m = await serveFake(
      { driver: true },
      { tools: { confirm: ["slow"] }, timeouts: { call: 1_000 } },
    );
    const thinking: Person = async () => {
      await sleep(700);
      return { action: "accept" };
    };
    const asking = await connected(h2m, "/fake/one", era, { person: thinking });
    await asking.names();

    expect(await asking.text("slow", { ms: 600, text: "in time" })).toBe("in time");
  });

  it("is declined if nobody answers in time", async () => {
    const h2m = await serveFake(
      { driver: true },
      { tools: { confirm: ["echo"] }, timeouts: { call: 400 } },
    );
    const ended: string[] = [];
    h2m.on("call:end", ({ result }) => void (result && ended.push(textIn(result))));
    const absent: Person = () => new Promise(() => {});
    const asking = await connected(h2m, "/fake/one", era, { person: absent });
    await asking.names();
    // A client of 2026 waits for its person by itself: nobody is there to be told.
    asking.call("echo", { text: "x" }).catch(() => {});

    await until("the call ends", () => ended.length > 0);
    expect(ended).toEqual([
      "The user declined `echo`: it was not called. Nobody answered within 0.4 s.",
    ]);
  });
});

it.each(ERAS)("a question is taken back when the client of %s cancels its call", async (era) => {
  const h2m = await serveFake({ driver: true }, { tools: { confirm: ["echo"] } });
  let asked = 0;
  const absent: Person = () => {
    asked++;
    return new Promise(() => {});
  };
  const client = await connected(h2m, "/fake/one", era, { person: absent });
  const errors: unknown[] = [];
  h2m.on("call:end", ({ error }) => void errors.push(error?.code));
  const control = new AbortController();
  const call = client.call("echo", { text: "x" }, { signal: control.signal });
  const failed = era === "v2-2026" ? call.catch(() => {}) : failure(call);
  await until("the question", () => asked > 0);

  control.abort();

  // In the 2026 era a client that is asked has no request open: its silence ends with the deadline or the session.
  if (era === "v2-2026") await h2m.close();
  else await failed;
  await until("the call ends", () => errors.length > 0);
  expect(errors).toEqual([era === "v2-2026" ? "closed" : "cancelled"]);
});

describe("who cannot ask", () => {
  it.each(ERAS)('is let through by `confirmFallback: "allow"` (%s)', async (era) => {
    const h2m = await serveFake(
      { driver: true },
      { tools: { confirm: ["*"], confirmFallback: "allow" } },
    );
    const no = person("decline");
    const mute = await connected(h2m, "/fake/one", era);
    const able = await connected(h2m, "/fake/one", era, { person: no });

    expect(await mute.text("echo", { text: "through" })).toBe("through");
    expect(await able.text("echo", { text: "not through" })).toContain("declined");
  });

  it("is refused as a user of the library too", async () => {
    const h2m = await serveFake({ driver: true }, { tools: { confirm: ["echo"] } });
    const session = h2m.sessions.open({});

    const refused = await session.call("echo", { text: "x" });
    const confirm = () => Promise.resolve({ answer: "accept" } as const);

    expect(textIn(refused)).toContain("cannot ask");
    expect(textIn(await session.call("echo", { text: "x" }, { confirm }))).toBe("x");
  });
});

describe("what is asked about", () => {
  const annotated = (annotations: object): H2mConfig["tools"] => ({
    map: [
      {
        name: "annotate",
        list: (tools) =>
          tools.map((tool) => (tool.name === "pid" ? { ...tool, annotations } : tool)),
      },
    ],
  });

  it.each<[string, readonly string[], object, boolean]>([
    ["its name", ["pid"], { readOnlyHint: true }, true],
    ["a glob", ["p*"], { readOnlyHint: true }, true],
    ["everything", ["*"], { readOnlyHint: true }, true],
    ["another name", ["pids"], {}, false],
    ["destructive, and nothing is known", ["risk:destructive"], {}, true],
    ["destructive, which is denied", ["risk:destructive"], { destructiveHint: false }, false],
    ["destructive, and it is read-only", ["risk:destructive"], { readOnlyHint: true }, false],
    ["write, and nothing is known", ["risk:write"], {}, true],
    ["write, and it destroys nothing", ["risk:write"], { destructiveHint: false }, true],
    ["write, and it is read-only", ["risk:write"], { readOnlyHint: true }, false],
    ["open world, and nothing is known", ["risk:open-world"], { readOnlyHint: true }, true],
    ["open world, which is denied", ["risk:open-world"], { openWorldHint: false }, false],
    ["one of several", ["nothing", "risk:write"], {}, true],
  ])("a tool by %s", async (_, confirm, annotations, expected) => {
    const tools = { ...annotated(annotations), confirm };
    const h2m = await serveFake({ driver: true }, { tools });
    const session = h2m.sessions.open({});

    expect(textIn(await session.call("pid", {})).includes("needs a confirmation")).toBe(expected);
  });

  it("is the tool that a mapper makes of the call, with the arguments that it will get", async () => {
    const h2m = await serveFake(
      { driver: true },
      {
        tools: {
          confirm: ["echo"],
          map: [
            {
              name: "reroute",
              call: (call, next) => next({ name: "echo", arguments: { text: `not ${call.name}` } }),
            },
          ],
        },
      },
    );
    const yes = person("accept");
    const client = await connected(h2m, "", "v2-2026", { person: yes });

    expect(await client.text("pid")).toBe("not pid");
    expect(yes.asked[0]).toContain("`echo` of fake");
    expect(yes.asked[0]).toContain("not pid");
  });

  it("is each call that a mapper makes of one, one after another or at once", async () => {
    const twice = (name: string) => ({ name: "echo", arguments: { text: name } });
    const h2m = await serveFake(
      { driver: true },
      {
        tools: {
          confirm: ["echo"],
          map: [
            {
              name: "twice",
              call: async (_, next) => {
                const both = await Promise.all([next(twice("a")), next(twice("b"))]);
                const last = await next(twice("c"));
                return { content: [...both, last].flatMap(({ content }) => content) };
              },
            },
          ],
        },
      },
    );

    for (const era of ERAS) {
      const yes = person("accept");
      const client = await connected(h2m, "/fake/one", era, { person: yes });
      const { content } = await client.call("pid");

      expect(content.map((block) => block.type === "text" && block.text)).toEqual(["a", "b", "c"]);
      expect(yes.asked).toHaveLength(3);
    }
  });
});

describe("an answer of the 2026 era", () => {
  const shared = sharedFake({ driver: true }, { tools: { confirm: ["echo"] } });
  let id = 0;
  /** One request, by hand. */
  const call = async (
    args: object,
    more: object = {},
    capabilities: object = { elicitation: {} },
  ) => {
    const response = await fetch(`${shared().h2m.mcpUrl}/fake/one`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "echo",
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: ++id,
        method: "tools/call",
        params: {
          name: "echo",
          arguments: args,
          ...more,
          _meta: {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
            "io.modelcontextprotocol/clientCapabilities": capabilities,
          },
        },
      }),
    });
    const text = await response.text();
    const data = text.split("\n").find((line) => line.startsWith("data: {"));
    const { result, error } = JSON.parse(data ? data.slice(6) : text);
    return { ...result, error } as {
      error?: { code: number; message: string };
      resultType: string;
      requestState: string;
      inputRequests: Record<string, { params: { message: string } }>;
      content: { text: string }[];
      isError?: boolean;
    };
  };
  /** Asks, and gives what accepts the question. */
  const asked = async (args: object) => {
    const { resultType, requestState, inputRequests } = await call(args);
    expect(resultType).toBe("input_required");
    const keys = Object.keys(inputRequests);
    expect(keys).toHaveLength(1);
    const inputResponses = { [keys[0]!]: { action: "accept", content: {} } };
    return { requestState, inputResponses };
  };

  it("lets the call out that was asked about", async () => {
    const answer = await asked({ text: "yes" });

    expect(await call({ text: "yes" }, answer)).toMatchObject({ content: [{ text: "yes" }] });
  });

  it("counts once", async () => {
    const answer = await asked({ text: "once" });
    await call({ text: "once" }, answer);

    const again = await call({ text: "once" }, answer);

    expect(again.resultType).toBe("input_required");
    expect(again.requestState).not.toBe(answer.requestState);
  });

  it("counts for no other arguments, and not without its state", async () => {
    const answer = await asked({ text: "harmless" });

    for (const [args, given] of [
      [{ text: "harmful" }, answer],
      [{ text: "harmless" }, { inputResponses: answer.inputResponses }],
    ] as const)
      expect((await call(args, given)).resultType).toBe("input_required");
    expect(await call({ text: "harmless" }, answer)).toMatchObject({
      content: [{ text: "harmless" }],
    });
  });

  it("is refused with a state that was changed or made up", async () => {
    const answer = await asked({ text: "harmless" });

    for (const requestState of [`${answer.requestState}x`, "made-up", ""]) {
      const { error, content } = await call({ text: "harmless" }, { ...answer, requestState });
      expect(error).toMatchObject({ code: -32602, message: "Invalid or expired requestState" });
      expect(content).toBeUndefined();
    }
    expect(await call({ text: "harmless" }, answer)).toMatchObject({
      content: [{ text: "harmless" }],
    });
  });

  it("that is missing or to another question is asked for again", async () => {
    const answer = await asked({ text: "again" });

    for (const inputResponses of [{}, { other: { action: "accept" } }, undefined]) {
      const again = await call({ text: "again" }, { ...answer, inputResponses });
      expect(again).toMatchObject({
        resultType: "input_required",
        requestState: answer.requestState,
      });
    }
    expect(await call({ text: "again" }, answer)).toMatchObject({ content: [{ text: "again" }] });
  });

  it("is a no unless it is a clear yes", async () => {
    for (const action of ["decline", "cancel", "ACCEPT", true, 1]) {
      const { requestState, inputResponses } = await asked({ text: "no" });
      const [key = ""] = Object.keys(inputResponses);
      const result = await call(
        { text: "no" },
        { requestState, inputResponses: { [key]: { action } } },
      );
      expect(JSON.stringify(result)).not.toContain('"text":"no"');
    }
  });

  it.each([{}, { elicitation: { url: {} } }])(
    "is not asked of a client that declares %j",
    async (capabilities) => {
      const { isError, content } = await call({ text: "x" }, {}, capabilities);

      expect(isError).toBe(true);
      expect(content[0]?.text).toContain("cannot ask");
    },
  );
});

describe("a confirmation beside the other keys", () => {
  const shared = sharedFake(
    { driver: true },
    {
      tools: {
        rename: { echo: "say" },
        exclude: ["die"],
        args: { echo: { pin: { text: "pinned" } } },
        annotations: { log: { readOnlyHint: true } },
        readOnly: true,
        confirm: ["*"],
      },
    },
  );
  const asking = () => {
    const asked: string[] = [];
    const confirm = ({ text }: { text: string }) => {
      asked.push(text);
      return Promise.resolve({ answer: "accept" } as const);
    };
    return { asked, confirm };
  };

  it("asks about the new name, with what is pinned", async () => {
    const { asked, confirm } = asking();
    const session = shared().h2m.sessions.open({});

    expect(textIn(await session.call("say", {}, { confirm }))).toBe("pinned");
    expect(asked).toEqual([expect.stringMatching(/say[^]*pinned/)]);
    await session.close();
  });

  it("asks nobody about a tool that does not only read, is hidden, or is called with a pinned argument", async () => {
    const { asked, confirm } = asking();
    const session = shared().h2m.sessions.open({});

    for (const name of ["pid", "die", "echo"])
      expect((await failure(session.call(name, {}, { confirm }))).message).toContain("no tool");
    const refused = await session.call("say", { text: "mine" }, { confirm });

    expect(textIn(refused)).toContain("`text` is not yours to set");
    expect(asked).toEqual([]);
    await session.close();
  });
});
