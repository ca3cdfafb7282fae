"""Notes, each its author's alone, over HTTP+SSE of 2024-11-05, on the official Python SDK.

From the environment: PORT, ISSUER, JWKS_URL, AUDIENCE. One mistake at a time: with OPEN_POSTS=yes only the stream asks for
a token, and whoever knows the address that messages are posted to may post; with STALE=yes a token opens long after its
end; without AUDIENCE a token for any other server of the same issuer opens this one too.
"""

import os
import uuid

import jwt
import uvicorn
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware, get_access_token
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.sse import SseServerTransport
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

PORT = int(os.environ["PORT"])
ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ.get("AUDIENCE")
OPEN_POSTS = os.environ.get("OPEN_POSTS") == "yes"
STALE = os.environ.get("STALE") == "yes"
SCOPE = "notes:use"
METADATA = "/.well-known/oauth-protected-resource/sse"
BASE = f"http://127.0.0.1:{PORT}"


class JwtVerifier(TokenVerifier):
    """Access tokens as RFC 9068 has them: signature, issuer, audience, times, and who they are about."""

    def __init__(self, keys: jwt.PyJWKClient):
        self.keys = keys

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            claims = jwt.decode(
                token,
                self.keys.get_signing_key_from_jwt(token),
                algorithms=["RS256"],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": ["exp", "iss", "sub"], "verify_exp": not STALE, "verify_aud": AUDIENCE is not None},
            )
        except jwt.PyJWTError:
            return None
        return AccessToken(
            token=token,
            client_id=claims.get("azp", ""),
            scopes=claims.get("scope", "").split(),
            expires_at=None if STALE else claims["exp"],
            subject=claims["sub"],
            claims=claims,
        )


server = MCPServer("notes")
notes: dict[str, tuple[str, str]] = {}  # id -> whose, text


def caller() -> str:
    return get_access_token().subject


@server.tool()
def whoami() -> dict[str, str]:
    """Says who the server takes you for."""
    return {"subject": caller(), "name": get_access_token().claims.get("preferred_username", "")}


@server.tool()
def create_note(text: str) -> dict[str, str]:
    """Keeps a note of yours."""
    note = uuid.uuid4().hex
    notes[note] = (caller(), text)
    return {"id": note, "text": text}


@server.tool()
def get_note(id: str) -> dict[str, str]:
    """One of your notes."""
    owner, text = notes.get(id, ("", ""))
    if owner != caller():
        raise ToolError("you have no such note")
    return {"id": id, "text": text}


@server.tool()
def list_notes() -> dict[str, list[str]]:
    """The ids of your notes."""
    return {"ids": [note for note, (owner, _) in notes.items() if owner == caller()]}


streams = SseServerTransport("/messages/")


def unnamed(scope):
    """Without whom the token is about: the transport then binds no stream to anybody."""
    return {name: value for name, value in scope.items() if name != "user"}


async def post(scope, receive, send):
    await streams.handle_post_message(unnamed(scope) if OPEN_POSTS else scope, receive, send)


async def stream(scope, receive, send):
    scope = unnamed(scope) if OPEN_POSTS else scope
    async with streams.connect_sse(scope, receive, send) as (incoming, outgoing):
        engine = server._lowlevel_server
        await engine.run(incoming, outgoing, engine.create_initialization_options())


async def metadata(request):
    return JSONResponse({"resource": f"{BASE}/sse", "authorization_servers": [ISSUER], "scopes_supported": [SCOPE]})


def guarded(app):
    return RequireAuthMiddleware(app, [SCOPE], f"{BASE}{METADATA}")


app = Starlette(
    routes=[
        Route("/sse", endpoint=guarded(stream), methods=["GET"]),
        Mount("/messages/", app=post if OPEN_POSTS else guarded(post)),
        Route(METADATA, endpoint=metadata),
    ],
    middleware=[
        Middleware(AuthenticationMiddleware, backend=BearerAuthBackend(JwtVerifier(jwt.PyJWKClient(os.environ["JWKS_URL"])))),
        Middleware(AuthContextMiddleware),
    ],
)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="info")
