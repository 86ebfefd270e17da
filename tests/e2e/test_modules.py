# SPDX-License-Identifier: Apache-2.0
"""Modules that come, go and crash under load: no request fails and no task is lost."""
import os
import random
import time

import crash_book
import pytest
from crash_life import hub_body, two_departments, wait_until
from crash_load import Load
from crash_store import Store, check_history
from hub import SIM, DemoOf, center, connector, matter, service

SEED = int(os.environ.get("OD_SEED", random.SystemRandom().randrange(1 << 31)))
IS_SOAK = os.environ.get("OD_SOAK") == "true"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("life")
    with DemoOf(folder, two_departments(folder)) as hub:
        hub.wait_connectors()
        yield hub


def seven(folder):
    names = ["a", "b", "c", "d", "e", "f", "g"]
    config = center(folder, names, [matter("m-" + n, n) for n in names], [service("seven", ["m-" + n for n in names])])
    config["connectors"] = [connector(n, accept=n in "ace", delay_ms=10) for n in names[:6]]
    return config


def unload(hub, id):
    assert hub.request("DELETE", f"/v1/connectors/{id}").status == 202
    wait_until(lambda: hub.get(f"/v1/connectors/{id}").status == 404, timeout=15)


def test_a_seventh_department_comes_and_goes_under_load(tmp_path):
    rounds = 20 if IS_SOAK else 3
    with DemoOf(tmp_path, seven(tmp_path)) as hub:
        hub.wait_connectors()
        load = Load(hub, lambda dice: hub_body("seven"), seed=11, clients=6, rate=120).start()
        for turn in range(rounds):
            # Held, accepted and answered tasks are in hand when the module goes.
            delay_ms = (5, 300, 3600000)[turn % 3]
            config = {"accept": turn % 2 == 1 or delay_ms > 1000, "delay_ms": delay_ms}
            assert hub.request("PUT", "/v1/connectors/g", {"module": SIM, "config": config}).status == 202
            wait_until(lambda: hub.get("/v1/connectors/g").json["state"] == "active")
            time.sleep(0.5)
            unload(hub, "g")
            time.sleep(0.2)
        load.stop()
        assert (load.broken, load.retries) == ([], 0), "no request failed"
        assert len(load.acknowledged) > 100
        for number in load.acknowledged.values():
            application = hub.wait_for(number, lambda a: all(t["state"] == "done" or t["owner"] == "officer" for t in a["tasks"]))
            task = application["tasks"][6]
            if task["state"] != "done":
                assert hub.post(f"/v1/tasks/{task['id']}/opinion", {"opinion": "approve"}).status == 200
        applications = [hub.show(number) for number in load.acknowledged.values()]
        assert {a["status"] for a in applications} == {"decided"}
        assert {a["tasks"][6]["opinion"]["by"] for a in applications} == {"g", "all"}, "both ways were gone"
        assert hub.stop() == 0
    store = Store(tmp_path / "data")
    for number, events in store.histories().items():
        check_history(number, events)
    store.close()


def test_the_hub_is_killed_while_a_module_comes_and_goes(tmp_path):
    """What was acknowledged of a load or an unload stands after the restart, and no task is lost between."""
    dice = random.Random(SEED)
    print(f"OD_SEED={SEED}")
    with DemoOf(tmp_path, seven(tmp_path)) as hub:
        hub.wait_connectors()
        load = Load(hub, lambda dice: hub_body("seven"), seed=SEED, clients=6, rate=100).start()
        is_loaded = False
        for _ in range(60 if IS_SOAK else 12):
            if is_loaded:
                assert hub.request("DELETE", "/v1/connectors/g").status == 202
            else:
                config = {"accept": dice.random() < 0.5, "delay_ms": dice.choice([0, 20, 200])}
                assert hub.request("PUT", "/v1/connectors/g", {"module": SIM, "config": config}).status == 202
            is_loaded = not is_loaded
            time.sleep(dice.choice([0, dice.uniform(0, 0.02), dice.uniform(0, 0.4)]))
            hub.kill()
            hub.start()
            assert (hub.get("/v1/connectors/g").status == 200) == is_loaded
        load.stop()
        assert load.broken == []
        for number in load.acknowledged.values():
            application = hub.wait_for(number, lambda a: all(t["state"] == "done" or t["owner"] == "officer" for t in a["tasks"]), timeout=30)
            for task in application["tasks"]:
                if task["state"] != "done":
                    assert task["department"] == "g"
                    assert hub.post(f"/v1/tasks/{task['id']}/opinion", {"opinion": "approve"}).status == 200
            assert hub.show(number)["status"] == "decided"
        assert hub.stop() == 0
    store = Store(tmp_path / "data")
    assert store.broken_record() == 0
    assert store.count("application") == len(load.acknowledged)
    for number, events in store.histories().items():
        check_history(number, events)
    store.close()


def test_what_a_connector_left_goes_to_the_worklist_when_the_configuration_drops_it(tmp_path):
    config = two_departments(tmp_path)
    config["connectors"] = [connector("water", delay_ms=3600000), connector("land", accept=True, delay_ms=3600000)]
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("two")).json["number"]
        hub.wait_for(number, lambda a: [t["state"] for t in a["tasks"]] == ["offered", "accepted"])
        for end in (hub.stop, hub.kill):
            end()
            hub.config = {**hub.config, "connectors": []}
            hub.start()
            tasks = hub.wait_for(number, lambda a: all(t["owner"] == "officer" for t in a["tasks"]))["tasks"]
        for task in tasks:
            assert hub.post(f"/v1/tasks/{task['id']}/opinion", {"opinion": "approve"}).status == 200
        assert hub.show(number)["decision"]["outcome"] == "approved"


FAULTY = """/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <onedoor/plugin.h>
static int faulty_open(const struct od_host *host, void **self) { (void)host; (void)self; abort(); }
static int faulty_offer(void *self, const struct od_offer *offer) { (void)self; (void)offer; return OD_OK; }
OD_PLUGIN = {OD_PLUGIN_INIT, .id = "faulty", .version = "1.0.0", .open = faulty_open, .close = free, .offer = faulty_offer};
"""


def test_a_module_that_crashes_at_start_is_quarantined_and_stops_nobody_else(tmp_path):
    config = two_departments(tmp_path)
    config["modules"] = str(crash_book.modules(tmp_path))
    crash_book.build(tmp_path / "modules", "faulty", "native", FAULTY)
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        assert hub.request("PUT", "/v1/connectors/land", {"module": "faulty-1.0.0", "config": {}}).status == 202
        number = hub.submit(hub.example("two")).json["number"]
        hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "done")
        found = wait_until(lambda: (c := hub.get("/v1/connectors/land").json)["state"] == "quarantined" and not c["pid"] and c, timeout=20)
        assert "SIGABRT" in found["last_error"], found
        assert hub.show(number)["tasks"][1]["state"] == "queued"
        again = hub.submit(hub.example("two")).json["number"]
        hub.wait_for(again, lambda a: a["tasks"][0]["state"] == "done")
        unload(hub, "land")
        for one in (number, again):
            task = hub.wait_for(one, lambda a: a["tasks"][1]["owner"] == "officer")["tasks"][1]
            assert hub.post(f"/v1/tasks/{task['id']}/opinion", {"opinion": "approve"}).status == 200
            assert hub.show(one)["decision"]["outcome"] == "approved"


@pytest.mark.parametrize("module", ["nothing-1.0.0", "../sim-1.0.0", "/etc/passwd", "sim", "", ".", "SIM-1.0.0", "sim-1.0.0/", "x" * 300])
def test_a_wrong_module_name_is_refused(desk, module):
    answer = desk.request("PUT", "/v1/connectors/land", {"module": module, "config": {}})
    assert answer.status == 422, answer.raw
    assert answer.json["errors"][0]["pointer"] == "/module"
    assert desk.get("/v1/connectors/land").status == 404


def test_another_configuration_is_never_ignored(desk):
    path = "/v1/connectors/water"
    pid = desk.get(path).json["pid"]
    assert desk.request("PUT", path + "?dry_run=true", {"module": SIM, "config": {"delay_ms": 5}}).status == 200
    assert desk.request("PUT", path, {"module": SIM, "config": {}}).status == 202
    assert desk.get(path).json["pid"] == pid, "the same again, and a plan, change nothing"
    refused = desk.request("PUT", path, {"module": SIM, "config": {"delay_ms": 5}, "department": "land"})
    assert refused.status == 409, refused.raw
    assert "unload" in refused.json["detail"]
    taken = desk.request("PUT", path, {"module": SIM, "config": {"delay_ms": 5}, "bake_ms": 0})
    assert taken.status == 202, taken.raw
    wait_until(lambda: desk.get(path).json["pid"] not in (0, pid) and desk.get(path).json["rollout"] is None)
