#!/usr/bin/env python3
"""Every tool against the same servers: compare.py run [MUTANT ...], then compare.py draw > docs/neighbours.md.

`run` keeps one JSON file for each server in $ROOM/results, so that it can be done in pieces and taken up again. It needs
an environment that is up (run.sh sees to all that). A tool has noticed a fault when one of its checks comes out worse on
the broken server than on the same server unbroken; what it complains of on an unbroken server is listed by itself.
"""
import contextlib
import datetime
import functools
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import time
import urllib.request

import matrix
from lab import Lab

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ROOM = pathlib.Path(os.environ["ROOM"])
RESULTS = ROOM / "results"
PYTHON = os.environ["NEIGHBOURS_PYTHON"]
PACKAGES = pathlib.Path(os.environ["PYTHONPATH"])
BIN = pathlib.Path(os.environ.get("IFF_BIN", ROOT / "build/release/bin"))
CACHE = pathlib.Path(os.environ.get("IFF_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "iff")
NODE = CACHE / "tools/node-22/bin/node"
SUITE = CACHE / "tools/mcp-node/node_modules/@modelcontextprotocol/conformance"
TOOLS = ["iff", "careful script", "overstep", "mcp-authlab", "mcp-authscan", "mcp-idprobe", "reizan-mcpcheck", "official suite"]
READ_SCOPE = {"jira": "jira:read", "github": "github:read", "postgres": "postgres:read"}
WRITE_SCOPE = {"jira": "jira:write", "github": "github:write", "postgres": "postgres:write"}
READ_TOOL = {"jira": "list_issues", "github": "list_repos", "postgres": "list_tables"}
FORGED = ["expired", "nbf-future", "aud-other-server", "iss-wrong", "other-realm"]
EXAMPLES = ["python-sdk", "fastmcp", "typescript-sdk", "go-sdk"]


class Shell:
    """A stage with one server on it, and people; `iff shell` reads commands and answers a line of JSON to each."""

    def __init__(self, target, mutant="", folder=ROOT):
        self.target = target
        command = [BIN / "iff", "shell", "--as", "alice", "--target", target, "--json"]
        command += ["--mutant", mutant] if mutant else []
        self.errors = open(ROOM / "shell.log", "ab")
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)
        self.alice = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line.startswith("{"):
            raise SystemExit(f"iff shell --target {self.target} ended: {line}")
        return json.loads(line)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.answer()
        if "error" in answer:
            raise SystemExit(f"iff shell, {command}: {answer['error']}")
        return answer

    def token_of(self, command):
        """The token file the command leaves, kept under another name: the next login of the same person replaces it."""
        answer = self.ask(command)
        kept = ROOM / ("tokens-" + self.target) / re.sub(r"[^a-z0-9]+", "-", command)
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_bytes(pathlib.Path(answer["token_file"]).read_bytes())
        return str(kept)

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(60)
        self.errors.close()


def call(command, **more):
    more.setdefault("timeout", 300)
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)


def foreign_token(elsewhere, kind):
    """The same issuer's, for the same person, meant for another server. The examples' issuer has but one: it is forged."""
    return elsewhere.token_of("forge aud-other-server" if kind == "notes" else "as alice")


# --- each tool answers {check: 0 fine, 1 a warning, 2 a failure} -------------------------------------------------

def careful_script(shell, kind, elsewhere):
    del elsewhere
    tokens = {who: shell.token_of("as " + who) for who in ("bob", "carol", "alice")}
    forged = {attack: shell.token_of("forge " + attack) for attack in FORGED}
    if kind in READ_SCOPE:
        tokens["reader"] = shell.token_of(f"as alice {READ_SCOPE[kind]}")
    setting = ROOM / "setting.json"
    setting.write_text(json.dumps({"server": kind, "url": shell.alice["url"], "tokens": tokens, "forged": forged,
                                   "without_credential": "bob" if kind == "jira" else None}))
    done = call([PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=line", "-rA", HERE / "careful_test.py"],
                env={**os.environ, "SETTING": str(setting), "PYTHONDONTWRITEBYTECODE": "1"})
    rank = {"PASSED": 0, "FAILED": 2, "ERROR": 2}
    found = re.findall(r"^(PASSED|FAILED|ERROR) \S*::(\S+)", done.stdout, re.M)
    if not found:
        raise SystemExit("the careful script said nothing: " + done.stdout + done.stderr)
    checks = {}
    for verdict, name in found:
        checks[name] = max(checks.get(name, 0), rank[verdict])
    return checks


def authlab(shell, kind, elsewhere):
    tokens = [(shell.token_of("as alice"), [])]
    if kind in WRITE_SCOPE:  # its step-up check wants a call the token cannot make
        tokens.append((shell.token_of(f"as alice {WRITE_SCOPE[kind]}"), ["--tool", READ_TOOL[kind]]))
    checks = {}
    for number, (token, more) in enumerate(tokens):
        secrets = {"MCP_AUTHLAB_TOKEN": pathlib.Path(token).read_text(),
                   "MCP_AUTHLAB_FOREIGN_TOKEN": pathlib.Path(foreign_token(elsewhere, kind)).read_text()}
        done = call([PYTHON, "-m", "mcp_authlab", "scan", shell.alice["url"], "--no-login", "--format", "json", *more],
                    env={**os.environ, **secrets})
        report = json.loads(done.stdout)
        for result in report["results"]:
            rank = {"fail": 2, "error": 2, "warn": 1}.get(result["status"], 0)
            name = result["id"] + ("" if number == 0 else " without the scope")
            checks[name] = rank
    return checks


def mcpcheck(shell, kind, elsewhere):
    """Both ways: the server under test as the one whose token is stolen, and as the one it is shown to."""
    alice = shell.token_of("as alice")
    foreign = foreign_token(elsewhere, kind)
    lab = Lab({"this": (shell.alice["url"], lambda: pathlib.Path(alice).read_text()),
               "other": (elsewhere.alice["url"], lambda: pathlib.Path(foreign).read_text())})
    checks = {}
    try:
        for first, second in (("this", "other"), ("other", "this")):
            config = ROOM / "lab.json"
            config.write_text(json.dumps(lab.config(first, second)))
            done = call([PYTHON, "-m", "reizan_mcpcheck", config, "--json"], env=dict(os.environ))
            for probe in json.loads(done.stdout)["results"]:
                for seen in probe["observations"]:
                    checks[f"{seen['id']} ({first} first)"] = {"FAIL": 2, "INCONCLUSIVE": 1}.get(seen["verdict"], 0)
    finally:
        lab.close()
    return checks


def overstep(shell, kind, elsewhere):
    tokens = {who: matrix.read(shell.token_of("as " + who)) for who in ("carol", "alice")}
    if kind in READ_SCOPE:
        tokens["reader"] = matrix.read(shell.token_of(f"as alice {READ_SCOPE[kind]}"))
    outsiders = {attack: matrix.read(shell.token_of("forge " + attack)) for attack in FORGED}
    outsiders |= matrix.unsigned(tokens["alice"])
    outsiders["foreign"] = matrix.read(foreign_token(elsewhere, kind))
    written = matrix.matrix(kind, shell.alice["url"], elsewhere.alice["url"], tokens, outsiders)
    # Who writes it notices when two people are listed the same things.
    told_apart = "read" not in matrix.SERVERS[kind] or "read" in written["policy"]
    plan = ROOM / "matrix.yaml"  # JSON is YAML
    plan.touch(mode=0o600)
    plan.write_text(json.dumps(written))
    out = ROOM / "overstep"
    shutil.rmtree(out, ignore_errors=True)
    done = call([PYTHON, "-m", "overstep", "run", plan, "--out", out, "--fail-on", "never", "--allow-inconclusive",
                 "--concurrency", "1"], env={**os.environ, "OVERSTEP_NO_HINTS": "1"})
    if not (out / "findings.json").exists():
        raise SystemExit(f"overstep said nothing of {kind}: {done.stdout[-500:]}{done.stderr[-500:]}")
    found = json.loads((out / "findings.json").read_text())
    # What it says of the other server, which is unbroken, is none of this one's.
    names = {" ".join(str(each.get(part)) for part in ("vuln_class", "resource", "subject", "variant"))
             for each in found["findings"] if elsewhere.alice["url"] not in json.dumps(each)}
    return {"people's things are told apart": 0 if told_apart else 2, **dict.fromkeys(names, 2)}


def authscan(shell, kind, elsewhere):
    """Asks what is open to nobody. Its command does not start as it is packed; the module behind it does."""
    del kind, elsewhere
    origin = shell.alice["url"].removesuffix("/mcp")
    done = call([PYTHON, "-m", "mcp_authscan.cli", "scan", origin, "--checks", "all", "--format", "json"], env=dict(os.environ))
    return {result["name"]: 0 if result["passed"] else 2 for result in json.loads(done.stdout)["checks"]}


@contextlib.contextmanager
def with_token_added(shell):
    """The address of a proxy that adds alice's token, for tools that cannot be given one."""
    proxy = subprocess.Popen([BIN / "iff-mcp-conformance", "--token-file", shell.token_of("as alice"), "--proxy", shell.alice["url"]],
                             stdout=subprocess.PIPE, text=True)
    try:
        yield proxy.stdout.readline().split()[1]
    finally:
        proxy.terminate()
        proxy.wait(20)


def idprobe(shell, kind, elsewhere):
    """It looks for its own words in the answers: of all the tools here only one that keeps a note says them again."""
    del elsewhere
    with with_token_added(shell) as url:
        done = call([PYTHON, "-m", "mcp_idprobe", "--url", url, "--json", "--rounds", "10",
                     "--tool", "create_note" if kind == "notes" else READ_TOOL[kind]], env=dict(os.environ))
    return {"crossed responses": 2 if json.loads(done.stdout)["probe"]["verdict"] == "VULNERABLE" else 0}


def official_suite(shell, kind, elsewhere):
    del elsewhere
    checks = {}
    with with_token_added(shell) as url:
        for revision in ("2025-11-25", "2026-07-28"):
            done = call([NODE, SUITE / "dist/index.js", "server", "--url", url, "--requirements", revision,
                         "--timeout", "5000", "-o", ROOM / "suite"], cwd=ROOM)
            for sign, name, passed, failed in re.findall(r"^\s*([✓✗]) (\S+): (\d+) passed, (\d+) failed", done.stdout, re.M):
                checks[f"{name} {revision}"] = 2 if sign == "✗" else 0
    if not checks:
        raise SystemExit(f"the official suite said nothing of {kind}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return checks


def iff(target, mutant="", folder=ROOT):
    # Everything iff plays against this server, whatever the fault is; what takes its time is in there too.
    command = [BIN / "iff", "run", "--target", target, "--json", "-o", ROOM / "report"]
    command += ["--mutant", mutant] if mutant else []
    done = call(command, cwd=folder, timeout=900)
    run = json.loads((ROOM / "report/result.json").read_text())
    checks = {}
    for scenario in run["scenarios"]:
        for step in scenario["steps"]:
            for check in step["checks"]:
                rank = {"failed": 2, "errored": 1}.get(check["verdict"], 0)
                checks[check["id"]] = max(rank, checks.get(check["id"], 0))
    if done.returncode not in (0, 1, 2) or not checks:
        raise SystemExit(f"iff run ended with {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return checks


NEIGHBOURS = {"careful script": careful_script, "overstep": overstep, "mcp-authlab": authlab, "mcp-authscan": authscan,
              "mcp-idprobe": idprobe, "reizan-mcpcheck": mcpcheck, "official suite": official_suite}


def judge(name, target, kind, other, mutant="", folder=ROOT):
    """All tools against one server; what is kept is not done again. `other`: a server tokens are also issued for."""
    kept = RESULTS / (name.replace("/", "+") + ".json")
    seen = json.loads(kept.read_text()) if kept.exists() else {"target": target, "mutant": mutant, "tools": {}}

    def note(tool, checks, took):
        seen["tools"][tool] = {"seconds": round(took, 2), "checks": checks}
        kept.write_text(json.dumps(seen, indent=1, sort_keys=True))
        bad = sum(1 for rank in checks.values() if rank == 2)
        print(f"{name:44} {tool:16} {bad:3} of {len(checks)} failed  {took:.1f} s", flush=True)

    missing = [tool for tool in NEIGHBOURS if tool not in seen["tools"]]
    if missing:
        # Its stage is gone before iff runs: scenarios that play alone wait until no stage is left.
        with contextlib.closing(Shell(other, folder=folder)) as elsewhere:
            for tool in missing:
                # A stage for each: none inherits what another left behind.
                with contextlib.closing(Shell(target, mutant, folder)) as shell:
                    began = time.monotonic()
                    checks = NEIGHBOURS[tool](shell, kind, elsewhere)
                    note(tool, checks, time.monotonic() - began)
    if "iff" not in seen["tools"]:
        began = time.monotonic()
        checks = iff(target, mutant, folder)
        note("iff", checks, time.monotonic() - began)


def faults():
    """class -> mutants, as faults.txt has them."""
    lines = (HERE / "faults.txt").read_text().splitlines()
    return {name.strip(): words.split() for name, words in (line.split(":") for line in lines if not line.startswith("#"))}


@functools.cache
def mutants():
    """name -> what iff-mutant lists of it: fault, targets, ..."""
    listed = subprocess.run([BIN / "iff-mutant", "--list"], stdout=subprocess.PIPE, check=True).stdout
    return {each["name"]: each for each in json.loads(listed)}


def targets_of(mutant):
    return mutants()[mutant]["targets"]


def fault_of(mutant):
    return mutants()[mutant]["fault"]


def run(names):
    RESULTS.mkdir(parents=True, exist_ok=True)
    clean = ["jira", "github", "postgres"]
    places = [f"examples/{example}" for example in EXAMPLES]
    unknown = [name for name in names if name not in [*mutants(), *clean, *places]]
    if unknown:
        print(f"compare.py: nothing is called {', '.join(unknown)}: mutants, {', '.join(clean + places)}", file=sys.stderr)
        return 64
    for name in names or clean + [mutant for some in faults().values() for mutant in some]:
        if name in clean:
            judge(name, name, name, "jira" if name == "github" else "github")
        elif name in mutants():
            target = targets_of(name)[0]
            judge(f"{name}@{target}", target, target, "jira" if target == "github" else "github", mutant=name)
    for name in [name for name in names or places if name in places]:
        judge_example(name, ROOT / name)
    return 0


def judge_example(name, folder):
    """An example has an issuer of its own; a second server of it stands for the other one."""
    kept = RESULTS / (name.replace("/", "+") + ".json")
    if kept.exists() and len(json.loads(kept.read_text())["tools"]) == len(TOOLS):
        return
    environment = {**os.environ, "IFF_RESIDENT": os.environ["IFF_RESIDENT"] + "-" + folder.name}
    before = dict(os.environ)
    os.environ.update(environment)
    call([BIN / "iff", "up", "--idle", "600"], cwd=folder)
    try:
        judge(name, "clean", "notes", "clean", folder=folder)
    finally:
        call([BIN / "iff", "down"], cwd=folder)
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("run", "draw"):
        print(__doc__.splitlines()[0], file=sys.stderr)
        sys.exit(64)
    if sys.argv[1] == "draw":
        from draw import document
        print(document(RESULTS, faults(), fault_of), end="")
        sys.exit(0)
    sys.exit(run(sys.argv[2:]))
