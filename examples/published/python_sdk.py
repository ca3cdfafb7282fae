"""Notes, each its author's alone, on release 1 of the official Python SDK, with its sessions: whoever calls is who the
issuer says in the token.

From the environment: PORT, ISSUER, JWKS_URL, AUDIENCE.
"""

import os
import uuid

import jwt
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError

PORT = int(os.environ["PORT"])
ISSUER = os.environ["ISSUER"]
SCOPE = "notes:use"


class Caller(AccessToken):
    """Who it is about: older releases keep only the client."""

    subject: str | None = None
    claims: dict | None = None


class JwtVerifier(TokenVerifier):
    """Access tokens as RFC 9068 has them: signature, issuer, audience, times, and who they are about."""

    def __init__(self, keys: jwt.PyJWKClient):
        self.keys = keys

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            claims = jwt.decode(
                token,
                self.keys.get_signing_key_from_jwt(token),
                algorithms=["ES256"],
                issuer=ISSUER,
                audience=os.environ["AUDIENCE"],
                options={"require": ["exp", "iss", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        return Caller(
            token=token,
            client_id=claims.get("client_id", ""),
            scopes=claims.get("scope", "").split(),
            expires_at=claims["exp"],
            subject=claims["sub"],
            claims=claims,
        )


server = FastMCP(
    "notes",
    host="127.0.0.1",
    port=PORT,
    token_verifier=JwtVerifier(jwt.PyJWKClient(os.environ["JWKS_URL"])),
    auth=AuthSettings(
        issuer_url=ISSUER,
        resource_server_url=f"http://127.0.0.1:{PORT}/mcp",
        required_scopes=[SCOPE],
    ),
)

notes: dict[str, tuple[str, str]] = {}  # id -> whose, text


def caller() -> str:
    return get_access_token().subject


@server.tool()
def whoami() -> dict[str, str]:
    """Says who the server takes you for."""
    return {"subject": caller()}


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


if __name__ == "__main__":
    server.run("streamable-http")
