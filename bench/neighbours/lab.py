"""A self-run lab for reizan-mcpcheck, as its documentation asks for where people log in through a browser.

An authorization server that issues, without a login, codes and tokens only for the resource that is named: the tokens
are real ones, made beforehand. And a door before each server, because this checker asks with GET, which an MCP server
need not answer: what comes is passed on as `initialize` with the same Authorization field, and the status comes back.
"""
import http.server
import secrets
import threading
import urllib.error
import urllib.parse
import urllib.request

ASK = (b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},'
       b'"clientInfo":{"name":"lab","version":"1"}}}')


class Lab:
    """resources: name -> (url of the server, function answering alice's token for it)."""

    def __init__(self, resources):
        self.resources = resources
        self.codes = {}
        lab = self

        class Door(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                lab.get(self)

            def do_POST(self):
                lab.token(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def config(self, first, second):
        return {
            "name": "lab", "owner_authorized": True, "allow_insecure_http": True,
            "authorization_server": {"issuer": self.url, "authorization_endpoint": self.url + "/authorize",
                                     "token_endpoint": self.url + "/token",
                                     "authorization_response_iss_parameter_supported": True},
            "client": {"client_id": "lab", "redirect_uri": self.url + "/callback"},
            "resources": [{"name": name, "resource": self.resources[name][0], "endpoint": f"{self.url}/door/{name}"}
                          for name in (first, second)],
            "invalid_resource": self.url + "/nothing-is-here",
        }

    def known(self, resource):
        return next((name for name, (url, _) in self.resources.items() if url == resource), None)

    def get(self, door):
        asked = urllib.parse.urlparse(door.path)
        if asked.path.startswith("/door/"):
            return self.pass_on(door, asked.path.removeprefix("/door/"))
        query = dict(urllib.parse.parse_qsl(asked.query))
        resource = self.known(query.get("resource"))
        if resource is None:
            return self.say(door, 400, b'{"error":"invalid_target"}')
        code = secrets.token_urlsafe(16)
        self.codes[code] = resource
        answer = {"code": code, "state": query.get("state", ""), "iss": self.url}
        door.send_response(302)
        door.send_header("Location", query["redirect_uri"] + "?" + urllib.parse.urlencode(answer))
        door.send_header("Content-Length", "0")
        door.end_headers()

    def token(self, door):
        form = dict(urllib.parse.parse_qsl(door.rfile.read(int(door.headers["Content-Length"])).decode()))
        resource = self.known(form.get("resource"))
        if resource is None or self.codes.pop(form.get("code"), None) != resource:
            return self.say(door, 400, b'{"error":"invalid_target"}')
        token = self.resources[resource][1]()
        self.say(door, 200, b'{"token_type":"Bearer","access_token":"' + token.encode() + b'"}')

    def pass_on(self, door, name):
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if "Authorization" in door.headers:
            headers["Authorization"] = door.headers["Authorization"]
        request = urllib.request.Request(self.resources[name][0], ASK, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                self.say(door, answer.status, answer.read())
        except urllib.error.HTTPError as refusal:
            self.say(door, refusal.code, refusal.read())

    def say(self, door, status, content):
        door.send_response(status)
        door.send_header("Content-Type", "application/json")
        door.send_header("Content-Length", str(len(content)))
        door.end_headers()
        door.wfile.write(content)
