import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakePlugin } from "../../src/testing.ts";
import type { H2m } from "../../src/index.ts";
import { connected, serve, TOKEN } from "../helpers/server.ts";
import { FOREIGN, openBrowser, openSite, REBOUND, type Site, tryAll } from "./web-page.ts";

const CALL = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", arguments: { text: "from a page" } },
});
const TURN = JSON.stringify({
  type: "response.create",
  model: "m",
  max_tokens: 1,
  stream: true,
  input: [{ type: "message", role: "user", content: "hello" }],
  messages: [{ role: "user", content: "hello" }],
  tools: [
    {
      type: "function",
      name: "forged",
      parameters: { type: "object" },
      input_schema: { type: "object" },
    },
  ],
});

/** A server, and what it did for anybody. */
async function watched(auth: boolean): Promise<{ h2m: H2m; deeds: string[] }> {
  const h2m = await serve({ harnesses: ["fake"], plugins: [fakePlugin()], server: { auth } });
  const deeds: string[] = [];
  h2m.on("session:open", ({ session }) => deeds.push(`a session of ${session.harness} opened`));
  h2m.on("call:start", ({ name }) => deeds.push(`${name} was called`));
  h2m.on("turn", ({ api }) => deeds.push(`a turn over ${api} was taken`));
  h2m.on("host:start", ({ harness }) => deeds.push(`${harness} was started`));
  h2m.on("error", ({ error }) => deeds.push(`error: ${error.message}`));
  return { h2m, deeds };
}

describe("a web page of another origin, in a real Chromium", () => {
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    site = await openSite();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  const pageAt = async (url: string): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(url);
    return page;
  };

  it.each([
    { how: "with a token", auth: true, key: "guessed" },
    // What a page may have learned does not help it either.
    { how: "with a token that the page knows", auth: true, key: TOKEN },
    { how: "without any (--no-auth)", auth: false, key: "any" },
  ])("gets nothing from a server $how, and moves it to nothing", async ({ auth, key }) => {
    const { h2m, deeds } = await watched(auth);
    const root = new URL(h2m.mcpUrl).origin;
    const page = await pageAt(`http://${FOREIGN}:${site.port}/`);

    const tries = await page.evaluate(tryAll, { root, call: CALL, turn: TURN, key });

    expect(tries.length).toBeGreaterThan(100);
    expect(tries.filter(({ got }) => got !== undefined)).toEqual([]);
    expect(deeds).toEqual([]);
    await page.close();
    // It is there for whoever may use it.
    const client = await connected(h2m);
    expect(await client.text("echo", { text: "mine" })).toBe("mine");
  });

  // What the security page says of `--no-auth`; and the proof that a page that is let in is noticed here.
  it("may open a WebSocket only from a loopback origin and without any secret", async () => {
    const { h2m, deeds } = await watched(false);
    const { origin } = new URL(h2m.mcpUrl);
    const page = await pageAt(`http://localhost:${site.port}/`);

    const bait = { root: origin, call: CALL, turn: TURN, key: "any" };
    const tries = await page.evaluate(tryAll, bait);

    const opened = tries.filter(({ got }) => got === "opened").map(({ how }) => how);
    expect(opened).toContain("WebSocket /harness_to_mcp/v1/responses ");
    expect(deeds).toContain("a turn over responses was taken");
    await page.close();
  });

  it("reads nothing by a name of its own that leads to the server", async () => {
    const { h2m, deeds } = await watched(false);
    const { port } = new URL(h2m.mcpUrl);
    const page = await pageAt(`http://${REBOUND}:${port}/health`);

    expect(await page.textContent("body")).toContain(REBOUND);
    const own = { root: `http://${REBOUND}:${port}`, call: CALL, turn: TURN, key: "any" };
    const tries = await page.evaluate(tryAll, own);

    const read = tries.flatMap(({ got }) => (got === undefined ? [] : [got]));
    // The page and the server have one origin now: it may read the refusals, and there is nothing else.
    for (const text of read) expect(text).toMatch(/^(403 )?\{"error":"The host /);
    expect(read.length).toBeGreaterThan(10);
    expect(deeds).toEqual([]);
    await page.close();
  });

  it("sends nothing from a frame that has no origin", async () => {
    const { h2m, deeds } = await watched(false);
    const { origin } = new URL(h2m.mcpUrl);
    const page = await pageAt(`http://${FOREIGN}:${site.port}/`);

    // A sandboxed frame says `Origin: null`.
    const answer = await page.evaluate(
      ({ root, call }) =>
        new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.setAttribute("sandbox", "allow-scripts");
          frame.srcdoc = `<script>
            fetch(${JSON.stringify(`${root}/mcp`)}, { method: "POST", headers: { "content-type": "application/json" }, body: ${JSON.stringify(call)} })
              .then((answer) => answer.text()).then((text) => parent.postMessage(text, "*"), () => parent.postMessage("refused", "*"));
          </script>`;
          addEventListener("message", ({ data }) => resolve(data));
          document.body.append(frame);
        }),
      { root: origin, call: CALL },
    );

    expect(answer).toBe("refused");
    expect(deeds).toEqual([]);
    await page.close();
  });
});
