"""What scale.py and memory.py share: an environment, the process of the harness that keeps it, and lines through points."""
import json
import os
import pathlib
import subprocess
import sys
import time

IFF = os.path.join(os.environ["IFF_BIN"], "iff")


def fail(sentence):
    print(f"{pathlib.Path(sys.argv[0]).stem}: {sentence}", file=sys.stderr)
    sys.exit(2)


class Environment:
    """`iff up`, and the process that keeps it: the harness itself, whose own time and memory these are."""

    def __init__(self):
        done = subprocess.run([IFF, "up", "--idle", "900"], capture_output=True, text=True)
        if done.returncode != 0:
            fail("iff up did not get there: " + done.stdout[-1000:] + done.stderr[-1000:])
        self.pid = json.loads(subprocess.run([IFF, "status", "--json"], capture_output=True, text=True, check=True).stdout)["pid"]
        # The clock of another process' processor time, all its threads': what clock_getcpuclockid answers.
        self.clock = (~self.pid << 3) | 2

    def close(self):
        subprocess.run([IFF, "down"], capture_output=True, check=False)

    def peak_mib(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        fail("the kernel does not tell peak memory")

    def cost_of(self, command, said):
        """Runs it, with its output to `said`; its exit code, and what it cost: wall and processor seconds, peak MiB."""
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5", encoding="utf-8")  # the peak begins anew
        with open(said, "wb") as out:
            before, began = time.clock_gettime(self.clock), time.monotonic()
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.monotonic() - began
            cpu = time.clock_gettime(self.clock) - before + used.ru_utime + used.ru_stime
        return process.returncode, {"wall": wall, "cpu": cpu, "memory": self.peak_mib()}


def line_through(xs, ys):
    """Least squares: (intercept, slope, R squared)."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / spread
    intercept = mean_y - slope * mean_x
    total = sum((y - mean_y) ** 2 for y in ys)
    rest = sum((y - intercept - slope * x) ** 2 for x, y in zip(xs, ys))
    return intercept, slope, 1 - rest / total if total > 0 else 1.0


def processor():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} cores"
