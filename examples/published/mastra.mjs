// Notes on @mastra/mcp: tools, and each note as a resource that is listed to its author alone.
//
// From the environment: MASTRA, the package; and what notes.mjs reads.
import { createServer } from "node:http";
import { createTool } from "@mastra/core/tools";
import { z } from "zod";
import { claimsOf, createNote, getNote, idsOf } from "./notes.mjs";

const { PORT, MASTRA } = process.env;
const { MCPServer } = await import(MASTRA);

const tool = (id, description, inputSchema, execute) =>
  createTool({ id, description, inputSchema, execute: async (input, context) => execute(context.mcp.extra.authInfo.extra.sub, input) });

const server = new MCPServer({
  id: "notes",
  name: "notes",
  version: "1.0.0",
  tools: {
    whoami: tool("whoami", "Says who the server takes you for.", z.object({}), async (subject) => ({ subject })),
    create_note: tool("create_note", "Keeps a note of yours.", z.object({ text: z.string() }), async (owner, { text }) => createNote(owner, text)),
    get_note: tool("get_note", "One of your notes.", z.object({ id: z.string() }), async (owner, { id }) => getNote(owner, id)),
    list_notes: tool("list_notes", "The ids of your notes.", z.object({}), async (owner) => ({ ids: idsOf(owner) })),
  },
  resources: {
    listResources: async ({ extra }) =>
      idsOf(extra.authInfo.extra.sub).map((id) => ({ uri: `notes://${id}`, name: id, mimeType: "text/plain" })),
    getResourceContent: async ({ uri, extra }) =>
      ({ text: (await getNote(extra.authInfo.extra.sub, uri.replace("notes://", ""))).text }),
  },
});

createServer(async (request, response) => {
  const claims = await claimsOf(request.headers.authorization ?? "");
  if (claims === undefined) {
    response.writeHead(401, { "WWW-Authenticate": 'Bearer error="invalid_token"' }).end();
    return;
  }
  request.auth = { token: "", clientId: "", scopes: [], extra: claims };
  await server.startHTTP({
    url: new URL(request.url, `http://127.0.0.1:${PORT}`),
    httpPath: "/mcp",
    req: request,
    res: response,
    options: { enableJsonResponse: true },
  });
}).listen(Number(PORT), "127.0.0.1");
