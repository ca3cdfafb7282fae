"""Journals, each its author's alone: entries are files in a folder for each author. Plain JSON-RPC over POST, no SDK, no log.

From the environment: PORT, ISSUER, JWKS_URL, AUDIENCE, FOLDER. MISTAKE is one mistake at a time:
  climbs   journal://NAME is decoded after it was looked at, so that it leads out of the author's folder
  edits    an entry is rewritten or torn out by whoever knows its name
  finds    the search looks through everybody's folders
  hides    the editors' tool is hidden from others, and answers whoever calls it
  scopes   nobody looks at scopes
  strays   who lacks the scope is told that the token is invalid
"""

import json
import os
import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import jwt

PORT = int(os.environ["PORT"])
ISSUER = os.environ["ISSUER"]
MISTAKE = os.environ.get("MISTAKE", "")
FOLDER = Path(os.environ["FOLDER"])
KEYS = jwt.PyJWKClient(os.environ["JWKS_URL"])
METADATA = "/.well-known/oauth-protected-resource"
SCOPE = "journal:use"


class Refused(Exception):
    pass


def folder_of(author):
    folder = FOLDER / author
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def owned(claims, name, of_anybody=False):
    """The file of an entry: the caller's, unless anybody's will do."""
    if not name.isalnum():
        raise Refused("no such entry")
    folders = FOLDER.iterdir() if of_anybody else [folder_of(claims["sub"])]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise Refused("no such entry")


def write(claims, text):
    name = secrets.token_hex(8)
    (folder_of(claims["sub"]) / name).write_text(text)
    return {"entry": name}


def rewrite(claims, entry, text):
    owned(claims, entry, MISTAKE == "edits").write_text(text)
    return {"entry": entry}


def tear_out(claims, entry):
    owned(claims, entry, MISTAKE == "edits").unlink()
    return {"entry": entry}


def find(claims, words):
    folders = FOLDER.iterdir() if MISTAKE == "finds" else [folder_of(claims["sub"])]
    found = [file for folder in folders for file in sorted(folder.iterdir()) if words in file.read_text()]
    return {"found": [{"entry": file.name, "text": file.read_text()} for file in found]}


def everything(claims):
    if MISTAKE != "hides" and not editor(claims):
        raise Refused("editors only")
    return {"texts": [file.read_text() for folder in FOLDER.iterdir() for file in sorted(folder.iterdir())]}


def editor(claims):
    return "editor" in claims.get("realm_access", {}).get("roles", [])


TEXT = {"type": "string"}
TOOLS = {
    "write_entry": ({"text": TEXT}, write),
    "read_entry": ({"entry": TEXT}, lambda claims, entry: {"text": owned(claims, entry).read_text()}),
    "rewrite_entry": ({"entry": TEXT, "text": TEXT}, rewrite),
    "tear_out_entry": ({"entry": TEXT}, tear_out),
    "list_entries": ({}, lambda claims: {"entries": sorted(file.name for file in folder_of(claims["sub"]).iterdir())}),
    "find_entries": ({"words": TEXT}, find),
    "whoami": ({}, lambda claims: {"subject": claims["sub"], "name": claims.get("preferred_username", "")}),
    "read_everything": ({}, everything),
}


def read(claims, uri):
    name = uri.removeprefix("journal://")
    if name == uri or "/" in name:
        raise Refused("no such entry")
    if MISTAKE == "climbs":
        file = folder_of(claims["sub"]) / unquote(name)
        if not file.is_file():
            raise Refused("no such entry")
    else:
        file = owned(claims, name)
    return {"contents": [{"uri": uri, "mimeType": "text/plain", "text": file.read_text()}]}


def verified(header):
    """The claims of the token in an Authorization header, or None."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        return jwt.decode(token, KEYS.get_signing_key_from_jwt(token), algorithms=["RS256"], issuer=ISSUER,
                          audience=os.environ["AUDIENCE"], options={"require": ["exp", "iss", "sub"]})
    except jwt.PyJWTError:
        return None


def called(claims, params):
    schema, tool = TOOLS.get(params.get("name"), ({}, None))
    arguments = params.get("arguments", {})
    if tool is None or set(arguments) != set(schema) or not all(isinstance(one, str) for one in arguments.values()):
        return {"isError": True, "content": [{"type": "text", "text": "no such tool, or not its arguments"}]}
    try:
        return {"content": [{"type": "text", "text": json.dumps(tool(claims, **arguments))}]}
    except Refused as problem:
        return {"isError": True, "content": [{"type": "text", "text": str(problem)}]}


def listed(claims):
    return {"tools": [
        {"name": name, "inputSchema": {"type": "object", "properties": schema, "required": list(schema)},
         "annotations": {"destructiveHint": True} if name == "tear_out_entry" else {}}
        for name, (schema, _) in TOOLS.items() if name != "read_everything" or editor(claims)]}


RESULTS = {
    "tools/list": lambda claims, _: listed(claims),
    "tools/call": called,
    "resources/list": lambda claims, _: {"resources": [
        {"uri": "journal://" + file.name, "name": file.name} for file in sorted(folder_of(claims["sub"]).iterdir())]},
    "resources/templates/list": lambda *_: {"resourceTemplates": [{"uriTemplate": "journal://{entry}", "name": "entry"}]},
    "resources/read": lambda claims, params: read(claims, params.get("uri", "")),
    "prompts/list": lambda *_: {"prompts": []},
}


class Journal(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass  # it says nothing, ever

    def answer(self, status, body, error=None):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if status in (401, 403):
            told = f', error="{error}"' if error else ""
            self.send_header(
                "WWW-Authenticate",
                f'Bearer resource_metadata="http://127.0.0.1:{PORT}{METADATA}/rpc", scope="{SCOPE}"{told}')
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        if self.path in (METADATA, METADATA + "/rpc"):
            return self.answer(200, {"resource": f"http://127.0.0.1:{PORT}/rpc", "authorization_servers": [ISSUER],
                                     "scopes_supported": [SCOPE]})
        self.answer(405 if self.path == "/rpc" else 404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/rpc":
            return self.answer(404, {})
        header = self.headers.get("Authorization", "")
        claims = verified(header)
        if claims is None:
            return self.answer(401, {}, "invalid_token" if header else None)
        if MISTAKE != "scopes" and SCOPE not in claims.get("scope", "").split():
            if MISTAKE == "strays":
                return self.answer(401, {}, "invalid_token")
            return self.answer(403, {}, "insufficient_scope")
        message = json.loads(body)
        reply = {"jsonrpc": "2.0", "id": message.get("id")}
        method, params = message.get("method"), message.get("params") or {}
        if str(method).endswith("/list") and params.get("cursor"):
            reply["error"] = {"code": -32602, "message": "no such cursor: every list is whole"}
        elif method in RESULTS:
            try:
                reply["result"] = RESULTS[method](claims, params)
            except Refused as problem:
                reply["error"] = {"code": -32002, "message": str(problem)}
        else:
            reply["error"] = {"code": -32601, "message": "no such method"}
        self.answer(200, reply)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), Journal).serve_forever()
