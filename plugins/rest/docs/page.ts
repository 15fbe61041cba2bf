import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { H2mError } from "../../../src/plugin.ts";

/** The page shows what others wrote, such as descriptions of tools: nothing but its own two scripts runs, and nobody else is asked. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const COMMON = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>h2m: tools</title>
    <style>
      body { margin: 0; font: 15px system-ui, sans-serif; }
      form { display: flex; gap: 8px; padding: 10px 14px; align-items: center; background: #1f2430; color: #fff; }
      input { flex: 1; max-width: 36em; padding: 6px; }
      output { color: #ffb4a2; }
    </style>
    <script type="module" src="/docs/rapidoc.js"></script>
    <script type="module" src="/docs/page.js"></script>
  </head>
  <body>
    <form id="open">
      <label for="token">Token (<code>h2m token show</code>)</label>
      <input id="token" type="password" autocomplete="off" />
      <button>Open</button>
      <output id="said"></output>
    </form>
    <rapi-doc id="docs" load-fonts="false" allow-authentication="false" allow-server-selection="false" show-header="false"
      allow-spec-url-load="false" allow-spec-file-load="false" render-style="read" schema-style="table" theme="light"></rapi-doc>
  </body>
</html>
`;

const SCRIPT = `
const [form, field, said, docs] = ["open", "token", "said", "docs"].map((id) => document.getElementById(id));
let token = "";

// What others wrote is shown as text: the page would take it for Markdown with links, images and HTML in it.
const plain = (value) => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      typeof each === "string" && ["description", "summary", "title"].includes(key)
        ? each.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("[", "&#91;")
        : plain(each),
    ]),
  );
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  said.textContent = "";
  token = field.value.trim();
  const harness = new URLSearchParams(location.search).get("harness");
  const path = "/openapi.json" + (harness === null ? "" : "?harness=" + encodeURIComponent(harness));
  const answer = await fetch(path, { headers: { authorization: "Bearer " + token } });
  if (!answer.ok) {
    said.textContent = answer.status === 401 ? "This is not the token." : "It could not be loaded: " + answer.status;
    return;
  }
  docs.loadSpec(plain(await answer.json()));
});

// It is kept in this page alone, and sent with each call that is made here.
docs.addEventListener("before-try", ({ detail }) => detail.request.headers.set("authorization", "Bearer " + token));
`;

export function page(): Response {
  return new Response(PAGE, { headers: { ...COMMON, "content-type": "text/html; charset=utf-8" } });
}

export function script(): Response {
  return new Response(SCRIPT, {
    headers: { ...COMMON, "content-type": "text/javascript; charset=utf-8" },
  });
}

/** RapiDoc 9.3 (MIT), packed: the build puts it beside the program; from source it is the package's own. */
export async function rapidoc(): Promise<Response> {
  const bytes = await packed();
  return new Response(new Uint8Array(bytes), {
    headers: {
      ...COMMON,
      "content-type": "text/javascript; charset=utf-8",
      "content-encoding": "gzip",
    },
  });
}

let reading: Promise<Buffer> | undefined;

function packed(): Promise<Buffer> {
  reading ??= find();
  // It may be there the next time.
  reading.catch(() => (reading = undefined));
  return reading;
}

async function find(): Promise<Buffer> {
  const name = "rapidoc-min.js.gz";
  const beside = ["./docs/", "../docs/"].map((folder) =>
    fileURLToPath(new URL(folder + name, import.meta.url)),
  );
  for (const path of beside) {
    const found = await readFile(path).catch(() => undefined);
    if (found) return found;
  }
  try {
    return await readFile(createRequire(import.meta.url).resolve(`rapidoc/dist/${name}`));
  } catch (cause) {
    throw new H2mError("internal", "The script of the page is not there.", {
      hint: "Install h2m anew, or run `npm run build` in a clone.",
      cause,
    });
  }
}
