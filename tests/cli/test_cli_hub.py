# SPDX-License-Identifier: Apache-2.0
"""The verbs against a scripted hub: what is sent, what is printed, how it ends."""
import json
import os
import re
import socketserver
import threading

import polib
import pytest
from conftest import SOURCE, Handler, Hub, answer, stream

NUMBER = "20261129-000123-2"
MEMBERS = {"duplicate", "notice", "overdue"}  # what an event brings with it, no types of their own
APPLICATION = {
    "number": NUMBER, "code": "K7-P2", "service": "open-restaurant", "service_name": {"zh-CN": "开餐馆", "en": "Open a restaurant"}, "status": "in_review",
    "received_at": "2026-11-29T14:00:00.000+08:00", "accepted_at": "2026-11-29T14:00:00.000+08:00",
    "promised_date": "2026-12-08", "statutory_date": "2027-01-27", "dates_provisional": True,
    "caveat": {"calendar_until": "2026-12-31"},
    "tasks": [{"id": NUMBER + ".1", "matter": "fire-check", "department": "fire", "department_name": {"zh-CN": "消防", "en": "Fire Brigade"}, "state": "accepted", "opinion": None,
               "promised_date": "2026-12-04"},
              {"id": NUMBER + ".2", "matter": "food", "department": "market", "state": "done", "opinion": "approve",
               "promised_date": "2026-12-02"}],
    "notice": None, "decision": None,
}
DECIDED = {**APPLICATION, "status": "decided",
           "decision": {"outcome": "approved_with_conditions", "policy": "all", "decided_at": "2026-11-30T09:00:00+08:00",
                        "conditions": [{"department": "fire", "text": "Two extinguishers"}], "reasons": ["In order"]}}
PROBLEM = {"type": "about:blank", "title": "The application is not valid", "status": 422, "detail": "2 faults",
           "remedy": "Correct the fields and submit again",
           "errors": [{"pointer": "/form/seats", "code": "range", "detail": "must be at most 500"},
                      {"pointer": "/service", "code": "unknown", "detail": "no such service", "line": 3, "column": 9}]}


@pytest.fixture
def body(tmp_path):
    file = tmp_path / "application.json"
    file.write_text('{"service": "open-restaurant", "form": {"seats": 80}}', encoding="utf-8")
    return file


def test_submit_sends_the_file_as_it_is(onedoor, hub, body):
    hub.on("POST /v1/applications", answer(201, APPLICATION))
    done = onedoor("submit", body, "--key", "desk3-0042", "--api-key", "secret", url=hub.url)
    assert done.code == 0, done.err
    sent = hub.seen[0]
    assert sent["body"] == body.read_bytes()
    assert sent["headers"]["Idempotency-Key"] == "desk3-0042"
    assert sent["headers"]["Authorization"] == "Bearer secret"
    assert sent["headers"]["Content-Type"] == "application/json"
    assert sent["headers"]["Accept-Language"] == "en"
    assert NUMBER in done.out and "2026-12-08" in done.out and "in review" in done.out
    assert "K7-P2" in done.err


def test_submit_draws_a_key_of_its_own(onedoor, hub, body):
    hub.on("POST /v1/applications", answer(201, APPLICATION))
    onedoor("submit", body, url=hub.url)
    onedoor("submit", "-", url=hub.url, stdin=body.read_text())
    keys = [seen["headers"]["Idempotency-Key"] for seen in hub.seen]
    assert len(set(keys)) == 2 and all(len(key) == 32 for key in keys)


def test_submit_says_how_to_repeat_when_the_line_breaks(onedoor, hub, body):
    hub.on("POST /v1/applications", "hang up")
    done = onedoor("submit", body, "--key", "k1", url=hub.url)
    assert done.code == 4
    assert "--key k1" in done.err


def test_submit_refuses_bad_json_before_it_is_sent(onedoor, hub, tmp_path):
    file = tmp_path / "bad.json"
    file.write_text('{"a": 1,\n "a": 2}')
    done = onedoor("submit", file, url=hub.url)
    assert done.code == 5
    assert "bad.json:2:2:" in done.err
    assert hub.seen == []


@pytest.mark.parametrize("key, code", [("x" * 255, 0), ("x" * 256, 2), ("a b", 2), ("a\nX-Evil: 1", 2), ("", 2)])
def test_idempotency_key_at_the_limit_and_one_more(onedoor, hub, body, key, code):
    hub.on("POST /v1/applications", answer(201, APPLICATION))
    done = onedoor("submit", body, "--key", key, url=hub.url)
    assert done.code == code, done.err
    assert len(hub.seen) == (1 if code == 0 else 0)


def test_an_api_key_cannot_smuggle_a_header(onedoor, hub):
    assert onedoor("show", NUMBER, "--api-key", "a\r\nX-Evil: 1", url=hub.url).code == 2
    assert hub.seen == []


def test_submit_and_wait_follows_to_the_decision(onedoor, hub, body):
    hub.on("POST /v1/applications", answer(201, APPLICATION))
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, APPLICATION), answer(200, DECIDED))
    hub.on(f"GET /v1/applications/{NUMBER}/events", stream(
        (1, "record", {"number": NUMBER, "status": "in_review", "events": [{"type": "received", "at_ms": 1}, {"type": "offered", "tasks": [0, 1, 9]}]}),
        (2, "record", {"number": NUMBER, "status": "in_review",
                       "events": [{"type": "opined", "department": "fire", "opinion": "approve", "at_ms": 2}]}),
        (3, "record", {"number": NUMBER, "status": "decided",
                       "events": [{"type": "opined", "department": "market", "opinion": "approve",
                                   "outcome": "approved_with_conditions", "at_ms": 3}]})))
    done = onedoor("submit", body, "--wait", url=hub.url)
    assert done.code == 0, done.err
    assert "approved with conditions" in done.out and "Two extinguishers" in done.out
    assert "Fire Brigade  opinion given: approve" in done.err
    assert "offered: Fire Brigade, market\n" in done.err
    again = onedoor("submit", body, "--wait", "--json", url=hub.url)
    assert again.json["decision"]["outcome"] == "approved_with_conditions"


def test_replayed_submission_says_so(onedoor, hub, body):
    hub.on("POST /v1/applications", answer(201, APPLICATION, {"Idempotency-Replayed": "true"}))
    assert "not submitted twice" in onedoor("submit", body, "--key", "k", url=hub.url).err


def test_show(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, DECIDED))
    done = onedoor("show", NUMBER, url=hub.url)
    for text in (NUMBER, "decided", "2026-12-08", "fire-check", "market", "approve", "approved with conditions",
                 "condition: Fire Brigade: Two extinguishers", "reason: In order", "2026-12-31", "2026-11-29 14:00"):
        assert text in done.out
    chinese = onedoor("show", NUMBER, "--lang", "zh-CN", url=hub.url).out
    assert "已决定" in chinese and "附条件准予" in chinese
    assert hub.seen[-1]["headers"]["Accept-Language"] == "zh-CN"
    assert onedoor("show", NUMBER, "--json", url=hub.url).json == DECIDED


def test_columns_line_up_in_chinese(onedoor, hub):
    tasks = [{**APPLICATION["tasks"][0], "department_name": "消防救援支队"}, {**APPLICATION["tasks"][1], "department": "fire"}]
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, {**APPLICATION, "tasks": tasks}))
    lines = onedoor("show", NUMBER, url=hub.url).out.splitlines()
    width = lambda text: sum(2 if ord(letter) > 0x2e80 else 1 for letter in text)
    places = {width(line[:line.index(matter)]) for line in lines for matter in ("fire-check", "food") if matter in line}
    assert len(places) == 1


def test_a_number_is_quoted_in_the_path(onedoor, hub):
    assert onedoor("show", "../../etc/passwd?x=1#y", url=hub.url).code == 3
    assert hub.seen[0]["path"] == "/v1/applications/..%2F..%2Fetc%2Fpasswd%3Fx%3D1%23y"


@pytest.mark.parametrize("status, code", [(400, 5), (401, 5), (403, 5), (404, 3), (409, 5), (412, 5), (413, 5), (422, 5),
                                          (429, 1), (500, 1), (503, 1), (302, 5)])
def test_problems_end_with_the_right_code(onedoor, hub, status, code):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(status, {**PROBLEM, "status": status}, {"Retry-After": "7"}, problem=True))
    done = onedoor("show", NUMBER, url=hub.url)
    assert done.code == code
    assert done.out == ""
    for text in (str(status), "The application is not valid", "/form/seats: must be at most 500 [range]",
                 "/service (line 3, column 9): no such service", "what to do: Correct the fields", "7"):
        assert text in done.err
    told = onedoor("show", NUMBER, "--json", url=hub.url)
    assert told.code == code and told.json["errors"][0]["pointer"] == "/form/seats"


def test_an_answer_that_is_no_json_is_told(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, b"<html>"))
    done = onedoor("show", NUMBER, url=hub.url)
    assert done.code == 1 and "no JSON" in done.err
    hub.on(f"GET /v1/applications/{NUMBER}", answer(502, b"<html>Bad gateway"))
    assert onedoor("show", NUMBER, url=hub.url).code == 1


def test_texts_of_the_hub_cannot_steer_the_terminal(onedoor, hub):
    evil = {**DECIDED, "decision": {**DECIDED["decision"], "reasons": ["a\033]0;title\007b\nforged line"]}}
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, evil))
    done = onedoor("show", NUMBER, url=hub.url)
    assert "\033" not in done.out and "\007" not in done.out
    assert not any(line.startswith("forged") for line in done.out.splitlines())


def test_watch_takes_the_stream_up_again_where_it_broke(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, APPLICATION), answer(200, APPLICATION), answer(200, DECIDED))
    hub.on(f"GET /v1/applications/{NUMBER}/events",
           stream((5, "opined", {"type": "opined", "department": "fire", "opinion": "approve", "at": "2026-11-29T14:03:07+08:00"})),
           stream((6, "opined", {"type": "opined", "department": "market", "opinion": "reject", "outcome": "rejected",
                                 "at": "2026-11-29T14:05:00+08:00"})))
    done = onedoor("watch", NUMBER, url=hub.url)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[:3] == ["2026-11-29 Sun", "14:03:07  Fire Brigade  opinion given: approve",
                         "14:05:00  market  opinion given: reject -> rejected"]
    streams = [seen for seen in hub.seen if seen["path"].endswith("/events")]
    assert "Last-Event-ID" not in streams[0]["headers"] and streams[1]["headers"]["Last-Event-ID"] == "5"
    assert all(seen["headers"]["Accept"] == "text/event-stream" for seen in streams)


def test_every_event_of_the_last_record_is_told(onedoor, hub):
    """The status is that of the whole record: an earlier event of it is not the end."""
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, APPLICATION), answer(200, DECIDED))
    events = [{"seq": 9, "at": "2026-11-29T14:03:07+08:00", "type": "opined", "number": NUMBER, "status": "decided",
               "department": name, "opinion": "approve", "overdue": [], **more}
              for name, more in (("fire", {}), ("market", {"overdue": [{"clock": "promised"}]}), ("tax", {"outcome": "approved"}))]
    hub.on(f"GET /v1/applications/{NUMBER}/events", stream(*[(9, "opined", event) for event in events]))
    lines = onedoor("watch", NUMBER, url=hub.url).out.splitlines()
    assert [line.split("  ")[1] for line in lines[1:4]] == ["Fire Brigade", "market", "tax"]
    assert "(overdue)" in lines[2] and "-> approved" in lines[3]


def offered(index, by_officer):
    task = APPLICATION["tasks"][index]
    return {"type": "offered", "at": "2026-11-29T14:03:07+08:00", "by_officer": by_officer, "task": task["id"], "department": task["department"]}


def test_watch_tells_to_whom_and_once_what_an_officer_is_to_do(onedoor, hub):
    tasks = [{**APPLICATION["tasks"][0], "state": "offered"}, {**APPLICATION["tasks"][1], "state": "queued"}]
    waiting = {**APPLICATION, "tasks": tasks}
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, waiting), answer(200, DECIDED))
    hub.on(f"GET /v1/applications/{NUMBER}/events",
           stream(*[(3, "offered", event) for event in (offered(1, False), offered(0, True), offered(1, True))], (4, "x", {"type": "opined", "outcome": "approved"})))
    done = onedoor("watch", NUMBER, url=hub.url)
    assert [line.split("  ", 1)[1] for line in done.out.splitlines()[1:4]] == ["market  offered", "Fire Brigade  offered to an officer", "market  offered to an officer"]
    assert done.err == "onedoor: it waits for an officer; see onedoor task list --department fire\n"


def test_watch_asks_for_no_officer_where_the_task_was_taken(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, APPLICATION), answer(200, DECIDED))
    hub.on(f"GET /v1/applications/{NUMBER}/events",
           stream((3, "offered", offered(0, True)), (3, "offered", offered(1, True)), (4, "x", {"type": "opined", "outcome": "approved"})))
    done = onedoor("watch", NUMBER, "--lang", "zh-CN", url=hub.url)
    assert "消防  转办理人员" in done.out and done.err == ""


@pytest.mark.parametrize("status, kind", [("withdrawn", "withdrawn"), ("lapsed", "woken"), ("not_accepted", "received")])
def test_watch_ends_without_a_decision_too(onedoor, hub, status, kind):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, APPLICATION), answer(200, {**APPLICATION, "status": status}))
    hub.on(f"GET /v1/applications/{NUMBER}/events", stream((4, kind, {"type": kind, "status": status})))
    done = onedoor("watch", NUMBER, url=hub.url)
    assert done.code == 0 and len([seen for seen in hub.seen if seen["path"].endswith("/events")]) == 1


def test_watch_has_words_for_every_event_that_the_pages_name(onedoor, hub):
    texts = polib.pofile(str(SOURCE / "hub" / "console" / "po" / "zh_CN.po"))
    types = {entry.msgctxt[len("event."):] for entry in texts if (entry.msgctxt or "").startswith("event.")} - MEMBERS
    assert len(types) > 80
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, APPLICATION), answer(200, DECIDED))
    hub.on(f"GET /v1/applications/{NUMBER}/events",
           stream(*[(4, kind, {"type": kind}) for kind in sorted(types)], (5, "opined", {"type": "opined", "outcome": "approved"})))
    done = onedoor("watch", NUMBER, "--lang", "zh-CN", url=hub.url)
    assert done.code == 0 and "可能重复" in done.out
    assert [kind for kind in sorted(types) if re.search(rf"\b{kind}\b", done.out)] == []


def test_watch_of_what_is_decided_ends_at_once(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, DECIDED))
    done = onedoor("watch", NUMBER, url=hub.url)
    assert done.code == 0 and "approved with conditions" in done.out
    assert onedoor("watch", "20261129-000999-1", url=hub.url).code == 3


def test_watch_as_json_lines(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, APPLICATION), answer(200, DECIDED))
    hub.on(f"GET /v1/applications/{NUMBER}/events", stream((1, "x", {"type": "received"}), (2, "x", {"type": "opined", "outcome": "approved"})))
    lines = [json.loads(line) for line in onedoor("watch", NUMBER, "--json", url=hub.url).out.splitlines()]
    assert [line.get("type") for line in lines] == ["received", "opined", None]
    assert lines[2]["status"] == "decided"


def test_list_sends_its_filters_and_follows_the_pages(onedoor, hub):
    rows = [{"number": f"20261129-00000{i}-0", "status": "in_review", "service": "s", "promised_date": "2026-12-08"} for i in range(3)]
    hub.on("GET /v1/applications", answer(200, {"items": rows[:2]}, {"Link": '</v1/applications?cursor=abc&limit=2>; rel="next"'}),
           answer(200, {"items": rows[2:]}))
    done = onedoor("list", "--status", "in_review", "--service", "a b&c", "--department", "fire", "--due-before", "2026-12-31",
                   "--overdue", "--limit", "2", "--all", "--json", url=hub.url)
    assert done.json["items"] == rows
    assert hub.seen[0]["path"] == ("/v1/applications?status=in_review&service=a%20b%26c&department=fire&due_before=2026-12-31"
                                   "&overdue=true&limit=2")
    assert hub.seen[1]["path"] == "/v1/applications?cursor=abc&limit=2"


def test_pages_by_the_cursor_of_the_body(onedoor, hub):
    hub.on("GET /v1/tasks", answer(200, {"items": [{"id": "a"}], "next_cursor": "20.7.1"}), answer(200, {"items": [{"id": "b"}], "next_cursor": None}))
    done = onedoor("task", "list", "--state", "parked", "--all", "--json", url=hub.url)
    assert done.json["items"] == [{"id": "a"}, {"id": "b"}]
    assert [seen["path"] for seen in hub.seen] == ["/v1/tasks?state=parked", "/v1/tasks?state=parked&cursor=20.7.1"]
    services = [answer(200, {"items": [{"id": id, "name": {"en": id}}], "next_cursor": cursor}) for id, cursor in (("s", "1"), ("t", "2"), ("u", None))]
    hub.on("GET /v1/services", *services)
    assert [item["id"] for item in onedoor("guide", "--json", url=hub.url).json["items"]] == ["s", "t", "u"], "it has no --all"
    assert len(hub.seen) == 5
    hub.on("GET /v1/services", answer(200, {"items": [{"id": "s"}], "next_cursor": "1"}))
    assert onedoor("guide", "--json", url=hub.url).code == 0 and len(hub.seen) == 7, "a hub that goes round in circles"


def test_an_empty_list_says_so(onedoor, hub):
    hub.on("GET /v1/applications", answer(200, {"items": [], "next_cursor": None}))
    done = onedoor("list", url=hub.url)
    assert (done.code, done.out) == (0, "") and "nothing" in done.err
    assert onedoor("list", "--json", url=hub.url).json == {"items": []}


def test_list_of_one_page_says_that_there_is_more(onedoor, hub):
    hub.on("GET /v1/applications", answer(200, {"items": [{"number": NUMBER, "status": "decided", "outcome": "rejected",
                                                      "service": "s", "service_name": {"zh-CN": "餐馆", "en": "Restaurant"}}]},
                                          {"Link": '<http://elsewhere.invalid/v1/applications?cursor=x>; rel="next"'}))
    done = onedoor("list", url=hub.url)
    assert NUMBER in done.out and "rejected" in done.out and "Restaurant" in done.out and "--all" in done.err
    assert len(hub.seen) == 1


def test_guide(onedoor, hub):
    name = {"zh-CN": "开餐馆", "en": "Open a restaurant"}
    limits = {"statutory": {"unit": "working_day", "length": 20}, "promised": {"unit": "working_day", "length": 7}}
    hub.on("GET /v1/services", answer(200, {"items": [{"id": "open-restaurant", "name": name, "promised": limits["promised"]}]}))
    assert "7 working days  Open a restaurant" in onedoor("guide", url=hub.url).out
    hub.on("GET /v1/services/open-restaurant", answer(200, {
        "id": "open-restaurant", "name": name, "summary": name, "limits": limits,
        "form": [{"id": "seats", "type": "integer", "required": True, "label": {"zh-CN": "座位", "en": "Seats"}}],
        "matters": [{"id": "fire-check", "name": {"zh-CN": "消防检查", "en": "Fire check"},
                     "department": {"id": "fire", "name": {"zh-CN": "消防", "en": "Fire department"}},
                     "legal_basis": [{"title": {"zh-CN": "消防法", "en": "Fire Protection Law"}, "article": "art. 15"}],
                     "procedure": [{"zh-CN": "现场检查", "en": "Inspection on site"}],
                     "materials": [{"id": "plan", "name": {"zh-CN": "平面图", "en": "Floor plan"}, "required": False, "tolerant": True}],
                     "limits": limits, "fees": []}]}))
    said = onedoor("guide", "open-restaurant", url=hub.url).out
    for text in ("Open a restaurant", "Fire check", "Fire department", "Seats (seats): integer, required", "Fire Protection Law art. 15", "Inspection on site", "Floor plan (optional) (may follow later)",
                 "statutory: 20 working days", "free of charge"):
        assert text in said
    assert "消防法" in onedoor("guide", "open-restaurant", "--lang", "zh-CN", url=hub.url).out
    assert onedoor("guide", "nothing", url=hub.url).code == 3


TASK = NUMBER + ".1"


@pytest.mark.parametrize("arguments, path, body", [
    (("take", TASK), "take", {}),
    (("resume", TASK), "resume", {}),
    (("requeue", TASK), "requeue", {}),
    (("opinion", TASK, "approve"), "opinion", {"opinion": "approve"}),
    (("opinion", TASK, "approve", "--officer", "li.na", "--officer", "zhang.wei"), "opinion",
     {"opinion": "approve", "officers": ["li.na", "zhang.wei"]}),
    (("opinion", TASK, "reject", "--reason", "No exit", "--reason", "无出口"), "opinion",
     {"opinion": "reject", "reasons": ["No exit", "无出口"]}),
    (("opinion", TASK, "approve_with_conditions", "--condition", 'a "b"', "--document-no", "F-7"), "opinion",
     {"opinion": "approve_with_conditions", "conditions": ['a "b"'], "document_no": "F-7"}),
    (("pause", TASK, "--kind", "inspection", "--expected-days", "5"), "pause", {"kind": "inspection", "expected_days": 5}),
    (("ask", TASK, "--field", "seats", "--text", "How many?"), "ask", {"fields": ["seats"], "text": "How many?"}),
])
def test_task_verbs(onedoor, hub, arguments, path, body):
    hub.on(f"GET /v1/tasks/{TASK}", answer(200, {"id": TASK, "state": "offered"}, {"ETag": '"7"'}))
    hub.on(f"POST /v1/tasks/{TASK}/{path}", answer(200, {"id": TASK, "state": "done"}))
    done = onedoor("task", *arguments, url=hub.url)
    assert done.code == 0, done.err
    assert json.loads(hub.seen[1]["body"]) == body and hub.seen[1]["headers"]["If-Match"] == '"7"'
    assert TASK in done.out


def test_task_list(onedoor, hub):
    hub.on("GET /v1/tasks", answer(200, {"items": APPLICATION["tasks"]}))
    done = onedoor("task", "list", "--department", "fire", "--state", "queued", url=hub.url)
    assert hub.seen[0]["path"] == "/v1/tasks?department=fire&state=queued"
    assert TASK in done.out


def test_plugin_verbs(onedoor, hub, tmp_path):
    connector = {"id": "fire", "version": "1.0.0", "state": "ready", "tier": "full", "in_flight": 3, "last_error": None}
    hub.on("GET /v1/connectors", answer(200, {"items": [connector]}))
    hub.on("GET /v1/connectors/fire", answer(200, connector))
    hub.on("PUT /v1/connectors/fire", answer(202, {**connector, "state": "starting"}))
    hub.on("DELETE /v1/connectors/fire", answer(200, {"id": "fire", "dry_run": True, "plan": ["no more offers", "stop the process"]}),
           answer(202, {**connector, "state": "draining"}))
    assert "1.0.0" in onedoor("plugin", "list", url=hub.url).out
    assert onedoor("plugin", "show", "fire", "--json", url=hub.url).json == connector
    config = tmp_path / "fire.json"
    config.write_text('{"rules": [1.50]}')
    done = onedoor("plugin", "load", "fire", "sim-1.0.0", "--config", config, url=hub.url)
    assert done.code == 0 and "starting" in done.out
    assert hub.seen[-1]["body"] == b'{"module":"sim-1.0.0","config":{"rules": [1.50]}}'
    assert onedoor("plugin", "unload", "fire", "--dry-run", url=hub.url).out == "1. no more offers\n2. stop the process\n"
    assert hub.seen[-1]["path"] == "/v1/connectors/fire?dry_run=true"
    assert "draining" in onedoor("plugin", "unload", "fire", "--no-wait", url=hub.url).out
    assert (hub.seen[-1]["method"], hub.seen[-1]["path"]) == ("DELETE", "/v1/connectors/fire")
    onedoor("plugin", "load", "fire", "sim-1.0.0", "--department", "fire-brigade", url=hub.url)
    assert hub.seen[-1]["body"] == b'{"module":"sim-1.0.0","department":"fire-brigade","config":{}}'
    config.write_text("[1]")
    assert onedoor("plugin", "load", "fire", "sim-1.0.0", "--config", config, url=hub.url).code == 5
    assert onedoor("plugin", "show", "water", url=hub.url).code == 3


def test_unload_waits_until_the_connector_is_gone(onedoor, hub):
    draining = {"id": "fire", "state": "draining"}
    hub.on("DELETE /v1/connectors/fire", answer(202, draining))
    hub.on("GET /v1/connectors/fire", answer(200, draining), answer(200, draining), answer(404, {"title": "Not found", "status": 404}, problem=True))
    done = onedoor("plugin", "unload", "fire", url=hub.url)
    assert (done.code, done.err) == (0, "") and done.out.startswith("fire  draining")
    assert [seen["method"] for seen in hub.seen] == ["DELETE", "GET", "GET", "GET"]


def test_unload_that_takes_too_long_says_so(onedoor, hub):
    hub.on("DELETE /v1/connectors/fire", answer(202, {"id": "fire", "state": "draining"}))
    hub.on("GET /v1/connectors/fire", answer(200, {"id": "fire", "state": "draining"}))
    done = onedoor("plugin", "unload", "fire", url=hub.url)
    assert done.code == 1 and "plugin show fire" in done.err
    hub.on("GET /v1/connectors/fire", answer(503, {"title": "Busy", "status": 503}, problem=True))
    assert onedoor("plugin", "unload", "fire", url=hub.url).code == 1


def test_unload_without_a_body(onedoor, hub):
    hub.on("DELETE /v1/connectors/fire", {"status": 204, "body": b"", "headers": {}})
    assert onedoor("plugin", "unload", "fire", url=hub.url).code == 0


def test_over_a_unix_socket(onedoor, tmp_path):
    class Server(socketserver.ThreadingUnixStreamServer):
        pass

    path = os.path.relpath(tmp_path / "hub.sock") if len(str(tmp_path)) > 80 else str(tmp_path / "hub.sock")
    server = Server(path, type("UnixHandler", (Handler,), {"address_string": lambda self: "unix"}))
    server.hub = Hub(f"unix:{path}")
    server.hub.on(f"GET /v1/applications/{NUMBER}", answer(200, APPLICATION))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    done = onedoor("show", NUMBER, "--json", url=server.hub.url)
    server.shutdown()
    server.server_close()
    thread.join()
    assert done.code == 0 and done.json["number"] == NUMBER


def test_an_address_may_end_in_a_slash(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, APPLICATION))
    assert onedoor("show", NUMBER, url=hub.url + "/").code == 0
    assert hub.seen[0]["path"] == f"/v1/applications/{NUMBER}"
