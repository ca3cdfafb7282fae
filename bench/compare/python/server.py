"""The echo tool in FastMCP, stateless, plain JSON answers. No authentication."""

import socket

import uvicorn
from fastmcp import FastMCP

server = FastMCP("echo")


@server.tool
def echo(text: str) -> str:
    """Says what it was told."""
    return text


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
print(f"ready http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
app = server.http_app(path="/mcp", stateless_http=True, json_response=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
