# SPDX-License-Identifier: Apache-2.0
"""One hub under measurement: started, asked, sampled, stopped or killed; and the load on it."""
import json
import os
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    pass


def stat(path):
    """(name, parent, user ticks, system ticks), or None when it has gone."""
    try:
        text = Path(path).read_text()
    except OSError:
        return None
    name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
    return name, int(rest[1]), int(rest[11]), int(rest[12])


def machine_ticks():
    """(busy, all) of every core so far; what the host of a virtual machine took counts as busy."""
    numbers = [int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(numbers) - numbers[3] - numbers[4], sum(numbers)


def rss_kib(pid):
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


class Hub:
    """onedoord on a configuration of its own; a context, so that it never outlives the run."""

    def __init__(self, build, folder, key):
        self.build, self.folder, self.key = Path(build), Path(folder), key
        self.process = self.port = None

    def start(self, timeout_s=60):
        """Seconds until it says that it serves."""
        start = time.monotonic()
        self.log = open(self.folder / "hub.log", "ab")
        self.process = subprocess.Popen([self.build / "bin" / "onedoord", "--config", self.folder / "onedoor.json"],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        watchdog = threading.Timer(timeout_s, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline()
        watchdog.cancel()
        if not line.startswith("ready "):
            raise BenchError("the hub did not start:\n" + (self.folder / "hub.log").read_text()[-2000:])
        self.port = int(line.rsplit(":", 1)[1])
        return time.monotonic() - start

    def __enter__(self):
        self.ready_s = self.start()
        self.connectors_wait()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.gone()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.gone()

    def gone(self):
        self.process.stdout.close()
        self.log.close()
        self.process = None

    def request(self, method, path, body=None, headers=()):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, method=method, headers={
            "Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **dict(headers)})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def get(self, path):
        return json.loads(self.request("GET", path))

    def connectors_wait(self, timeout_s=20):
        until = time.monotonic() + timeout_s
        while any(c["state"] != "active" for c in self.get("/v1/connectors")["items"]):
            if time.monotonic() > until:
                raise BenchError("a connector does not become active")
            time.sleep(0.05)

    def metrics(self):
        rows = [line.split() for line in self.request("GET", "/metrics").splitlines() if line and line[0] != "#"]
        return {row[0].removeprefix("onedoor_"): int(float(row[1])) for row in rows}

    def children(self):
        found = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for path in found for pid in path.read_text().split()]

    def sample(self):
        """CPU ticks so far: {(part, id): (user, system)} of the hub's threads and its processes."""
        pid, ticks = self.process.pid, {}
        for task in Path(f"/proc/{pid}/task").iterdir():
            found = stat(task / "stat")
            if found:
                ticks["hub", int(task.name), found[0]] = found[2:]
        for child in self.children():
            found = stat(f"/proc/{child}/stat")
            if found:
                ticks["host", child, found[0]] = found[2:]
        return ticks

    def memory_mib(self):
        """VmRSS of onedoord, and the sum over all its processes."""
        hub = rss_kib(self.process.pid)
        return hub / 1024, (hub + sum(rss_kib(child) for child in self.children())) / 1024


def parts(hub_pid, before, after, applications):
    """CPU us per application by part, from two samples. Threads that bear no name of their own are told
    apart by what they did: the busiest beside the loop is the store's writer."""
    spent = {who: [TICK_US * (now - then) / applications for now, then in zip(after[who], before.get(who, (0, 0)))]
             for who in after}
    unnamed = [who for who in spent if who[0] == "hub" and who[1] != hub_pid and who[2] == "onedoord"]
    writer = max(unnamed, key=lambda who: sum(spent[who]), default=None)
    found = {}
    for who, (user, system) in spent.items():
        if who[0] == "host":
            name = "hosts"
        elif who[0] == "load":
            name = "load generator"
        elif who[1] == hub_pid:
            name = "hub loop"
        elif who == writer:
            name = "hub store writer"
        else:
            name = "hub other threads" if who[2] == "onedoord" else f"hub {who[2]}"
        row = found.setdefault(name, {"user": 0.0, "system": 0.0})
        row["user"] += user
        row["system"] += system
    return {name: {"user": round(row["user"], 1), "system": round(row["system"], 1), "sum": round(sum(row.values()), 1)}
            for name, row in sorted(found.items())}


class Load:
    """The load generator as a process; also a context."""

    def __init__(self, hub, service, in_flight, warmup_s, seconds, run, rate=0):
        self.hub = hub
        self.process = subprocess.Popen(
            [hub.build / "tests" / "onedoor-load", "--port", str(hub.port), "--key", hub.key, "--run", run,
             "--body", hub.folder / f"{service}.body", "--in-flight", str(in_flight), "--warmup", str(warmup_s),
             "--seconds", str(seconds), "--rate", str(rate)], stdout=subprocess.PIPE, text=True)
        self.watchdog = threading.Timer(warmup_s + seconds + 30, self.process.kill)
        self.watchdog.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.watchdog.cancel()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def wait_for(self, word):
        line = self.process.stdout.readline().strip()
        if line != word:
            raise BenchError(f"the load generator said {line!r} in place of {word!r}")

    def sample(self):
        found = stat(f"/proc/{self.process.pid}/stat")
        return {("load", self.process.pid, "onedoor-load"): found[2:]} if found else {}

    def result(self):
        return json.loads(self.process.stdout.readline())


def measure(hub, service, in_flight, warmup_s, seconds, run, rate=0, on_begin=lambda: None):
    """One stretch of load, in a closed loop or at a rate; figures as script/bench --json gives them."""
    with Load(hub, service, in_flight, warmup_s, seconds, run, rate) as load:
        load.wait_for("begin")
        on_begin()
        before, machine, commits = hub.sample() | load.sample(), machine_ticks(), hub.metrics()["store_commits_total"]
        load.wait_for("end")
        after, (busy, whole) = hub.sample() | load.sample(), machine_ticks()
        commits = hub.metrics()["store_commits_total"] - commits
        hub_mib, all_mib = hub.memory_mib()
        load_mib = rss_kib(load.process.pid) / 1024
        result = load.result()
    if result["errors"] or result["undecided"] or result["is_broken"] or not result["decided"]:
        raise BenchError(f"the run is not sound: {result}")
    cpu = parts(hub.process.pid, before, after, result["decided"])
    cpu["all"] = round(sum(row["sum"] for row in cpu.values()), 1)
    ours = cpu["all"] * result["decided"] / TICK_US
    others = (busy - machine[0] - ours) / (whole - machine[1])
    return result | {"others_cpu_share": round(max(others, 0.0), 3)} | {"hub_rss_mib": round(hub_mib, 1), "all_rss_mib": round(all_mib + load_mib, 1),
                     "commits_per_s": round(commits / result["seconds"], 1), "cpu_us_per_application": cpu}
