# SPDX-License-Identifier: Apache-2.0
"""A module that fails, beside six healthy ones at 30 % load: what the others feel of it (G7), and how soon the hub
notices and restarts (G8). Guarantees: docs/guarantees.md."""
import json
import os
import re
import shutil
import signal
import threading
import time
from datetime import datetime

import center
from hub import BenchError, Hub, measure

SIN = "sin-1.0.0"
DEPARTMENT = "faulty"
LASTING = ["loop", "deadlock", "threads", "descriptors", "fork", "flood", "chatter"]  # until the host is killed
PASSING = ["crash", "abort", "exit", "silent", "leak", "garbage", "oversize", "replay"]  # again and again
QUICK = ["threads", "flood", "crash"]
SHARE = 0.3          # of what the hub takes at most
IN_FLIGHT_MAX = 1024
WATCHDOG_MS = 1000   # of the hub whose hangs are timed
WAIT_S = 30


def extend(folder, watchdog_ms, modules):
    """The bench's center with one department more, whose module fails on request."""
    path = folder / "catalog" / "center.json"
    catalogue = json.loads(path.read_text())
    matter, service = center.matter(DEPARTMENT), center.service("faulty-service", [DEPARTMENT])
    matter["fields"] = ["sin"]
    service["form"] = [{"id": "sin", "type": "text", "label": center.text("过", "Sin")}]
    service["example"]["form"] = {}
    catalogue["departments"].append({"id": DEPARTMENT, "name": center.text(DEPARTMENT, DEPARTMENT), "phone": "12345",
                                     "address": center.text("一号", "No. 1")})
    catalogue["matters"].append(matter)
    catalogue["services"].append(service)
    path.write_text(json.dumps(catalogue, ensure_ascii=False))
    path = folder / "onedoor.json"
    config = json.loads(path.read_text()) | {"watchdog_ms": watchdog_ms, "modules": str(modules)}
    path.write_text(json.dumps(config))


class Faulty:
    def __init__(self, build, folder, watchdog_ms, seed):
        folder.mkdir()
        modules = folder / "modules"
        for source in (build / "modules" / "sim-1.0.0", build / "tests" / "sandbox" / SIN):
            shutil.copytree(source, modules / source.name)
        self.hub = Hub(build, folder, center.write(folder, modules))
        self.seed, self.count, self.lasting = seed, 0, []
        extend(folder, watchdog_ms, modules)

    def stretch(self, seconds, in_flight=IN_FLIGHT_MAX, rate=0, **more):
        self.count += 1
        run = f"faulty-{self.seed}-{os.getpid()}-{self.count}"
        return measure(self.hub, center.SERVICE, in_flight, 0.5, seconds, run, rate, **more)

    def wait(self, holds, what):
        until = time.monotonic() + WAIT_S
        while not (found := holds()):
            if time.monotonic() > until:
                raise BenchError(what)
            time.sleep(0.01)
        return found

    def connector(self):
        items = [c for c in self.hub.get("/v1/connectors")["items"] if c["id"] == DEPARTMENT]
        return items[0] if items else None

    def load(self):
        self.hub.request("PUT", f"/v1/connectors/{DEPARTMENT}", json.dumps({"module": SIN, "config": {}}).encode())
        self.wait(lambda: (c := self.connector()) and c["state"] == "active", "the faulty module does not start")

    def unload(self):
        self.hub.request("DELETE", f"/v1/connectors/{DEPARTMENT}")
        self.wait(lambda: self.connector() is None, "the faulty module does not go")

    def commit(self, sin):
        body = {"service": "faulty-service", "applicant": {"kind": "person", "name": "王小明"}, "form": {"sin": sin}, "materials": []}
        return json.loads(self.hub.request("POST", "/v1/applications", json.dumps(body).encode()))["number"]

    def task(self, number):
        return self.hub.get(f"/v1/applications/{number}")["tasks"][0]

    def end(self):
        """The fault is over: its host is killed. What it had in hand goes to the worklist, and would come to the next
        module from there: it is withdrawn."""
        if pid := self.connector()["pid"]:
            os.kill(pid, signal.SIGKILL)
        self.unload()
        for number in self.lasting:
            if self.hub.get(f"/v1/applications/{number}")["status"] == "in_review":
                self.hub.request("POST", f"/v1/applications/{number}/withdraw", b"{}")
        self.lasting = []

    def log_moments(self, pattern):
        lines = (self.hub.folder / "hub.log").read_text(errors="replace").splitlines()
        return [datetime.fromisoformat(line.split()[0].replace("Z", "+00:00")).timestamp() * 1000
                for line in lines if re.search(pattern, line)]

    def begun(self, sin):
        lines = self.hub.get(f"/v1/connectors/{DEPARTMENT}/logs")["items"]
        return sorted(int(found[1]) for line in lines if (found := re.match(rf"sin {sin} (\d+)$", line["text"])))

    # -- G7 --

    def repeat(self, sin, until, parked):
        """A fault that passes, for as long as the stretch lasts; a new connector after each task that is parked."""
        while time.monotonic() < until:
            number = self.commit(sin)
            self.wait(lambda: self.task(number)["state"] == "parked", f"{sin}: the task is not parked")
            parked.append(self.task(number)["park_reason"])
            if time.monotonic() < until:
                self.unload()
                self.load()

    def during(self, sin, seconds, rate):
        """p99 of the others while the fault lasts, and what became of the offending tasks."""
        parked, failed = [], []

        def repeat():
            try:
                self.repeat(sin, time.monotonic() + seconds, parked)
            except (OSError, BenchError) as error:
                failed.append(error)

        thread = threading.Thread(target=repeat)
        run = self.stretch(seconds, rate=rate, on_begin=lambda: self.lasting.append(self.commit(sin)) if sin in LASTING else thread.start())
        if sin not in LASTING:
            thread.join()
        if failed:
            raise BenchError(f"{sin}: {failed[0]}")
        return run, parked

    def sin(self, sin, seconds, rate):
        """Before the fault, while it lasts, and one second after it: each on its own stretch, so that what else the
        machine does falls on all three."""
        self.load()
        before = self.stretch(seconds, rate=rate)
        during, parked = self.during(sin, seconds, rate)
        self.end()
        time.sleep(0.5)  # and half a second of warming up: one second after the kill
        after = self.stretch(seconds, rate=rate)
        if any(reason != "poison" for reason in parked):
            raise BenchError(f"{sin}: parked as {parked}")
        runs = (before, during, after)
        healthy, worst, late = (run["decision_ms"]["p99"] for run in runs)
        return {"sin": sin, "before_p99_ms": healthy, "p99_ms": worst, "after_p99_ms": late,
                "may_be_ms": round(2 * healthy + 20, 2), "after_may_be_ms": round(1.2 * healthy + 5, 2),
                "parked": len(parked), "decided": sum(run["decided"] for run in runs), "lost": sum(run["undecided"] for run in runs),
                "others_cpu_share": [run["others_cpu_share"] for run in runs],
                "holds": worst <= 2 * healthy + 20 and late <= 1.2 * healthy + 5}

    # -- G8 --

    def noticed(self, sin):
        """Of each of the two crashes: ms from its beginning to the hub's record of the end, and from there to work again."""
        self.load()
        active = len(self.log_moments(f"connector={DEPARTMENT} .*state=active"))
        number = self.commit(sin)
        self.wait(lambda: self.task(number)["state"] == "parked", f"{sin}: the task is not parked")
        self.wait(lambda: self.connector()["state"] == "active", f"{sin}: it is not restarted")
        ends = self.log_moments(f"connector {DEPARTMENT}: session .* by a crash")[-2:]
        again = self.log_moments(f"connector={DEPARTMENT} .*state=active")[active:]
        begins = self.begun(sin)[-2:]
        self.unload()
        return [end - begin for begin, end in zip(begins, ends)], \
            [start - end - backoff for end, start, backoff in zip(ends, again, (200, 400))]


def run_sins(build, folder, seed, is_quick, say):
    seconds = 3 if is_quick else 6
    place = Faulty(build, folder / "faulty", 15000, seed)
    with place.hub:
        say("what the hub takes at most")
        most = place.stretch(seconds, in_flight=64)["applications_per_s"]
        rate = round(SHARE * most, 1)
        rows = []
        for sin in QUICK if is_quick else LASTING + PASSING:
            say(f"{sin}, beside {rate:.0f}/s")
            rows.append(place.sin(sin, seconds, rate))
    shutil.rmtree(place.hub.folder)
    return {"most_per_s": most, "rate_per_s": rate, "rows": rows}


def run_notices(build, folder, seed, say):
    place = Faulty(build, folder / "faulty-notice", WATCHDOG_MS, seed)
    crashes, hangs, restarts = [], [], []
    with place.hub:
        for sin in ("crash", "abort", "exit", "silent", "garbage", "oversize", "replay"):
            say(f"how soon: {sin}")
            noticed, restarted = place.noticed(sin)
            crashes += noticed
            restarts += restarted
        for sin in ("loop", "deadlock"):
            say(f"how soon: {sin}")
            noticed, restarted = place.noticed(sin)
            hangs += [ms - WATCHDOG_MS for ms in noticed]
            restarts += restarted
    shutil.rmtree(place.hub.folder)
    return {"crash_noticed_ms": max(crashes), "hang_noticed_beyond_watchdog_ms": max(hangs), "restart_beyond_backoff_ms": max(restarts),
            "crashes": len(crashes), "hangs": len(hangs),
            "holds": max(crashes) <= 100 and max(hangs) <= 1000 and max(restarts) <= 1000}


def run(build, folder, seed, is_quick, say):
    return run_sins(build, folder, seed, is_quick, say) | {"notice": run_notices(build, folder, seed, say)}


def holds(result):
    return result["notice"]["holds"] and all(row["holds"] for row in result["rows"])


def show(result):
    print(f"\nfaulty module beside six healthy ones, {result['rate_per_s']:.0f}/s ({100 * SHARE:.0f} % of {result['most_per_s']:.0f}/s); "
          "others: the share of the cores that went elsewhere, before, while and after")
    print(f"{'':>14} {'p99 ms':>8} {'while':>8} {'<= 2 x + 20':>12} {'after':>8} {'<= 1.2 x + 5':>13} {'parked':>7} {'decided':>8} {'lost':>5} {'others':>16}")
    for row in result["rows"]:
        others = "/".join(f"{100 * share:.0f}" for share in row["others_cpu_share"])
        print(f"{row['sin']:>14} {row['before_p99_ms']:>8.1f} {row['p99_ms']:>8.1f} {row['may_be_ms']:>12.1f} {row['after_p99_ms']:>8.1f} "
              f"{row['after_may_be_ms']:>13.1f} {row['parked']:>7} {row['decided']:>8} {row['lost']:>5} {others:>14} %  {'holds' if row['holds'] else 'BROKEN'}")
    notice = result["notice"]
    print(f"noticed: {notice['crashes']} crashes after at most {notice['crash_noticed_ms']:.0f} ms (<= 100), {notice['hangs']} hangs at most "
          f"{notice['hang_noticed_beyond_watchdog_ms']:.0f} ms after the watchdog's time (<= 1000), restarted at most "
          f"{notice['restart_beyond_backoff_ms']:.0f} ms after the backoff (<= 1000): {'holds' if notice['holds'] else 'BROKEN'}")
