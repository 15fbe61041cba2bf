import type { Plugin } from "../../src/plugin.ts";
import { SearchSession } from "./view.ts";

/** `expose: "search"`: three tools by which the others are found, told of and called. */
export default {
  name: "search",
  view: (session) => new SearchSession(session),
} satisfies Plugin;
