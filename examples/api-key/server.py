"""Notes, each its author's alone, on FastMCP, for people who have a key instead of a login.

From the environment: PORT, and KEYS, a JSON file of keys and whose they are. One mistake at a time: with ONE_USER=yes
everybody's notes are the server's own; with TRUST_IDS=yes a note is anybody's who knows its id; with TELLS=yes it says of
a note that it is somebody else's.
"""

import json
import os
import uuid
from pathlib import Path

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import StaticTokenVerifier
from fastmcp.server.dependencies import get_access_token

PORT = int(os.environ["PORT"])
ONE_USER = os.environ.get("ONE_USER") == "yes"
TELLS = os.environ.get("TELLS") == "yes"
TRUST_IDS = os.environ.get("TRUST_IDS") == "yes"

people = json.loads(Path(os.environ["KEYS"]).read_text())
server = FastMCP(
    "notes",
    auth=StaticTokenVerifier(tokens={key: {"client_id": person, "scopes": []} for key, person in people.items()}),
)

notes: dict[str, tuple[str, str]] = {}  # id -> whose, text


def caller() -> str:
    return "everybody" if ONE_USER else get_access_token().client_id


@server.tool
def whoami() -> dict[str, str]:
    """Says who the server takes you for."""
    return {"name": get_access_token().client_id}


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
        raise ToolError("that note is somebody else's" if TELLS and owner else "you have no such note")
    return {"id": id, "text": text}


@server.tool
def list_notes() -> dict[str, list[str]]:
    """The ids of your notes."""
    return {"ids": [note for note, (owner, _) in notes.items() if owner == caller()]}


if __name__ == "__main__":
    server.run(transport="http", host="127.0.0.1", port=PORT, show_banner=False)
