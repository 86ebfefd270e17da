# SPDX-License-Identifier: Apache-2.0
"""The verbs on claims, several tasks, incidents and operations against a scripted hub: what is sent and what is printed."""
import json
import re

import pytest
from conftest import answer

TASK = "20261129-000123-2.1"
BATCH_MAX = 50
INCIDENT = {"id": "parked.poison.fire", "kind": "parked", "cause": "poison", "level": "red", "department": "fire",
            "department_name": {"zh-CN": "消防", "en": "Fire"}, "connector": None, "count": 3, "is_at_least": True, "first": "2026-11-29T09:00:00+08:00",
            "last": "2026-11-29T10:00:00+08:00", "is_due_date": False, "text": {"zh-CN": "搁置", "en": "Tasks are parked"},
            "remedy": {"zh-CN": "升级", "en": "Upgrade the connector"}, "detail": None, "examples": [{"id": TASK, "page": f"/tasks/{TASK}"}],
            "page": "/worklist?department=fire&state=parked", "act": "requeue", "cli": "onedoor incidents retry parked.poison.fire"}


def results(**more):
    problem = {"title": "Somebody else has claimed this task", "status": 409, "detail": "li.na has claimed this task since 9."}
    return {"done": 1, "refused": 1, "items": [{"task": TASK, "id": TASK, "done": True, "status": 200, "state": "done"},
                                               {"task": "b", "id": "b", "done": False, "status": 409, "problem": problem}], **more}


def test_filters_of_the_worklist(onedoor, hub):
    hub.on("GET /v1/tasks", answer(200, {"items": [], "next_cursor": None}))
    onedoor("task", "list", "--matter", "m", "--late", "--claim", "none", "--due-before", "2026-12-01", "--worklist", url=hub.url)
    assert all(part in hub.seen[-1]["path"] for part in ("matter=m", "late=true", "claim=none", "due_before=2026-12-01", "queue=worklist"))


def test_claim_and_release(onedoor, hub):
    hub.on(f"GET /v1/tasks/{TASK}", answer(200, {"state": "offered", "since": "x"}))
    hub.on(f"POST /v1/tasks/{TASK}/claim", answer(200, {"state": "offered"}))
    hub.on(f"POST /v1/tasks/{TASK}/release", answer(200, {"state": "offered"}))
    assert onedoor("task", "claim", TASK, "--take-over", "--reason", "ill", url=hub.url).code == 0
    assert json.loads(hub.seen[-1]["body"]) == {"take_over": True, "reason": "ill"}
    assert onedoor("task", "release", TASK, url=hub.url).code == 0
    assert json.loads(hub.seen[-1]["body"]) == {}


def test_each_result_is_printed(onedoor, hub):
    hub.on("POST /v1/tasks/batch", answer(200, {"act": "opinion", **results()}))
    done = onedoor("task", "batch", "opinion", TASK, "b", "--opinion", "reject", "--reason", "no exit", "--key", "k1", url=hub.url)
    assert done.code == 5 and TASK in done.out and "li.na has claimed" in done.out
    assert json.loads(hub.seen[-1]["body"]) == {"act": "opinion", "tasks": [TASK, "b"], "with": {"opinion": "reject", "reasons": ["no exit"]}}
    assert onedoor("task", "batch", "claim", TASK, "--json", url=hub.url).json["refused"] == 1


@pytest.mark.parametrize("arguments, said", [
    (["task", "batch", "clam", "x"], "did you mean claim?"),
    (["task", "batch", "opinion", "x"], "--opinion"),
    (["task", "batch", "claim"], "ID"),
    (["task", "batch", "claim", *[str(i) for i in range(BATCH_MAX + 1)]], ""),
    (["task", "claim", "x", "--take-over"], "--reason"),
    (["task", "list", "--claim", "mne"], "did you mean mine?"),
    (["incidents", "--kind", "parkd"], "did you mean parked?"),
])
def test_what_is_wrong_is_said_before_anything_is_sent(onedoor, hub, arguments, said):
    done = onedoor(*arguments, url=hub.url)
    assert done.code == 2 and said in done.err and hub.seen == []


def test_incidents(onedoor, hub):
    hub.on("GET /v1/incidents", answer(200, {"as_of": "x", "items": [INCIDENT], "is_cut": False}))
    hub.on("POST /v1/incidents/parked.poison.fire/retry", answer(200, {"incident": "parked.poison.fire", **results(is_more=True)}))
    done = onedoor("incidents", "--kind", "parked", url=hub.url)
    assert done.code == 0 and all(word in done.out for word in ("parked.poison.fire", "3+", "Fire", TASK, "Upgrade the connector", "incidents retry"))
    assert "搁置" in onedoor("incidents", "--lang", "zh-CN", url=hub.url).out
    retried = onedoor("incidents", "retry", "parked.poison.fire", "--reason", "upgraded", url=hub.url)
    assert retried.code == 5 and "more" in retried.err and json.loads(hub.seen[-1]["body"]) == {"reason": "upgraded"}


def test_operations(onedoor, hub):
    count = {"count": 7, "is_at_least": True}
    hub.on("GET /v1/operations", answer(200, {
        "as_of": "x", "today": {"received": 3, "accepted": 2, "decided": 1}, "in_flight": count, "late": {"count": 0, "is_at_least": False},
        "departments": [{"id": "fire", "name": {"zh-CN": "消防", "en": "Fire"}, "late": 4, "due_today": 1, "open": 9, "parked": 0, "connector": "fire-c"}],
        "messages": {"waiting": count, "failed": count}, "store": {"disk_free_mib": 99}, "seal": {"behind": 12}}))
    done = onedoor("operations", url=hub.url)
    assert done.code == 0 and "7+" in done.out and "Fire" in done.out and "fire-c" in done.out
    numbers = done.out[:done.out.index("\n\n")] if "\n\n" in done.out else done.out
    assert len(re.findall(r"^\S.*\S  +\d+\+?$", numbers, re.M)) == 9, "a label stands apart from its number"
