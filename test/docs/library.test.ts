import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { RawClient } from "../faults/raw-client.ts";
import { start } from "../helpers/cli.ts";
import { connect } from "../helpers/clients.ts";
import { readPage, ROOT } from "../helpers/markdown.ts";
import { atEnd, TOKEN } from "../helpers/server.ts";
import { lives, until } from "../helpers/until.ts";

const PAGE = readPage("docs/3.plugins/5.library.md");
/** Runs a program whose imports lead to our sources. */
const RUNNER = `
  import { createJiti } from ${JSON.stringify(import.meta.resolve("jiti"))};
  await createJiti(import.meta.url).import(process.argv[2]);
`;
const source = (file: string) => JSON.stringify(join(ROOT, "src", `${file}.ts`));
// Where the packages of the examples are found.
const cache = join(ROOT, "node_modules/.cache");
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, "h2m-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The examples as they stand on the page, but for the harness, the port, and where h2m is: they are run as programs. */
const examples = PAGE.blocks.filter(({ language }) => language === "js");

/** Each change must be one: the example may be written in another way by now. */
function changed(text: string, changes: readonly (readonly [string, string])[]): string {
  let made = text;
  for (const [from, to] of changes) {
    expect(made).toContain(from);
    made = made.replaceAll(from, to);
  }
  return made;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await until("a port", () => server.listening);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function run(heading: string, code: string) {
  const port = await freePort();
  const config = `{ harnesses: ["fake"], plugins: [fakePlugin({ driver: true, headers: true })], catalog: false, heartbeat: 100,
    server: { token: "${TOKEN}", attachKey: "attach-key" } }`;
  const program = changed(code, [
    ['"harness-to-mcp"', source("index")],
    ['{ harnesses: ["claude"] }', config],
    ["3000", String(port)],
  ]);
  const file = join(folder, `${heading.replaceAll(/\W/g, "-")}.mjs`);
  writeFileSync(file, `import { fakePlugin } from ${source("testing")};\n${program}`);
  const runner = join(folder, "runner.mjs");
  writeFileSync(runner, RUNNER);
  const running = start(runner, [file], { cwd: folder });
  atEnd(() => running.child.kill("SIGKILL"));
  const root = `http://127.0.0.1:${port}`;
  const own = await until(
    `${heading} answers`,
    () => {
      if (running.child.exitCode !== null) throw new Error(running.stderr());
      return fetch(root).then(
        (response) => response.text(),
        () => undefined,
      );
    },
    60_000,
  );
  return { running, root, own };
}

/** Status of a request without a token. */
function unasked(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

it("the page has an example for each kind of server", () => {
  expect(examples.map(({ heading }) => heading)).toEqual(["h3", "Hono", "Express", "node:http"]);
});

describe.each(examples.map(({ heading, text }) => [heading, text] as const))(
  "the example for %s",
  (heading, code) => {
    it("serves its own page and real MCP clients, sees them leave, and ends with all", async () => {
      const { running, root, own } = await run(heading, code);

      expect(own).toBe("my own page");
      expect(await unasked(`${root}/mcp`)).toBe(401);
      const pids: number[] = [];
      for (const era of ["v1", "v2-2026"] as const) {
        const client = await connect(era, `${root}/mcp/fake/shared`, TOKEN);
        atEnd(() => client.close().catch(() => {}));
        pids.push(Number(await client.text("pid")));
        const order: string[] = [];
        const args = { ms: 1_000, text: "done" };
        const told = { onprogress: () => void order.push("news") };
        await client.call("slow", args, told).then(() => order.push("result"));
        expect([order[0], order.at(-1)]).toEqual(["news", "result"]);
        expect((await client.text("big", { n: 500_000 })).length).toBe(500_000);
      }
      expect(new Set(pids).size).toBe(1);
      const [pid = 0] = pids;
      for (const era of ["2025-11-25", "2026-07-28"] as const) {
        const server = { mcpUrl: `${root}/mcp`, token: TOKEN };
        const leaving = await RawClient.open(server, era, "/fake/shared");
        const exchange = leaving.call("slow", { ms: 60_000, text: "never" }, "token");
        await until("it runs", () => exchange.messages().length > 0);
        leaving.vanish();
      }
      const client = await connect("v1", `${root}/mcp/fake/shared`, TOKEN);
      atEnd(() => client.close().catch(() => {}));
      const log = async () => (await client.text("log")).split("slow:cancelled").length - 1;
      await until("both calls have ended", async () => (await log()) === 2, 10_000);

      running.child.kill("SIGTERM");

      expect(await running.ended).toBe(0);
      await until("the harness has ended", () => !lives(pid));
    }, 120_000);
  },
);
