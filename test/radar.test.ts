import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isAtLeast } from "../src/plugin.ts";
import { HARNESSES, VERSIONS } from "./live/programs.mjs";
import { changesOf } from "./live/radar/compare.ts";
import {
  agreed,
  type Fingerprint,
  hashOf,
  printed,
  withoutChance,
} from "./live/radar/fingerprint.ts";
import { madeOf, readKnown } from "./live/radar/known.ts";

const FOLDER = "test/live/fingerprints";

/** What a run has met; its texts are not hashed yet. */
function met(more: Partial<Fingerprint> = {}): Fingerprint {
  return {
    harness: "fake",
    version: "1.0.0",
    tools: { Read: { schema: "a", text: "b" } },
    requests: { "POST /v1": { headers: ["accept"], body: ["model"], betas: [] } },
    events: { init: ["tools"] },
    rows: { Read: { results: ["text"], text: "leaf" } },
    exit: "code 0",
    ...more,
  };
}

const keysOf = (before: Fingerprint, after: Fingerprint) =>
  changesOf(before, after).map(({ key }) => key);

describe("two runs of one version", () => {
  it("agree on what both met; the rest is marked, and no change in either direction", () => {
    const more = { events: { init: ["tools", "mood"], late: ["id"] } };
    const both = agreed(met(), met(more));

    expect(both.events).toEqual({ init: ["mood?", "tools"], "late?": ["id"] });
    expect(keysOf(both, agreed(met(), met()))).toEqual([]);
    expect(keysOf(agreed(met(), met()), both)).toEqual([]);
    expect(keysOf(both, agreed(met(more), met(more)))).toEqual([]);
  });

  it.each([
    ["a number", "after 12 ms", "after 9 ms", true],
    ["an id with digits and one without", "ID: b1x2y3z4. Done", "ID: abcdefgh. Done", true],
    ["a name in the middle", "/x/tmp-a1b2c3-p/out", "/x/tmp-abcdef-p/out", true],
    ["a line more", "one", "one\ntwo", false],
  ])("have the same text of a row but for chance: %s", (_what, one, other, same) => {
    const row = (text: string) =>
      met({ rows: { Read: { results: ["text"], text: withoutChance(text, []) } } });

    const [there, back] = [agreed(row(one), row(other)), agreed(row(other), row(one))];
    expect(there.rows).toEqual(back.rows);
    expect(there.rows["Read"]!.text === "varies").toBe(!same);
  });

  it("are printed so that each part has a line, and read again", () => {
    const text = printed(met());

    expect(JSON.parse(text)).toEqual(met());
    expect(text).toContain('    "Read": {"results":["text"],"text":"leaf"}\n');
  });
});

describe("a change", () => {
  const before = agreed(met(), met());

  it.each<[key: string, after: Partial<Fingerprint>]>([
    ["tool new Write", { tools: { ...met().tools, Write: { schema: "c", text: "d" } } }],
    ["tool gone Read", { tools: {} }],
    ["tool schema Read", { tools: { Read: { schema: "other", text: "b" } } }],
    ["request gone POST /v1", { requests: {} }],
    ["event new finished", { events: { ...met().events, finished: [] } }],
    ["event keys init: +mood", { events: { init: ["tools", "mood"] } }],
    [
      "row results Read: text -> error text",
      { rows: { Read: { results: ["error text"], text: "leaf" } } },
    ],
    ["row text Read", { rows: { Read: { results: ["text"], text: "stone" } } }],
    ["exit code 0 -> code 1", { exit: "code 1" }],
  ])("is named: %s", (key, after) => {
    expect(keysOf(before, agreed(met(after), met(after)))).toEqual([key]);
  });

  it("is known by its key or its beginning, in the version that it came with", () => {
    const known = { fake: { "1.1.0": { "tool new A": "served", "event keys *": "not read" } } };
    const span = (from: string, until: string) => ({ harness: "fake", before: from, until });

    expect(madeOf(known, span("1.0.0", "1.1.0"), "tool new A")).toBe("served");
    expect(madeOf(known, span("1.0.0", "1.2.0"), "event keys init: +x")).toBe("not read");
    expect(madeOf(known, span("1.0.0", "1.2.0"), "tool new AB")).toBeUndefined();
    expect(madeOf(known, span("1.1.0", "1.2.0"), "tool new A")).toBeUndefined();
    expect(madeOf(known, span("0.9.0", "1.0.0"), "tool new A")).toBeUndefined();
  });
});

describe.each(HARNESSES)("the fingerprints of %s", (harness) => {
  const all = async () => {
    const names = (await readdir(FOLDER)).filter((name) => name.startsWith(`${harness}-`));
    const texts = await Promise.all(names.map((name) => readFile(join(FOLDER, name), "utf8")));
    return texts
      .map((text) => JSON.parse(text) as Fingerprint)
      .toSorted((a, b) => (isAtLeast(a.version, b.version) ? 1 : -1));
  };

  it("are there of the newest version, and of those at which something changed", async () => {
    const { newest, changed } = VERSIONS[harness]!;

    const versions = (await all()).map(({ version }) => version);
    expect(versions).toEqual(expect.arrayContaining([newest, ...Object.keys(changed)]));
  });

  it("differ in nothing that nobody has looked at", async () => {
    const known = await readKnown();
    const [first, ...later] = await all();

    let before = first!;
    for (const after of later) {
      const span = { harness, before: before.version, until: after.version };
      const unnamed = keysOf(before, after).filter((key) => !madeOf(known, span, key));
      expect({ [after.version]: unnamed }).toEqual({ [after.version]: [] });
      before = after;
    }
  });

  it("hold no word of a vendor: names and hashes", async () => {
    for (const { tools, rows } of await all()) {
      const hashes = Object.values(tools).flatMap(({ schema, text }) => [schema, text]);
      for (const hash of [...hashes, ...Object.values(rows).map(({ text }) => text)])
        expect(hash).toMatch(/^([0-9a-f]{12}|varies)$/);
    }
    expect(hashOf("x")).toMatch(/^[0-9a-f]{12}$/);
  });
});
