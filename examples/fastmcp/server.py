"""Notes, each its author's alone, on FastMCP: whoever calls is who the issuer says in the token.

From the environment: PORT, ISSUER, JWKS_URL, AUDIENCE. One mistake at a time: with TRUST_IDS=yes a note is anybody's who
knows its id; without AUDIENCE a token for any other server of the same issuer opens this one too; with CACHE=yes a list of
notes is remembered for a second, for whoever asks; with VERIFY=no a token is read and believed.
"""

import base64
import json
import os
import time
import uuid

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import AccessToken, RemoteAuthProvider, TokenVerifier
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

PORT = int(os.environ["PORT"])
CACHE = os.environ.get("CACHE") == "yes"
TRUST_IDS = os.environ.get("TRUST_IDS") == "yes"

verifier = JWTVerifier(
    jwks_uri=os.environ["JWKS_URL"],
    issuer=os.environ["ISSUER"],
    audience=os.environ.get("AUDIENCE"),
    required_scopes=["notes:use"],
)


class Believer(TokenVerifier):
    """Reads what a token says, whoever wrote it."""

    async def verify_token(self, token: str) -> AccessToken | None:
        try:
            payload = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (IndexError, ValueError):
            return None
        return AccessToken(token=token, client_id=str(claims.get("azp")), scopes=["notes:use"], claims=claims)


if os.environ.get("VERIFY") == "no":
    verifier = Believer()
server = FastMCP(
    "notes",
    auth=RemoteAuthProvider(
        token_verifier=verifier,
        authorization_servers=[os.environ["ISSUER"]],
        base_url=f"http://127.0.0.1:{PORT}",
    ),
)

notes: dict[str, tuple[str, str]] = {}  # id -> whose, text
remembered = {"answer": None, "until": 0.0}  # the last list


def caller() -> str:
    return get_access_token().claims["sub"]


@server.tool
def whoami() -> dict[str, str]:
    """Says who the server takes you for."""
    return {"subject": caller(), "name": get_access_token().claims.get("preferred_username", "")}


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
    if not owner or (owner != caller() and not TRUST_IDS):
        raise ToolError("you have no such note")
    return {"id": id, "text": text}


@server.tool
def list_notes() -> dict[str, list[str]]:
    """The ids of your notes."""
    if CACHE and time.monotonic() < remembered["until"]:
        return remembered["answer"]
    answer = {"ids": [note for note, (owner, _) in notes.items() if owner == caller()]}
    remembered.update(answer=answer, until=time.monotonic() + 1)
    return answer


if __name__ == "__main__":
    server.run(transport="http", host="127.0.0.1", port=PORT, show_banner=False)
