# SPDX-License-Identifier: Apache-2.0
"""Versions of a connector that take each other's place while its department works: nothing fails, nothing is
lost or done twice, nothing stays behind; and the hub is killed at each step of it."""
import json
import os
import random
import sqlite3
import statistics
import time
from collections import Counter, defaultdict
from pathlib import Path

import crash_book
import pytest
from crash_kill import hosts, is_alive
from crash_life import hub_body, log_of, wait_until
from crash_load import Load
from crash_store import Store, check_history
from hub import SIM, DemoOf, center, connector, matter, programs, service

SEED = int(os.environ.get("OD_SEED", random.SystemRandom().randrange(1 << 31)))
IS_SOAK = os.environ.get("OD_SOAK") == "true"
A, B = "book-1.0.0", "book-2.0.0"
WRITES_A_BOOK = ("--max-tier plain --min-tier plain", "*book-*")
PATH = "/v1/connectors/a"


def upgrade_center(folder, **config):
    made = center(folder, ["a", "b", "c"], [matter("m-" + n, n) for n in "abc"], [service("three", ["m-" + n for n in "abc"])])
    made["modules"] = str(crash_book.modules(folder))
    for version in ("1.0.0", "2.0.0"):
        crash_book.build(made["modules"], "book", "native", crash_book.ROOT / "tests" / "e2e" / "crash_book.c", crash_book.SCHEMA, version)
    book = crash_book.connector("a", "book", folder / "book.txt", accept_delay_ms=20, delay_ms=100)
    book["config"].update(config)
    made["connectors"] = [book, connector("b", delay_ms=5), connector("c", accept=True, delay_ms=20)]
    return made


def upgrade_hub(folder, **config):
    hub = DemoOf(folder, upgrade_center(folder, **config))
    hub.programs = programs(folder, *WRITES_A_BOOK)
    return hub


def post(hub, verb, **body):
    answer = hub.post(f"{PATH}/{verb}", body)
    assert answer.status == 202, answer.raw
    return answer.json


def item(hub):
    return hub.get(PATH).json


def await_end(hub, timeout=15):
    return wait_until(lambda: (c := item(hub))["rollout"] is None and c, timeout=timeout, what=lambda: str(item(hub)))


def decided(hub, load, timeout=60):
    for number in load.acknowledged.values():
        hub.wait_for(number, lambda a: a["status"] == "decided", timeout=timeout)


def check_book(folder, load):
    """The department saw each task, and saw none twice without being told that it may be a repeat."""
    first, seen = Counter(), set()
    for what, task, attempt, flags in crash_book.lines(folder / "book.txt"):
        seen.add(task)
        if what == "offer" and not flags & crash_book.REDELIVERED:
            first[task] += 1
    assert [task for task, count in first.items() if count > 1] == [], "submitted twice as if it were new"
    assert {f"{number}.1" for number in load.acknowledged.values()} == {t for t in seen if t.endswith(".1")}


def check_store(folder, load):
    store = Store(folder / "data")
    assert store.broken_record() == 0
    assert store.count("application") == len(load.acknowledged)
    for number, events in store.histories().items():
        check_history(number, events)
    assert store.rows("SELECT name FROM setting WHERE name LIKE 'rollout/%'") == []
    store.close()


class Size:
    """What a process holds."""

    def __init__(self, pid):
        root = Path(f"/proc/{pid}")
        self.descriptors = len(list((root / "fd").iterdir()))
        self.mappings = (root / "maps").read_text().count("\n")
        self.children = len((root / "task" / str(pid) / "children").read_text().split())
        self.rss_mib = int(next(line for line in (root / "status").read_text().splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024

    def __repr__(self):
        return f"descriptors={self.descriptors} mappings={self.mappings} children={self.children} rss={self.rss_mib:.1f} MiB"


def quiet_size(hub):
    wait_until(lambda: len(hosts(hub)) == 3)
    return Size(hub.process.pid)


def exchange(hub, module, times, bake_ms=0):
    """Upgrade, and how long the version before took to be gone."""
    before = hosts(hub)["a"]
    began = time.monotonic()
    post(hub, "upgrade", module=module, bake_ms=bake_ms)
    wait_until(lambda: not is_alive(before), timeout=10, what=lambda: f"{before} is still there: {item(hub)}")
    times["drain"].append(time.monotonic() - began)
    await_end(hub)


def go_back(hub, times):
    began = time.monotonic()
    post(hub, "rollback", reason="measured")
    wait_until(lambda: (c := item(hub))["module"] == A and c["state"] == "active")
    times["rollback"].append(time.monotonic() - began)
    await_end(hub)


def test_upgrades_under_load_cost_nobody_anything(tmp_path):
    rounds = 1000 if IS_SOAK else 30
    times = defaultdict(list)
    with upgrade_hub(tmp_path) as hub:
        hub.wait_connectors()
        load = Load(hub, lambda dice: hub_body("three"), seed=SEED, clients=8, rate=120).start()
        for turn in range(0, rounds, 2):
            exchange(hub, B, times)
            if turn % 6 == 0:
                go_back(hub, times)
            else:
                exchange(hub, A, times)
            if turn == rounds // 3 // 2 * 2:
                middle = quiet_size(hub)
        after = quiet_size(hub)
        load.stop()
        assert (load.broken, load.retries) == ([], 0), "no request failed"
        assert len(load.acknowledged) > 100
        decided(hub, load)
        print(f"{rounds} upgrades: drain max {max(times['drain']):.3f} s, median {statistics.median(times['drain']):.3f} s; "
              f"rollback max {max(times['rollback']):.3f} s; {len(load.acknowledged)} applications; {middle} -> {after}")
        assert max(times["drain"]) <= 5 and max(times["rollback"]) <= 1
        assert after.children == middle.children and after.descriptors <= middle.descriptors + 4
        assert after.mappings <= middle.mappings + 16
        assert after.rss_mib <= middle.rss_mib + (24 if IS_SOAK else 16), "the cache of applications still fills"
        assert hub.get(PATH).json["restarts"] == 0 and hub.stop() == 0
    check_book(tmp_path, load)
    check_store(tmp_path, load)


# -- The hub is killed at each step --

def kept_step(folder):
    """What the store says, whoever runs on it."""
    base = sqlite3.connect(f"file:{folder}/data/hub.db?mode=ro", uri=True)
    row = base.execute("SELECT value FROM setting WHERE name = 'rollout/a'").fetchone()
    route = base.execute("SELECT value FROM setting WHERE name = 'connector/a'").fetchone()
    base.close()
    step = json.loads(row[0])["step"] if row else None
    return step, json.loads(route[0])["module"] if route else A


def kill_at(hub, step, dice):
    """Bring the rollout to the step, and kill the hub there."""
    module = item(hub)["module"]
    other = B if module == A else A
    if step == "reverting":
        post(hub, "upgrade", module=other, bake_ms=60000)
        wait_until(lambda: (r := item(hub)["rollout"]) and r["step"] in ("switched", "baking"))
        post(hub, "rollback")
    else:
        post(hub, "upgrade", module=other, bake_ms=60000)
        if step != "starting":
            wait_until(lambda: (r := item(hub)["rollout"]) and r["step"] == step)
    time.sleep(dice.choice([0, dice.uniform(0, 0.02)]))
    hub.kill()
    return module, other


def check_restarted(hub, step, kept, module, other):
    found, route = kept
    now = item(hub)
    if found == "starting":
        assert now["module"] == module and now["rollout"] is None, now
        assert hub.get(PATH + "/history").json["items"][-1]["verb"] == "reverted"
    elif found == "reverting":
        assert now["module"] == module and now["rollout"] is None, now
    elif found is not None:
        assert now["module"] == other and now["rollout"]["step"] in ("switched", "baking"), now
        assert now["rollout"]["until"] is not None
    assert now["module"] == (module if found == "reverting" else route)


def test_the_hub_is_killed_at_each_step(tmp_path):
    dice = random.Random(SEED)
    print(f"OD_SEED={SEED}")
    hits, found = Counter(), Counter()
    steps = ["starting", "switched", "baking", "reverting"] * (20 if IS_SOAK else 2)
    with upgrade_hub(tmp_path, open_ms=30) as hub:
        hub.wait_connectors()
        load = Load(hub, lambda dice: hub_body("three"), seed=SEED, clients=6, rate=80).start()
        for step in steps:
            module, other = kill_at(hub, step, dice)
            kept = kept_step(tmp_path)
            found[kept[0]] += 1
            hits[step] += kept[0] == step or (step == "baking" and kept[0] == "switched")
            hub.start()
            check_restarted(hub, step, kept, module, other)
            hub.wait_connectors()
            if item(hub)["rollout"] is not None:
                post(hub, "rollback")
            await_end(hub)
        load.stop()
        assert load.broken == []
        decided(hub, load)
        assert all(hits[step] > 0 for step in set(steps)), (hits, found)
        assert hub.stop() == 0
    check_book(tmp_path, load)
    check_store(tmp_path, load)


def test_the_hub_is_killed_at_any_instant_of_a_rollout(tmp_path):
    dice = random.Random(SEED)
    print(f"OD_SEED={SEED}")
    with upgrade_hub(tmp_path, open_ms=10) as hub:
        hub.wait_connectors()
        load = Load(hub, lambda dice: hub_body("three"), seed=SEED, clients=6, rate=80).start()
        for _ in range(100 if IS_SOAK else 10):
            other = B if item(hub)["module"] == A else A
            hub.post(f"{PATH}/upgrade", {"module": other, "bake_ms": dice.choice([0, 100])})
            time.sleep(dice.uniform(0, 0.15))
            if dice.random() < 0.4:
                hub.post(f"{PATH}/rollback", {})
                time.sleep(dice.uniform(0, 0.05))
            hub.kill()
            _, route = kept_step(tmp_path)
            hub.start()
            now = item(hub)
            assert now["module"] == now["versions"][0]["module"] and now["state"] in ("starting", "active"), now
            if now["rollout"] is None:
                wait_until(lambda: kept_step(tmp_path)[0] is None)
            hub.wait_connectors()
            await_end(hub)
        load.stop()
        assert load.broken == []
        decided(hub, load)
        assert hub.stop() == 0
    check_book(tmp_path, load)
    check_store(tmp_path, load)


# -- Versions that do not serve --

BAD = """/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>
#include <onedoor/plugin.h>
static const struct od_host *host;
static int bad_open(const struct od_host *given, void **self) { host = given; *self = calloc(1, 1); %(open)s; return OD_OK; }
static int bad_offer(void *self, const struct od_offer *offer) { (void)self; (void)offer; %(offer)s; return OD_OK; }
OD_PLUGIN = {OD_PLUGIN_INIT, .id = BOOK_ID, .version = BOOK_VERSION, .open = bad_open, .close = free, .offer = bad_offer};
"""


def bad_hub(folder, **acts):
    hub = upgrade_hub(folder)
    code = BAD % {"open": "", "offer": "", **acts}
    crash_book.build(hub.config["modules"], "book", "native", code, crash_book.SCHEMA, "3.0.0")
    return hub


@pytest.mark.parametrize("act, says", [("abort()", "SIGABRT"), ("return OD_EIO", "open"), ("usleep(30000000)", "no sign of being ready")])
def test_a_version_that_does_not_open_leaves_the_present_one(tmp_path, act, says):
    with bad_hub(tmp_path, open=act) as hub:
        hub.wait_connectors()
        pid = item(hub)["pid"]
        began = time.monotonic()
        post(hub, "upgrade", module="book-3.0.0", reason="it is new")
        now = await_end(hub, timeout=20)
        assert (now["module"], now["pid"], now["state"]) == (A, pid, "active")
        assert says in now["rollout_error"], now
        assert time.monotonic() - began < 12
        last = hub.get(PATH + "/history").json["items"][-2:]
        assert [(a["verb"], a["by"]) for a in last] == [("upgrade", "all"), ("reverted", "hub")]
        assert last[0]["reason"] == "it is new"
        wait_until(lambda: len(hosts(hub)) == 3)


@pytest.mark.parametrize("act", ["abort()", "for (;;) usleep(1000)", 'return od_fail(host, offer->task, OD_EFFECT_NONE, "no", "")'])
def test_a_version_that_fails_at_its_work_goes_by_itself(tmp_path, act):
    hub = bad_hub(tmp_path, offer=act)
    hub.config["watchdog_ms"] = 1000
    with hub:
        hub.wait_connectors()
        load = Load(hub, lambda dice: hub_body("three"), seed=SEED, clients=4, rate=40).start()
        time.sleep(0.5)
        post(hub, "upgrade", module="book-3.0.0", bake_ms=60000)
        now = wait_until(lambda: (c := item(hub))["rollout"] is None and c["module"] == A and c, timeout=25, what=lambda: str(item(hub)))
        wait_until(lambda: item(hub)["state"] == "active")
        assert [v["module"] for v in now["versions"]] == [A], "what it led away from is forgotten"
        acts = hub.get(PATH + "/history").json["items"]
        assert [(a["verb"], a["by"], a["from"], a["to"]) for a in acts[-2:]] == \
            [("upgrade", "all", A, "book-3.0.0"), ("rollback", "hub", "book-3.0.0", A)], acts
        load.stop()
        assert (load.broken, load.retries) == ([], 0)
        parked = [t for t in hub.get("/v1/tasks?state=parked&limit=200").json["items"]]
        for task in parked:
            assert hub.post(f"/v1/tasks/{task['id']}/requeue").status == 200
        decided(hub, load)
    check_store(tmp_path, load)


def test_a_quarantined_connector_is_upgraded_at_once(tmp_path):
    with bad_hub(tmp_path, open="abort()") as hub:
        hub.wait_connectors()
        assert hub.request("DELETE", PATH).status == 202
        wait_until(lambda: hub.get(PATH).status == 404)
        assert hub.request("PUT", PATH, {"module": "book-3.0.0"}).status == 422, "its configuration is checked"
        config = hub.config["connectors"][0]["config"]
        assert hub.request("PUT", PATH, {"module": "book-3.0.0", "config": config}).status == 202
        number = hub.submit(hub.example("three")).json["number"]
        wait_until(lambda: item(hub)["state"] == "quarantined", timeout=20)
        began = time.monotonic()
        post(hub, "upgrade", module=A, bake_ms=0)
        wait_until(lambda: item(hub)["state"] == "active")
        assert time.monotonic() - began < 5, "its next probe is later"
        hub.wait_for(number, lambda a: a["status"] == "decided")


def test_a_task_in_hand_at_two_crashes_is_parked_though_the_hub_was_killed_between(tmp_path):
    with bad_hub(tmp_path, offer='if (offer->attempt < 3) abort(); return od_approve(host, offer->task, NULL)') as hub:
        hub.wait_connectors()
        post(hub, "upgrade", module="book-2.0.0", bake_ms=0)
        await_end(hub)
        config = {**hub.config["connectors"][0]["config"]}
        assert hub.request("DELETE", PATH).status == 202
        wait_until(lambda: hub.get(PATH).status == 404)
        assert hub.request("PUT", PATH, {"module": "book-3.0.0", "config": config}).status == 202
        wait_until(lambda: item(hub)["state"] == "active")
        number = hub.submit(hub.example("three")).json["number"]
        wait_until(lambda: any(e["type"] == "session_lost" and e["is_crash"] for e in hub.events(number)), what=lambda: str(hub.events(number)))
        hub.kill()
        hub.start()
        task = hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "parked")["tasks"][0]
        assert task["park_reason"] == "poison"
        wait_until(lambda: item(hub)["state"] == "active", timeout=15)
        assert hub.post(f"/v1/tasks/{task['id']}/opinion", {"opinion": "approve"}).status == 200
        other = hub.submit(hub.example("three")).json["number"]
        hub.wait_for(other, lambda a: a["tasks"][1]["state"] == "done")


# -- The other acts --

def tasks_of_a(hub, load):
    return [hub.show(number)["tasks"][0] for number in list(load.acknowledged.values())]


def test_drain_and_disable_keep_every_task(tmp_path):
    with upgrade_hub(tmp_path, delay_ms=300) as hub:
        hub.wait_connectors()
        load = Load(hub, lambda dice: hub_body("three"), seed=SEED, clients=4, rate=60).start()
        for verb, state in (("drain", "drained"), ("disable", "disabled")):
            time.sleep(0.5)
            pid = item(hub)["pid"]
            began = time.monotonic()
            post(hub, verb, reason="their system is serviced")
            post(hub, verb)
            now = wait_until(lambda: (c := item(hub))["state"] == state and c, what=lambda: str(item(hub)))
            assert time.monotonic() - began < 5
            assert (now["in_flight"], now["is_enabled"], bool(now["pid"])) == (0, state == "drained", state == "drained")
            if state == "drained":
                assert now["pid"] == pid, "its process lives"
                wait_until(lambda: item(hub)["open"] == 0)  # and what it had accepted goes on
            hub.kill()
            hub.start()
            wait_until(lambda: item(hub)["state"] == state)
            if state == "disabled":
                post(hub, "upgrade", module=B, bake_ms=0)
                assert await_end(hub)["module"] == B and item(hub)["state"] == "disabled"
            wait_until(lambda: "queued" in {t["state"] for t in tasks_of_a(hub, load)}, what="tasks wait for it")
            assert "officer" not in {t["owner"] for t in tasks_of_a(hub, load)}
            post(hub, "enable")
            wait_until(lambda: item(hub)["state"] == "active")
        load.stop()
        assert load.broken == []
        decided(hub, load)
        verbs = [a["verb"] for a in hub.get(PATH + "/history").json["items"]]
        assert verbs == ["drain", "enable", "disable", "upgrade", "baked", "enable"]
        assert hub.stop() == 0
    check_book(tmp_path, load)
    check_store(tmp_path, load)


def test_a_department_goes_from_officers_to_a_module_and_back_while_it_works(tmp_path):
    hub = upgrade_hub(tmp_path)
    hub.config["connectors"] = hub.config["connectors"][1:]
    config = crash_book.connector("a", "book", tmp_path / "book.txt", accept_delay_ms=10, delay_ms=200)["config"]
    with hub:
        hub.wait_connectors()
        load = Load(hub, lambda dice: hub_body("three"), seed=SEED, clients=4, rate=50).start()
        for turn in range(12 if IS_SOAK else 3):
            assert hub.request("PUT", PATH, {"module": (A, B)[turn % 2], "config": config}).status == 202
            wait_until(lambda: item(hub)["state"] == "active")
            time.sleep(0.6)
            assert hub.request("PUT", PATH, {"worklist": True, "reason": "they write by hand today"}).status == 202
            wait_until(lambda: hub.get(PATH).status == 404)
            time.sleep(0.2)
        load.stop()
        assert (load.broken, load.retries) == ([], 0)
        for number in load.acknowledged.values():
            task = hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "done" or a["tasks"][0]["owner"] == "officer")["tasks"][0]
            if task["state"] != "done":
                assert hub.post(f"/v1/tasks/{task['id']}/opinion", {"opinion": "approve"}).status == 200
        decided(hub, load)
        assert {hub.show(n)["tasks"][0]["opinion"]["by"] for n in load.acknowledged.values()} == {"a", "all"}, "both ways were gone"
        assert hub.stop() == 0
    check_store(tmp_path, load)


def test_what_asks_for_more_needs_a_word(tmp_path):
    with upgrade_hub(tmp_path) as hub:
        hub.wait_connectors()
        manifest = Path(hub.config["modules"]) / B / "manifest.json"
        wants = json.loads(manifest.read_text())
        wants["capabilities"]["secrets"] = ["api-token"]
        wants["config_schema"]["properties"]["colour"] = {"type": "string"}
        manifest.write_text(json.dumps(wants))
        refused = hub.post(f"{PATH}/upgrade", {"module": B})
        assert refused.status == 409, refused.raw
        assert [(e["pointer"], e["detail"]) for e in refused.json["errors"]] == [("/approve", "secret: api-token")]
        plan = hub.post(f"{PATH}/upgrade?dry_run=true", {"module": B}).json
        assert plan["diff"]["capabilities"] == {"added": ["secret: api-token"], "removed": []}
        assert plan["diff"]["config_schema"] == [{"pointer": "/properties/colour", "from": None, "to": {"type": "string"}}]
        assert item(hub)["rollout"] is None
        post(hub, "upgrade", module=B, approve=True, bake_ms=0)
        assert await_end(hub)["module"] == B
