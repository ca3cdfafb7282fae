"""Notes over stdio, on the official Python SDK: a process acts for whoever started it, and all keep their notes in one
database.

From the environment: ACCESS_TOKEN, which says who that is; ISSUER, JWKS_URL, AUDIENCE; NOTES_DB. One mistake at a time:
with TRUST_IDS=yes a note is anybody's who knows its id; with BY_ACCOUNT=yes notes belong to the
account the process runs as; with FIRST_COMES=yes to whoever used the database first.
"""

import getpass
import os
import sqlite3
import sys
import uuid

import jwt
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

TRUST_IDS = os.environ.get("TRUST_IDS") == "yes"
FIRST_COMES = os.environ.get("FIRST_COMES") == "yes"
BY_ACCOUNT = os.environ.get("BY_ACCOUNT") == "yes"

token = os.environ.get("ACCESS_TOKEN", "")
try:
    caller = jwt.decode(
        token,
        jwt.PyJWKClient(os.environ["JWKS_URL"]).get_signing_key_from_jwt(token),
        algorithms=["RS256"],
        issuer=os.environ["ISSUER"],
        audience=os.environ["AUDIENCE"],
        options={"require": ["exp", "iss", "sub"]},
    )
except jwt.PyJWTError as problem:
    sys.exit(f"ACCESS_TOKEN says for whom this process acts, and it does not verify: {problem}")

owner = getpass.getuser() if BY_ACCOUNT else caller["sub"]

notes = sqlite3.connect(os.environ["NOTES_DB"], timeout=10, isolation_level=None, check_same_thread=False)
notes.execute("CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, owner TEXT NOT NULL, text TEXT NOT NULL)")
if FIRST_COMES:
    owner = (notes.execute("SELECT owner FROM notes LIMIT 1").fetchone() or (owner,))[0]

server = MCPServer("notes")


@server.tool()
def whoami() -> dict[str, str]:
    """Says who the server takes you for."""
    return {"subject": caller["sub"], "name": caller.get("preferred_username", "")}


@server.tool()
def create_note(text: str) -> dict[str, str]:
    """Keeps a note of yours."""
    note = uuid.uuid4().hex
    notes.execute("INSERT INTO notes VALUES (?, ?, ?)", (note, owner, text))
    return {"id": note, "text": text}


@server.tool()
def get_note(id: str) -> dict[str, str]:
    """One of your notes."""
    found = notes.execute("SELECT text FROM notes WHERE id = ? AND (owner = ? OR ?)", (id, owner, TRUST_IDS)).fetchone()
    if found is None:
        raise ToolError("you have no such note")
    return {"id": id, "text": found[0]}


@server.tool()
def list_notes() -> dict[str, list[str]]:
    """The ids of your notes."""
    found = notes.execute("SELECT id FROM notes WHERE owner = ?", (owner,))
    return {"ids": [note for (note,) in found]}


if __name__ == "__main__":
    server.run("stdio")
