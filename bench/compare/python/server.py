"""The echo tool in FastMCP, stateless, plain JSON answers, no structured copy of the text. No authentication."""

import socket

import uvicorn
from fastmcp import FastMCP

server = FastMCP("echo")


@server.tool(output_schema=None)
def echo(text: str) -> str:
    """Says what it was told."""
    return text


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(128)
print(f"ready http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
app = server.http_app(path="/mcp", stateless_http=True, json_response=True)
config = uvicorn.Config(app, log_level="error", access_log=False, loop="uvloop", http="httptools", lifespan="on")
uvicorn.Server(config).run(sockets=[listener])
