import { defineApiAdapter, definePlugin, objectOf } from "../../src/plugin.ts";
import { responsesEncoder } from "./encoder.ts";
import { responsesError } from "./errors.ts";
import { parseResponses } from "./parse.ts";

export const responses = defineApiAdapter({
  name: "responses",
  path: "/v1/responses",
  parse: parseResponses,
  encoder: responsesEncoder,
  error: responsesError,
  unwrap: (frame) => {
    const { type, ...request } = objectOf(frame) ?? {};
    // Every request over WebSocket is streamed; `stream` stands in none of them.
    return type === "response.create" ? { ...request, stream: true } : undefined;
  },
  endpoints: [
    {
      method: "GET",
      path: "/v1/models",
      handle: () =>
        Response.json({
          object: "list",
          data: [{ id: "h2m", object: "model", created: 0, owned_by: "h2m" }],
        }),
    },
  ],
});

export default definePlugin({ name: "responses", apis: [responses] });
