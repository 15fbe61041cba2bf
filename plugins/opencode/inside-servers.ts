/**
 * Part of the plugin inside OpenCode, for the user's own settings. OpenCode asks for nothing before each MCP server of theirs has
 * started or failed, and gives one that says nothing half a minute (1.18.33). Here they are held back, and h2m has them started
 * and waits for them, within bounds. Those that the user does not want are left out, so that none of them is taken for a held one.
 */
export const HELD_SERVERS = `
async function heldServers(config) {
  for (const [name, server] of Object.entries(config.mcp ?? {})) {
    if (server.enabled === false) delete config.mcp[name];
    else server.enabled = false;
  }
}
`;
