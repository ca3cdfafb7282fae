"""scale.py WORK SIZES CELLS SVG, for run.sh: what so many people, and so many cells, cost; the lines through it; the plot."""
import json
import math
import os
import pathlib
import sys

from environment import IFF, Environment, fail, line_through, processor
from plot import draw

WORK = pathlib.Path(sys.argv[1])
SIZES, CELLS = ([int(one) for one in text.split(",")] for text in sys.argv[2:4])
SVG = sys.argv[4]
LINEAR = 1.15  # exponents above this are called more than linear: what a busy machine adds stays below
COSTS = {"wall": ("wall time", "s"), "cpu": ("harness, processor time", "s"), "memory": ("harness, peak memory", "MiB")}


def head(name, count):
    return [f"id: scale/{name}", "title: Many people, each with what is theirs", "target: jira", "given:",
            f"  principals: [{{name: carol, count: {count}}}]", '  relaxed: {rate_limit: "100000/1"}', "steps:"]


def people(count):
    """Each logs in, reads what is theirs, and is judged at both ends: what isolation/own-things asks, of a crowd."""
    lines = head("people", count)
    for who in (f"carol{number}" for number in range(1, count + 1)):
        lines += [f"  - {{obtain: {who}, for: {who}}}", "  - call: read_own", f"    with: {who}", "    expect:",
                  f"      - {{check: {who}-gets-her-own, level: must, discloses: {who}}}",
                  f"      - {{check: {who}-gets-nobody-elses, level: must, withholds: others}}",
                  f"      - {{check: {who}-at-jira, level: must, upstream: {{component: jira, at_least: 1, owner: {who}}}}}",
                  f"      - {{check: {who}-in-the-audit-log, level: must, audit: {{component: vault, owner: {who}, operation: read, "
                  "at_least: 1, allowed: true}}"]
    return "\n".join(lines) + "\n"


def matrix(count):
    """Everybody asks for everybody's things: the suite crowd, for so many."""
    findings = ["diagonal-is-full", "off-diagonal-is-empty", "nothing-foreign-anywhere"]
    return "\n".join(head("matrix", count) + ["  - probe: authorization_matrix", "    expect:"] +
                     [f"      - {{check: {name}, level: must, probe: {name}}}" for name in findings]) + "\n"


def play(environment, name, text, *more, expected=0):
    """What playing this scenario cost, and what became of it."""
    path = WORK / "scale" / (name + ".yaml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (WORK / "report/result.json").unlink(missing_ok=True)
    code, cost = environment.cost_of([IFF, "run", path, "-q", "-o", WORK / "report", *more], WORK / "said")
    said = (WORK / "said").read_text(encoding="utf-8", errors="replace")[-1000:]
    if not (WORK / "report/result.json").exists():
        fail(f"iff run ended with {code}: {said}")
    [scenario] = json.loads((WORK / "report/result.json").read_text(encoding="utf-8"))["scenarios"]
    if code != expected:
        wrong = [f"{check['id']}: {check.get('reason') or check.get('observed')}" for step in scenario["steps"]
                 for check in step["checks"] if check["verdict"] in ("failed", "errored")]
        fail("\n  ".join([f"iff run ended with {code}, not {expected}: {said.strip()} {scenario.get('error') or ''}", *wrong[:8]]))
    checks = sum(len(step["checks"]) for step in scenario["steps"])
    return {**cost, "checks": checks, "cells": len(scenario.get("matrix", []))}


def told(rows, by):
    """The table, the lines through it; true if the processor time grows faster than `by`."""
    print(f"{'people':>7}{'checks':>8}{'cells':>8}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}{'wall ms per':>13}{'cpu ms per':>12}")
    for row in rows:
        per = row[by]
        print(f"{row['people']:>7}{row['checks']:>8}{row['cells']:>8}{row['wall']:>9.1f}{row['cpu']:>9.2f}{row['memory']:>10.0f}"
              f"{row['wall'] / per * 1e3:>13.2f}{row['cpu'] / per * 1e3:>12.3f}")
    xs = [row[by] for row in rows]
    last = 0.0
    for key, (name, unit) in COSTS.items():
        ys = [row[key] for row in rows]
        start, slope, fit = line_through(xs, ys)
        _, power, power_fit = line_through([math.log(x) for x in xs], [math.log(y) for y in ys])
        end = math.log(ys[-1] / ys[-2]) / math.log(xs[-1] / xs[-2])
        if len(xs) > 2:
            print(f"{name}: {start:.2f} + {slope * 1e3:.2f} x {by}/1000 {unit}, R2 {fit:.4f}; log-log slope {power:.2f}, "
                  f"R2 {power_fit:.4f}; between the last two {end:.2f}")
        if key == "cpu":
            last = end
    print(f"processor time over {by}: " + ("linear or less" if last <= LINEAR else
                                           f"MORE THAN LINEAR, {by} to the {last:.2f} between the last two sizes"))
    return last > LINEAR


def measure(name, text_of, sizes):
    """A row for each size, in an environment each, so that none inherits memory."""
    rows = []
    for size in sizes:
        print(f"{name}: {size} people", file=sys.stderr)
        environment = Environment()
        try:
            # What is wrong must be seen: everybody acts with one person's credential.
            if not rows and name == "people":
                play(environment, name, text_of(2), "--mutant", "shared-credential", expected=1)
            rows.append({"people": size, **play(environment, name, text_of(size))})
        finally:
            environment.close()
    return rows


def main():
    families, worse = {}, False
    for name, text_of, sizes in (("people", people, SIZES), ("cells", matrix, CELLS)):
        families[name] = measure(name, text_of, sizes)
        worse = told(families[name], name) or worse
        print(flush=True)
    print(f"{processor()}, load {os.getloadavg()[0]:.1f}")
    if SVG:
        panels = [("one environment for each number of people", "people", families["people"], "people"),
                  ("the authorization matrix", "cells", families["cells"], "cells")]
        pathlib.Path(SVG).write_text(draw(panels, COSTS, processor()), encoding="utf-8")
    sys.exit(1 if worse else 0)


main()
