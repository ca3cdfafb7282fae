"""The document of what compare.py has kept: counts and tables are computed here, sentences about the tools are ours."""
import datetime
import json
import os
import pathlib
import platform
import re
import statistics

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOOLS = ["iff", "careful script", "overstep", "mcp-authlab", "mcp-authscan", "mcp-idprobe", "reizan-mcpcheck", "official suite"]
# A check that comes out this bad has noticed something: 2 failed, 1 warned. What could not be judged is no finding, but
# the scanner's warnings are meant as findings.
NOTICED = {"mcp-authlab": 1}

GIVEN = {
    "iff": "`iff run --target SERVER`: every suite, the same for every fault. It has the system file, starts the server "
           "itself, and looks behind it: at the upstream's ledger, Vault's audit log, the database, the server's log.",
    "careful script": "[careful_test.py](../bench/neighbours/careful_test.py), written for these servers as a good engineer "
                      "would in an afternoon, and mended until the clean servers passed: pytest, requests, PyJWT. Given the "
                      "address, tokens of three people and of one with a scope less, and five tokens that the test issuer "
                      "signed with one claim changed. It knows the tools. It stays at the front door.",
    "mcp-authlab": "`scan --token --foreign-token`: a valid token and one of the same issuer and person for another server; "
                   "a second scan with a token that lacks a scope and `--tool`, for its step-up check. Its `login` needs a "
                   "browser, so its checks of the authorization server are skipped: none of the faults is there.",
    "overstep": "a matrix ([matrix.py](../bench/neighbours/matrix.py)): alice, carol and alice without the scope for writing, with a "
                "thing and a mark of each; what lists, what reads by id, what writes; nobody, the five forged tokens of the "
                "careful script, two that are not signed by the issuer and one for another server as people who may do nothing; its probes of audience, session "
                "and enumeration on. It speaks 2025-06-18, so that sessions can be probed.",
    "mcp-authscan": "`scan --checks all` of the origin; it is given no credential, for it asks what is open without one. Started as a "
                    "module: the command of the package looks for a file that is not in it.",
    "mcp-idprobe": "ten rounds, through the proxy that adds alice's token, as it cannot be given one; on examples with the tool that "
                   "says again what it is told, which it needs; none of the shipped servers has one.",
    "reizan-mcpcheck": "two resources, both ways round; and what its documentation asks for where people log in through a "
                       "browser, a lab of its own: an authorization server that hands out real tokens without a login, and "
                       "a door that turns its GET into `initialize` ([lab.py](../bench/neighbours/lab.py)).",
    "official suite": "`server --requirements` for both revisions, through a proxy that adds alice's token, as it cannot be "
                      "given one.",
}
BLIND = {
    "iff": "a server whose tools the system file does not describe; what is neither tried by a scenario nor visible at either "
           "end; faults of an authorization server.",
    "careful script": "whatever happens behind the server: whose credential arrived, what was logged, what Vault was asked; "
                      "outages; what only many orders of requests show. It finds what its author thought of, and is for "
                      "these servers alone.",
    "mcp-authlab": "one person is all it knows: nothing that needs a second one. It forges what needs no key of the issuer: an "
                   "unsigned token with claims of its own making, which a server that looks at the issuer still refuses.",
    "overstep": "whatever happens behind the server, and how tokens are verified beyond the tokens it is given, for it makes "
                "none; time, outages, races, what is encoded; what only a pattern of answers tells, such as an oracle.",
    "mcp-authscan": "who anybody is: it asks whether the server answers without a credential, to any page, to any host. Its "
                    "probes of authorization servers are not run by this command.",
    "mcp-idprobe": "anything but its own words in another session's answer, asked for one after the other and never at once. It says PASS also where no "
                   "answer of its own came back.",
    "reizan-mcpcheck": "the server is asked three things: no token, a token of no kind, a token for another server. The rest of "
                       "it is about authorization servers.",
    "official suite": "authorization of servers: its checks of that are for clients. It asks whether the protocol is spoken, "
                      "of a server that offers the tools, prompts and resources of its own example.",
}


def version_of(tool):
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", (HERE / "requirements.txt").read_text(), re.M))
    if tool == "iff":
        return "this checkout"
    if tool == "careful script":
        return "this checkout; pytest " + pinned["pytest"]
    if tool == "official suite":
        package = json.loads((ROOT / "setup/node/package.json").read_text())
        return "@modelcontextprotocol/conformance " + package["dependencies"]["@modelcontextprotocol/conformance"]
    return pinned[tool]


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) / 1024 / 1024
    return f"{os.cpu_count()} cores{' of ' + model[1] if model else ''}, {memory:.0f} GiB, Linux {platform.release().split('-')[0]}"


def noticed(tool, broken, clean):
    least = NOTICED.get(tool, 2)
    return sorted(name for name, rank in broken.items() if rank >= least and rank > clean.get(name, 0))


def complaints(tool, checks):
    return sorted(name for name, rank in checks.items() if rank >= 2)


def explained(name):
    """What an example's expected.yaml says is found in its clean target, and why: true, and no false alarm."""
    file = ROOT / name / "expected.yaml"
    section = re.search(r"^clean:\n(.*?)(?=^\S|\Z)", file.read_text(), re.M | re.S) if file.exists() else None
    return set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", section[1])) if section else set()


def document(results, faults, fault_of):
    kept = {path.stem.replace("+", "/"): json.loads(path.read_text()) for path in sorted(results.glob("*.json"))}
    clean = {name: seen for name, seen in kept.items() if not seen["mutant"]}
    broken = {seen["mutant"]: seen for seen in kept.values() if seen["mutant"]}
    rows, found, took, listed = [], {tool: 0 for tool in TOOLS}, {tool: [] for tool in TOOLS}, set()
    classes = list(faults.items()) + [("others", sorted(set(broken) - {one for some in faults.values() for one in some}))]
    for kind, mutants in classes:
        for mutant in mutants:
            seen = broken.get(mutant)
            # A comparison that was interrupted is none.
            if seen is None or seen["target"] not in clean or len(seen["tools"]) < len(TOOLS):
                continue
            cells = []
            for tool in TOOLS:
                if tool not in seen["tools"]:
                    cells.append("?")
                    continue
                count = len(noticed(tool, seen["tools"][tool]["checks"], clean[seen["target"]]["tools"][tool]["checks"]))
                found[tool] += count > 0
                took[tool].append(seen["tools"][tool]["seconds"])
                cells.append(str(count) if count else "·")
            listed.add(mutant)
            rows.append(f"| {kind} | `{mutant}` | {seen['target']} | " + " | ".join(cells) + " |")
    lines = ["# Beside the neighbours", "",
             "What `iff` finds, what others find, on the same servers and the same machine. Generated by",
             "[`bench/neighbours/run.sh`](../bench/neighbours/run.sh); anyone can run it.", "",
             f"{datetime.date.today().isoformat()}; {machine()}; Python {platform.python_version()}.", "",
             "A fault is one of `servers/mutants`: a shipped server with one decision replaced by a wrong one. Each tool was run",
             "against each fault and against the same servers unbroken, every time in a fresh sandbox. It has *found* a fault when one",
             "of its checks comes out worse than on the unbroken server (failed; for mcp-authlab a warning will do). The faults were",
             "planted by the project that `iff` belongs to, which tells nothing about faults nobody thought of; the comparison shows",
             "what each tool can see at all.", ""]
    left = [one for some in faults.values() for one in some if one not in listed]
    if left:
        lines += [f"Of the {sum(map(len, faults.values()))} faults of `faults.txt` {len(left)} were not run this time: " +
                  ", ".join(f"`{one}`" for one in left) + ".", ""]
    plain = sorted(name for name in clean if not name.startswith("examples/"))
    examples = sorted(name for name in clean if name.startswith("examples/"))

    def unexplained(tool, name):
        bad = complaints(tool, clean[name]["tools"].get(tool, {"checks": {}})["checks"])
        return [one for one in bad if tool != "iff" or one not in explained(name)]

    lines += [f"| | version | faults found, of {len(listed)} | failing checks on {len(plain)} clean servers | and on {len(examples)} clean examples | seconds a server (median) |",
              "|---|---|---|---|---|---|"]
    for tool in TOOLS:
        alarms = [sum(len(unexplained(tool, name)) for name in names) for names in (plain, examples)]
        if tool == "official suite":
            alarms = ["see below"] * 2
        spent = f"{statistics.median(took[tool]):.1f}" if took[tool] else "?"
        lines.append(f"| {tool} | {version_of(tool)} | **{found[tool]}** | {alarms[0]} | {alarms[1]} | {spent} |")
    lines += ["", "Seconds are wall time with the environment up, without the sandbox's own preparation for the others (half a second), with",
              "everything for `iff`; on a machine that did other things as well.", "", "## Fault by fault", "",
              "How many checks came out worse; `·` is none.", "",
              "| class | fault | server | " + " | ".join(TOOLS) + " |", "|---|---|---|" + "---|" * len(TOOLS), *rows, "",
              "What each fault is: its entry in a table of `servers/mutants`; `iff-mutant --list` prints all.", "", "## On clean servers", "",
              "What failed there. In the examples `iff` also finds what their `expected.yaml` explains: rules their SDKs do not keep; that",
              "is not counted as a false alarm, and its number is told. The official suite's are not false alarms: they are about tools, prompts and resources of its own",
              "example server, which these servers do not have; only its number is told.", ""]
    for name in plain + examples:
        for tool in TOOLS:
            checks = clean[name]["tools"].get(tool, {"checks": {}})["checks"]
            bad = complaints(tool, checks)
            rest = unexplained(tool, name)
            if tool == "iff" and len(bad) > len(rest):
                lines.append(f"- {name}, iff: {len(bad) - len(rest)} that are explained there")
            if rest and tool != "official suite":
                lines.append(f"- {name}, {tool}: " + ", ".join(f"`{one}`" for one in rest))
    lines += [f"- official suite: " + "; ".join(f"{name} {len(complaints('official suite', clean[name]['tools'].get('official suite', {'checks': {}})['checks']))} of "
              f"{len(clean[name]['tools'].get('official suite', {'checks': {}})['checks'])}" for name in plain + examples),
              "", "## What each was given, and cannot see by design", ""]
    for tool in TOOLS:
        lines += [f"**{tool}.** Given: {GIVEN[tool]}", f"Cannot see: {BLIND[tool]}", ""]
    return "\n".join(lines).rstrip() + "\n"
