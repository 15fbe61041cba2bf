// The fixture harness with a schema that the Inspector's lint refuses, in a form that every client takes; `raw`: as it is.
import { defineConfig } from "harness-to-mcp";
import fixture from "./h2m.config.mjs";

const odd = {
  name: "odd",
  list: (tools) =>
    tools.map((tool) => ({
      ...tool,
      inputSchema: { type: "object", properties: { any: true }, anyOf: [{ required: ["any"] }] },
    })),
};

export default defineConfig({
  ...fixture,
  tools: { map: [odd] },
  profiles: { raw: { tools: { portable: false } } },
});
