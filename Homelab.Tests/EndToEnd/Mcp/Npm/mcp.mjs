// The official JavaScript client over Streamable HTTP, the older SSE transport and stdio: arguments are the server's address, the executable and the hub's address.
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, executable, hub] = process.argv.slice(2);
const transports = {
  "streamable /mcp": () => new StreamableHTTPClientTransport(new URL("/mcp", url)),
  "streamable /sse": () => new StreamableHTTPClientTransport(new URL("/sse", url)),
  "sse /sse": () => new SSEClientTransport(new URL("/sse", url)),
  stdio: () => new StdioClientTransport({ command: executable, args: ["mcp", "--stdio", "--url", hub], env: { ...process.env } }),
};

for (const [name, open] of Object.entries(transports)) {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(open());
  await client.ping();
  // From here on the client holds every answer to its tool's output schema.
  const { tools } = await client.listTools();
  assert.ok(tools.some((t) => t.name === "model_load"));
  const nodes = await client.callTool({ name: "cluster_nodes", arguments: {} });
  assert.ok(nodes.structuredContent.nodes.length > 0);
  const models = await client.callTool({ name: "model_list", arguments: {} });
  assert.ok(models.structuredContent.models.length > 0);

  const node = nodes.structuredContent.nodes.find((n) => n.name === "tower").name;
  const progress = [];
  const loaded = await client.callTool({ name: "model_load", arguments: { model: "chat:8b", node } }, undefined, { onprogress: (p) => progress.push(p), resetTimeoutOnProgress: true });
  assert.equal(loaded.structuredContent.state, "hot");
  assert.ok(progress.length > 0, "no progress");
  for (let i = 1; i < progress.length; i++) assert.ok(progress[i].progress > progress[i - 1].progress);
  const address = await client.callTool({ name: "node_ollama_url", arguments: { node } });
  assert.match(address.structuredContent.openai_url, /\/v1$/);
  const unloaded = await client.callTool({ name: "model_unload", arguments: { model: "chat:8b", node } });
  assert.equal(unloaded.structuredContent.state, "on_disk");
  assert.equal((await client.callTool({ name: "model_load", arguments: {} })).isError, true);
  assert.match((await client.readResource({ uri: "homelab://events" })).contents[0].text, /node\.joined/);
  assert.match((await client.getPrompt({ name: "diagnose_slow_model", arguments: { model: "chat:8b" } })).messages[0].content.text, /decision/);
  await client.close();
  console.log(`ok ${name}`);
}
process.exit(0);
