// Notes, each its author's alone, on the official TypeScript SDK: whoever calls is who the issuer says in the token of
// this very request.
//
// From the environment: PORT, ISSUER, JWKS_URL, AUDIENCE. One mistake at a time: with TRUST_SESSIONS=yes whoever knows a
// session's id is taken for the one who opened it; with ONE_CALLER=yes the caller of the latest request is everybody's.
import { randomUUID } from "node:crypto";
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from "@modelcontextprotocol/sdk/server/auth/router.js";
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import { createMcpExpressApp } from "@modelcontextprotocol/sdk/server/express.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { isInitializeRequest } from "@modelcontextprotocol/sdk/types.js";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { z } from "zod";

const { PORT, ISSUER, JWKS_URL, AUDIENCE, TRUST_SESSIONS, ONE_CALLER } = process.env;
const resource = new URL(`http://127.0.0.1:${PORT}/mcp`);
const keys = createRemoteJWKSet(new URL(JWKS_URL));

const verifier = {
  async verifyAccessToken(token) {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: ISSUER,
        audience: AUDIENCE,
        algorithms: ["RS256"],
        requiredClaims: ["exp", "sub"],
      });
      return { token, clientId: payload.azp ?? "", scopes: (payload.scope ?? "").split(" "), expiresAt: payload.exp, extra: payload };
    } catch (error) {
      throw new InvalidTokenError(error.code === "ERR_JWT_EXPIRED" ? "Token has expired" : "Token is not valid here");
    }
  },
};

const notes = new Map(); // id -> { owner, text }
const sessions = new Map(); // id -> { transport, owner }
let latest; // caller of the latest request

const answer = (content) => ({ content: [{ type: "text", text: JSON.stringify(content) }] });

// `opener`: who opened the session.
function notesServer(opener) {
  const server = new McpServer({ name: "notes", version: "1.0.0" });
  const caller = (extra) => (TRUST_SESSIONS ? opener : ONE_CALLER ? latest : extra.authInfo.extra);
  server.registerTool("whoami", { description: "Says who the server takes you for." }, async (extra) =>
    answer({ subject: caller(extra).sub, name: caller(extra).preferred_username }));
  server.registerTool("create_note", { description: "Keeps a note of yours.", inputSchema: { text: z.string() } }, async ({ text }, extra) => {
    const id = randomUUID();
    notes.set(id, { owner: caller(extra).sub, text });
    return answer({ id, text });
  });
  server.registerTool("get_note", { description: "One of your notes.", inputSchema: { id: z.string() } }, async ({ id }, extra) => {
    if (ONE_CALLER) await new Promise((resolve) => setTimeout(resolve, 5)); // a store takes its time
    const note = notes.get(id);
    if (note?.owner !== caller(extra).sub) throw new Error("you have no such note");
    return answer({ id, text: note.text });
  });
  server.registerTool("list_notes", { description: "The ids of your notes." }, async (extra) =>
    answer({ ids: [...notes].filter(([, note]) => note.owner === caller(extra).sub).map(([id]) => id) }));
  return server;
}

const app = createMcpExpressApp();
app.use(mcpAuthMetadataRouter({
  oauthMetadata: {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/protocol/openid-connect/auth`,
    token_endpoint: `${ISSUER}/protocol/openid-connect/token`,
    response_types_supported: ["code"],
  },
  resourceServerUrl: resource,
  scopesSupported: ["notes:use"],
}));
const guard = requireBearerAuth({
  verifier,
  requiredScopes: ["notes:use"],
  resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
});

async function transportFor(request) {
  const id = request.headers["mcp-session-id"];
  if (id === undefined && isInitializeRequest(request.body)) {
    const opener = request.auth.extra;
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      enableJsonResponse: true,
      onsessioninitialized: (session) => sessions.set(session, { transport, owner: opener.sub }),
    });
    transport.onclose = () => sessions.delete(transport.sessionId);
    await notesServer(opener).connect(transport);
    return transport;
  }
  const session = sessions.get(id);
  // A session is its opener's; for anybody else it does not exist.
  return session && (TRUST_SESSIONS || session.owner === request.auth.extra.sub) ? session.transport : undefined;
}

app.all("/mcp", guard, async (request, response) => {
  latest = request.auth.extra;
  const transport = await transportFor(request);
  if (transport === undefined) {
    response.status(404).json({ jsonrpc: "2.0", id: null, error: { code: -32001, message: "Session not found" } });
    return;
  }
  await transport.handleRequest(request, response, request.body);
});

app.listen(Number(PORT), "127.0.0.1", () => console.log(`listening at ${resource}`));
