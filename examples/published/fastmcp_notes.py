"""Notes, each its author's alone, on release 3 of FastMCP: whoever calls is who the issuer says in the token.

From the environment: PORT, ISSUER, JWKS_URL, AUDIENCE. With CACHE=yes what is read is remembered by FastMCP's middleware;
with EVENTS=yes what is sent is remembered for clients that were cut off.
"""

import os
import uuid

import uvicorn
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import RemoteAuthProvider
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.event_store import EventStore
from fastmcp.server.middleware.caching import ResponseCachingMiddleware

PORT = int(os.environ["PORT"])

server = FastMCP(
    "notes",
    auth=RemoteAuthProvider(
        token_verifier=JWTVerifier(
            jwks_uri=os.environ["JWKS_URL"],
            issuer=os.environ["ISSUER"],
            audience=os.environ["AUDIENCE"],
            algorithm="ES256",
            required_scopes=["notes:use"],
        ),
        authorization_servers=[os.environ["ISSUER"]],
        base_url=f"http://127.0.0.1:{PORT}",
    ),
)
if os.environ.get("CACHE") == "yes":
    server.add_middleware(ResponseCachingMiddleware(call_tool_settings={"excluded_tools": ["create_note"]}))

notes: dict[str, tuple[str, str]] = {}  # id -> whose, text


def caller() -> str:
    return get_access_token().claims["sub"]


@server.tool
def whoami() -> dict[str, str]:
    """Says who the server takes you for."""
    return {"subject": caller()}


@server.tool
def create_note(text: str) -> dict[str, str]:
    """Keeps a note of yours."""
    note = uuid.uuid4().hex
    notes[note] = (caller(), text)
    return {"id": note, "text": text}


@server.tool
def get_note(id: str) -> dict[str, str]:
    """One of your notes."""
    owner, text = notes.get(id, ("", ""))
    if owner != caller():
        raise ToolError("you have no such note")
    return {"id": id, "text": text}


@server.tool
def list_notes() -> dict[str, list[str]]:
    """The ids of your notes."""
    return {"ids": [note for note, (owner, _) in notes.items() if owner == caller()]}


if __name__ == "__main__":
    events = EventStore() if os.environ.get("EVENTS") == "yes" else None
    uvicorn.run(server.http_app(path="/mcp", event_store=events), host="127.0.0.1", port=PORT, log_level="warning")
