# SPDX-License-Identifier: Apache-2.0
"""What people read: tables on narrow terminals, one task, two officers at once, a hub that goes away."""
import json
import os
import pty
import subprocess
import unicodedata

import pytest
from conftest import PROGRAM, answer, stream

NUMBER = "20261129-000123-2"
TASK = NUMBER + ".1"


def name(zh, en):
    return {"zh-CN": zh, "en": en}


def task(index, **more):
    return {"id": f"{NUMBER}.{index}", "application": NUMBER, "service": "open-restaurant", "service_name": name("开餐馆", "Open a restaurant"),
            "matter": "fire-check", "matter_name": name("公众聚集场所投入使用、营业前消防安全检查", "Fire safety check of a public assembly place before use or opening"),
            "department": "fire", "department_name": name("滨河县消防救援大队", "Binhe County Fire and Rescue Brigade"),
            "state": "offered", "since": "2026-11-29T15:31:09.301+08:00", "owner": "officer", "next_action": "take", "reason": "premises_area_m2 312 > 300",
            "promised_date": "2026-12-07", "statutory_date": "2026-12-14", "overdue": False, "opinion": None, "external_ref": None, **more}


TASKS = [
    task(1),
    task(2, state="parked", park_reason="retries_exhausted", next_action="requeue_or_give_opinion", overdue=True),
    task(3, state="paused", pause_kind="expert_review", owner="connector", next_action="resume"),
    task(4, state="blocked", owner="predecessor", next_action="wait_for_predecessors", promised_date=None),
    task(5, state="done", owner=None, next_action=None, deemed=True, late_opinion=True, opinion={"opinion": "reject", "reasons": ["No exit"]}),
    task(6, state="done", department="water", department_name=name("水务局", "Water Authority"), owner=None, next_action=None,
         opinion={"opinion": "approve_with_conditions", "conditions": ["Meter"]}),
]
REJECTED = {
    "number": NUMBER, "code": "K7", "service": "open-restaurant", "service_name": name("开餐馆", "Open a restaurant"), "status": "decided", "flagged": True,
    "overdue": True, "received_at": "2026-11-29T14:00:00.000+08:00", "promised_date": "2026-12-08", "tasks": TASKS, "notice": None,
    "decision": {"outcome": "rejected", "policy": "all", "decided_at": "2026-11-30T09:00:00+08:00", "deemed": False,
                 "conditions": [{"department": "water", "text": "Meter"}],
                 "reasons": [{"department": "fire", "text": "There is no second exit and the corridor to the street is narrower than the code allows"}],
                 "remedies": name("可申请行政复议", "You may ask for an administrative review within sixty days of receiving this decision")}}


def width(text):
    return sum(0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


@pytest.mark.parametrize("columns", [80, 100, 140])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_tables_fit_the_terminal_and_lose_nothing(onedoor, hub, columns, language):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, REJECTED))
    hub.on("GET /v1/tasks", answer(200, {"items": TASKS}))
    hub.on("GET /v1/applications", answer(200, {"items": [{**REJECTED, "outcome": "partially_approved"}]}))
    for arguments in (("show", NUMBER), ("task", "list"), ("list",)):
        done = onedoor(*arguments, "--lang", language, url=hub.url, env={"COLUMNS": str(columns)})
        assert done.code == 0, done.err
        assert max(map(width, done.out.splitlines())) <= columns, done.out
        if arguments != ("list",):
            flat = " ".join(done.out.split()).replace("（", "(")
            for one in TASKS:
                assert one["id"] in flat
                assert one["matter_name"][language] in flat and one["department_name"][language] in flat


def test_a_row_says_who_acts_next_and_why_it_waits(onedoor, hub):
    hub.on("GET /v1/tasks", answer(200, {"items": TASKS}))
    lines = onedoor("task", "list", url=hub.url).out.splitlines()
    assert len(lines) == 1 + len(TASKS)
    for line, texts in zip(lines[1:], (("offered", "2026-12-07 Mon", "officer: take it"),
                                       ("parked: retries exhausted", "2026-12-07 Mon overdue", "officer: requeue it, or give the opinion"),
                                       ("paused: expert review", "connector: resume the clock"),
                                       ("blocked", "wait for earlier tasks"),
                                       ("done: reject (deemed)", "a late opinion came"),
                                       ("done: approve with conditions", "Water Authority"))):
        for text in texts:
            assert text in line
    assert "predecessor" not in lines[4]
    chinese = onedoor("task", "list", "--lang", "zh-CN", url=hub.url).out
    for text in ("办理人员：领取", "搁置待处理：重试已尽", "2026-12-07 周一 超期", "中止计时：专家评审", "已完成：不同意（视为）", "另有迟到意见"):
        assert text in chinese


def test_an_empty_column_is_left_out(onedoor, hub):
    hub.on("GET /v1/tasks", answer(200, {"items": [task(1)]}))
    assert "notes" not in onedoor("task", "list", url=hub.url).out
    hub.on("GET /v1/tasks", answer(200, {"items": TASKS}))
    assert "notes" in onedoor("task", "list", url=hub.url).out


def test_a_decision_names_departments_and_remedies(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, REJECTED))
    said = onedoor("show", NUMBER, url=hub.url).out
    assert f"{NUMBER}  decided  overdue  flagged for a supervisor\n" in said
    assert "  reason: Binhe County Fire and Rescue Brigade: There is no second exit" in said
    assert "  condition: Water Authority: Meter" in said
    assert "remedies      You may ask for an administrative review" in said
    chinese = onedoor("show", NUMBER, "--lang", "zh-CN", url=hub.url).out
    assert "理由：滨河县消防救援大队：" in chinese and "可申请行政复议" in chinese and "请主管复核" in chinese


def test_a_notice_says_what_until_when_and_otherwise(onedoor, hub):
    notice = {"kind": "incomplete", "missing": [{"material": "id-copy", "name": name("身份证", "ID copy"), "department": "fire"}],
              "until": "2026-12-11", "otherwise": name("终止", "The application ends")}
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, {**REJECTED, "decision": None, "status": "incomplete", "notice": notice}))
    said = onedoor("show", NUMBER, url=hub.url).out
    for text in ("notice        incomplete", "- ID copy (Binhe County Fire and Rescue Brigade)", "until         2026-12-11 Fri", "The application ends"):
        assert text in said


def on_terminal(url, *arguments, env=None, code=0):
    """Run on a terminal of 80 columns; what it shows."""
    try:
        ours, theirs = pty.openpty()
    except OSError:
        pytest.skip("no pseudo-terminals here (/dev/pts)")
    environment = {"LC_ALL": "C", "ONEDOOR_URL": url, "COLUMNS": "80", **(env or {})}
    done = subprocess.Popen([str(PROGRAM), *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert done.wait(timeout=60) == code
    return shown.decode()


def test_colour_on_a_terminal_unless_no_color(onedoor, hub):
    hub.on("GET /v1/tasks", answer(200, {"items": TASKS}))
    shown = on_terminal(hub.url, "task", "list")
    assert "\033[31m2026-12-07 Mon overdue\033[0m" in shown
    plain = on_terminal(hub.url, "task", "list", env={"NO_COLOR": "1"})
    assert "\033" not in plain and "overdue" in plain
    assert "\033" not in onedoor("task", "list", url=hub.url).out


def test_task_show(onedoor, hub):
    form = {"seats": 80, "gas": "lpg", "address": "沿河路128号", "odd": [1, {"a": True}]}
    hub.on(f"GET /v1/tasks/{TASK}", answer(200, {**TASKS[0], "form": form, "note": {"text": "Bring the plan"}}, {"ETag": '"12"'}))
    hub.on("GET /v1/services/open-restaurant", answer(200, {"id": "open-restaurant", "form": [
        {"id": "seats", "label": name("座位", "Seats"), "unit": "persons"},
        {"id": "gas", "label": name("燃气", "Gas"), "choices": [{"id": "lpg", "label": name("瓶装", "Bottled gas")}]}]}))
    said = onedoor("task", "show", TASK, url=hub.url).out
    for text in (f"{TASK}  offered", "version       12", "next          officer: take it", "because       premises_area_m2 312 > 300",
                 "Bring the plan", "Seats    80 persons", "Gas      Bottled gas", "address  沿河路128号", 'odd      [1,{"a":true}]'):
        assert text in said
    assert onedoor("task", "show", TASK, "--json", url=hub.url).json["form"] == form
    del hub.answers["GET /v1/services/open-restaurant"]
    done = onedoor("task", "show", TASK, url=hub.url)
    assert (done.code, done.err) == (0, "") and "seats    80" in done.out
    assert onedoor("task", "show", TASK + "9", url=hub.url).code == 3


CHANGED = {"title": "Changed by someone else", "status": 412, "remedy": "Read it again"}


def test_two_officers_do_not_overwrite_each_other(onedoor, hub):
    taken = {**TASKS[0], "state": "accepted", "since": "2026-11-29T16:00:00+08:00"}
    hub.on(f"GET /v1/tasks/{TASK}", answer(200, TASKS[0], {"ETag": '"12"'}), answer(200, taken, {"ETag": '"13"'}))
    hub.on(f"POST /v1/tasks/{TASK}/take", answer(412, CHANGED, problem=True))
    done = onedoor("task", "take", TASK, url=hub.url)
    assert done.code == 5 and done.out == ""
    assert "Changed by someone else" in done.err and f"onedoor task show {TASK}" in done.err
    assert [seen["headers"].get("If-Match") for seen in hub.seen] == [None, '"12"', None]


def test_an_application_that_moves_elsewhere_is_no_reason_to_refuse(onedoor, hub):
    hub.on(f"GET /v1/tasks/{TASK}", answer(200, TASKS[0], {"ETag": '"12"'}), answer(200, TASKS[0], {"ETag": '"13"'}))
    hub.on(f"POST /v1/tasks/{TASK}/take", answer(412, CHANGED, problem=True), answer(200, {**TASKS[0], "state": "accepted"}))
    done = onedoor("task", "take", TASK, url=hub.url)
    assert (done.code, done.err) == (0, "") and "accepted" in done.out
    assert hub.seen[-1]["headers"]["If-Match"] == '"13"'


def test_a_task_that_never_stands_still_is_given_up(onedoor, hub):
    hub.on(f"GET /v1/tasks/{TASK}", answer(200, TASKS[0], {"ETag": '"12"'}))
    hub.on(f"POST /v1/tasks/{TASK}/take", answer(412, CHANGED, problem=True))
    assert onedoor("task", "take", TASK, url=hub.url).code == 5
    assert 2 < len(hub.seen) < 30


def test_seen_is_sent_as_it_was_given(onedoor, hub):
    hub.on(f"POST /v1/tasks/{TASK}/opinion", answer(412, CHANGED, problem=True), answer(200, {"id": TASK, "state": "done"}))
    done = onedoor("task", "opinion", TASK, "approve", "--seen", "12", url=hub.url)
    assert done.code == 5 and "Look again" in done.err and len(hub.seen) == 1
    assert onedoor("task", "opinion", TASK, "approve", "--seen", "12", "--json", url=hub.url).json["state"] == "done"
    assert {seen["headers"]["If-Match"] for seen in hub.seen} == {'"12"'}


@pytest.mark.parametrize("seen, code", [("x" * 61, 0), ("x" * 62, 2), ("", 2), ('1"', 2), ("1\r\nX: y", 2)])
def test_seen_at_the_limit_and_one_more(onedoor, hub, seen, code):
    hub.on(f"POST /v1/tasks/{TASK}/take", answer(200, {"id": TASK, "state": "accepted"}))
    assert onedoor("task", "take", TASK, "--seen", seen, url=hub.url).code == code
    assert len(hub.seen) == (code == 0)


def test_another_refusal_of_an_act_is_told(onedoor, hub):
    hub.on(f"GET /v1/tasks/{TASK}", answer(200, TASKS[0], {"ETag": '"12"'}))
    hub.on(f"POST /v1/tasks/{TASK}/take", answer(409, {"title": "Not in this state", "status": 409}, problem=True))
    done = onedoor("task", "take", TASK, url=hub.url)
    assert done.code == 5 and "Not in this state" in done.err and len(hub.seen) == 2


@pytest.mark.parametrize("arguments, told", [
    (("task", "list", "--state", "parkd"), "did you mean parked?"),
    (("task", "list", "--state", "nowhere"), "allowed: blocked, queued"),
    (("list", "--status", "decide"), "did you mean decided?"),
])
def test_a_wrong_state_is_told_before_anything_is_sent(onedoor, hub, arguments, told):
    done = onedoor(*arguments, url=hub.url)
    assert done.code == 2 and told in done.err and hub.seen == []


def test_an_empty_page_is_not_the_end_of_a_filtered_list(onedoor, hub):
    hub.on("GET /v1/tasks", answer(200, {"items": [], "next_cursor": "1"}), answer(200, {"items": [TASKS[1]], "next_cursor": "2"}),
           answer(200, {"items": [], "next_cursor": None}))
    done = onedoor("task", "list", "--state", "parked", url=hub.url)
    assert TASKS[1]["id"] in done.out and "--all" in done.err and "nothing" not in done.err
    hub.on("GET /v1/tasks", answer(200, {"items": [], "next_cursor": "1"}), answer(200, {"items": [], "next_cursor": None}))
    done = onedoor("task", "list", "--state", "parked", "--all", url=hub.url)
    assert (done.out, done.err) == ("", "onedoor: there is nothing\n")


OPEN = {**REJECTED, "status": "in_review", "decision": None}


def test_watch_survives_a_hub_that_goes_away(onedoor, hub):
    """The last event came while the hub was away: it is told out of the journal."""
    missed = {"seq": 6, "type": "opined", "department": "fire", "opinion": "reject", "at": "2026-11-30T09:00:00+08:00"}
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, OPEN), "hang up", answer(503, {"title": "Starting", "status": 503}, problem=True),
           answer(200, REJECTED))
    hub.on(f"GET /v1/applications/{NUMBER}/events",
           stream((5, "accepted", {"seq": 5, "type": "accepted", "department": "fire", "at": "2026-11-29T14:03:07+08:00"})),
           answer(200, {"items": [{"seq": 5, "type": "accepted"}, missed]}))
    done = onedoor("watch", NUMBER, url=hub.url)
    assert done.code == 0, done.err
    assert done.out.splitlines()[:4] == ["2026-11-29 Sun", "14:03:07  Binhe County Fire and Rescue Brigade  accepted",
                                         "2026-11-30 Mon", "09:00:00  Binhe County Fire and Rescue Brigade  opinion given: reject"]
    assert "remedies" in done.out
    assert done.err.splitlines() == ["onedoor: the line to the hub broke; going on after event 5, trying again", "onedoor: the hub is back"]


def test_watch_ends_when_it_is_refused(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, OPEN))
    hub.on(f"GET /v1/applications/{NUMBER}/events", answer(403, {"title": "Not yours", "status": 403}, problem=True))
    done = onedoor("watch", NUMBER, url=hub.url)
    assert done.code == 5 and "Not yours" in done.err


def test_watch_keeps_one_line_per_event_on_a_narrow_terminal(onedoor, hub):
    hub.on(f"GET /v1/applications/{NUMBER}", answer(200, OPEN), answer(200, REJECTED))
    hub.on(f"GET /v1/applications/{NUMBER}/events", stream((7, "opined", {
        "seq": 7, "type": "opined", "department": "fire", "opinion": "approve_with_conditions", "at": "2026-11-29T14:03:07+08:00", "outcome": "rejected"})))
    line = onedoor("watch", NUMBER, url=hub.url, env={"COLUMNS": "80"}).out.splitlines()[1]
    assert width(line) == 80
    assert line.startswith("14:03:07  Binhe County") and line.endswith("…  opinion given: approve with conditions -> rejected")


def test_plugin_load_takes_json_and_logs_are_shown(onedoor, hub, tmp_path):
    hub.on("PUT /v1/connectors/fire", answer(200, {"id": "fire", "dry_run": True, "plan": ["check the manifest", "start its process"]}))
    done = onedoor("plugin", "load", "fire", "sim-1.0.0", "--config", '{"delay_ms": 5}', "--dry-run", url=hub.url)
    assert done.out == "1. check the manifest\n2. start its process\n" and "nothing was changed" in done.err
    assert hub.seen[-1]["body"] == b'{"module":"sim-1.0.0","config":{"delay_ms": 5}}' and hub.seen[-1]["path"].endswith("?dry_run=true")
    bad = onedoor("plugin", "load", "fire", "sim-1.0.0", "--config", '{"delay_ms": }', url=hub.url)
    assert bad.code == 5 and "--config:1:14:" in bad.err and len(hub.seen) == 1
    hub.on("GET /v1/connectors/fire/logs", answer(200, {"items": [{"at": "2026-11-29T15:30:34.731+08:00", "level": "warn", "text": "far\033 side"}]}))
    assert onedoor("plugin", "logs", "fire", url=hub.url).out == "2026-11-29 15:30:34  warn   far? side\n"
    assert onedoor("plugin", "logs", "water", url=hub.url).code == 3


def test_plugin_show_tells_everything(onedoor, hub):
    hub.on("GET /v1/connectors/fire", answer(200, {"id": "fire", "module": "sim-1.0.0", "version": "1.0.0", "state": "backoff", "tier": "plain", "in_flight": 2,
                                                   "open": 7, "restarts": 3, "pid": 42, "last_error": "exit 1", "since": "2026-11-29T15:30:34.731+08:00"}))
    said = onedoor("plugin", "show", "fire", url=hub.url).out
    for text in ("fire  backing off", "module        sim-1.0.0", "open          7", "restarts      3", "last error    exit 1", "2026-11-29 15:30 Sun"):
        assert text in said


@pytest.mark.parametrize("group", ["task", "plugin", "config"])
def test_a_group_lists_its_verbs(onedoor, group):
    verbs = [verb["name"] for verb in onedoor("help", "--json").json["verbs"] if verb["name"].startswith(group + " ")]
    for arguments in ((group, "--help"), (group, "-h"), ("help", group)):
        done = onedoor(*arguments)
        assert done.code == 0, done.err
        assert all(verb in done.out for verb in verbs) and "onedoor version" not in done.out
    alone = onedoor(group)
    assert alone.code == 2 and alone.out == "" and all(verb in alone.err for verb in verbs)
    assert onedoor(group, "nonsense", "--help").code == 2


def test_guide_wraps_under_its_points(onedoor, hub):
    long = "a complete file is accepted against a dated notice and what is missing is told once on the spot"
    hub.on("GET /v1/services/s", answer(200, {"id": "s", "name": "S", "summary": long, "form": [
        {"id": "gas", "type": "choice", "label": "Gas", "choices": [{"id": "lpg"}, {"id": "none"}]}], "matters": [
            {"id": "m", "name": "M", "department": "d", "when_text": name("大于", "Area is more than 300 m2"), "procedure": [long],
             "materials": [{"id": "x", "name": "Certificate", "required": True, "when_text": name("瓶装", "bottled gas")}],
             "fees": [{"name": "Fee", "amount": "12.00", "currency": "CNY"}]}]}))
    lines = onedoor("guide", "s", url=hub.url, env={"COLUMNS": "60"}).out.splitlines()
    assert max(map(width, lines)) <= 60
    at = next(i for i, line in enumerate(lines) if line.startswith("    - a complete file"))
    assert lines[at + 1].startswith("      ") and " ".join((lines[at][6:] + lines[at + 1][5:]).split()) == long
    for text in ("  only when  Area is more than 300 m2", "    - Certificate; when: bottled gas", "    - Gas (gas): choice = lpg | none", "    - Fee 12.00 CNY"):
        assert text in lines


def test_json_is_never_wrapped(onedoor, hub):
    hub.on("GET /v1/tasks", answer(200, {"items": TASKS}))
    assert json.loads(onedoor("task", "list", "--json", url=hub.url, env={"COLUMNS": "20"}).out) == {"items": TASKS}
