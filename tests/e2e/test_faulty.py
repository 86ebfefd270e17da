# SPDX-License-Identifier: Apache-2.0
"""The faulty set: a module that fails in every way it can, beside two healthy ones under load. Times are the hub's own
record against the module's; limits here are generous, script/bench measures them."""
import re
import shutil
from datetime import datetime

import pytest
from crash_kill import is_alive
from crash_life import hub_body, log_of, wait_until
from crash_load import Load
from hub import BUILD, DemoOf, center, connector, matter, service

SIN = "sin-1.0.0"
DIES = ["crash", "abort", "exit", "silent", "leak", "garbage", "oversize", "replay"]
HANGS = ["loop", "deadlock"]
TAKES = {"threads": r"^(\d+) threads$", "descriptors": r"^(\d+) descriptors$", "fork": r"^(\d+) processes$", "flood": None}
AT_MOST = {"threads": 16, "descriptors": 144, "fork": 0}  # of tests/sandbox/sin.json, and what the host keeps for itself
WATCHDOG_MS = 1500
BACKOFF_MS = 200
SLACK = 5  # for a machine that does much else
pytestmark = pytest.mark.skipif(not (BUILD / "tests" / "sandbox" / SIN / "module.so").exists(), reason="the module of sins is not built")


def faulty_center(folder):
    modules = folder / "modules"
    for source in (BUILD / "modules" / "sim-1.0.0", BUILD / "tests" / "sandbox" / SIN):
        shutil.copytree(source, modules / source.name)
    field = {"id": "sin", "type": "text", "label": {"zh-CN": "过", "en": "Sin"}}
    config = center(folder, ["water", "land", "fire"], [matter("w", "water"), matter("l", "land"), matter("f", "fire", fields=["sin"])],
                    [service("two", ["w", "l"]), service("one", ["f"], form=[field])])
    return {**config, "modules": str(modules), "watchdog_ms": WATCHDOG_MS,
            "connectors": [connector("water"), connector("land", accept=True, delay_ms=10), {"id": "fire", "module": SIN}]}


def moments(hub, pattern):
    """UTC milliseconds of the hub's log lines that fit."""
    found = []
    for line in log_of(hub).splitlines():
        if re.search(pattern, line):
            found.append(datetime.fromisoformat(line.split()[0].replace("Z", "+00:00")).timestamp() * 1000)
    return found


def begun(hub, sin):
    """When the module says that it began, oldest first."""
    lines = hub.get("/v1/connectors/fire/logs").json["items"]
    return sorted(int(found[1]) for line in lines if (found := re.match(rf"sin {sin} (\d+)$", line["text"])))


class Others:
    """Applications of the healthy departments, under way while a module fails."""

    def __init__(self, hub):
        self.hub, self.pids = hub, {id: pid for id, pid in hub.hosts().items() if id != "fire"}
        self.load = Load(hub, lambda dice: hub_body("two"), seed=7, clients=4, rate=80).start()

    def check(self):
        """None was lost, none was late, and nobody else was restarted."""
        wait_until(lambda: len(self.load.acknowledged) > 60, timeout=30)
        self.load.stop()
        assert (self.load.broken, self.load.retries) == ([], 0)
        numbers = list(self.load.acknowledged.values())
        for number in numbers:
            application = self.hub.wait_for(number, lambda a: a["status"] == "decided", timeout=5)
            took = datetime.fromisoformat(application["decision"]["decided_at"]) - datetime.fromisoformat(application["received_at"])
            assert took.total_seconds() < 2, (number, took)
        assert {id: pid for id, pid in self.hub.hosts().items() if id != "fire"} == self.pids


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faulty")
    with DemoOf(folder, faulty_center(folder)) as hub:
        hub.wait_connectors()
        yield hub
        assert hub.stop() == 0


@pytest.fixture
def fire(hub):
    """The fire department as new: earlier sins are forgotten with their connector."""
    if hub.get("/v1/connectors/fire").status != 404:
        hub.request("DELETE", "/v1/connectors/fire")
        wait_until(lambda: hub.get("/v1/connectors/fire").status == 404, timeout=20)
    assert hub.request("PUT", "/v1/connectors/fire", {"module": SIN, "config": {}}).status == 202
    wait_until(lambda: hub.get("/v1/connectors/fire").json["state"] == "active")
    return hub


def park(hub, sin):
    """Submit the sin; its task once it is parked, and how long after its beginning each of the two crashes was noticed, in ms."""
    lost_before, active_before = len(moments(hub, "connector fire: session")), len(moments(hub, "connector=fire .*state=active"))
    number = hub.submit(hub_body("one", sin=sin)).json["number"]
    task = hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "parked", timeout=30)["tasks"][0]
    wait_until(lambda: hub.get("/v1/connectors/fire").json["state"] == "active")
    lost = moments(hub, "connector fire: session .* by a crash")[-2:]
    assert len(moments(hub, "connector fire: session")) == lost_before + 2
    active = moments(hub, "connector=fire .*state=active")[active_before:]
    starts = begun(hub, sin)[-2:]
    assert len(starts) == len(lost) == len(active) == 2
    for end, again, backoff in zip(lost, active, (BACKOFF_MS, 2 * BACKOFF_MS)):
        assert again - end <= backoff + 1000 * SLACK, "restart <= 1 s + backoff"
    return task, [end - start for start, end in zip(starts, lost)]


def check_poison(hub, task):
    """The offending task alone is parked, for an officer; the department goes on."""
    assert (task["park_reason"], task["owner"]) == ("poison", "officer"), task
    number = hub.submit(hub_body("one")).json["number"]
    hub.wait_for(number, lambda a: a["status"] == "decided")
    assert hub.post(f"/v1/tasks/{task['id']}/opinion", {"opinion": "approve"}).status == 200


@pytest.mark.parametrize("sin", DIES)
def test_a_module_that_dies_costs_others_nothing(fire, sin):
    others = Others(fire)
    task, noticed = park(fire, sin)
    others.check()
    check_poison(fire, task)
    print(sin, "noticed after ms", noticed)
    if sin == "silent":
        assert "killed by SIGSYS: its sandbox refused a call" in fire.get("/v1/connectors/fire").json["last_error"]
    if sin != "leak":  # which takes its time to die
        assert max(noticed) <= 100 * SLACK


@pytest.mark.parametrize("sin", HANGS)
def test_a_module_that_hangs_is_ended_by_the_watchdog(fire, sin):
    others = Others(fire)
    task, noticed = park(fire, sin)
    others.check()
    check_poison(fire, task)
    print(sin, "noticed after ms", noticed)
    assert min(noticed) >= WATCHDOG_MS - 5
    assert max(noticed) <= WATCHDOG_MS + 1000 * SLACK


@pytest.mark.parametrize("sin", TAKES)
def test_a_module_that_takes_all_it_can_gets_its_share(fire, sin):
    others = Others(fire)
    before = fire.get("/v1/connectors/fire").json
    for _ in range(3):
        number = fire.submit(hub_body("one", sin=sin)).json["number"]
        task = fire.wait_for(number, lambda a: a["status"] == "decided")["tasks"][0]
        if TAKES[sin] is not None:
            taken = int(re.match(TAKES[sin], task["opinion"]["reasons"][0])[1])
            assert taken <= AT_MOST[sin]
    others.check()
    after = fire.get("/v1/connectors/fire").json
    assert (after["pid"], after["restarts"], after["state"]) == (before["pid"], 0, "active")
    if sin == "flood":
        assert any("lines dropped: too many at once" in line["text"] for line in fire.get("/v1/connectors/fire/logs").json["items"])
    fire.request("DELETE", "/v1/connectors/fire")
    wait_until(lambda: fire.get("/v1/connectors/fire").status == 404, timeout=20)
    assert not is_alive(before["pid"])


def test_a_module_that_says_too_much_is_heard_no_faster(fire):
    number = fire.submit(hub_body("one", sin="chatter")).json["number"]
    fire.wait_for(number, lambda a: a["tasks"][0]["state"] == "accepted")
    others = Others(fire)
    others.check()
    found = fire.get("/v1/connectors/fire").json
    assert (found["restarts"], found["state"]) == (0, "active")
