# SPDX-License-Identifier: Apache-2.0
"""Versions of one of six connectors that take each other's place at 70 % load: how long the old one stays, how soon
a rollback has the route, and what the others feel of it (G9). Guarantees: docs/guarantees.md."""
import json
import os
import statistics
import threading
import time
from pathlib import Path

import center
from hub import BenchError, Hub, measure

CONNECTOR = center.FAST[0]
MODULE = "sim-1.0.0"
SHARE = 0.7          # of what the hub takes at most
IN_FLIGHT_MAX = 1024
ROLLBACK_EVERY = 2
UPGRADES = 1000      # without --quick
STRETCH_S = 30
WAIT_S = 15
REST_S = 11          # the hub gives back what a peak took within two looks of 5 s, once it has nothing to do


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    except OSError:
        return False


class Upgrade:
    def __init__(self, build, folder, seed):
        folder.mkdir()
        self.hub = Hub(build, folder, center.write(folder, build / "modules"))
        self.seed, self.count = seed, 0
        self.switches, self.drains, self.rollbacks = [], [], []

    def stretch(self, seconds, in_flight=IN_FLIGHT_MAX, rate=0, **more):
        self.count += 1
        run = f"upgrade-{self.seed}-{os.getpid()}-{self.count}"
        return measure(self.hub, center.SERVICE, in_flight, 0.5, seconds, run, rate, **more)

    def connector(self):
        return self.hub.get(f"/v1/connectors/{CONNECTOR}")

    def wait(self, holds, what):
        until = time.monotonic() + WAIT_S
        while not holds():
            if time.monotonic() > until:
                raise BenchError(f"{what}: {self.connector()}")
            time.sleep(0.003)

    def verb(self, verb, **body):
        self.hub.request("POST", f"/v1/connectors/{CONNECTOR}/{verb}", json.dumps(body).encode())

    def exchange(self, turn):
        """One version for another: how long until it has the route, and from then until the one before is gone."""
        before, asked = self.connector()["pid"], time.monotonic()
        self.verb("upgrade", module=MODULE, config={"delay_ms": 0, "reasons": [f"version {turn}"]}, bake_ms=0)
        self.wait(lambda: self.connector()["pid"] != before, "the new version has not got the route")
        switched = time.monotonic()
        self.switches.append(1000 * (switched - asked))
        self.wait(lambda: not is_alive(before), "the version before is still there")
        self.drains.append(1000 * (time.monotonic() - switched))
        self.wait(lambda: self.connector()["rollout"] is None, "it is still under way")

    def go_back(self):
        pid, began = self.connector()["pid"], time.monotonic()
        self.verb("rollback")
        self.wait(lambda: (c := self.connector())["pid"] not in (0, pid) and c["state"] == "active", "it has not gone back")
        self.rollbacks.append(1000 * (time.monotonic() - began))
        self.wait(lambda: self.connector()["rollout"] is None, "it is still under way")

    def repeat(self, until, faults):
        turn = 0
        try:
            while time.monotonic() < until:
                self.exchange(turn)
                turn += 1
                if turn % ROLLBACK_EVERY == 0:
                    self.go_back()
        except BenchError as error:
            faults.append(str(error))

    def during(self, seconds, rate):
        """The load's figures while one version after the other is exchanged."""
        faults, threads = [], []

        def begin():
            threads.append(threading.Thread(target=self.repeat, args=(time.monotonic() + seconds, faults)))
            threads[0].start()

        run = self.stretch(seconds, rate=rate, on_begin=begin)
        threads[0].join()
        if faults:
            raise BenchError(faults[0])
        return run


    def size(self):
        """What the hub holds: processes, descriptors, mappings, MiB."""
        root = Path(f"/proc/{self.hub.process.pid}")
        return {"processes": len(self.hub.children()), "descriptors": len(list((root / "fd").iterdir())),
                "mappings": (root / "maps").read_text().count("\n"), "rss_mib": round(self.hub.memory_mib()[0], 1)}


def changes(place, rate, is_quick, say):
    """Stretches of load with one upgrade after the other, and what the hub held after each."""
    stretches, sizes = [], []
    while not stretches or (not is_quick and len(place.drains) + len(place.rollbacks) < UPGRADES):
        say(f"one upgrade after the other, beside {rate:.0f}/s; {len(place.drains) + len(place.rollbacks)} so far")
        stretches.append(place.during(8 if is_quick else STRETCH_S, rate))
        time.sleep(REST_S)
        sizes.append(place.size())
    return stretches, sizes


def spread(values):
    return {"p50": statistics.median(values), "max": max(values)}


def run(build, folder, seed, is_quick, say):
    seconds = 4 if is_quick else 10
    place = Upgrade(build, folder / "upgrade", seed)
    with place.hub:
        say("what the hub takes at most")
        most = place.stretch(seconds, in_flight=64)["applications_per_s"]
        rate = round(SHARE * most, 1)
        say(f"no upgrade, at {rate:.0f}/s")
        quiet = [place.stretch(seconds, rate=rate)["decision_ms"]["p99"] for _ in range(3)]
        stretches, sizes = changes(place, rate, is_quick, say)
    row = {"most_per_s": most, "rate_per_s": rate, "quiet_p99_ms": quiet, "p99_ms": [s["decision_ms"]["p99"] for s in stretches],
           "decided": sum(s["decided"] for s in stretches), "upgrades": len(place.drains), "rollbacks": len(place.rollbacks),
           "switch_ms": spread(place.switches), "drain_ms": spread(place.drains), "rollback_ms": spread(place.rollbacks), "sizes": sizes}
    row["holds"] = row["drain_ms"]["max"] <= 5000 and row["rollback_ms"]["max"] <= 1000
    return row


def show(result):
    quiet = ", ".join(f"{ms:.1f}" for ms in result["quiet_p99_ms"])
    print(f"\n{result['upgrades']} upgrades and {result['rollbacks']} rollbacks of one of six connectors, one after the other, at "
          f"{result['rate_per_s']:.0f}/s ({100 * SHARE:.0f} % of {result['most_per_s']:.0f}/s): {result['decided']} decided, none refused or lost")
    print(f"  the new version has the route after {result['switch_ms']['p50']:.0f} ms, at most {result['switch_ms']['max']:.0f} ms; "
          f"the one before is gone {result['drain_ms']['p50']:.0f} ms later, at most {result['drain_ms']['max']:.0f} ms (<= 5000)")
    print(f"  a rollback has the route after {result['rollback_ms']['p50']:.0f} ms, at most {result['rollback_ms']['max']:.0f} ms (<= 1000): "
          f"{'holds' if result['holds'] else 'BROKEN'}")
    print(f"  decision p99 {statistics.median(result['p99_ms']):.1f} ms; without an upgrade {quiet} ms")
    print(f"  the hub holds {result['sizes'][0]}, then {result['sizes'][-1]}; RSS after each stretch "
          f"{', '.join(str(size['rss_mib']) for size in result['sizes'])} MiB")


def holds(result):
    return result["holds"]
