# SPDX-License-Identifier: Apache-2.0
"""`onedoor` at a real hub with a virtual clock: legal time from the command line."""
import json
import os
import subprocess
from pathlib import Path

import pytest

from hub import BUILD, text
from test_console_legal import Center


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with Center(tmp_path_factory.mktemp("cli-legal")) as made:
        made.clock("2026-01-26")
        yield made


def onedoor(hub, *arguments, code=0):
    done = subprocess.run([str(BUILD / "bin" / "onedoor"), *arguments], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "LC_ALL": "C", "ONEDOOR_URL": hub.address})
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def test_a_life_in_verbs(hub):
    number = hub.submitted("checked")["number"]
    assert "received" in onedoor(hub, "show", number)
    onedoor(hub, "extend", number, "--length", "5", "--reason", "early", code=5)
    assert "incomplete" in onedoor(hub, "check", number, "incomplete", "--missing", "plan")
    assert "unknown_material" in onedoor(hub, "check", hub.submitted("checked", who="另一人")["number"], "incomplete", "--missing", "nothing", code=5)
    assert "in review" in onedoor(hub, "supplement", number, "--material", "plan")
    onedoor(hub, "task", "take", number + ".1")
    assert "paused" in onedoor(hub, "task", "pause", number + ".1", "--kind", "inspection", "--expected-days", "3", "--text", "a visit")
    hub.clock("2026-01-29")
    onedoor(hub, "task", "resume", number + ".1")
    onedoor(hub, "task", "milestone", number + ".1", "inspectors_assigned", "--text", "Zhang, Li")
    onedoor(hub, "task", "milestone", number + ".1", "inspectors_assigned", "--text", "Zhang, Li", code=5)
    assert "waiting for the applicant" in onedoor(hub, "task", "ask", number + ".1", "--field", "kitchen", "--material", "lease").lower()
    assert "Lease" in onedoor(hub, "show", number)
    onedoor(hub, "supplement", number, "--field", "kitchen=two", "--material", "lease")
    onedoor(hub, "extend", number + ".1", "--length", "4", "--reason", "much to read")
    onedoor(hub, "extend", number + ".1", "--length", "99", "--reason", "too much", code=5)
    explained = onedoor(hub, "clocks", number, "--explain")
    clock = hub.get(f"/v1/applications/{number}/clocks?explain=true").json["clocks"][0]
    assert clock["explanation"]["en"] in explained and "paused: inspection, fire" in explained and "Spring Festival" in explained
    said = onedoor(hub, "notices", number)
    for words in ("about 3 working days", "a visit", "extended by 4 working days", "much to read"):
        assert words in said, words
    onedoor(hub, "certificate", number, code=5)
    assert "withdrawn" in onedoor(hub, "withdraw", number, "--reason", "moved")
    onedoor(hub, "delivery", number, "--way", "window", code=5)


def test_alerts_and_another_catalogue(hub):
    number = hub.submitted(who="某人")["number"]
    promised = hub.show(number)["promised_date"]
    path = Path(hub.folder) / "catalog" / "all.json"
    catalogue = json.loads(path.read_text())
    catalogue["calendars"][0]["holidays"].append({"from": promised, "name": text("县庆", "County day")})
    path.write_text(json.dumps(catalogue, ensure_ascii=False))
    plan = onedoor(hub, "config", "reload", "--dry-run")
    assert number in plan and promised in plan and hub.show(number)["promised_date"] == promised
    assert "the dates follow" in onedoor(hub, "config", "reload")
    hub.wait_for(number, lambda shown: shown["promised_date"] > promised)
    assert "dates moved" in onedoor(hub, "notices", number)
    hub.clock("2026-03-20")
    assert number in onedoor(hub, "alerts", "--number", number) and "red" in onedoor(hub, "alerts", "--kind", "overdue", "--limit", "5")
    onedoor(hub, "alerts", "--department", "nowhere", code=5)
    onedoor(hub, "clocks", "20260126-999999-1", code=3)
