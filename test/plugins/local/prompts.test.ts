import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { describe, expect, it } from "vitest";
import type { H2m, H2mConfig } from "../../../src/index.ts";
import { fakePlugin } from "../../../src/testing.ts";
import { atEnd, serve, TOKEN } from "../../helpers/server.ts";
import { failure, until } from "../../helpers/until.ts";

const ERAS = ["2025", "2026"] as const;

/** A client that says what else a server has. */
async function clientOf(
  h2m: H2m,
  era: (typeof ERAS)[number],
): Promise<{ client: Client; changes: string[] }> {
  const changes: string[] = [];
  const note = (what: string) => ({
    autoRefresh: false,
    debounceMs: 0,
    onChanged: () => void changes.push(what),
  });
  const client = new Client(
    { name: "test", version: "1" },
    {
      listChanged: { prompts: note("prompts"), resources: note("resources") },
      ...(era === "2026" ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {}),
    },
  );
  const requestInit = { headers: { authorization: `Bearer ${TOKEN}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(h2m.mcpUrl), { requestInit }));
  atEnd(() => client.close().catch(() => {}));
  return { client, changes };
}

const GREETING = `---
name: greet
title: A greeting
description: Greets somebody.
arguments:
  - name: who
    description: whom
    required: true
  - name: how
---

Greet {{who}} {{ how }} and {{nobody}}.
`;

async function projectOf(prompts: Record<string, string>, more: H2mConfig = {}) {
  const folder = await mkdtemp(join(tmpdir(), "h2m-prompts-"));
  await mkdir(join(folder, "prompts"));
  const put = (name: string, text: string) => writeFile(join(folder, "prompts", name), text);
  for (const [name, text] of Object.entries(prompts)) await put(name, text);
  await writeFile(join(folder, "README.md"), "# Read me");
  await writeFile(join(folder, "pixel.png"), Buffer.from([0, 1, 2, 255]));
  const config: H2mConfig = {
    harnesses: [],
    prompts: join(folder, "prompts"),
    resources: {
      "docs://readme": join(folder, "README.md"),
      "docs://pixel": join(folder, "pixel.png"),
    },
    ...more,
  };
  return { folder, put, config, h2m: await serve(config) };
}

describe("prompts", () => {
  it.each(ERAS)("are the Markdown files of a folder, filled in (%s)", async (era) => {
    const { h2m } = await projectOf({
      "greet.md": GREETING,
      "plain.md": "Just {{this}}.",
      "x.txt": "no",
    });
    const { client } = await clientOf(h2m, era);

    expect((await client.listPrompts()).prompts).toMatchObject([
      {
        name: "greet",
        title: "A greeting",
        description: "Greets somebody.",
        arguments: [
          { name: "who", description: "whom", required: true },
          { name: "how", required: false },
        ],
      },
      { name: "plain" },
    ]);
    const asked = await client.getPrompt({
      name: "greet",
      arguments: { who: "{{how}}", how: "$& well" },
    });
    expect(asked.messages).toMatchObject([
      { role: "user", content: { type: "text", text: "Greet {{how}} $& well and {{nobody}}." } },
    ]);
    const plain = await client.getPrompt({ name: "plain" });
    expect(plain.messages).toMatchObject([{ content: { text: "Just {{this}}." } }]);
  });

  it.each(ERAS)(
    "that lack an argument, have one too many or are none are refused in words (%s)",
    async (era) => {
      const { h2m } = await projectOf({ "greet.md": GREETING });
      const { client } = await clientOf(h2m, era);

      expect((await failure(client.getPrompt({ name: "greet" }))).message).toContain("needs: who");
      const unknown = client.getPrompt({ name: "greet", arguments: { who: "x", hwo: "y" } });
      expect((await failure(unknown)).message).toContain("has no argument `hwo`");
      expect((await failure(client.getPrompt({ name: "gret" }))).message).toContain(
        "Did you mean `greet`?",
      );
    },
  );

  it.each(ERAS)("change as their files do, and clients are told (%s)", async (era) => {
    const { h2m, put, folder } = await projectOf({ "greet.md": GREETING });
    const { client, changes } = await clientOf(h2m, era);
    await client.listPrompts();

    await put("other.md", "Other.");
    await until("clients are told", () => changes.includes("prompts"));
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual([
      "greet",
      "other",
    ]);

    await rm(join(folder, "prompts", "greet.md"));
    await until("it is gone", async () => (await client.listPrompts()).prompts.length === 1);
  });

  it.each<[string, string, RegExp]>([
    ["no YAML", "---\na: [\n---\n", /a head that is no YAML/],
    ["a list", "---\n- a\n---\n", /a head that is no list of keys/],
    ["an unknown key", "---\nnmae: x\n---\n", /has the key `nmae`/],
    ["a bad name", "---\nname: a b\n---\n", /needs a `name` of 1 to 128/],
    ["a number for a text", "---\ndescription: 3\n---\n", /a `description` that is no text/],
    ["arguments that are none", "---\narguments: x\n---\n", /`arguments` that are no list/],
    [
      "an argument without a name",
      "---\narguments: [{}]\n---\n",
      /`arguments\[0\]` without a `name`/,
    ],
    ["an argument twice", "---\narguments: [a, a]\n---\n", /names the argument `a` twice/],
  ])("with %s in the head are left out, and that is told", async (_, text, reason) => {
    const { h2m, put } = await projectOf({ "good.md": "Good." });
    const told: string[] = [];
    h2m.on("warning", ({ message }) => told.push(message));
    const { client } = await clientOf(h2m, "2025");

    await put("bad.md", text);
    await until("it is told", () => told.length > 0);

    expect(told[0]).toMatch(reason);
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(["good"]);
  });

  it("of one name: the first file has it", async () => {
    const { h2m } = await projectOf({
      "a.md": "---\nname: same\n---\nA",
      "b.md": "---\nname: same\n---\nB",
    });
    const { client } = await clientOf(h2m, "2025");

    expect((await client.getPrompt({ name: "same" })).messages).toMatchObject([
      { content: { text: "A" } },
    ]);
  });
});

describe("resources", () => {
  it.each(ERAS)("are the files that the config names (%s)", async (era) => {
    const { h2m } = await projectOf({}, { plugins: [fakePlugin()], harnesses: ["fake"] });
    const { client } = await clientOf(h2m, era);

    expect((await client.listResources()).resources).toMatchObject([
      { uri: "docs://readme", name: "README.md", mimeType: "text/markdown" },
      { uri: "docs://pixel", name: "pixel.png", mimeType: "image/png" },
    ]);
    const { contents } = await client.readResource({ uri: "docs://readme" });
    expect(contents).toEqual([
      { uri: "docs://readme", mimeType: "text/markdown", text: "# Read me" },
    ]);
    const pixel = await client.readResource({ uri: "docs://pixel" });
    expect(pixel.contents).toMatchObject([{ blob: "AAEC/w==" }]);
    expect((await failure(client.readResource({ uri: "docs://x" }))).message).toContain(
      "no resource `docs://x`",
    );
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates).toEqual([]);
  });

  it("stand beside results that were too large", async () => {
    const limits = { limits: { maxResultBytes: 1_000 } };
    const { h2m } = await projectOf(
      {},
      { plugins: [fakePlugin()], harnesses: ["fake"], tools: limits },
    );
    const { client } = await clientOf(h2m, "2025");

    await client.callTool({ name: "echo", arguments: { text: "x".repeat(5_000) } });

    const { resources } = await client.listResources();
    expect(resources).toHaveLength(3);
    const { contents } = await client.readResource({ uri: resources[2]?.uri ?? "" });
    expect(JSON.stringify(contents)).toContain("x".repeat(5_000));
  });

  it("are read as they are now; one that is gone is told", async () => {
    const { h2m, folder } = await projectOf({});
    const { client } = await clientOf(h2m, "2025");

    await writeFile(join(folder, "README.md"), "# New");
    expect(JSON.stringify(await client.readResource({ uri: "docs://readme" }))).toContain("# New");
    await rm(join(folder, "README.md"));
    const gone = await failure(client.readResource({ uri: "docs://readme" }));
    expect(gone.message).toContain("cannot be read now");
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ["a key that is no URI", { readme: "x" }, /`resources.readme`|name in `resources/],
    ["a URI of ours", { "h2m://result/x/1": "x" }, /a URI such as docs:\/\/readme/],
    ["a file that is not there", { "docs://x": "/nowhere" }, /There is no file `\/nowhere`/],
  ])("with %s are refused at the start", async (_, resources, message) => {
    expect((await failure(serve({ resources }))).message).toMatch(message);
  });

  it("of a later config are listed, and clients are told", async () => {
    const { h2m, config, folder } = await projectOf({});
    const { client, changes } = await clientOf(h2m, "2025");

    // The stream that tells it may open a moment after the client is connected.
    let count = 0;
    await until("clients are told", async () => {
      const resources = { [`docs://new/${++count}`]: join(folder, "README.md") };
      await h2m.configure({ ...config, resources });
      return changes.includes("resources");
    });
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([`docs://new/${count}`]);
  });
});

it("nothing is offered where there is nothing", async () => {
  const { client } = await clientOf(
    await serve({ harnesses: ["fake"], plugins: [fakePlugin()] }),
    "2025",
  );

  expect(client.getServerCapabilities()).not.toHaveProperty("prompts");
  expect(client.getServerCapabilities()).not.toHaveProperty("resources");
});
