import { definePlugin } from "../../src/plugin.ts";
import type { Rest, RestOptions } from "./rest.ts";

/** The page and its script: they hold nothing of the server, and are given without a token. */
export const OPEN_PATHS = ["/docs", "/docs/page.js", "/docs/rapidoc.js"] as const;

/** The tools over plain HTTP: `POST /tools/<name>`, `GET /tools`, `/openapi.json`, and `/docs`. Loaded with the first request. */
export default definePlugin((options: RestOptions) => ({
  name: "rest",
  setup: (h2m) => {
    let loading: Promise<Rest> | undefined;
    const rest = () => (loading ??= import("./rest.ts").then(({ Rest }) => new Rest(h2m, options)));
    const page = () => import("./docs/page.ts");
    const { app } = h2m;
    app.get("/tools", async (event) => (await rest()).list(event));
    app.get("/tools/:harness", async (event) => (await rest()).list(event));
    app.post("/tools/:name", async (event) => (await rest()).call(event));
    app.post("/tools/:harness/:name", async (event) => (await rest()).call(event));
    app.get("/openapi.json", async (event) => (await rest()).document(event));
    app.get("/docs", async () => (await page()).page());
    app.get("/docs/page.js", async () => (await page()).script());
    app.get("/docs/rapidoc.js", async () => (await page()).rapidoc());
  },
}));
