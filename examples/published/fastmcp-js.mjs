// Notes on the package fastmcp of npm, with its sessions; whoever calls is who `authenticate` says.
//
// From the environment: FASTMCP, the package; and what notes.mjs reads.
import { z } from "zod";
import { claimsOf, createNote, getNote, idsOf } from "./notes.mjs";

const { PORT, FASTMCP } = process.env;
const { FastMCP, UserError } = await import(FASTMCP);

const server = new FastMCP({
  name: "notes",
  version: "1.0.0",
  authenticate: async (request) => {
    const claims = await claimsOf(request.headers.authorization ?? "");
    if (claims !== undefined) return { subject: claims.sub };
    throw new Response(null, { status: 401, statusText: "Unauthorized", headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } });
  },
});

server.addTool({
  name: "whoami",
  description: "Says who the server takes you for.",
  execute: async (_, { session }) => JSON.stringify({ subject: session.subject }),
});
server.addTool({
  name: "create_note",
  description: "Keeps a note of yours.",
  parameters: z.object({ text: z.string() }),
  execute: async ({ text }, { session }) => JSON.stringify(createNote(session.subject, text)),
});
server.addTool({
  name: "get_note",
  description: "One of your notes.",
  parameters: z.object({ id: z.string() }),
  execute: async ({ id }, { session }) => {
    try {
      return JSON.stringify(await getNote(session.subject, id));
    } catch (error) {
      throw new UserError(error.message);
    }
  },
});
server.addTool({
  name: "list_notes",
  description: "The ids of your notes.",
  execute: async (_, { session }) => JSON.stringify({ ids: idsOf(session.subject) }),
});

await server.start({
  transportType: "httpStream",
  httpStream: { host: "127.0.0.1", port: Number(PORT), endpoint: "/mcp", enableJsonResponse: true },
});
