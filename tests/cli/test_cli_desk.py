# SPDX-License-Identifier: Apache-2.0
"""The verbs of legal time against a scripted hub: what is sent, what is printed, how it ends."""
import json

import pytest
from conftest import answer

NUMBER = "20261129-000123-2"
TASK = NUMBER + ".1"


def name(zh, en):
    return {"zh-CN": zh, "en": en}


APPLICATION = {"number": NUMBER, "code": "K7", "service": "s", "status": "in_review", "level": "yellow", "lane": "on_the_spot", "overdue": False,
               "promised_date": "2026-12-08", "delivery_date": "2026-12-20", "accepted_by_silence": True, "late_stage": True, "duplicate_of": "20261128-000001-5",
               "tasks": [], "decision": None,
               "notice": {"kind": "supplement", "second": True, "until": "2026-12-10", "requests": [
                   {"department_name": name("卫健局", "Health"), "text": "which floor?", "items": [{"field": "floor", "name": name("楼层", "Floor")}, {"material": "plan"}]}]}}
PAUSE = {"kind": "inspection", "matter": "m", "department_name": name("消防", "Fire Brigade")}


def day(date, use, kind="working_day", **more):
    return {"date": date, "use": use, "kind": kind, **more}


CLOCKS = {"number": NUMBER, "clocks": [
    {"of": "joint", "kind": "promised", "state": "running", "unit": "working_day", "length": 5, "start": "2026-01-28", "due": "2026-02-06", "level": "yellow",
     "days_left": 2, "rule": "cn-42-joint", "provisional": True, "explanation": name("共五日", "five days"), "days": [
         day("2026-01-28", "start"), day("2026-01-29", "counted", number=1), day("2026-01-30", "paused", pause=PAUSE), day("2026-01-31", "paused", "weekend", pause=PAUSE),
         day("2026-02-01", "counted", "make_up_day", number=2, name=name("调休", "Make-up")), day("2026-02-02", "day_off", "holiday", name=name("春节", "Festival")),
         day("2026-02-03", "day_off", "holiday", name=name("春节", "Festival")), day("2026-02-04", "counted", number=3), day("2026-02-05", "counted", number=4),
         day("2026-02-06", "counted", number=5)]},
    {"of": "m", "kind": "statutory", "state": "met", "unit": "month", "length": 1, "start": "2026-01-28", "due": "2026-02-28", "level": "green"},
    {"of": "supplement", "kind": "supplement", "state": "running", "unit": "hour", "length": 48, "start": "2026-01-28", "due": "2026-01-30", "level": "red", "hours_left": 3}]}


def test_show_tells_how_it_stands(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, APPLICATION))
    said = onedoor("show", NUMBER, url=hub.url).out
    for text in ("due soon", "lane          on the spot", "20261128-000001-5", "silence", "a stage was late", "deliver by    2026-12-20",
                 "- Health: which floor? (Floor, plan)", "a second notice"):
        assert text in said, text
    chinese = onedoor("show", NUMBER, "--lang", "zh-CN", url=hub.url).out
    assert "即办件" in chinese and "卫健局：which floor?（楼层" in chinese


def test_clocks_as_a_table_and_day_by_day(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}/clocks", answer(200, CLOCKS))
    lines = onedoor("clocks", NUMBER, url=hub.url).out.splitlines()
    assert "the whole application: promised" in lines[1] and "running, due soon" in lines[1] and "cn-42-joint" in lines[1]
    assert "1 month" in lines[2] and "met" in lines[2]
    assert lines[3].startswith("supplement ") and "48 hours" in lines[3] and "overdue" in lines[3]
    assert hub.seen[-1]["path"].endswith("/clocks")
    said = onedoor("clocks", NUMBER, "--explain", url=hub.url)
    assert hub.seen[-1]["path"].endswith("/clocks?explain=true")
    rows = [line.strip() for line in said.out.splitlines()]
    assert rows[:2] == ["the whole application: promised", "five days"] and "past the published holidays" in rows[2]
    assert [" ".join(row.split()) for row in rows[3:9]] == [
        "2026-01-28 Wed start", "2026-01-29 Thu counted 1", "2026-01-30 Fri .. 2026-01-31 Sat paused: inspection, Fire Brigade",
        "2026-02-01 Sun counted 2 Make-up", "2026-02-02 Mon .. 2026-02-03 Tue Festival", "2026-02-04 Wed .. 2026-02-06 Fri counted 3-5"]
    assert "春节" in onedoor("clocks", NUMBER, "--explain", "--lang", "zh-CN", url=hub.url).out
    assert onedoor("clocks", NUMBER, "--json", url=hub.url).json == CLOCKS
    assert onedoor("clocks", "nowhere", url=hub.url).code == 3


def test_notices(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}/notices", answer(200, {"number": NUMBER, "items": [
        {"seq": 1, "at": "2026-01-28T10:00:00+08:00", "notice": "incomplete", "text": name("不齐", "incomplete"), "told": {"missing": [{"material": "plan", "name": name("图", "Plan")}]}},
        {"seq": 9, "at": "2026-01-29T23:30:00+08:00", "notice": "supplement", "text": name("补", "the departments need this"), "told": True, "requests": APPLICATION["notice"]["requests"]}]}))
    said = onedoor("notices", NUMBER, url=hub.url).out
    for text in ("2026-01-28 10:00 Wed  1  incomplete", "  - Plan", "supplement", "the departments need this", "- Health: which floor?"):
        assert text in said, text


def test_notices_of_every_page(onedoor, hub):
    rows = [{"seq": seq, "at": "2026-01-28T10:00:00+08:00", "notice": "incomplete", "text": name("不齐", f"incomplete {seq}")} for seq in (1, 2)]
    hub.on(f"GET /v1/applications/{NUMBER}/notices",
           answer(200, {"number": NUMBER, "items": rows[:1], "next_cursor": "1"}, {"Link": f'</v1/applications/{NUMBER}/notices?cursor=1>; rel="next"'}),
           answer(200, {"number": NUMBER, "items": rows[1:], "next_cursor": None}))
    said = onedoor("notices", NUMBER, url=hub.url).out
    assert "incomplete 1" in said and "incomplete 2" in said


def test_alerts_are_filtered_and_told_in_words(onedoor, hub):
    hub.on("GET /v1/alerts", answer(200, {"items": [
        {"seq": 2, "at": "2026-02-03T10:00:00+08:00", "kind": "overdue", "level": "red", "text": name("已超期", "overdue"), "number": NUMBER, "task": TASK,
         "matter_name": name("油烟", "Fumes"), "department": "fire", "due": "2026-02-02"},
        {"seq": 1, "at": "2026-02-03T10:00:00+08:00", "kind": "due_soon", "level": "yellow", "text": name("即将到期", "due soon"), "number": NUMBER, "department": None, "due": None}],
        "next_cursor": None}))
    lines = onedoor("alerts", "--kind", "overdue", "--department", "fire", "--number", NUMBER, url=hub.url).out.splitlines()
    assert hub.seen[-1]["path"] == f"/v1/alerts?kind=overdue&department=fire&number={NUMBER}"
    assert "red" in lines[1] and TASK in lines[1] and "Fumes" in lines[1] and "yellow" in lines[2]
    wrong = onedoor("alerts", "--kind", "overdu", url=hub.url)
    assert wrong.code == 2 and "did you mean overdue?" in wrong.err


@pytest.mark.parametrize("arguments, path, body", [
    (("check", NUMBER, "complete"), f"applications/{NUMBER}/check", {"outcome": "complete"}),
    (("check", NUMBER, "incomplete", "--matter", "m", "--missing", "a", "--missing", "b", "--text", "t"), f"applications/{NUMBER}/check",
     {"outcome": "incomplete", "matter": "m", "text": "t", "missing": [{"material": "a"}, {"material": "b"}]}),
    (("check", NUMBER, "not_competent", "--body", "City"), f"applications/{NUMBER}/check", {"outcome": "not_competent", "body": "City"}),
    (("extend", NUMBER, "--length", "15", "--reason", "r"), f"applications/{NUMBER}/extend", {"length": 15, "reason": "r"}),
    (("extend", TASK, "--length", "3", "--reason", "r", "--clock", "promised"), f"tasks/{TASK}/extend", {"clock": "promised", "length": 3, "reason": "r"}),
    (("supplement", NUMBER, "--material", "plan", "--field", "seats=80", "--field", "name=A=B", "--field", "ok=true", "--text", "here"),
     f"applications/{NUMBER}/supplement", {"materials": [{"material": "plan"}], "form": {"seats": 80, "name": "A=B", "ok": True}, "text": "here"}),
    (("withdraw", NUMBER, "--reason", "moved"), f"applications/{NUMBER}/withdraw", {"reason": "moved"}),
    (("withdraw", NUMBER), f"applications/{NUMBER}/withdraw", {}),
    (("delivery", NUMBER, "--way", "window"), f"applications/{NUMBER}/delivery", {"way": "window"}),
])
def test_acts_send_what_was_said(onedoor, hub, arguments, path, body):
    hub.on(f"POST /v1/{path}", answer(200, {**APPLICATION, "id": TASK, "state": "accepted"}))
    done = onedoor(*arguments, url=hub.url)
    assert done.code == 0, done.err
    assert json.loads(hub.seen[-1]["body"]) == body
    assert (TASK if "tasks/" in path else NUMBER) in done.out
    hub.on(f"POST /v1/{path}", answer(409, {"title": "Not now", "status": 409}, problem=True))
    refused = onedoor(*arguments, url=hub.url)
    assert refused.code == 5 and refused.out == "" and "Not now" in refused.err


def test_nothing_is_handed_over_by_a_look(onedoor, hub):
    done = onedoor("delivery", NUMBER, url=hub.url)
    assert done.code == 2 and "delivery show" in done.err and hub.seen == []


@pytest.mark.parametrize("arguments, path, body", [
    (("pause", "--kind", "hearing", "--expected-days", "5", "--text", "why"), "pause", {"kind": "hearing", "expected_days": 5, "text": "why"}),
    (("ask", "--field", "a", "--material", "m", "--rule", "cn-31-unrelated"), "ask", {"fields": ["a"], "materials": ["m"], "rule": "cn-31-unrelated"}),
])
def test_task_acts_send_what_was_said(onedoor, hub, arguments, path, body):
    hub.on(f"POST /v1/tasks/{TASK}/{path}", answer(200, {"id": TASK, "state": "paused"}))
    assert onedoor("task", arguments[0], TASK, *arguments[1:], "--seen", "4", url=hub.url).code == 0
    assert json.loads(hub.seen[-1]["body"]) == body


def test_milestone(onedoor, hub):
    hub.on(f"POST /v1/tasks/{TASK}/milestone", answer(200, {"id": TASK, "state": "accepted"}))
    done = onedoor("task", "milestone", TASK, "hearing_announced", "--on", "2026-12-20", "--chair", "wang", "--seen", "4", url=hub.url)
    assert done.code == 0 and json.loads(hub.seen[-1]["body"]) == {"milestone": "hearing_announced", "on": "2026-12-20", "chair": "wang"}
    assert hub.seen[-1]["headers"]["If-Match"] == '"4"'
    done = onedoor("task", "milestone", TASK, "delegated", "--to", "Linjiang Town", "--text", "small shops", "--seen", "4", url=hub.url)
    assert done.code == 0 and json.loads(hub.seen[-1]["body"]) == {"milestone": "delegated", "to": "Linjiang Town", "text": "small shops"}


@pytest.mark.parametrize("arguments, told", [
    (("check", NUMBER, "complet"), "did you mean complete?"),
    (("check", NUMBER, "incomplete"), "--missing"),
    (("check", NUMBER, "complete", "--missing", "plan"), "--missing"),
    (("check", NUMBER, "not_competent"), "--body"),
    (("extend", NUMBER, "--length", "3"), "--reason"),
    (("extend", NUMBER, "--reason", "r"), "--length"),
    (("extend", NUMBER, "--reason", "r", "--length", "0"), "--length"),
    (("extend", NUMBER, "--reason", "r", "--length", "3651"), "--length"),
    (("extend", NUMBER, "--reason", "r", "--length", "3", "--clock", "promise"), "did you mean promised?"),
    (("supplement", NUMBER), "--material"),
    (("supplement", NUMBER, "--field", "seats"), "ID=VALUE"),
    (("task", "ask", TASK), "--material"),
    (("task", "milestone", TASK, "hearing_held_"), "did you mean hearing_held?"),
    (("task", "milestone", TASK, "hearing_announced", "--on", "2026-12-20"), "--chair"),
])
def test_wrong_usage_is_told_before_anything_is_sent(onedoor, hub, arguments, told):
    done = onedoor(*arguments, url=hub.url)
    assert done.code == 2 and told in done.err and hub.seen == [], done.err


def test_certificate(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}/certificate", answer(200, {
        "number": NUMBER, "center_name": name("中心", "Center"), "service_name": name("餐馆", "Restaurant"), "outcome": "approved", "decided_at": "2026-03-20T10:00:00+08:00",
        "certified_at": "2026-04-02T10:00:00+08:00", "text": name("兹证明", "This certifies"), "deemed": [
            {"matter_name": name("油烟", "Fumes"), "limit_ended": "2026-03-09", "effect": "deemed_consent", "opinion": "approve"}]}))
    said = onedoor("certificate", NUMBER, url=hub.url).out
    for text in ("Certificate of a deemed decision", "Center", "Restaurant", "This certifies", "Fumes  2026-03-09 Mon  deemed consent"):
        assert text in said, text
    hub.on(f"GET /v1/applications/{NUMBER}/certificate", answer(409, {"title": "nothing to certify", "status": 409}, problem=True))
    assert onedoor("certificate", NUMBER, url=hub.url).code == 5


def test_papers_are_listed_with_their_addresses(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}/paper", answer(200, {"number": NUMBER, "papers": ["acceptance", "evaluation"]}))
    assert onedoor("papers", NUMBER, url=hub.url).out == f"{hub.url}/paper/{NUMBER}/acceptance\n{hub.url}/paper/{NUMBER}/evaluation\n"
    assert onedoor("papers", NUMBER, "--json", url=hub.url).json["papers"] == ["acceptance", "evaluation"]
    hub.on(f"GET /v1/applications/{NUMBER}/paper", answer(404, {"title": "none", "status": 404}, problem=True))
    assert onedoor("papers", NUMBER, url=hub.url).code == 3


PLAN = {"dry_run": True, "from_version": "a1", "version": "b2", "applications_changed": 1, "dates_changed": 2, "cut": False, "changes": [
    {"number": NUMBER, "of": "joint", "clock": "promised", "before": "2026-02-26", "after": "2026-02-27"},
    {"number": NUMBER, "of": "m", "matter_name": name("油烟", "Fumes"), "clock": "statutory", "before": "2026-03-11", "after": "2026-03-12"}]}


def test_reload_lists_every_date_first(onedoor, hub):
    hub.on("POST /v1/catalog/reload", answer(200, PLAN))
    dry = onedoor("config", "reload", "--dry-run", url=hub.url)
    assert dry.code == 0 and [seen["path"] for seen in hub.seen] == ["/v1/catalog/reload?dry_run=true"]
    assert "2 dates change, of 1 applications" in dry.out and "Fumes" in dry.out and "2026-02-27 Fri" in dry.out
    assert onedoor("config", "reload", "--dry-run", "--json", url=hub.url).json == PLAN
    hub.seen.clear()
    done = onedoor("config", "reload", url=hub.url)
    assert [seen["path"] for seen in hub.seen] == ["/v1/catalog/reload?dry_run=true", "/v1/catalog/reload"]
    assert done.out.index("2026-03-12") < done.out.index("the catalogue is b2 now")
    hub.on("POST /v1/catalog/reload", answer(422, {"title": "refused", "status": 422, "errors": [{"pointer": "", "code": "catalog", "detail": "all.json:1:2: x"}]}, problem=True))
    hub.seen.clear()
    refused = onedoor("config", "reload", url=hub.url)
    assert refused.code == 5 and "all.json:1:2" in refused.err and len(hub.seen) == 1


def test_told_puts_on_record_what_was_said_in_person(onedoor, hub):
    path = f"/v1/applications/{NUMBER}/notices/17/told"
    told = {"seq": 17, "notice": "incomplete", "at": "2026-03-02T10:30:00+08:00", "by": "window-3", "to": "agent", "window": "3", "until": "2026-03-16"}
    hub.on(f"POST {path}", answer(201, {"number": NUMBER, "told_in_person": told}))
    done = onedoor("told", NUMBER, "17", "--to", "agent", "--window", "3", "--at", "2026-03-02T10:30:00+08:00", url=hub.url)
    assert done.code == 0 and "2026-03-16" in done.out, done.err
    assert json.loads(hub.seen[-1]["body"]) == {"at": "2026-03-02T10:30:00+08:00", "to": "agent", "window": "3"}
    assert onedoor("told", NUMBER, "17", "--to", "agnet", url=hub.url).code == 2 and onedoor("told", NUMBER, "last", url=hub.url).code == 2
    hub.on(f"GET /v1/applications/{NUMBER}/notices", answer(200, {"number": NUMBER, "items": [
        {"seq": 17, "at": told["at"], "notice": "incomplete", "text": name("补正", "incomplete"), "told_in_person": told}]}))
    shown = onedoor("notices", NUMBER, url=hub.url).out
    assert "  17  " in shown and "told in person" in shown and "window-3" in shown


def test_a_version_is_put_in_force_as_it_was_looked_at(onedoor, hub):
    hub.on("POST /v1/catalog/reload", answer(200, PLAN))
    assert onedoor("config", "reload", "--version", "b2", url=hub.url).code == 2 and hub.seen == [], "a reason is due"
    done = onedoor("config", "reload", "--version", "b2", "--reason", "new fees", url=hub.url)
    look, act = hub.seen
    assert done.code == 0 and look["path"].endswith("?dry_run=true") and json.loads(look["body"]) == {"version": "b2"}
    assert json.loads(act["body"]) == {"version": "b2", "reason": "new fees"} and act["headers"]["If-Match"] == '"a1"'
    hub.on("POST /v1/catalog/reload", answer(412, {"title": "changed", "status": 412}, problem=True))
    assert onedoor("config", "reload", "--version", "b2", "--reason", "r", url=hub.url).code == 5


def test_catalogues_that_wait_and_that_were(onedoor, hub, tmp_path):
    candidate = {"version": "b2", "file": "g.zip", "by": "admin", "at": "2026-11-30T07:12:03+08:00", "expires_at": "2026-12-07T07:12:00+08:00"}
    (tmp_path / "g.zip").write_bytes(b"PK")
    hub.on("POST /v1/catalog/candidates", answer(201, candidate))
    sent = onedoor("config", "upload", str(tmp_path / "g.zip"), url=hub.url)
    assert sent.code == 0 and sent.out == "b2\n" and "--version b2 --dry-run" in sent.err and hub.seen[-1]["path"].endswith("?name=g.zip")
    assert onedoor("config", "upload", str(tmp_path / "none.zip"), url=hub.url).code == 3
    hub.on("GET /v1/catalog/candidates", answer(200, {"items": [candidate]}))
    listed = onedoor("config", "candidates", url=hub.url)
    assert listed.code == 0 and "g.zip" in listed.out and "2026-12-07" in listed.out
    hub.on("DELETE /v1/catalog/candidates/b2", answer(204, None))
    assert onedoor("config", "discard", "b2", url=hub.url).code == 0
    row = {"version": "b2", "since": "2026-11-30T07:12:03+08:00", "by": "admin", "source": "upload", "open_applications": 7, "reason": "new fees", "is_in_force": True}
    hub.on("GET /v1/catalog/versions", answer(200, {"items": [row], "next_cursor": None}))
    listed = onedoor("config", "versions", url=hub.url)
    assert listed.code == 0 and all(word in listed.out for word in ("b2", "admin", "7", "new fees"))


def test_every_verb_has_help_completion_and_manual(onedoor):
    verbs = {verb["name"]: verb for verb in onedoor("help", "--json").json["verbs"]}
    manual = onedoor("help", "--man").out
    for verb in ("clocks", "notices", "told", "alerts", "certificate", "papers", "check", "extend", "supplement", "withdraw", "delivery", "config reload", "config upload", "config candidates",
                 "config discard", "config versions", "config sources", "task milestone"):
        assert verbs[verb]["examples"], verb
        assert f"*{verb}*" in manual and verb.split()[-1] + "\t" in onedoor("completion", "words", "--", *verb.split()).out
        for language in ("en", "zh-CN"):
            helped = onedoor("help", *verb.split(), "--lang", language)
            assert helped.code == 0 and verbs[verb]["examples"][0]["line"] in helped.out
