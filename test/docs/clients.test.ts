import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PAGE, page } from "../clients/page.ts";
import { ROOT } from "../helpers/markdown.ts";

it("the page of the clients says what their suite expects, with the lines that it uses", () => {
  // `node --import jiti/register test/clients/page.ts && npx oxfmt` writes it.
  expect(plain(readFileSync(join(ROOT, PAGE), "utf8"))).toBe(plain(page()));
});

/** Without the space that only sets cells below each other. */
function plain(text: string): string {
  return text.replaceAll(/ +\|/g, " |").replaceAll(/-{3,}/g, "---");
}
