import { expect, it } from "vitest";
import { definePlugin, defineToolMapper } from "../../src/index.ts";
import { fakeLauncher, fakePlugin } from "../../src/testing.ts";
import { connected, serve, TOKEN } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

it("a plugin's harness and mappers work from an inline config: lists flow out, calls flow in", async () => {
  const order: string[] = [];
  const mapper = (name: string) =>
    defineToolMapper({
      name,
      list: (tools) => {
        order.push(`${name} list`);
        return tools.map((tool) => ({ ...tool, description: `${tool.description} ${name}` }));
      },
      call: async (call, next) => {
        order.push(`${name} in`);
        const result = await next({
          ...call,
          arguments: { text: `${call.arguments["text"]} ${name}` },
        });
        order.push(`${name} out`);
        return result;
      },
    });
  const plugin = definePlugin(() => ({
    name: "mine",
    harnesses: [fakeLauncher({ name: "mine", driver: true })],
    mappers: [mapper("inner")],
  }));
  const h2m = await serve({
    harnesses: ["mine"],
    plugins: [false, plugin()],
    tools: { map: [mapper("outer")], rename: { echo: "say" }, exclude: ["d*"] },
  });
  const client = await connected(h2m);
  const [tool] = (await h2m.sessions.list()[0]?.tools()) ?? [];

  expect(await client.text("say", { text: "word" })).toBe("word outer inner");

  expect(tool).toMatchObject({
    name: "say",
    description: "The invented tool echo. inner outer",
    annotations: { readOnlyHint: true },
  });
  expect(order).toEqual([
    "inner list",
    "outer list",
    "outer in",
    "inner in",
    "inner out",
    "outer out",
  ]);
});

it("a renamed tool is called by its new name only, a filtered one by none", async () => {
  const h2m = await serve({
    harnesses: ["fake"],
    plugins: [fakePlugin({ driver: true })],
    tools: { rename: { echo: "say" }, exclude: ["die"] },
  });
  const client = await connected(h2m);

  expect(await client.names()).not.toContain("echo");
  expect(await client.names()).not.toContain("die");
  expect((await failure(client.call("echo", { text: "x" }))).message).toContain("no tool `echo`");
  expect((await failure(client.call("die", { code: 1 }))).message).toContain("no tool `die`");
  expect(await client.text("say", { text: "x" })).toBe("x");
});

it("two tools that end with one name fail the list and the calls, naming both", async () => {
  const h2m = await serve({
    harnesses: ["fake"],
    plugins: [fakePlugin({ driver: true })],
    tools: { rename: { echo: "pid" } },
  });
  const client = await connected(h2m);

  const messages = [await failure(client.names()), await failure(client.call("pid"))];

  for (const { message } of messages) {
    expect(message).toContain("`pid`");
    expect(message).toContain("`echo`");
  }
});

it("a plugin's routes stand behind the guard", async () => {
  const h2m = await serve({
    plugins: [
      definePlugin({
        name: "routes",
        setup: ({ app, version }) => void app.get("/mine", () => ({ mine: version })),
      }),
    ],
  });
  const url = new URL("/mine", h2m.mcpUrl);

  const without = await fetch(url);
  const withToken = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });

  expect(without.status).toBe(401);
  expect(await withToken.json()).toEqual({ mine: h2m.version });
});

it("a mapper that throws fails its call alone", async () => {
  const h2m = await serve({
    harnesses: ["fake"],
    plugins: [fakePlugin({ driver: true })],
    tools: {
      map: [
        {
          name: "picky",
          call: (call, next) => {
            if (call.name === "echo") throw new Error("not this one");
            return next(call);
          },
        },
      ],
    },
  });
  const client = await connected(h2m);

  expect((await failure(client.call("echo", { text: "x" }))).message).toContain("not this one");
  expect(Number(await client.text("pid"))).toBeGreaterThan(0);
});

it("a plugin that cannot be set up is told by its name", async () => {
  const broken = definePlugin({
    name: "broken",
    setup: () => {
      throw new Error("no disk");
    },
  });

  const error = await failure(serve({ plugins: [broken] }));

  expect(error.message).toContain("The plugin `broken` could not be set up: no disk");
  expect(error.code).toBe("bad-config");
});
