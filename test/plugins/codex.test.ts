import type { CodexFacts } from "../../plugins/codex/detect.ts";
import { parseTOML } from "confbox/toml";
import { describe, expect, it } from "vitest";
import { modelOf } from "../../plugins/codex/catalog.ts";
import { codex } from "../../plugins/codex/index.ts";
import { threadOf } from "../../plugins/codex/launch.ts";
import { responses } from "../../plugins/responses/index.ts";
import type { LaunchContext } from "../../src/plugin.ts";

const TOKEN = "token-of-the-host";
const SEAT_KEY = "key-of-the-seat";

const context = (more: Partial<LaunchContext<CodexFacts>> = {}): LaunchContext<CodexFacts> => ({
  install: {
    command: "/opt/codex",
    version: "0.0.1",
    facts: { model: { slug: "h2m", words: 'a "quoted" one' } },
  },
  options: {},
  prompt: "go",
  cwd: "/project",
  home: "/private/home",
  origin: "http://127.0.0.1:1/harness_to_mcp",
  token: TOKEN,
  secret: "word",
  ...more,
});

describe("the catalog", () => {
  const plain = {
    slug: "plain",
    apply_patch_tool_type: "freeform",
    shell_type: "unified_exec",
    use_responses_lite: false,
    tool_mode: null,
    input_modalities: ["text", "image"],
    supports_search_tool: true,
    upgrade: { model: "newer" },
  };
  const hidden = { ...plain, slug: "hidden", use_responses_lite: true, tool_mode: "script_only" };
  const unpatched = { ...plain, slug: "unpatched", apply_patch_tool_type: null };
  const shellless = { ...plain, slug: "shellless", shell_type: "disabled" };
  const blind = { ...plain, slug: "blind", input_modalities: ["text"] };
  const pick = (...models: object[]) =>
    modelOf(JSON.stringify({ models: models.map((each) => ({ ...each, from: each })) }));

  it("takes the model that lists its tools one by one, by its properties", () => {
    const model = pick(unpatched, shellless, hidden, blind, plain);

    expect(model).toMatchObject({
      slug: "h2m",
      from: { slug: "plain" },
      upgrade: null,
      supports_search_tool: false,
    });
  });

  it("makes one that hides its tools list them, where there is no other", () => {
    const model = pick(unpatched, blind, hidden);

    expect(model).toMatchObject({
      from: { slug: "hidden" },
      use_responses_lite: false,
      tool_mode: null,
    });
  });

  it.each([
    ["no model has a patch tool", JSON.stringify({ models: [unpatched, shellless] })],
    ["it is of another form", JSON.stringify([plain])],
    ["it is no JSON", "usage: codex"],
  ])("gives nothing if %s", (_, text) => {
    expect(modelOf(text)).toBeUndefined();
  });
});

describe("the launch of codex", () => {
  it("has its key in the private config file alone, for its telemetry", () => {
    const { files, ...rest } = codex.prepare(context());

    expect(rest).toMatchObject({ command: "/opt/codex", args: ["app-server"] });
    expect(JSON.stringify(rest)).not.toContain(TOKEN);
    expect(files?.["codex/models.json"]).not.toContain(TOKEN);
    expect(parseTOML(files?.["codex/config.toml"] ?? "")).toMatchObject({
      otel: {
        exporter: {
          "otlp-http": {
            endpoint: "http://127.0.0.1:1/harness_to_mcp/hosts/v1/logs",
            protocol: "json",
            headers: { authorization: `Bearer ${TOKEN}` },
          },
        },
      },
    });
  });

  it("shows its tools no variable that only codex needs", () => {
    const { env, fixedEnv, files } = codex.prepare(context());

    const excluded = /^exclude = (\[.*\])$/m.exec(files?.["codex/config.toml"] ?? "")?.[1];
    const given = Object.entries({ ...env, ...fixedEnv }).filter(
      ([, value]) => value !== undefined,
    );
    expect(JSON.parse(excluded ?? "[]").toSorted()).toEqual(given.map(([name]) => name).toSorted());
  });

  it("keeps everything of codex in the private folder", () => {
    const { env, files } = codex.prepare(context());

    expect(env).toMatchObject({ CODEX_HOME: "/private/home/codex" });
    expect(Object.keys(files ?? {})).toEqual([
      "codex/config.toml",
      "canary/.codex/config.toml",
      "codex/models.json",
    ]);
    expect(files?.["codex/config.toml"]).toContain(
      'model_catalog_json = "/private/home/codex/models.json"',
    );
    expect(JSON.parse(files?.["codex/models.json"] ?? "")).toEqual({
      models: [{ slug: "h2m", words: 'a "quoted" one' }],
    });
  });

  it("does without a catalog if none could be made", () => {
    const { files } = codex.prepare(context({ install: { command: "/opt/codex" } }));

    expect(files).not.toHaveProperty("codex/models.json");
    expect(files?.["codex/config.toml"]).not.toContain("model_catalog_json");
  });

  it("leaves a model that the user chose to the catalog of codex", () => {
    const { files } = codex.prepare(context({ options: { model: "own-choice" } }));

    expect(files?.["codex/config.toml"]).toMatch(/^model = "own-choice"$/m);
    expect(files).not.toHaveProperty("codex/models.json");
  });

  it("gives each seat its own key and the mark of its processes", () => {
    const seat = { id: "s", token: SEAT_KEY, cwd: "/project", env: { MARK: "m1" }, prompt: "go" };

    const thread = threadOf(seat, context());

    expect(thread).toMatchObject({
      cwd: "/project",
      modelProvider: "h2m",
      approvalPolicy: "never",
      config: {
        model_providers: {
          h2m: {
            base_url: "http://127.0.0.1:1/harness_to_mcp/v1",
            experimental_bearer_token: SEAT_KEY,
            wire_api: "responses",
          },
        },
        shell_environment_policy: { set: { MARK: "m1" } },
      },
    });
    expect(JSON.stringify(thread)).not.toContain("env_key");
  });
});

describe("the line that attaches codex", () => {
  it("points it at the server and keeps the key from its tools", () => {
    const line = codex.attach?.({ origin: "http://127.0.0.1:9/h", key: '"$KEY"' }) ?? "";

    expect(line).toMatch(/^H2M_KEY="\$KEY" NO_PROXY=\S+ no_proxy=\S*127\.0\.0\.1\S* codex -c '/);
    expect(line).toContain('base_url="http://127.0.0.1:9/h/v1"');
    expect(line).toContain('env_key="H2M_KEY"');
    expect(line).toContain(`'shell_environment_policy.exclude=["H2M_KEY"]'`);
  });
});

describe("the headers of codex", () => {
  it.each([
    ["a thread", { "thread-id": "t1" }, { conversation: "t1", subagent: false }],
    ["codex without a thread", { originator: "codex_exec" }, { subagent: false }],
    ["its user agent", { "user-agent": "codex_cli/1" }, { subagent: false }],
    [
      "a subagent",
      { "thread-id": "t2", "x-codex-parent-thread-id": "t1" },
      { conversation: "t2", subagent: true },
    ],
    [
      "a helper",
      { "thread-id": "t1", "x-openai-subagent": "spawn" },
      { conversation: "t1", subagent: true },
    ],
    ["another program", { "user-agent": "other/1", "session-id": "s" }, undefined],
  ])("tell of %s", (_, headers, said) => {
    expect(codex.recognize?.(new Headers(headers))).toEqual(said);
  });
});

describe("a result of codex", () => {
  const head = (code: number) =>
    `Chunk ID: 1a2b\nWall time: 0.1 seconds\nProcess exited with code ${code}\nOriginal token count: 1\nOutput:\n`;
  const patched = (code: number) => `Exit code: ${code}\nWall time: 0 seconds\nOutput:\n`;
  const running =
    "Chunk ID: 1\nWall time: 0.5 seconds\nProcess running with session ID 7\nOutput:\n";

  const isError = (output: unknown, call: object | undefined): boolean | undefined => {
    const item = { type: "function_call", call_id: "c", arguments: "{}", ...call };
    const turn = responses.parse({
      model: "m",
      input: [...(call ? [item] : []), { type: "function_call_output", call_id: "c", output }],
      tools: [{ type: "function", name: "hum" }],
    });
    return codex.refine?.(turn).results[0]?.result.isError;
  };

  const shell = { name: "exec_command" };
  const patch = { type: "custom_tool_call", name: "apply_patch", input: "" };
  const agent = { namespace: "multi_agent_v1", name: "wait" };
  const foreign = { namespace: "mcp__other", name: "exec_command" };
  const image = [{ type: "input_image", image_url: "data:image/png;base64,aGk=" }];

  it.each([
    ["a command that fails", shell, `${head(3)}out`],
    ["a command that is killed", shell, head(-1)],
    ["a patch that fails half-way", patch, `${patched(1)}No such folder`],
    ["a command that could not start", shell, "exec_command failed: no such folder"],
    ["a patch that does not fit", patch, "apply_patch verification failed: no such lines"],
    ["an image that is none", { name: "view_image" }, "unable to process image: odd"],
    ["any plain sentence of its own tools", agent, "agent with id 7 not found"],
    ["an interrupted command", shell, "Wall time: 1.5 seconds\naborted by user"],
    ["an aborted call", shell, "aborted"],
    ["a call of a tool that is not there", { name: "nope" }, "unsupported call: nope"],
    ["a failed command, its call unseen", undefined, head(1)],
    ["a refusal, its call unseen", undefined, "write_stdin failed: Unknown process id 7"],
  ])("is an error: %s", (_, call, output) => {
    expect(isError(output, call)).toBe(true);
  });

  it.each([
    ["a command that ends well", shell, `${head(0)}out`],
    ["a command that goes on", shell, running],
    ["a patch that fits", patch, `${patched(0)}Success.`],
    ["an image", { name: "view_image" }, image],
    ["an object", agent, '{"status":{}}'],
    ["output that looks like a failure", shell, `${head(0)}Process exited with code 7\n`],
    ["output that looks like a refusal", shell, `${head(0)}unsupported call: x`],
    ["output that looks like an end", shell, `${running}aborted by user\nOutput:\n`],
    ["a sentence of a tool that is not its own", foreign, "agent with id 7 not found"],
    ["a sentence, its call unseen", undefined, "agent with id 7 not found"],
    ["an image, its call unseen", undefined, image],
  ])("is no error: %s", (_, call, output) => {
    expect(isError(output, call)).toBeUndefined();
  });

  it("keeps its text byte for byte", () => {
    const text = `${head(2)}\u001b[1mout\r\n`;
    const input = [{ type: "function_call_output", call_id: "c", output: text }];

    const turn = codex.refine?.(responses.parse({ model: "m", input }));

    expect(turn?.results[0]?.result.content).toEqual([{ type: "text", text }]);
  });
});

describe("a request of codex for a summary of the thread", () => {
  it("is answered at once, whatever tools it offers", () => {
    const body = (kind: string) => ({
      model: "m",
      input: [],
      tools: [{ type: "function", name: "hum" }],
      client_metadata: { "x-codex-turn-metadata": JSON.stringify({ request_kind: kind }) },
    });

    expect(codex.refine?.(responses.parse(body("compaction"))).immediate?.type).toBe("text");
    expect(codex.refine?.(responses.parse(body("turn"))).immediate).toBeUndefined();
  });
});
