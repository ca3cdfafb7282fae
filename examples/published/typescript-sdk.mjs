// Notes on the official TypeScript SDK, without sessions: one server and one transport for all requests, as long as the
// release puts up with it. One that refuses gets a transport of its own for each request.
//
// From the environment: SDK, the package; and what notes.mjs reads.
import { createServer } from "node:http";
import { z } from "zod";
import { claimsOf, createNote, getNote, idsOf } from "./notes.mjs";

const { PORT, SDK } = process.env;
const { McpServer } = await import(`${SDK}/server/mcp.js`);
const { WebStandardStreamableHTTPServerTransport } = await import(`${SDK}/server/webStandardStreamableHttp.js`);

const answer = (content) => ({ content: [{ type: "text", text: JSON.stringify(content) }] });
const caller = (extra) => extra.authInfo.extra;

async function newTransport() {
  const server = new McpServer({ name: "notes", version: "1.0.0" });
  server.registerTool("whoami", { description: "Says who the server takes you for." }, async (extra) =>
    answer({ subject: caller(extra).sub }));
  server.registerTool("create_note", { description: "Keeps a note of yours.", inputSchema: { text: z.string() } },
    async ({ text }, extra) => answer(createNote(caller(extra).sub, text)));
  server.registerTool("get_note", { description: "One of your notes.", inputSchema: { id: z.string() } },
    async ({ id }, extra) => answer(await getNote(caller(extra).sub, id)));
  server.registerTool("list_notes", { description: "The ids of your notes." }, async (extra) =>
    answer({ ids: idsOf(caller(extra).sub) }));
  const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  await server.connect(transport);
  return transport;
}
const shared = await newTransport();

async function handle(request, parsedBody, authInfo) {
  try {
    return await shared.handleRequest(request, { authInfo, parsedBody });
  } catch {
    return (await newTransport()).handleRequest(request, { authInfo, parsedBody });
  }
}

async function serve(request, response) {
  const claims = await claimsOf(request.headers.authorization ?? "");
  if (claims === undefined) {
    response.writeHead(401, { "WWW-Authenticate": 'Bearer error="invalid_token"' }).end();
    return;
  }
  const chunks = await request.toArray();
  const body = Buffer.concat(chunks);
  const asked = new Request(`http://127.0.0.1:${PORT}${request.url}`, {
    method: request.method,
    headers: request.headers,
    body: body.length === 0 ? undefined : body,
  });
  const parsed = body.length === 0 ? undefined : JSON.parse(body);
  const answered = await handle(asked, parsed, { token: "", clientId: "", scopes: [], extra: claims });
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(Buffer.from(await answered.arrayBuffer()));
}

createServer((request, response) => {
  serve(request, response).catch(() => response.writeHead(400).end());
}).listen(Number(PORT), "127.0.0.1");
