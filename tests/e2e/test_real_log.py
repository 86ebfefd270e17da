# SPDX-License-Identifier: Apache-2.0
"""1,434 real permit applications of 2010-2012 through the hub, under the virtual clock.

The steps T02 .. T10 are matters of departments with a connector each, included by `when` over the list
of steps that the log holds for that application, all in parallel; each opinion falls at the logged time
of its step (the last one where a step was repeated). The log closes an application by itself, without a
step: that is the matter `closing`, whose opinion falls at the logged end, and never for those that were
still open. The log's deadline is input: one service for each distinct number of days from start to it.
"""
import csv
import datetime
from collections import Counter, defaultdict

import pytest

from hub import SHARED, DemoOf, center, connector, matter, service, text
from statistics_check import check_log

LOG = SHARED / "data" / "eventlog"
MATTERS = (["T02", "T04", "T05", "T06", "T10", "T08"] + [f"T07-{i}" for i in range(1, 6)] + [f"T09-{i}" for i in range(1, 5)])
NEVER = "9999-01-01T00:00:00Z"


def read_log():
    steps = defaultdict(dict)
    with open(LOG / "wabo_receipt_events.csv", newline="") as file:
        for row in csv.DictReader(file):
            name = row["activity"].split(" ")[0]
            if name in MATTERS:
                at = datetime.datetime.fromisoformat(row["timestamp"])
                steps[row["case_id"]][name] = max(at, steps[row["case_id"]].get(name, at))
    with open(LOG / "wabo_receipt_cases.csv", newline="") as file:
        for row in csv.DictReader(file):
            start, deadline = (datetime.datetime.fromisoformat(row[k]) for k in ("start_date", "deadline"))
            yield {"id": row["case_id"], "start": start, "deadline": deadline, "steps": steps[row["case_id"]],
                   "end": datetime.datetime.fromisoformat(row["end_date"]) if row["end_date"] else None,
                   "days": (deadline.date() - start.date()).days}


def field(id, kind, **more):
    return {"id": id, "type": kind, "label": text(id), "required": False, **more}


def log_center(folder, cases):
    all_matters = MATTERS + ["closing"]
    form = [field("steps", "list", max_items=20)] + [field("at-" + m.lower(), "text", min_length=10, max_length=40) for m in all_matters]
    matters = [matter(m.lower(), "d-" + m.lower(), promised=3000, statutory=3000, unit="calendar_day", fields=["at-" + m.lower()])
               for m in all_matters]
    for item, name in zip(matters, MATTERS):
        item["fields"].append("steps")
        item["when"] = {"field": "steps", "op": "contains", "value": name}
    services = [service(f"days-{days}", [m["id"] for m in matters], form=form, unit="calendar_day", promised=days, statutory=days)
                for days in sorted({c["days"] for c in cases})]
    config = center(folder, ["d-" + m.lower() for m in all_matters], matters, services, zone="Europe/Amsterdam")
    config["connectors"] = [connector("d-" + m.lower(), accept=True, opine_at_field="at-" + m.lower()) for m in all_matters]
    return config


def submission(case):
    form = {"steps": sorted(case["steps"]), "at-closing": case["end"].isoformat() if case["end"] else NEVER}
    form.update({"at-" + name.lower(): at.isoformat() for name, at in case["steps"].items()})
    return {"service": f"days-{case['days']}", "applicant": {"kind": "person", "name": case["id"]}, "form": form, "materials": []}


def milliseconds(at):
    return round(at.timestamp() * 1000)


def run_log(hub, cases):
    """Walk through every instant of the log in order; returns {case id: number}."""
    instants = sorted({milliseconds(t) for c in cases for t in [c["start"], *c["steps"].values(), *([c["end"]] if c["end"] else [])]})
    by_start = defaultdict(list)
    for case in cases:
        by_start[milliseconds(case["start"])].append(case)
    numbers = {}
    for instant in instants:
        clock = hub.post("/v1/test/clock", {"now": instant})
        assert (clock.status, clock.json["quiet"]) == (200, True)
        for case in by_start[instant]:
            answer = hub.submit(submission(case), case["id"])
            assert answer.status == 201, answer.raw
            numbers[case["id"]] = answer.json["number"]
    clock = hub.post("/v1/test/clock", {"now": instants[-1] + 86400000})
    assert clock.json["quiet"]
    return numbers


def expected_day(case):
    """The civil day on which the last opinion falls: never before the receipt."""
    zone = __import__("zoneinfo").ZoneInfo("Europe/Amsterdam")
    return max([case["start"], case["end"], *case["steps"].values()]).astimezone(zone).date()


def explain(case, is_late):
    """Why the hub's lateness differs from the log's `end > deadline`."""
    if not is_late and case["end"].date() == case["deadline"].date():
        return "ended on the day of the deadline, later in the day: a limit in days runs to the end of its last day"
    if is_late and max(case["steps"].values(), default=case["end"]) > case["end"]:
        return "a step was logged after the end: the decision waits for every opinion"
    return None


@pytest.mark.skipif(not LOG.exists(), reason="the permit log is not here")
def test_real_applications_end_as_the_log_says(tmp_path):
    cases = list(read_log())
    with DemoOf(tmp_path, log_center(tmp_path, cases), "--demo", "--clock", "virtual") as hub:
        hub.wait_connectors()
        numbers = run_log(hub, cases)
        assert len(set(numbers.values())) == len(cases) == 1434
        outcome, differences, late_here, late_there = Counter(), Counter(), 0, 0
        for case in cases:
            application = hub.show(numbers[case["id"]])
            assert [e["type"] for e in hub.events(numbers[case["id"]])].count("decided") == (case["end"] is not None)
            included = {t["matter"] for t in application["tasks"] if t["state"] != "skipped"}
            assert included == {s.lower() for s in case["steps"]} | {"closing"}
            if case["end"] is None:
                assert application["status"] == "in_review" and application["decision"] is None
                waiting = [t for t in application["tasks"] if t["state"] not in ("done", "skipped")]
                assert waiting and all(t["owner"] and t["next_action"] and t["promised_date"] for t in waiting)
                outcome["open"] += 1
                continue
            assert application["status"] == "decided", application
            assert application["decision"]["outcome"] == "approved"
            assert application["decision"]["decided_at"][:10] == expected_day(case).isoformat(), case
            outcome["decided"] += 1
            is_late, was_late = application["overdue"], case["end"] > case["deadline"]
            assert is_late == (expected_day(case) > case["deadline"].date())
            late_here += is_late
            late_there += was_late
            if is_late != was_late:
                why = explain(case, is_late)
                assert why, (case, application["overdue"])
                differences[why] += 1
        assert outcome == {"decided": 1329, "open": 105}
        assert late_there == 377
        print(f"late: {late_here} here, {late_there} in the log; {dict(differences)}")
        check_log(hub, cases, expected_day)
