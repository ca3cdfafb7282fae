"""memory.py WORK CHECKS, for memory.sh: what so many checks take of the harness's memory, in one run and in rounds of `iff stress`."""
import json
import os
import pathlib
import sys

from environment import IFF, Environment, fail, line_through, processor

WORK = pathlib.Path(sys.argv[1])
CHECKS = [int(one) for one in sys.argv[2].split(",")]
PER_STEP = 4
EACH = 1000  # checks of a scenario in one run
ROUND = 100  # of a round: what is kept of each round's people and tokens would show
LOST = 0.1  # of the checks or rounds may go wrong where a machine is so busy that a server waits in vain; it is told
BOUNDED = 1.25  # the most rounds may take so many times the memory of the fewest: what an allocator keeps is not for ever


def scenario(number, checks):
    """alice and bob read what is theirs at the shipped GitHub server, in turns; both ends are asked each time."""
    lines = [f"id: memory/part-{number}", "title: Each gets what is theirs, again and again", "target: github", "given:",
             "  principals: [alice, bob]", '  relaxed: {rate_limit: "100000/1"}', "steps:"]
    lines += [f"  - {{obtain: {who}, for: {who}}}" for who in ("alice", "bob")]
    for step in range(checks // PER_STEP):
        who, other = ("alice", "bob") if step % 2 == 0 else ("bob", "alice")
        lines += ["  - call: read_own", f"    with: {who}", "    expect:",
                  f"      - {{check: succeeds-{step}, level: must, tool: succeeds}}",
                  f"      - {{check: own-{step}, level: must, discloses: {who}}}",
                  f"      - {{check: foreign-{step}, level: must, withholds: [{other}]}}",
                  f"      - {{check: ledger-{step}, level: must, upstream: {{component: github, at_least: 1, owner: {who}}}}}"]
    return "\n".join(lines) + "\n"


def write(count, checks):
    """Files of `count` scenarios with so many checks each."""
    folder = WORK / "memory"
    folder.mkdir(exist_ok=True)
    paths = [folder / f"part-{number}.yaml" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(scenario(number, checks), encoding="utf-8")
    return paths


def complain(what, code):
    said = (WORK / "said").read_text(encoding="utf-8", errors="replace")[-1500:].strip()
    fail(f"iff {what} ended with {code}: {said}")


def weigh(what, code, played, bad, all_bad):
    """What went wrong is told with a row; more than a busy machine explains, or less than a broken server does, ends it."""
    if all_bad and (code != 1 or bad < played / 4):
        complain(f"{what} against a broken server, {bad} of {played} bad,", code)
    if not all_bad and bad > played * LOST:
        complain(f"{what}, {bad} of {played} bad,", code)
    return bad


def run(environment, checks, *more, broken=False):
    paths = write(max(1, checks // EACH), EACH)
    (WORK / "report/result.json").unlink(missing_ok=True)
    code, cost = environment.cost_of([IFF, "run", *paths, "-q", "-o", WORK / "report", *more], WORK / "said")
    if not (WORK / "report/result.json").exists():
        complain("run", code)
    totals = json.loads((WORK / "report/result.json").read_text(encoding="utf-8"))["totals"]
    bad = weigh("run", code, totals["checks"], totals["failed"] + totals["errored"], broken)
    return {"checks": totals["checks"], "bad": bad, **cost}


def stress(environment, checks, *more, broken=False):
    [path] = write(1, ROUND)
    rounds = max(1, checks // ROUND)
    code, cost = environment.cost_of([IFF, "stress", path, "--rounds", str(rounds), "--seed", "1", "--json", *more], WORK / "said")
    said = (WORK / "said").read_text(encoding="utf-8")
    if not said.startswith("{"):
        complain("stress", code)
    told = json.loads(said)
    if (told["played"], told["inapplicable"]) != (rounds, 0):
        complain(f"stress, {told['played']} of {rounds} rounds played,", code)
    return {"checks": rounds * ROUND, "bad": weigh("stress", code, rounds, told["bad"], broken), **cost}


def measure(environment, name, play):
    """A row for each number, ascending: memory that an earlier one left behind hides no growth."""
    rows = []
    # What is wrong must be seen: everybody acts with one person's credential.
    play(environment, EACH, "--mutant", "shared-credential", broken=True)
    for checks in CHECKS:
        row = play(environment, checks)
        rows.append(row)
        print(f"{name:>8}{row['checks']:>10}{row['wall']:>9.1f}{row['cpu']:>9.2f}{row['cpu'] / row['checks'] * 1e6:>10.0f}"
              f"{row['memory']:>10.0f}{row['bad']:>6}", flush=True)
    return rows


def main():
    print(f"{'':>8}{'checks':>10}{'wall s':>9}{'cpu s':>9}{'us each':>10}{'peak MiB':>10}{'bad':>6}", flush=True)
    environment = Environment()
    try:
        rows = measure(environment, "stress", stress)
        growth = rows[-1]["memory"] / rows[0]["memory"]
        grows = growth > BOUNDED
        print(f"rounds of stress, {rows[-1]['checks']} checks to {rows[0]['checks']}: {growth:.2f} times the memory"
              + (": IT GROWS WITH THE ROUNDS" if grows else ": bounded"), flush=True)
        rows = measure(environment, "run", run)
        start, slope, fit = line_through([row["checks"] for row in rows], [row["memory"] for row in rows])
        print(f"one run keeps what it saw until it is published: {start:.0f} MiB and {slope * 1024:.2f} KiB for each check, R2 {fit:.4f}")
    finally:
        environment.close()
    print(f"{processor()}, load {os.getloadavg()[0]:.1f}")
    sys.exit(1 if grows else 0)


main()
