import { createH2m, type H2m } from "harness-to-mcp";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import plugin from "../src/index.ts";

let folder: string;
let h2m: H2m;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "cline-process-")));
  h2m = await createH2m({
    harnesses: ["cline"],
    plugins: [plugin],
    cwd: folder,
    timeouts: { connect: 100_000 },
    server: { port: 0, token: "token-of-the-test", attachKey: "attach-key-of-the-test" },
  });
}, 60_000);

afterEach(async () => {
  await h2m.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** Prints the programs of all processes that carry the mark of this launch, beside the shell's own. */
const MARKED = `for each in /proc/[0-9]*; do
  grep -qzxF "H2M_LAUNCH=$H2M_LAUNCH" "$each/environ" 2>/dev/null || continue
  program=$(readlink "$each/exe") && case "$program" in */cline) echo cline;; */node) echo node;; esac
done`;

it.skipIf(process.platform !== "linux")(
  "starts no hub: the session's own process is all that there is",
  { timeout: 120_000 },
  async () => {
    const session = h2m.sessions.open({});
    await session.tools();

    const { content } = await session.call("run_commands", { commands: [MARKED] });

    const [first] = content;
    const [ran] = JSON.parse(first?.type === "text" ? first.text : "[]") as { result: string }[];
    expect(ran?.result.replaceAll("node\n", "")).toBe("cline\n");
  },
);
