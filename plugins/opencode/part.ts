import { z } from "zod";
import { type CallToolResult, type ContentBlock, imageOfDataUrl } from "../../src/plugin.ts";

const attachment = z.looseObject({
  mime: z.string(),
  url: z.string(),
  filename: z.string().optional(),
});

const metadata = z.looseObject({
  /** Of a shell only. `null`: it was ended. */
  exit: z.number().nullish(),
  /** Of a running shell: its output so far. */
  output: z.string().optional(),
});

/** A tool's part of a message, as OpenCode 1.18.33 tells it in its events and its history. */
export const toolPart = z.looseObject({
  type: z.literal("tool"),
  sessionID: z.string(),
  callID: z.string(),
  tool: z.string(),
  state: z.discriminatedUnion("status", [
    z.looseObject({ status: z.literal("pending") }),
    z.looseObject({ status: z.literal("running"), metadata: metadata.optional() }),
    z.looseObject({
      status: z.literal("completed"),
      output: z.string(),
      metadata: metadata.optional(),
      attachments: z.array(attachment).optional(),
    }),
    z.looseObject({ status: z.literal("error"), error: z.string() }),
  ]),
});

export type ToolPart = z.infer<typeof toolPart>;

/** The result in a part, or `undefined` while the tool runs. */
export function resultOfPart({ tool, state }: ToolPart): CallToolResult | undefined {
  switch (state.status) {
    case "pending":
    case "running":
      return undefined;
    case "error":
      return { content: [{ type: "text", text: state.error }], isError: true };
    case "completed": {
      const content: ContentBlock[] = [
        { type: "text", text: state.output },
        ...(state.attachments ?? []).map(blockOfAttachment),
      ];
      const { exit } = state.metadata ?? {};
      // A call that could not be understood is renamed `invalid` and completed; an ended shell has the exit code null.
      const isError = tool === "invalid" || (exit !== undefined && exit !== 0);
      return isError ? { content, isError } : { content };
    }
  }
}

function blockOfAttachment({ mime, url, filename }: z.infer<typeof attachment>): ContentBlock {
  const image = mime.startsWith("image/") ? imageOfDataUrl(url) : undefined;
  if (image) return image;
  const blob = /^data:[^,]*;base64,(.*)$/s.exec(url)?.[1];
  if (blob === undefined) return { type: "text", text: url };
  const uri = `attachment:${encodeURIComponent(filename ?? "file")}`;
  return { type: "resource", resource: { uri, mimeType: mime, blob } };
}
