# SPDX-License-Identifier: Apache-2.0
"""The verbs of after-care against a scripted hub: what is sent, what is printed, how it ends."""
import json

import pytest
from conftest import answer

INQUIRY = {"id": "inq-17", "type": "inquiry", "state": "open", "code": "KCS5D62YKH", "received_at": "2026-01-26T10:00:00.000+08:00", "due": "2026-02-02",
           "level": "yellow", "overdue": False, "number": None, "service": None, "task": None, "officer": None, "window": "3", "department": "fire",
           "department_name": {"zh-CN": "消防", "en": "Fire Brigade"}, "text": "When are you open?", "contact": None, "owner": "department", "next_action": "reply",
           "reply": None, "clocks": [{"explanation": {"zh-CN": "五个工作日", "en": "5 working days"}}]}
COMPLAINT = {**INQUIRY, "id": "cmp-4", "type": "complaint", "state": "replied", "next_action": None,
             "reply": {"text": "Sorry.", "upheld": True, "by": "li", "at": "2026-01-27T10:00:00.000+08:00"}}


@pytest.mark.parametrize("arguments, path, body", [
    (["inquiry", "new", "--text", "a"], "/v1/inquiries", {"text": "a"}),
    (["inquiry", "new", "--text", "a", "--oral", "b"], "/v1/inquiries", {"text": "a", "kind": "oral", "reply": "b"}),
    (["inquiry", "new", "--text", "a", "--name", "Li", "--email", "l@x", "--number", "1", "--code", "c", "--window", "3"], "/v1/inquiries",
     {"text": "a", "number": "1", "code": "c", "contact": {"name": "Li", "email": "l@x"}, "about": {"window": "3"}}),
    (["complaint", "new", "--text", "a", "--oral", "b", "--not-upheld"], "/v1/complaints", {"text": "a", "kind": "oral", "reply": "b", "upheld": False}),
    (["inquiry", "reply", "inq-17", "--text", "b"], "/v1/inquiries/inq-17/reply", {"text": "b"}),
    (["complaint", "reply", "cmp-4", "--text", "b", "--upheld"], "/v1/complaints/cmp-4/reply", {"text": "b", "upheld": True}),
    (["inquiry", "pass", "inq-17", "land"], "/v1/inquiries/inq-17/pass", {"department": "land"}),
    (["complaint", "pass", "cmp-4"], "/v1/complaints/cmp-4/pass", {"department": None}),
    (["evaluation", "new", "N-1", "5", "4", "--code", "c"], "/v1/applications/N-1/evaluation", {"attitude": 5, "ability": 4, "code": "c"}),
    (["evaluation", "repair", "evl-9", "--text", "b"], "/v1/evaluations/evl-9/repair", {"text": "b"}),
    (["grievance", "new", "--text", "a", "--on", "2026-01-25"], "/v1/grievances", {"text": "a", "happened_on": "2026-01-25"}),
    (["grievance", "confirm", "grv-2", "--dismissed"], "/v1/grievances/grv-2/confirm", {"confirmed": False}),
    (["inquiry", "show", "inq-17", "--code", "c"], "/v1/inquiries/track", {"id": "inq-17", "code": "c", "explain": True}),
])
def test_what_is_sent(onedoor, hub, arguments, path, body):
    hub.on(f"POST {path}", answer(201, INQUIRY))
    said = onedoor(*arguments, url=hub.url)
    assert said.code == 0, said.err
    assert json.loads(hub.seen[-1]["body"]) == body
    assert "inq-17" in said.out


@pytest.mark.parametrize("arguments", [
    ["inquiry", "new"], ["inquiry", "reply", "inq-17"], ["complaint", "reply", "cmp-4", "--text", "b"],
    ["complaint", "reply", "cmp-4", "--text", "b", "--upheld", "--not-upheld"], ["complaint", "new", "--text", "a", "--oral", "b"],
    ["evaluation", "new", "N-1", "6", "4"], ["evaluation", "new", "N-1", "0", "4"], ["evaluation", "new", "N-1", "4"],
    ["grievance", "confirm", "grv-2"], ["inquiry", "list", "--state", "closed"], ["evaluation", "list", "--state", "open"], ["inquiry", "list", "--limit", "201"],
])
def test_what_is_not_sent(onedoor, hub, arguments):
    said = onedoor(*arguments, url=hub.url)
    assert said.code == 2 and said.err and hub.seen == []


def test_one_and_the_list(onedoor, hub):
    hub.on("GET /v1/complaints/cmp-4", answer(200, COMPLAINT))
    said = onedoor("complaint", "show", "cmp-4", url=hub.url).out
    for words in ("cmp-4", "2026-02-02", "Fire Brigade", "When are you open?", "Sorry.", "5 working days", "yes"):
        assert words in said, words
    assert hub.seen[-1]["path"] == "/v1/complaints/cmp-4?explain=true"
    hub.on("GET /v1/inquiries", answer(200, {"items": [INQUIRY], "next_cursor": None}))
    said = onedoor("inquiry", "list", "--state", "open", "--overdue", url=hub.url).out
    assert hub.seen[-1]["path"] == "/v1/inquiries?state=open&overdue=true"
    assert "inq-17" in said and "reply" in said
    chinese = onedoor("inquiry", "list", "--lang", "zh-CN", url=hub.url).out
    assert "等待答复" in chinese
