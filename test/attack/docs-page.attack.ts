import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { defineTool } from "../../src/plugin.ts";
import { serve, TOKEN } from "../helpers/server.ts";
import { until } from "../helpers/until.ts";
import { openBrowser } from "./web-page.ts";

let browser: Browser;
beforeAll(async () => void (browser = await openBrowser()), 60_000);
afterAll(() => browser?.close());

const EVIL = `<img src="https://evil.example.test/x.png" onerror="window.ran = 1"><script>window.ran = 1</script>
[click](javascript:window.ran=1) ![x](https://evil.example.test/y.png)`;

const tools = [
  defineTool({
    name: "greet",
    title: `Greets ${EVIL}`,
    description: `Greets. ${EVIL}`,
    input: z.object({ who: z.string().describe(EVIL) }),
    handler: ({ who }) => `Hello ${who} ${EVIL}`,
  }),
];

it("the page of the tools works without any other host, runs nothing of what tools say, and keeps the token to itself", async () => {
  const h2m = await serve({ tools: { local: tools } });
  const root = h2m.mcpUrl.slice(0, -"/mcp".length);
  const page = await browser.newPage();
  const requests: string[] = [];
  const problems: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => problems.push(error.message));

  await page.goto(`${root}/docs`);
  await page.fill("#token", "wrong");
  await page.click("button");
  await page.waitForFunction(() =>
    document.getElementById("said")?.textContent?.includes("not the token"),
  );

  await page.fill("#token", TOKEN);
  await page.click("button");
  await page.locator("rapi-doc").getByText("/tools/greet").first().waitFor();
  // A call is made in the page, with the token that was typed.
  const calls: unknown[] = [];
  h2m.on("call:end", ({ name, arguments: args, error }) => calls.push([name, args, error]));
  await page.locator("rapi-doc textarea").first().fill('{"who":"page"}');
  await page.locator("rapi-doc").getByText("TRY", { exact: true }).first().click();
  await until("the call was made", () => calls.length > 0);
  expect(calls).toEqual([["greet", { who: "page" }, undefined]]);

  expect(await page.evaluate(() => (window as { ran?: number }).ran)).toBeUndefined();
  expect(
    requests.filter(
      (url) => !url.startsWith(root) && !url.startsWith("data:") && !url.startsWith("blob:"),
    ),
  ).toEqual([]);
  expect(requests.filter((url) => url.includes(TOKEN))).toEqual([]);
  expect(problems).toEqual([]);
  expect(
    await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]),
  ).toEqual([0, 0, ""]);
});

it("may be put into no frame of another page", async () => {
  const h2m = await serve({ tools: { local: tools } });
  const { headers } = await fetch(h2m.mcpUrl.replace(/\/mcp$/, "/docs"));

  expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
});
