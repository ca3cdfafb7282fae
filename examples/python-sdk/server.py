"""Notes, each its author's alone, on the official Python SDK: whoever calls is who the issuer says in the token.

From the environment: PORT, ISSUER, JWKS_URL, AUDIENCE. One mistake at a time: without AUDIENCE a token for any other server
of the same issuer opens this one too; with STALE=yes a token opens long after its end; with ANY_ISSUER=yes whatever the
issuer's key has signed is believed, whoever it says it is from.
"""

import os
import uuid

import jwt
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

PORT = int(os.environ["PORT"])
ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ.get("AUDIENCE")
ANY_ISSUER = os.environ.get("ANY_ISSUER") == "yes"
STALE = os.environ.get("STALE") == "yes"
SCOPE = "notes:use"


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
                options={"require": ["exp", "iss", "sub"], "verify_aud": AUDIENCE is not None, "verify_exp": not STALE,
                         "verify_iss": not ANY_ISSUER},
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


server = MCPServer(
    "notes",
    token_verifier=JwtVerifier(jwt.PyJWKClient(os.environ["JWKS_URL"])),
    auth=AuthSettings(
        issuer_url=ISSUER,
        resource_server_url=f"http://127.0.0.1:{PORT}/mcp",
        required_scopes=[SCOPE],
        validate_token_resource=False,  # the verifier looks at the audience itself
    ),
)

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


if __name__ == "__main__":
    server.run("streamable-http", host="127.0.0.1", port=PORT)
