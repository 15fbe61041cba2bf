/** All that a plugin may see: the define functions, the contracts, and the kit. */
export {
  defineApiAdapter,
  defineConfig,
  defineHarness,
  definePlugin,
  defineTool,
  defineToolMapper,
  PLUGIN_API_VERSION,
} from "./kit/define.ts";
export { H2mError, type H2mErrorCode } from "./errors.ts";
export { changes, doesAnything, type Effects, reads } from "./kit/annotations.ts";
export type {
  Client,
  HttpEntry,
  Place as ClientPlace,
  Scope,
  StdioEntry,
  TokenSource,
} from "./kit/clients/client.ts";
export { type ClientEntry, entriesOfClients, type UnreadableFile } from "./kit/clients/entries.ts";
export { MCP_CLIENTS } from "./kit/clients/list.ts";
export { isOwnEntry, sessionOfEntry } from "./kit/clients/own-entry.ts";
export { bytesOf, imageOfDataUrl, mapText, textOf, textResult } from "./kit/content.ts";
export { conversationKey, turnId } from "./kit/conversation.ts";
export { abortable, within } from "./kit/deadline.ts";
export { didYouMean } from "./kit/did-you-mean.ts";
export { endOf, startOf, withoutMiddle } from "./kit/cut.ts";
export { homeFolder, makeTemporaryFolder, temporaryFolder } from "./kit/folders.ts";
export { globs } from "./kit/globs.ts";
export {
  arrayOf,
  type JsonObject,
  numberOf,
  objectOf,
  parseObject,
  stringOf,
  withoutMark,
} from "./kit/json.ts";
export { type NoProxy, noProxy, noProxyWords } from "./kit/no-proxy.ts";
export { isPortableName, portableNames } from "./kit/portable-name.ts";
export { patchedFiles } from "./kit/patched-files.ts";
export { ancestors, findProgram, packageVersion } from "./kit/programs.ts";
export { behindStub } from "./kit/stubs.ts";
export { Recorder, type RecorderOptions } from "./kit/recorder.ts";
export { NO_MODEL } from "./kit/side.ts";
export { Restarts } from "./kit/restarts.ts";
export { runtimeVariables } from "./kit/runtime.ts";
export { SESSION_HEADER } from "./kit/session-header.ts";
export { newSessionName } from "./kit/session-name.ts";
export { settingsBelow } from "./kit/settings.ts";
export { shellWord } from "./kit/shell-word.ts";
export {
  isUnplacedDocument,
  resultOfBlock,
  type ToolResultBlock,
  toolResultBlock,
} from "./kit/tool-result-block.ts";
export { absentServers, SERVERS_TIME, type ServerState } from "./kit/user-servers.ts";
export { listOf } from "./kit/list-of.ts";
export { isAtLeast } from "./kit/versions.ts";
export { visible, visibleJson, visibleLines } from "./kit/visible.ts";
export { wellFormed } from "./kit/well-formed.ts";
export type * from "./types/api.ts";
export type * from "./types/command.ts";
export type * from "./types/config.ts";
export type * from "./types/harness.ts";
export type * from "./types/hooks.ts";
export type * from "./types/lock.ts";
export type * from "./types/mapper.ts";
export type * from "./types/mcp.ts";
export type { H2mContext, Plugin, PluginEntry, PluginFactory } from "./types/plugin.ts";
export type * from "./types/provider.ts";
export type * from "./types/session.ts";
export type * from "./types/tool.ts";
export type * from "./types/turn.ts";
export type * from "./types/upstream.ts";
