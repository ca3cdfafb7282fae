"""What a careful engineer would write for one server in an afternoon: requests, PyJWT and pytest, from the front door.

It is given what such a script would have: the address, a token for each of three people, tokens signed by the test
issuer's own key with one claim changed, and knows its server's tools. SETTING names the JSON file with all that:

  {"server": "jira", "url": "...", "tokens": {"alice": FILE, "bob": FILE, "carol": FILE, "reader": FILE},
   "forged": {"expired": FILE, ...}, "without_credential": "bob"}

`reader` is alice with the scope for reading alone. Used by compare.py; there is nothing of iff in it.
"""
import concurrent.futures
import itertools
import json
import os
import pathlib

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

SETTING = json.loads(pathlib.Path(os.environ["SETTING"]).read_text())
URL = SETTING["url"]
# How each server's things are listed and read, and what needs the scope for writing.
SERVERS = {
    "jira": {"list": ("list_issues", {"jql": ""}), "ids": lambda found: [issue["key"] for issue in found["issues"]],
             "read": lambda key: ("get_issue", {"issue_key": key}),
             "write": ("create_issue", {"project": "DEMO", "summary": "written by a reader"})},
    "github": {"list": ("list_repos", {}), "ids": lambda found: [(repo["owner"], repo["name"]) for repo in found["repositories"]],
               "read": lambda repo: ("get_repo", {"owner": repo[0], "repo": repo[1]}),
               "write": ("create_issue", {"owner": "{owner}", "repo": "private", "title": "written by a reader"})},
    "postgres": {"list": ("execute_query", {"query": "SELECT note FROM orders"}), "ids": lambda found: ["orders"],
                 "read": lambda _: ("execute_query", {"query": "SELECT note FROM orders"}),
                 "write": ("execute_query", {"query": "INSERT INTO orders (product_id, quantity, note) VALUES (1, 1, 'x')"})},
    "notes": {"list": ("list_notes", {}), "ids": lambda found: found["ids"], "read": lambda note: ("get_note", {"id": note})},
}
SERVER = SERVERS[SETTING["server"]]
MCP = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


def token(who):
    return pathlib.Path(SETTING["tokens"][who]).read_text()


IDS = itertools.count(1)  # no id may come twice within a session (MCP 2025-11-25, Basic, Requests)


def post(method, params=None, bearer=None, session=None, url=URL, notification=False):
    headers = dict(MCP)
    if bearer is not None:
        headers["Authorization"] = "Bearer " + bearer
    if session is not None:
        headers["Mcp-Session-Id"] = session
    if method != "initialize":
        headers["MCP-Protocol-Version"] = "2025-11-25"
    message = {"jsonrpc": "2.0", "method": method, "params": params or {}}
    if not notification:
        message["id"] = next(IDS)
    return requests.post(url, json=message, headers=headers, timeout=15)


def body(answer):
    """The JSON-RPC message, whether it came as JSON or in an event stream."""
    if "text/event-stream" not in answer.headers.get("Content-Type", ""):
        return answer.json()
    lines = [line[5:] for line in answer.text.splitlines() if line.startswith("data:") and '"jsonrpc"' in line]
    return json.loads(lines[-1])


def initialize(bearer):
    client = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "careful", "version": "1"}}
    answer = post("initialize", client, bearer)
    if answer.status_code == 200 and "error" not in body(answer):
        session = answer.headers.get("Mcp-Session-Id")
        post("notifications/initialized", None, bearer, session, notification=True)
        return answer, session
    return answer, None


class Person:
    def __init__(self, who):
        self.token = token(who)
        answer, self.session = initialize(self.token)
        assert answer.status_code == 200, f"{who} is not let in: {answer.status_code} {answer.text}"

    def call(self, tool, arguments):
        return post("tools/call", {"name": tool, "arguments": arguments}, self.token, self.session)

    def things(self):
        """id -> what reading it gives; only what the tool says, for each answer also has ids of its own around it."""
        found = self.structured(self.call(*SERVER["list"]))
        return {str(one): json.dumps(self.structured(self.call(*SERVER["read"](one)))) for one in SERVER["ids"](found)}, found

    @staticmethod
    def structured(answer):
        result = body(answer)["result"]
        assert not result.get("isError"), result
        return result.get("structuredContent") or json.loads(result["content"][0]["text"])


def words(text):
    """What can be told apart: every longer word of an answer."""
    return {word for word in "".join(c if c.isalnum() or c in "-_" else " " for c in text).split() if len(word) > 7}


@pytest.fixture(scope="module")
def alice():
    return Person("alice")


@pytest.fixture(scope="module")
def carol():
    return Person("carol")


@pytest.fixture(scope="module")
def private(alice, carol):
    """What only carol gets to see, and what only alice does."""
    hers, _ = carol.things()
    mine, _ = alice.things()
    theirs, own = words(" ".join(hers.values())), words(" ".join(mine.values()))
    return {"carol": theirs - own, "alice": own - theirs, "ids": [i for i in hers if i not in mine]}


def refused(bearer, **how):
    answer = post("tools/list", None, bearer, **how)
    assert answer.status_code == 401, f"{answer.status_code}: {answer.text[:300]}"
    assert '"result"' not in answer.text
    return answer


def test_nobody_gets_in_without_a_token():
    assert "resource_metadata=" in refused(None).headers["WWW-Authenticate"]


def test_the_metadata_names_an_issuer():
    challenge = refused(None).headers["WWW-Authenticate"]
    document = requests.get(challenge.split('resource_metadata="')[1].split('"')[0], timeout=15).json()
    assert document["authorization_servers"] and document["resource"]


def test_alice_gets_in(alice):
    assert body(post("tools/list", None, alice.token, alice.session))["result"]["tools"]


@pytest.mark.parametrize("text", ["nonsense", "a.b.c"])
def test_nonsense_is_no_token(text):
    refused(text)


@pytest.mark.parametrize("kind", sorted(SETTING["forged"]))
def test_a_token_with_a_wrong_claim_is_refused(kind):
    refused(pathlib.Path(SETTING["forged"][kind]).read_text())


def test_an_unsigned_token_is_refused():
    claims = jwt.decode(token("alice"), options={"verify_signature": False})
    refused(jwt.encode(claims, None, algorithm="none"))


def test_a_token_signed_with_another_key_is_refused():
    claims = jwt.decode(token("alice"), options={"verify_signature": False})
    header = jwt.get_unverified_header(token("alice"))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    refused(jwt.encode(claims, key, algorithm="RS256", headers={"kid": header["kid"]}))
    refused(jwt.encode(claims, "a guessable secret, long enough for the library", algorithm="HS256", headers={"kid": header["kid"]}))


def test_a_token_with_another_subject_is_refused():
    head, payload, signature = token("alice").split(".")
    refused(".".join([head, token("carol").split(".")[1], signature]))
    refused(".".join([head, payload, signature[:-8] + "AAAAAAAA"]))


def test_a_token_in_the_address_is_refused():
    refused(None, url=URL + "?access_token=" + token("alice"))


def test_a_session_is_no_identity(alice, carol):
    if alice.session is None:
        pytest.skip("it keeps no sessions: nothing to take over")
    refused(None, session=alice.session)
    answer = post("tools/call", dict(zip(("name", "arguments"), SERVER["list"])), carol.token, alice.session)
    assert answer.status_code >= 400 or not words(answer.text) & words(alice.call(*SERVER["list"]).text) - words(carol.call(*SERVER["list"]).text)


def test_each_sees_things_of_her_own(private):
    assert private["alice"] and private["carol"]


def test_alice_sees_nothing_of_carols(alice, private):
    answer = alice.call(*SERVER["list"])
    assert not private["carol"] & words(answer.text + json.dumps(dict(answer.headers)))


def test_alice_cannot_read_what_is_carols(alice, carol, private):
    _, found = carol.things()
    for one in SERVER["ids"](found):
        if str(one) in private["ids"]:
            answer = alice.call(*SERVER["read"](one))
            assert not (private["carol"] - words(str(one))) & words(answer.text), answer.text


def test_people_at_the_same_time_get_their_own(alice, carol, private):
    def ask(number):
        who, others = (alice, "carol") if number % 2 else (carol, "alice")
        return private[others] & words(who.call(*SERVER["list"]).text)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(ask, range(60)))


@pytest.mark.skipif(not SETTING.get("without_credential"), reason="everybody has what it takes at this server")
def test_who_has_no_credential_gets_an_error(private):
    answer = Person(SETTING["without_credential"]).call(*SERVER["list"])
    assert body(answer)["result"].get("isError"), answer.text
    assert not (private["alice"] | private["carol"]) & words(answer.text)


@pytest.mark.skipif("reader" not in SETTING["tokens"], reason="this server has one scope for everything")
def test_a_reader_writes_nothing():
    tool, arguments = SERVER["write"]
    account = jwt.decode(token("alice"), options={"verify_signature": False})["preferred_username"]
    arguments = {name: value.format(owner=account) if isinstance(value, str) else value for name, value in arguments.items()}
    answer = Person("reader").call(tool, arguments)
    assert answer.status_code == 403 or body(answer)["result"].get("isError"), answer.text


@pytest.mark.parametrize("tool", ["list", "no_such_tool"])
def test_no_answer_repeats_the_token(alice, tool):
    answer = alice.call(*(SERVER["list"] if tool == "list" else (tool, {})))
    assert alice.token not in answer.text
