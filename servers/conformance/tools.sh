# Sourced: where `./iff test` has put Node 22 and the MCP packages. Sets node and packages, or fails.
tools=${IFF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iff}/tools
node=$tools/node-22/bin/node
packages=$tools/mcp-node/node_modules/@modelcontextprotocol
need() {
  [ -e "$1" ] && return 0
  echo "conformance: missing $1: run ./iff test, which sets it up" >&2
  exit 1
}
need "$node"
