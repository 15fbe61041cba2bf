import { definePlugin } from "../../src/plugin.ts";
export default definePlugin({ name: "codex" });
