"""Medians of several rounds, and what ours is to the others: in calls per second and in processor time per call."""

import json
import statistics
import sys

AIM = {"typescript": 15, "typescript-sessions": 8, "python": 50, "go": 1.5}
rounds = {}
regime = {}
problems = []
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        name, _, text = line.partition(" ")
        row = json.loads(text)
        load = row["load"]
        if load["failed"] or row.get("invalid"):
            problems.append(f"{name}: {load['failed']} failed {load['problem']} {row.get('invalid', '')}")
        rounds.setdefault(name, []).append(
            (load["achieved"], load["server_us"], row["response"]["p50_us"] / 1000, load["answer_bytes"], load["answered"])
        )
        regime = row["regime"]

ours = [statistics.median(column) for column in zip(*rounds["ours"])]
print(f"{'server':<22}{'calls/s':>9}{'cpu us':>9}{'p50 ms':>9}{'bytes':>7}{'n':>8}{'ours, calls/s':>15}{'ours, cpu':>11}{'aim':>7}")
for name, seen in rounds.items():
    rate, cpu, p50, size, count = (statistics.median(column) for column in zip(*seen))
    line = f"{name:<22}{rate:>9.0f}{cpu:>9.1f}{p50:>9.3f}{size:>7.0f}{count:>8.0f}"
    if name != "ours" and rate > 0 and ours[1] > 0:
        line += f"{ours[0] / rate:>14.1f}x{cpu / ours[1]:>10.1f}x{AIM[name]:>6}x"
    print(line)
noise = max(max(r[0] for r in seen) / max(1, min(r[0] for r in seen)) for seen in rounds.values()) - 1
print(
    f"regime: {regime['processor']}, {regime['cores']} cores, server on core 0, driver on the last; "
    f"load {regime['load_after']:.1f}, {regime['steal'] * 100:.1f} % stolen; rounds up to {noise * 100:.0f} % apart"
)
for problem in problems:
    print("not clean:", problem)
sys.exit(1 if problems else 0)
