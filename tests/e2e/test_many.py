# SPDX-License-Identifier: Apache-2.0
"""Very many open applications: the timers of all of them cost a bounded look, and a restart loads none of them."""
import json
import os
import re
import subprocess
import time

import pytest

from crash_store import Store
from hub import BUILD, ROOT, DemoOf, center, matter, service

COUNT = 1_000_000 if os.environ.get("OD_SOAK") == "true" else 20_000
FEW = COUNT // 20
SEED = BUILD / "tests" / "onedoor-seed"
NEAR = 50  # applications that fall due in the look that is measured


def plain(service):
    return {"service": service, "applicant": {"kind": "person", "name": "王小明"}, "form": {}, "materials": []}


def hub_with(folder, count):
    """A hub with so many open applications whose dates are years away; measured: start, memory, one look at what is due."""
    folder.mkdir()
    config = center(folder, ["a"], [matter("far", "a", promised=3000, statutory=3000, unit="calendar_day"),
                                    matter("near", "a", promised=1, statutory=1, unit="calendar_day")],
                    [service("far", ["far"], unit="calendar_day", promised=3000, statutory=3000),
                     service("near", ["near"], unit="calendar_day", promised=1, statutory=1)])
    with DemoOf(folder, config, "--demo", "--clock", "virtual") as hub:
        time.sleep(1)  # it finds out that there is nothing to date
        hub.stop()
        subprocess.run([SEED, folder / "onedoor.json", str(count), "far"], check=True, stdout=subprocess.DEVNULL, timeout=3600)
        hub.start()
        result = {"open": count, "ready_s": hub.ready_s, "rss_mib": hub.rss_mib()}
        numbers = [hub.submit(plain("near")).json["number"] for _ in range(NEAR)]
        began = time.monotonic()
        due = round((time.time() + 4 * 86400) * 1000)
        assert hub.post("/v1/test/clock", {"now": due}, timeout=60).json["quiet"]
        result["wake_s"] = time.monotonic() - began
        result["rss_after_mib"] = hub.rss_mib()
        for number in numbers:
            assert [o["clock"] for e in hub.events(number) for o in e.get("overdue", [])] != []
        assert len(hub.get("/v1/alerts?kind=overdue&limit=200").json["items"]) == 4 * NEAR, "those that are due, and no other"
        assert hub.stop() == 0
    store = Store(folder / "data")
    assert store.count("application") == count + NEAR
    store.close()
    return result


@pytest.mark.skipif(not SEED.exists(), reason="the seeding program is not built")
def test_timers_of_all_cost_a_bounded_look(tmp_path):
    few, many = hub_with(tmp_path / "few", FEW), hub_with(tmp_path / "many", COUNT)
    print(json.dumps([few, many]))
    assert many["wake_s"] < 5 * few["wake_s"] + 0.5, "twenty times as many open ones: not twenty times as long"
    assert many["ready_s"] < 5 * few["ready_s"] + 1
    assert many["rss_mib"] - few["rss_mib"] < 30, "a restart loads none of them"
    assert many["rss_after_mib"] - few["rss_after_mib"] < 30, "nor does a look at what is due"


def statements():
    """The SQL behind the look at what is due, as the store prepares it."""
    source = (ROOT / "hub" / "store" / "sqlite_sql.h").read_text()
    for name in ("DUE_READ", "WAKE_READ"):
        body = re.search(r"X\(" + name + r",(.*?)\)\s*\\\n\s*X\(", source, re.S).group(1)
        yield name, "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', body))


@pytest.mark.skipif(not SEED.exists(), reason="the seeding program is not built")
def test_the_look_is_a_search_in_an_index(tmp_path):
    config = center(tmp_path, ["a"], [matter("far", "a")], [service("far", ["far"])])
    with DemoOf(tmp_path, config) as hub:
        hub.submit(plain("far"))
        hub.stop()
    store = Store(tmp_path / "data")
    for name, sql in statements():
        plan = " | ".join(row[3] for row in store.rows("EXPLAIN QUERY PLAN " + sql, *range(1, 1 + len(set(re.findall(r"\?\d", sql))))))
        assert "application_wake" in plan, (name, plan)
        assert "TEMP B-TREE" not in plan, (name, plan)
        assert plan.startswith("SEARCH") or name == "WAKE_READ", (name, plan)
    store.close()
