"""measure.py WORK STEPS ROUNDS, for run.sh: rounds of every runner, with two steps and with STEPS more; medians and ratios.

A runner's time per step is what STEPS more of them add, its start-up what is left. Processor time is user and system time of
the runner's own processes, without the server. Of iff those are two: the command, and the resident process which plays.
"""
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import urllib.request

WORK = pathlib.Path(sys.argv[1])
STEPS, ROUNDS = int(sys.argv[2]), int(sys.argv[3])
HERE = pathlib.Path(__file__).resolve().parent
ROOT = pathlib.Path(os.environ["IFF_ROOT"])
IFF = os.path.join(os.environ["IFF_BIN"], "iff")
AIM_US = 100  # of iff's own processor time per step
FEW = 2
SYSTEM = WORK / "system.yaml"
PEOPLE = {"alice": "bob", "bob": "alice"}  # who calls, and whose things must not be in the answer


def fail(sentence):
    sys.exit("run.sh: " + sentence)


def write(name, content):
    path = WORK / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


# --- the stage: a server for the others, beside the equal ones iff starts for its scenarios ------------------------

def bring_up():
    """The shipped system, its servers without their limit of calls a minute, in an environment of its own."""
    system = (ROOT / "systems/vault-demo/system.yaml").read_text(encoding="utf-8")
    system, changed = re.subn(r"^(\s+)IFF_TOKEN_CLIENTS: .*$", r'\g<0>\n\1IFF_RATE_LIMIT: "100000/1"', system, flags=re.M)
    if not changed:
        fail("systems/vault-demo/system.yaml has no IFF_TOKEN_CLIENTS any more: measure.py puts the rate limit beside it")
    write("system.yaml", system)
    done = subprocess.run([IFF, "up", "--idle", "900", "--system", SYSTEM], capture_output=True, text=True)
    if done.returncode != 0:
        fail("iff up did not get there: " + done.stdout[-1000:] + done.stderr[-1000:])
    return json.loads(subprocess.run([IFF, "status", "--json"], capture_output=True, text=True, check=True).stdout)["pid"]


class Shell:
    """The stage of `iff shell`, kept while this is open: a server, and people with tokens."""

    def __init__(self):
        self.process = subprocess.Popen([IFF, "shell", "--as", "alice", "--target", "github", "--json", "--system", SYSTEM],
                                        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line.startswith("{") or "error" in json.loads(line):
            fail("iff shell: " + (line or "ended"))
        return json.loads(line)

    def become(self, who):
        self.process.stdin.write(f"as {who}\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)


META = {"io.modelcontextprotocol/clientCapabilities": {}, "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "runner", "version": "1"}}
MESSAGE = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "get_repo", "_meta": META}}


def ask(url, headers, tool, arguments):
    message = {**MESSAGE, "id": 1, "params": {"name": tool, "arguments": arguments, "_meta": META}}
    request = urllib.request.Request(url, json.dumps(message).encode(), {**headers, "Mcp-Name": tool})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)["result"]["structuredContent"]


def setting_of(shell):
    """What a script would be given: address, tokens, and what is private to whom, as the server tells its owner."""
    people = {}
    for who in PEOPLE:
        said = shell.become(who)
        token = pathlib.Path(said["token_file"]).read_text(encoding="utf-8")
        headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json", "Mcp-Method": "tools/call",
                   "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "Mcp-Name": "get_repo"}
        [owner] = {one["owner"] for one in ask(said["url"], headers, "list_repos", {})["repositories"] if one["private"]}
        arguments = {"owner": owner, "repo": "private"}
        own = ask(said["url"], headers, "get_repo", arguments)["description"].removeprefix("Private: ")
        people[who] = {"headers": headers, "arguments": arguments, "own": own}
    for who, other in PEOPLE.items():
        people[who]["foreign"] = people[other]["own"]
    return {"url": said["url"], "message": MESSAGE, "people": people}


# --- the runners: each a command for so many steps; `mixed_up` takes each one's things for the other's, so it must fail ----

def scenario(steps, mixed_up):
    lines = ["id: runner/calls", "title: Each gets what is theirs, again and again", "target: github", "given:",
             "  principals: [alice, bob]", '  relaxed: {rate_limit: "100000/1"}', "steps:"]
    lines += [f"  - {{obtain: {who}, for: {who}}}" for who in PEOPLE]
    for number in range(steps):
        who, other = list(PEOPLE.items())[number % 2]
        own, foreign = (other, who) if mixed_up else (who, other)
        lines += ["  - call: read_own", f"    with: {who}", "    expect:",
                  f"      - {{check: status-{number}, level: must, status: 200}}",
                  f"      - {{check: succeeds-{number}, level: must, tool: succeeds}}",
                  f"      - {{check: own-{number}, level: must, discloses: {own}}}",
                  f"      - {{check: foreign-{number}, level: must, withholds: [{foreign}]}}"]
    return "\n".join(lines) + "\n"


def iff(*more):
    def command(_, steps, mixed_up):
        path = write("runner/calls.yaml", scenario(steps, mixed_up))
        return [IFF, "run", "--system", SYSTEM, path, "-q", "-o", WORK / "report", *more], {}
    return command


def pytest(*more):
    def command(setting, steps, mixed_up):
        people = setting["people"]
        if mixed_up:
            people = {who: {**person, "own": person["foreign"], "foreign": person["own"]} for who, person in people.items()}
        path = write("setting.json", {**setting, "steps": steps, "people": people})
        environment = {"SETTING": str(path), "PYTHONPATH": os.environ["PACKAGES"]}
        return [os.environ["PYTEST_PYTHON"], "-m", "pytest", "-q", "-p", "no:cacheprovider", HERE / "steps_test.py", *more], environment
    return command


QUESTIONS = """const answer = pm.response.json();
pm.test("status", () => pm.response.to.have.status(200));
pm.test("succeeds", () => pm.expect(answer.result && !answer.result.isError).to.equal(true));
pm.test("own", () => pm.expect(pm.response.text()).to.include(%s));
pm.test("foreign", () => pm.expect(pm.response.text()).not.to.include(%s));"""


def newman(setting, steps, mixed_up):
    items = []
    for who, person in setting["people"].items():
        own, foreign = (person["foreign"], person["own"]) if mixed_up else (person["own"], person["foreign"])
        message = {**MESSAGE, "id": 1, "params": {**MESSAGE["params"], "arguments": person["arguments"]}}
        items.append({"name": who,
                      "event": [{"listen": "test", "script": {"exec": (QUESTIONS % (json.dumps(own), json.dumps(foreign))).split("\n")}}],
                      "request": {"method": "POST", "url": setting["url"], "body": {"mode": "raw", "raw": json.dumps(message)},
                                  "header": [{"key": key, "value": value} for key, value in person["headers"].items()]}})
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    path = write("collection.json", {"info": {"name": "steps", "schema": schema}, "item": items})
    return [os.environ["NODE"], os.environ["NEWMAN"], "run", path, "-n", str(steps // 2), "--color", "off"], {}


RUNNERS = {
    "iff": iff(),
    "iff, one report": iff("--form", "json"),
    "pytest": pytest("-k", "test_step"),
    "pytest, one test": pytest("-k", "test_loop"),
    "newman": newman,
}


class Meter:
    """Runs commands and tells (wall, own processor time, of that the command's) in seconds."""

    def __init__(self, resident):
        # The clock of another process' processor time, all its threads': what clock_getcpuclockid answers.
        self.clock = (~resident << 3) | 2

    def run(self, command, environment):
        with open(WORK / "said", "wb") as said:
            before, began = time.clock_gettime(self.clock), time.monotonic()
            process = subprocess.Popen([str(word) for word in command], env={**os.environ, **environment}, stdout=said,
                                       stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.monotonic() - began
            resident = time.clock_gettime(self.clock) - before
        own = used.ru_utime + used.ru_stime
        return process.returncode, (wall, own + (resident if command[0] == IFF else 0), own)


def said():
    return (WORK / "said").read_text(encoding="utf-8", errors="replace")[-600:]


def measure(meter, setting):
    for name, runner in RUNNERS.items():
        code, _ = meter.run(*runner(setting, FEW, True))
        if code != 1:
            fail(f"{name} ended with {code}, not 1, when everybody's things were somebody else's: it asks nothing. {said()}")
    seen = {name: {"step": [], "start": []} for name in RUNNERS}
    for number in range(ROUNDS):
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        for name, runner in RUNNERS.items():
            cost = {}
            for steps in (FEW, FEW + STEPS):
                code, cost[steps] = meter.run(*runner(setting, steps, False))
                if code != 0:
                    fail(f"{name} ended with {code} after {steps} steps: {said()}")
            step = [(many - few) / STEPS for few, many in zip(cost[FEW], cost[FEW + STEPS])]
            seen[name]["step"].append(step)
            seen[name]["start"].append([few - FEW * each for few, each in zip(cost[FEW], step)])
    return seen


def told(seen):
    medians = {name: {part: [statistics.median(column) for column in zip(*rows)] for part, rows in parts.items()}
               for name, parts in seen.items()}
    ours = medians["iff"]["step"]
    print(f"{'runner':<18}{'start-up':>18}{'a step':>18}{'to iff, a step':>20}{'rounds apart':>14}")
    print(f"{'':<18}{'wall ms':>9}{'cpu ms':>9}{'wall us':>9}{'cpu us':>9}{'wall':>10}{'cpu':>10}{'cpu':>14}")
    for name, parts in medians.items():
        start, step = parts["start"], parts["step"]
        rows = [row[1] for row in seen[name]["step"]]
        apart = f"{(max(rows) / min(rows) - 1) * 100:.0f} %" if min(rows) > 0 else "-"
        print(f"{name:<18}{start[0] * 1e3:>9.0f}{start[1] * 1e3:>9.0f}{step[0] * 1e6:>9.0f}{step[1] * 1e6:>9.0f}"
              f"{step[0] / ours[0]:>9.2f}x{step[1] / ours[1]:>9.2f}x{apart:>14}")
    plain = medians["iff, one report"]["step"]
    print(f"of iff's {ours[1] * 1e6:.0f} us: {ours[2] * 1e6:.0f} us the command, which reads the file; "
          f"{(ours[1] - plain[1]) * 1e6:.0f} us drawing and searching the reports besides result.json")
    print(f"aim: at most {AIM_US} us of iff's processor time per step: " +
          ("met" if ours[1] * 1e6 <= AIM_US else f"not met, {ours[1] * 1e6 / AIM_US:.1f} times as much"))
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")), "?")
    if STEPS < 200:
        print("so few steps show that it works, and nothing about speed")
    print(f"{STEPS} steps, medians of {ROUNDS} rounds; {model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


def main():
    meter = Meter(bring_up())
    shell = Shell()
    try:
        seen = measure(meter, setting_of(shell))
    finally:
        shell.close()
    told(seen)


main()
