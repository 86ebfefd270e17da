# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random instants: of the hub, of the hub while it starts, of connector processes."""
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

CRASHES_SAFE = 4  # of one connector between two starts of the hub; five are a quarantine


def hosts(hub):
    """Connector id -> pid, from /proc: the hub need not be able to answer."""
    found = {}
    try:
        for pid in Path(f"/proc/{hub.process.pid}/task/{hub.process.pid}/children").read_text().split():
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            if "--connector" in words:
                found[words[words.index("--connector") + 1]] = int(pid)
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


class Killer:
    def __init__(self, hub, dice, pause_s):
        self.hub, self.dice, self.pause_s = hub, dice, pause_s
        self.ready_s = []            # from the kill to the ready line, starts included
        self.hub_kills = self.host_kills = self.start_kills = 0
        self.crashes = Counter()     # of connectors since the hub's last start
        self.pids = set()            # of connectors ever seen

    def run(self, hub_kills, host_kills):
        turns = [self.kill_hub] * hub_kills + [self.kill_host] * host_kills
        self.dice.shuffle(turns)
        for turn in turns:
            # Most instants fall into work; some fall into what a start does.
            time.sleep(self.dice.choice([self.dice.uniform(0, 0.05), self.dice.uniform(0, 2 * self.pause_s)]))
            turn()

    def kill_hub(self):
        self.pids.update(hosts(self.hub).values())
        self.hub.kill()
        killed = time.monotonic()
        self.hub_kills += 1
        if self.dice.random() < 0.3:
            self.kill_while_starting()
            killed = time.monotonic()
        self.hub.start()
        self.ready_s.append(time.monotonic() - killed)
        self.crashes.clear()

    def kill_while_starting(self):
        process = subprocess.Popen(self.hub.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.dice.uniform(0, 0.08))
        process.kill()
        process.wait()
        self.start_kills += 1

    def kill_host(self):
        until = time.monotonic() + 5
        while time.monotonic() < until:
            able = {id: pid for id, pid in hosts(self.hub).items() if self.crashes[id] < CRASHES_SAFE}
            if able:
                break
            if all(count >= CRASHES_SAFE for count in self.crashes.values()) and self.crashes:
                self.kill_hub()
            time.sleep(0.01)
        else:
            raise AssertionError("no connector process came up in 5 s")
        id = self.dice.choice(sorted(able))
        self.pids.update(able.values())
        self.crashes[id] += 1
        self.host_kills += 1
        try:
            os.kill(able[id], signal.SIGKILL)
        except ProcessLookupError:
            pass
