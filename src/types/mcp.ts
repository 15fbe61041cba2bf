/**
 * The inner language of h2m is MCP's own. Types only: values of the MCP SDK are used in `surfaces/` and nowhere else.
 */
export type {
  CallToolResult,
  ContentBlock,
  ImageContent,
  BlobResourceContents,
  ElicitRequestFormParams,
  ElicitResult,
  GetPromptResult,
  Prompt as McpPrompt,
  ReadResourceResult,
  Resource,
  ResourceLink,
  ResourceTemplateType as ResourceTemplate,
  TextContent,
  TextResourceContents,
  Tool,
  ToolAnnotations,
} from "@modelcontextprotocol/server";
