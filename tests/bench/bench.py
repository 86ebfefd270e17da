# SPDX-License-Identifier: Apache-2.0
"""script/bench: joint applications from submit to durable decision on this machine, and what they cost."""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import center
import faulty
import full
import notified
import table
import upgrade
from hub import BenchError, Hub, Load, measure

ROOT = Path(__file__).resolve().parents[2]
CHECKS = 3               # applications looked at one by one
LARGE_BYTES = 30 << 30   # of disk, for 10,000,000 open applications and what is measured beside them


def say(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def version_of(package):
    found = output("dpkg-query", "-W", "-f=${Version}", package)
    return f"{package} {found}"


def machine(folder):
    """What the figures depend on."""
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), "unknown")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gib": round(memory, 1), "kernel": output("uname", "-sr"),
            "compiler": output("cc", "--version").splitlines()[0],
            "versions": [version_of(p) for p in ("libsqlite3-0", "libuv1", "libcjson1", "libsodium23")],
            "disk": output("findmnt", "-n", "-o", "FSTYPE,SOURCE", "-T", str(folder)),
            "load_average_before": os.getloadavg()[0]}


def commit_of():
    return output("git", "rev-parse", "--short=12", "HEAD") + ("+changes" if output("git", "status", "--porcelain") else "")


class Bench:
    def __init__(self, options, folder):
        self.options, self.build, self.folder = options, Path(options.build), folder
        self.result = {"commit": commit_of(), "machine": machine(folder), "seed": options.seed,
                       "durability": "SQLite WAL, synchronous=FULL, accept and decision durable", "runs": [], "scale": [],
                       "recovery": []}

    def site(self, name, is_slow=False):
        folder = self.folder / name
        folder.mkdir()
        return Hub(self.build, folder, center.write(folder, self.build / "modules", is_slow))

    def measure(self, hub, in_flight, seconds, **more):
        run = f"{self.options.seed}-{os.getpid()}-{time.monotonic_ns()}"
        return measure(hub, center.SERVICE, in_flight, 1, seconds, run) | more

    def decided_check(self, hub):
        """What was measured was whole: six opinions of six departments, one decision."""
        items = hub.get(f"/v1/applications?status=decided&limit={CHECKS}")["items"]
        for item in items:
            shown = hub.get(f"/v1/applications/{item['number']}")
            given = sorted((o["department"], o["opinion"]) for o in shown["decision"]["opinions"])
            if shown["decision"]["outcome"] != "approved" or given != [(d, "approve") for d in center.FAST]:
                raise BenchError(f"a decided application is not as it should be: {json.dumps(shown)[:800]}")
        if len(items) != CHECKS:
            raise BenchError(f"{len(items)} decided applications are listed")

    def throughput(self):
        """1, 64 and 256 in flight on an empty store; then the floor of what was recorded."""
        quick = self.options.quick
        hub = self.site("throughput")
        with hub:
            for in_flight, seconds in ((1, 2 if quick else 5), (64, 4 if quick else 10), (256, 5 if quick else 10)):
                say(f"{in_flight} in flight")
                self.result["runs"].append(self.measure(hub, in_flight, seconds))
            self.decided_check(hub)
        say("floor: the recorded rows and commits through bare SQLite")
        floor = json.loads(subprocess.run(
            [self.build / "tests" / "onedoor-floor", hub.folder / "data", self.folder / "floor", "64", "3" if quick else "8"],
            capture_output=True, text=True, check=True, timeout=60).stdout)
        self.result["floor"] = floor
        self.result["floor_applications_per_s"] = floor["applications_per_s"]
        shutil.rmtree(hub.folder)
        shutil.rmtree(self.folder / "floor")

    def parallel(self):
        """Departments that take 200 ms: six of them must not take six times as long as one."""
        say("one slow department, then six")
        seconds = 3 if self.options.quick else 5
        with self.site("parallel", is_slow=True) as hub:
            one = measure(hub, "slow-one", 1, 0.5, seconds, "one")["decision_ms"]["p50"]
            six = measure(hub, "slow-six", 1, 0.5, seconds, "six")["decision_ms"]["p50"]
        self.result["parallel"] = {"delay_ms": center.SLOW_MS, "one_ms": one, "six_ms": six, "ratio": round(six / one, 3)}
        shutil.rmtree(self.folder / "parallel")

    def seed(self, hub, count):
        say(f"seeding {count:,} open applications")
        made = subprocess.run([self.build / "tests" / "onedoor-seed", hub.folder / "onedoor.json", str(count), "standing-service"],
                              capture_output=True, text=True, check=True, timeout=3600)
        return json.loads(made.stdout)

    def seeded_check(self, hub, count):
        """What was seeded is what the hub itself would have made: shown, owed, on the worklist."""
        items = hub.get(f"/v1/applications?status=in_review&limit={CHECKS}")["items"]
        for item in items:
            shown = hub.get(f"/v1/applications/{item['number']}")
            task = shown["tasks"][0]
            if (shown["status"], task["state"], task["owner"], task["department"]) != \
                    ("in_review", "offered", "officer", center.STANDING):
                raise BenchError(f"a seeded application is not as a real one: {json.dumps(shown)[:800]}")
        if len(items) != min(count, CHECKS):
            raise BenchError(f"{len(items)} of the seeded applications are listed")

    def first_answer_s(self, hub, start):
        hub.request("POST", "/v1/applications", (hub.folder / f"{center.SERVICE}.body").read_bytes(),
                    {"Idempotency-Key": f"first-{time.monotonic_ns()}"})
        return time.monotonic() - start

    def recovery(self, hub, count):
        """kill -9 under load; the seconds until it serves, and until a first POST is durable and answered."""
        say(f"kill -9 with {count:,} open")
        with Load(hub, center.SERVICE, 256, 0, 30, f"kill-{count}") as load:
            load.wait_for("begin")
            time.sleep(1.5)
            hub.kill()
        start = time.monotonic()
        ready_s = hub.start()
        first_s = self.first_answer_s(hub, start)
        self.result["recovery"].append({"open": count, "ready_s": round(ready_s, 3), "first_answer_s": round(first_s, 3)})

    def scale(self, count):
        hub = self.site(f"open-{count}")
        seeded = self.seed(hub, count)
        with hub:
            self.seeded_check(hub, count)
            say(f"256 in flight beside {count:,} open")
            run = self.measure(hub, 256, 4 if self.options.quick else 10, open=count, seeded_per_s=seeded["applications_per_s"],
                               start_s=round(hub.ready_s, 3))
            self.result["scale"].append(run)
            self.recovery(hub, count)
        shutil.rmtree(hub.folder)

    def ratios(self):
        """Cost and memory beside many open applications, in terms of the fewest."""
        first = self.result["scale"][0]
        for run in self.result["scale"]:
            run["cpu_ratio"] = round(run["cpu_us_per_application"]["all"] / first["cpu_us_per_application"]["all"], 3)
            run["rss_ratio"] = round(run["hub_rss_mib"] / first["hub_rss_mib"], 3)
            run["rate_ratio"] = round(run["applications_per_s"] / first["applications_per_s"], 3)

    def run(self):
        if self.options.large and shutil.disk_usage(self.folder).free < LARGE_BYTES:
            raise BenchError(f"--large needs {LARGE_BYTES >> 30} GiB free below {self.folder.parent}")
        self.throughput()
        self.parallel()
        counts = [10_000] + ([] if self.options.quick else [1_000_000]) + ([10_000_000] if self.options.large else [])
        for count in counts:
            self.scale(count)
        self.ratios()
        self.result["machine"]["load_average_after"] = os.getloadavg()[0]
        self.result["ratio_to_floor"] = round(self.result["runs"][-1]["applications_per_s"] / self.result["floor_applications_per_s"], 3)


# What is measured only when it is asked for: name -> (run, show, holds).
CASES = {"faulty": (faulty.run, faulty.show, faulty.holds), "upgrade": (upgrade.run, upgrade.show, upgrade.holds),
         "notified": (notified.run, notified.show, notified.holds), "year": full.YEAR, "million": full.MILLION}


def case_run(bench, name):
    run, show, _ = CASES[name]
    bench.result = {k: bench.result[k] for k in ("commit", "machine", "seed", "durability")}
    bench.result[name] = run(bench.build, bench.folder, bench.options.seed, bench.options.quick, say)
    bench.result["machine"]["load_average_after"] = os.getloadavg()[0]
    table.show_machine(bench.result)
    show(bench.result[name])


def options_parse():
    parser = argparse.ArgumentParser(prog="script/bench", description="Measure this hub on this machine.")
    parser.add_argument("--quick", action="store_true", help="within 45 s; up to 10,000 open applications")
    parser.add_argument("--large", action="store_true", help="also with 10,000,000 open applications (30 GiB of disk)")
    parser.add_argument("--case", choices=sorted(CASES), help="this alone; faulty: a module that fails beside healthy ones; "
                        "upgrade: versions of a connector that take each other's place; notified: submissions beside a notifier; year: 30,000 applications of a year, million: "
                        "1,000,000 of ten, and what every page takes then")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--build", default=str(ROOT / "build" / "release"), help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help="named in the keys of the requests")
    return parser.parse_args()


def main():
    options = options_parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: ended by SIGTERM"))
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=options.build))
    try:
        bench = Bench(options, folder)
        if bench.result["machine"]["disk"].startswith(("tmpfs", "ramfs")):
            raise BenchError(f"{folder} is in memory; a durable figure needs a disk")
        if options.case:
            case_run(bench, options.case)
        else:
            bench.run()
            table.show(bench.result)
        if options.json:
            Path(options.json).write_text(json.dumps(bench.result, indent=1) + "\n")
        if options.case and not CASES[options.case][2](bench.result[options.case]):
            sys.exit("bench: a guarantee did not hold on this machine, at this time")
    except BenchError as error:
        sys.exit(f"bench: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"bench: {error}\n{error.stderr}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
