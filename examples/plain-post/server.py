"""Notes, each its author's alone, over plain JSON-RPC: POST, no handshake, no SDK. Whoever calls is who the issuer says.

From the environment: PORT, ISSUER, JWKS_URL, AUDIENCE. One mistake at a time: with VERIFY=no the
token's signature is not looked at, with STALE=yes its end; with OPEN_LIST=yes the tools are listed to whoever comes; with
STICKY=yes whoever spoke first on a connection speaks for all that is said on it; with RESOURCES=open a note is guarded as
a tool's answer and not as a resource; with QUERY=yes a token in the address will do.
"""

import json
import os
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import jwt

PORT = int(os.environ["PORT"])
ISSUER = os.environ["ISSUER"]
VERIFY = os.environ.get("VERIFY") != "no"
STALE = os.environ.get("STALE") == "yes"
OPEN_LIST = os.environ.get("OPEN_LIST") == "yes"
STICKY = os.environ.get("STICKY") == "yes"
QUERY = os.environ.get("QUERY") == "yes"
OPEN_RESOURCES = os.environ.get("RESOURCES") == "open"
KEYS = jwt.PyJWKClient(os.environ["JWKS_URL"])
METADATA = "/.well-known/oauth-protected-resource"
SCOPE = "notes:use"

notes: dict[str, tuple[str, str]] = {}  # id -> whose, text

STRING = {"type": "string"}
TOOLS = {
    "whoami": ({}, lambda claims: {"subject": claims["sub"], "name": claims.get("preferred_username", "")}),
    "create_note": ({"text": STRING}, lambda claims, text: create(claims["sub"], text)),
    "get_note": ({"id": STRING}, lambda claims, id: get(claims["sub"], id)),
    "list_notes": ({}, lambda claims: {"ids": [note for note, (owner, _) in notes.items() if owner == claims["sub"]]}),
}


def create(owner, text):
    note = uuid.uuid4().hex
    notes[note] = (owner, text)
    return {"id": note, "text": text}


def get(caller, note):
    owner, text = notes.get(note, ("", ""))
    if owner != caller:
        raise LookupError("you have no such note")
    return {"id": note, "text": text}


def read(caller, uri):
    note = uri.removeprefix("notes://")
    owner = notes.get(note, ("", ""))[0]
    text = get(owner if OPEN_RESOURCES else caller, note)["text"]
    return {"contents": [{"uri": uri, "mimeType": "text/plain", "text": text}]}


def prompted(caller, arguments):
    text = "Summarize in one sentence: " + get(caller, arguments["note"])["text"]
    return {"messages": [{"role": "user", "content": {"type": "text", "text": text}}]}


def verified(header: str) -> dict | None:
    """The claims of the token in an Authorization header, or None."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        return jwt.decode(
            token,
            KEYS.get_signing_key_from_jwt(token) if VERIFY else None,
            algorithms=["RS256"],
            issuer=ISSUER,
            audience=os.environ["AUDIENCE"],
            options={
                "require": ["exp", "iss", "sub"],
                "verify_signature": VERIFY,
                "verify_exp": not STALE, "verify_nbf": True, "verify_iat": True, "verify_aud": True, "verify_iss": True,
            },
        )
    except jwt.PyJWTError:
        return None


def called(claims, params):
    schema, tool = TOOLS.get(params.get("name"), ({}, None))
    arguments = params.get("arguments", {})
    if tool is None or set(arguments) != set(schema):
        return {"isError": True, "content": [{"type": "text", "text": "no such tool, or not its arguments"}]}
    try:
        return {"content": [{"type": "text", "text": json.dumps(tool(claims, **arguments))}]}
    except LookupError as problem:
        return {"isError": True, "content": [{"type": "text", "text": str(problem)}]}


RESULTS = {
    "resources/list": lambda caller, _: {"resources": [{"uri": "notes://" + note, "name": note} for note, (owner, _) in notes.items() if owner == caller]},
    "resources/templates/list": lambda caller, _: {"resourceTemplates": [{"uriTemplate": "notes://{id}", "name": "note"}]},
    "resources/read": lambda caller, params: read(caller, params.get("uri", "")),
    "prompts/list": lambda caller, _: {"prompts": [{"name": "summarize", "arguments": [{"name": "note", "required": True}]}]},
    "prompts/get": lambda caller, params: prompted(caller, params.get("arguments", {})),
}


class Notes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    first = None  # whoever spoke first on this connection

    def answer(self, status, body, headers=()):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        if self.path in (METADATA, METADATA + "/rpc"):
            resource = {"resource": f"http://127.0.0.1:{PORT}/rpc", "authorization_servers": [ISSUER], "scopes_supported": [SCOPE]}
            return self.answer(200, resource)
        self.answer(405 if self.path == "/rpc" else 404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.partition("?")[0] != "/rpc":
            return self.answer(404, {})
        header = self.headers.get("Authorization", "")
        if QUERY and not header and "access_token=" in self.path:
            header = "Bearer " + "".join(parse_qs(self.path.partition("?")[2]).get("access_token", []))
        message = json.loads(body)
        claims = verified(header)
        if STICKY and claims is not None:
            self.first = claims = self.first or claims
        if claims is None and not (OPEN_LIST and message.get("method") == "tools/list"):
            error = ', error="invalid_token"' if header else ""
            challenge = f'Bearer resource_metadata="http://127.0.0.1:{PORT}{METADATA}/rpc", scope="{SCOPE}"{error}'
            return self.answer(401, {}, [("WWW-Authenticate", challenge)])
        if claims is not None and SCOPE not in str(claims.get("scope", "")).split():
            challenge = f'Bearer resource_metadata="http://127.0.0.1:{PORT}{METADATA}/rpc", scope="{SCOPE}", error="insufficient_scope"'
            return self.answer(403, {}, [("WWW-Authenticate", challenge)])
        reply = {"jsonrpc": "2.0", "id": message.get("id")}
        if str(message.get("method")).endswith("/list") and (message.get("params") or {}).get("cursor"):
            reply["error"] = {"code": -32602, "message": "no such cursor: every list is whole"}
        elif message.get("method") == "tools/list":
            reply["result"] = {"tools": [
                {"name": name, "inputSchema": {"type": "object", "properties": schema, "required": list(schema)}}
                for name, (schema, _) in TOOLS.items()]}
        elif message.get("method") == "tools/call":
            reply["result"] = called(claims, message.get("params", {}))
        elif message.get("method") in RESULTS:
            try:
                reply["result"] = RESULTS[message["method"]](claims["sub"], message.get("params", {}))
            except LookupError:
                reply["error"] = {"code": -32002, "message": "you have no such note"}
        else:
            reply["error"] = {"code": -32601, "message": "no such method"}
        self.answer(200, reply)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), Notes).serve_forever()
