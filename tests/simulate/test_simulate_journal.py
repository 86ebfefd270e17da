# SPDX-License-Identifier: Apache-2.0
"""Journals of a real hub: as recorded, replay gives the same dates; and what changes under a scenario."""
import hashlib
import json
import shutil

import pytest

import lives
from hub import DemoOf, matter


@pytest.fixture(scope="module")
def journal(tmp_path_factory):
    """The data of a hub that has stopped, the applications as the hub shows them, and what `simulate` said while it ran."""
    folder = tmp_path_factory.mktemp("lives")
    with DemoOf(folder, lives.config(folder), "--demo", "--clock", "virtual") as hub:
        hub.wait_connectors()
        made = lives.Lives(hub, 20260105)
        made.live(40)
        shown = {number: hub.show(number) for number in made.numbers}
        events = {number: hub.events(number) for number in made.numbers}
    return {"data": folder / "data", "shown": shown, "events": events, "folder": folder}


def digests(folder):
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_the_lives_are_of_every_kind(journal):
    """So that the tests below mean something."""
    types = {e["type"] for events in journal["events"].values() for e in events}
    assert {"paused", "unpaused", "asked", "supplemented", "woken", "withdrawn", "failed", "closed", "session_lost", "resumed"} <= types
    statuses = {a["status"] for a in journal["shown"].values()}
    assert {"in_review", "decided", "closed", "lapsed", "withdrawn"} <= statuses
    assert any(a["decision"] and a["decision"].get("outcome") == "rejected" for a in journal["shown"].values())


def test_replay_gives_the_same_dates(simulate, journal):
    before = digests(journal["data"])
    done = simulate("--data", journal["data"], "--json")
    assert (done.code, done.json["changes"], done.json["findings"]) == (0, [], []), done.err
    assert done.summary["applications"] == len(journal["shown"]) and done.summary["left_out"] == 0
    decided = [a for a in journal["shown"].values() if a["status"] in ("decided", "closed")]
    assert done.summary["before"]["decided"] == done.summary["after"]["decided"] == len(decided)
    assert done.summary["before"]["late"] + done.summary["before"]["open_late"] == sum(
        any(c["clock"] == "promised" and "task" not in c for e in journal["events"][number] for c in e.get("overdue", []))
        for number, a in journal["shown"].items() if a["status"] in ("decided", "closed", "in_review"))
    assert digests(journal["data"]) == before


def test_a_running_hub_is_read_beside_its_work(simulate, journal, tmp_path):
    folder = tmp_path / "again"
    folder.mkdir()
    shutil.copytree(journal["data"], folder / "data")
    with DemoOf(folder, lives.config(folder), "--demo", "--clock", "virtual") as hub:
        hub.wait_connectors()
        done = simulate("--data", folder / "data", "--summary", "--json")
        assert done.code == 0 and done.summary["applications"] == len(journal["shown"])
        assert hub.submit(hub.example("alone")).status == 201
        again = simulate("--data", folder / "data", "--summary", "--json")
        assert again.code == 0 and again.summary["applications"] == len(journal["shown"]) + 1


def test_another_promise_moves_promised_dates_alone(simulate, journal):
    done = simulate("--data", journal["data"], "--promise", "3", "--json")
    assert done.code == 0
    changed = {c["clock"] for c in done.json["changes"]}
    assert {"promised"} <= changed <= {"promised", "promise"}
    moved = {c["number"]: c for c in done.json["changes"] if c["clock"] == "promised" and c["of"] == ""}
    for number, application in journal["shown"].items():
        if application["promised_date"] is None:
            assert number not in moved
        else:
            assert moved[number]["before"] == application["promised_date"]
            assert moved[number]["after"] < application["promised_date"]


def test_a_longer_statute_leaves_the_silent_open(simulate, journal, tmp_path):
    """What was decided by silence is, under a longer limit, decided later, or not at all by the end of the record."""
    made = lives.config(tmp_path)
    path = tmp_path / "catalog" / "all.json"
    catalog = json.loads(path.read_text())
    for item in catalog["matters"]:
        if item["expiry"] != "none":
            item["limits"]["statutory"]["length"] = 3000
    for item in catalog["services"]:
        item["limits"]["statutory"]["length"] = 3000
    path.write_text(json.dumps(catalog, ensure_ascii=False))
    done = simulate("--data", journal["data"], "--catalog", tmp_path / made["catalog"], "--json")
    assert done.code == 0, done.err
    assert done.summary["before"]["deemed"] > 0 and done.summary["after"]["deemed"] == 0
    for change in done.json["changes"]:
        if change["clock"] == "outcome":
            assert change["after"] is None


def test_a_catalogue_without_order_decides_earlier(simulate, journal, tmp_path):
    made = lives.config(tmp_path, order=False)
    catalog = simulate("--data", journal["data"], "--catalog", tmp_path / made["catalog"], "--json")
    parallel = simulate("--data", journal["data"], "--parallel", "permit", "--json")
    by_department = simulate("--data", journal["data"], "--parallel", "d?sk", "--json")
    assert catalog.code == parallel.code == 0
    assert catalog.json["changes"] == parallel.json["changes"] == by_department.json["changes"]
    assert parallel.summary["decided_earlier"] > 0


def test_a_new_matter_has_no_recorded_time(simulate, journal, tmp_path):
    made = lives.config(tmp_path, more_matters=[matter("noise", "paper")])
    path = tmp_path / "catalog" / "all.json"
    catalog = json.loads(path.read_text())
    next(s for s in catalog["services"] if s["id"] == "alone")["matters"].append("noise")
    path.write_text(json.dumps(catalog, ensure_ascii=False))
    done = simulate("--data", journal["data"], "--catalog", tmp_path / made["catalog"], "--json")
    alone = [n for n, a in journal["shown"].items() if a["service"] == "alone"]
    assert sorted(f["number"] for f in done.json["findings"] if f["kind"] == "no_duration" and f["detail"] == "noise") == sorted(alone)
    assert done.code == 0


def test_a_service_that_is_gone_is_told(simulate, journal, tmp_path):
    made = lives.config(tmp_path)
    path = tmp_path / "catalog" / "all.json"
    catalog = json.loads(path.read_text())
    catalog["services"] = [s for s in catalog["services"] if s["id"] != "alone"]
    path.write_text(json.dumps(catalog, ensure_ascii=False))
    done = simulate("--data", journal["data"], "--catalog", tmp_path / made["catalog"], "--json")
    assert done.code == 1 and {f["kind"] for f in done.json["findings"] if f["error"]} == {"no_service"}
    assert done.summary["left_out"] == sum(f["error"] for f in done.json["findings"]) > 0
    assert done.summary["left_out"] + done.summary["applications"] == len(journal["shown"])


def test_another_calendar_counts_other_days(simulate, journal, tmp_path):
    calendar = tmp_path / "strict.json"
    calendar.write_text(json.dumps({"calendars": [{"id": "strict", "name": {"zh-CN": "日历", "en": "Calendar"}, "weekend": ["saturday", "sunday"],
                                                  "published_until": "2027-12-31", "holidays": [], "working_days": []}]}))
    done = simulate("--data", journal["data"], "--calendar", calendar, "--json")
    assert done.code == 0
    promised = [c for c in done.json["changes"] if c["clock"] == "promised" and c["before"] and c["after"]]
    assert promised and all(c["after"] <= c["before"] for c in promised)


def test_a_slow_connector_and_a_quick_one(simulate, journal):
    slow = simulate("--data", journal["data"], "--delay", "fast=+3d", "--json")
    assert slow.code == 0 and slow.summary["decided_later"] > 0 and slow.summary["decided_earlier"] == 0
    none = simulate("--data", journal["data"], "--delay", "fast=1x", "--json")
    assert none.json["changes"] == []
    unknown = simulate("--data", journal["data"], "--delay", "nobody=+3d", "--json")
    assert unknown.json["changes"] == [] and "nobody" in unknown.err


def test_a_journal_that_lies_is_told(simulate, journal, tmp_path):
    """One byte of one record is changed: its application is left out and named, the others are as they were."""
    sqlite3 = pytest.importorskip("sqlite3")
    data = tmp_path / "data"
    shutil.copytree(journal["data"], data)
    with sqlite3.connect(data / "hub.db") as store:
        for (trigger,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f"DROP TRIGGER {trigger}")  # somebody who wants to can
        rows = store.execute("SELECT seq, record FROM journal WHERE record LIKE '%\"opinion\":\"approve\"%' ORDER BY seq").fetchall()
        seq, record = rows[0]
        store.execute("UPDATE journal SET record = ? WHERE seq = ?", (record.replace('"opinion":"approve"', '"opinion":"reject"', 1), seq))
    done = simulate("--data", data, "--json")
    assert done.code == 1
    errors = [f for f in done.json["findings"] if f["error"]]
    assert len(errors) == 1 and errors[0]["number"] in journal["shown"]
    assert errors[0]["kind"] in ("not_the_row", "refused")
    assert done.summary["left_out"] == 1


def test_dates_follow_the_calendars_that_were_in_force(simulate, tmp_path):
    """Days off are added twice, by a reload and at a restart, and more than a catalogue is kept in memory."""
    amendments = {6: (["2027-01-13", "2027-01-14"], "reload"), 12: (["2027-01-27", "2027-01-28"], "restart"),
                  **{turn: ([f"2027-03-{turn:02}"], "reload") for turn in range(14, 24)}}
    with DemoOf(tmp_path, lives.config(tmp_path), "--demo", "--clock", "virtual") as hub:
        hub.wait_connectors()
        made = lives.Lives(hub, 6)
        made.live(26, amendments, tmp_path)
        events = {number: hub.events(number) for number in made.numbers}
        versions = {hub.show(number)["catalog_version"] for number in made.numbers}
    assert len(versions) > 9
    assert sum(e["type"] == "redated" for all_ in events.values() for e in all_) > 5
    done = simulate("--data", tmp_path / "data", "--json")
    assert (done.code, done.json["changes"], done.json["findings"]) == (0, [], []), done.err
    assert done.summary["applications"] == len(made.numbers)
    moved = simulate("--data", tmp_path / "data", "--promise", "8", "--json")
    assert moved.code == 0 and {"promised"} <= {c["clock"] for c in moved.json["changes"]} <= {"promised", "promise"}
