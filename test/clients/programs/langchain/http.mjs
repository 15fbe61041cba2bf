export const server = {
  transport: "http",
  url: "http://127.0.0.1:9330/mcp",
  headers: { Authorization: `Bearer ${process.env.H2M_TOKEN}` },
};
