"""The matrix overstep wants: who is who, what is whose, and who may do what, of the servers compared here.

It names things and marks that exist, so the server is asked for them first, as each of two people.
"""
import base64
import itertools
import json
import pathlib
import urllib.request

# How a server's things are listed and read, which argument says whose, and what wants the scope for writing.
SERVERS = {
    "jira": {"list": ("list_issues", {"jql": ""}), "ids": lambda found: [issue["key"] for issue in found["issues"]],
             "read": ("get_issue", {}), "owner": "issue_key",
             "write": ("create_issue", {"project": "DEMO", "summary": "written by a reader"})},
    "github": {"list": ("list_repos", {}),
               "ids": lambda found: [repo["owner"] for repo in found["repositories"] if repo["name"] == "private"],
               "read": ("get_repo", {"repo": "private"}), "owner": "owner",
               "write": ("create_issue", {"repo": "private", "title": "written by a reader"}), "write_owner": "owner"},
    "postgres": {"list": ("list_tables", {}), "ids": lambda found: [], "select": ("execute_query", {"query": "SELECT 1"}),
                 "write": ("execute_query", {"query": "INSERT INTO orders (product_id, quantity, note) VALUES (1, 1, 'x')"})},
    "notes": {"list": ("list_notes", {}), "ids": lambda found: found["ids"], "read": ("get_note", {}), "owner": "id"},
}
REVISION = "2025-06-18"


class Person:
    """Asks the server as one person."""

    def __init__(self, url, token):
        self.url, self.token, self.session, self.ids = url, token, None, itertools.count(1)
        client = {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": {"name": "neighbours", "version": "1"}}
        _, headers = self.ask("initialize", client)
        self.session = headers.get("Mcp-Session-Id")
        self.ask("notifications/initialized", None)

    def ask(self, method, params):
        headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json",
                   "Authorization": "Bearer " + self.token, "MCP-Protocol-Version": REVISION}
        if self.session:
            headers["Mcp-Session-Id"] = self.session
        message = {"jsonrpc": "2.0", "method": method, "params": params or {}}
        if not method.startswith("notifications/"):
            message["id"] = next(self.ids)
        request = urllib.request.Request(self.url, json.dumps(message).encode(), headers)
        with urllib.request.urlopen(request, timeout=15) as answer:
            text = answer.read().decode()
            if "text/event-stream" in answer.headers.get("Content-Type", ""):
                text = [line[5:] for line in text.splitlines() if line.startswith("data:") and '"jsonrpc"' in line][-1]
            return (json.loads(text) if text.strip() else {}), answer.headers

    def call(self, tool, arguments):
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})[0].get("result", {})
        if result.get("isError") or not result:
            return {}
        return result.get("structuredContent") or json.loads(result["content"][0]["text"])


def words(found):
    """What can be told apart: every longer word of an answer."""
    text = "".join(letter if letter.isalnum() or letter in "-_" else " " for letter in json.dumps(found))
    return {word for word in text.split() if len(word) > 7}


def things_of(server, url, tokens):
    """{person: (the id of a thing that only they are listed, a mark that is in it and in nothing of the others')}."""
    if "read" not in server:
        return {}
    people = {who: Person(url, token) for who, token in tokens.items()}
    listed = {who: server["ids"](person.call(*server["list"])) for who, person in people.items()}
    tool, fixed = server["read"]
    seen = {}
    for who, person in people.items():
        own = [one for one in listed[who] if not any(one in listed[other] for other in listed if other != who)]
        if own:
            seen[who] = (own[0], words(person.call(tool, {**fixed, server["owner"]: own[0]})))
    return {who: (one, max(found - set().union(*(seen[other][1] for other in seen if other != who)), key=len, default=None))
            for who, (one, found) in seen.items()}


def unsigned(token):
    """The same claims twice: without a signature, and under one that is another token's."""
    header, claims, signature = token.split(".")
    nothing = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    return {"unsigned": f"{nothing}.{claims}.", "wrong-signature": f"{header}.{claims}.{signature[:8][::-1]}{signature[8:]}"}


def called(name, tool, arguments, **more):
    return {"name": name, "type": "function", "call": {"server": "this", "tool": tool, "arguments": arguments, **more}}


def owned(resource, argument):
    return {**resource, "type": "object", "owner": argument, "owner_attr": "thing"}


def matrix(kind, url, elsewhere, tokens, outsiders):
    """`tokens`: {alice, carol, reader: token}. `outsiders`: {name: token} that open nothing here, one of them `foreign`,
    issued for the server `elsewhere`."""
    server = SERVERS[kind]
    things = things_of(server, url, {who: tokens[who] for who in ("alice", "carol")})
    if "reader" in tokens and "alice" in things:
        things["reader"] = things["alice"]
    subjects = [{"name": "anonymous", "role": "anonymous", "token": None}]
    for name, token in outsiders.items():
        subjects.append({"name": name, "role": "anonymous", "token": token, **({"token_audience": "other"} if name == "foreign" else {})})
    for who, token in tokens.items():
        subject = {"name": who, "role": "reader" if who == "reader" else "user", "token": token}
        if who in things:
            subject["attributes"] = {"thing": things[who][0]}
            if things[who][1]:
                subject["marker"] = things[who][1]
        subjects.append(subject)
    everybody = [{"role": "reader"}, {"role": "user"}]
    own = [{**one, "scope": "own"} for one in everybody]
    resources, policy = [called("list", *server["list"])], {"list": {"allow": everybody}}
    if "select" in server:
        resources.append(called("select", *server["select"]))
        policy["select"] = {"allow": everybody}
    if len(things) > 1:
        resources.append(owned(called("read", *server["read"]), server["owner"]))
        policy["read"] = {"allow": own}
    if "write" in server:
        write = called("write", *server["write"], mutating=True)
        resources.append(owned(write, server["write_owner"]) if "write_owner" in server else write)
        policy["write"] = {"allow": [{"role": "user", **({"scope": "own"} if "write_owner" in server else {})}]}
    servers = [{"name": "this", "url": url, "protocol_version": REVISION},
               {"name": "other", "url": elsewhere, "protocol_version": REVISION}]
    if kind != "notes":  # what needs no session shows more to those who get none
        servers.append({"name": "modern", "url": url, "protocol_version": "2026-07-28"})
        modern = called("list-modern", *server["list"])
        modern["call"]["server"] = "modern"
        resources.append(modern)
        policy["list-modern"] = {"allow": everybody}
    return {"roles": ["anonymous", "reader", "user"],
            "modules": {"mcp": {"servers": servers,
                                # It compares tools, and this one serves readers and writers alike.
                                "probes": {"tool_enumeration": "select" not in server}}},
            "subjects": subjects, "resources": resources, "policy": policy}


def read(path):
    return pathlib.Path(path).read_text()
