"""A server of no use, in the way that WAY names: nobody gets anything from it, and that does not make it safe.

From the environment: PORT and WAY. Nothing but Python's own library.
"""

import json
import os
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(os.environ["PORT"])
WAY = os.environ["WAY"]


class Worthless(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text, content_type="application/json", headers=()):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(404, "{}")

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        result = {"jsonrpc": "2.0", "id": asked.get("id"), "result": {"content": [{"type": "text", "text": "{\"id\": \"1\"}"}]}}
        if WAY == "refuses":
            self.answer(401, "{}", headers=[("WWW-Authenticate", 'Bearer error="invalid_token", resource_metadata="http://127.0.0.1/"')])
        elif WAY == "error-text":
            self.answer(200, "An error occurred. Please try again later.", "text/plain")
        elif WAY == "tool-errors":
            result["result"] = {"isError": True, "content": [{"type": "text", "text": "An error occurred."}]}
            self.answer(200, json.dumps(result))
        elif WAY == "same-for-all":
            self.answer(200, json.dumps(result))
        elif WAY == "dies":
            os._exit(3)
        elif WAY == "slow":
            threading.Event().wait(60)
        elif WAY == "not-json":
            self.answer(200, "<html><body>It works!</body></html>")
        elif WAY == "wrong-type":
            self.answer(200, json.dumps(result), "text/html")

    def log_message(self, *_):
        pass


def speak_something_else():
    with socket.create_server(("127.0.0.1", PORT)) as listener:
        while True:
            peer, _ = listener.accept()
            with peer:
                peer.recv(1)
                peer.sendall(b"220 mail.example.test ESMTP ready\r\n")


if __name__ == "__main__":
    if WAY == "dies-at-start":
        sys.exit("cannot read the configuration: no such file")
    if WAY == "not-http":
        speak_something_else()
    ThreadingHTTPServer(("127.0.0.1", PORT), Worthless).serve_forever()
