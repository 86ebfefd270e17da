# SPDX-License-Identifier: Apache-2.0
"""After-care with a real hub: dates against an oracle, who sees what, kill -9, pages without a script, the kiosk."""
import datetime
import gzip
import json
import random
import re
import sys
import threading
import urllib.parse
from html import unescape

import pytest

from console_browser import DESK, PHONE, Browser, missing
from hub import ROOT, DemoOf, center, matter, service, text
from test_clocks import alerts, clock_to
from test_console_legal import look, page
from test_desk import Desk, keyed

sys.path.insert(0, str(ROOT / "tests" / "oracle"))
import working_days  # noqa: E402

CITIZEN_MAX, STAFF_MAX = 30_000, 60_000  # bytes as gzip has them, with style and script
SEED = 20261129
ASKED = {"text": "你们几点开门？", "contact": {"name": "王小明", "phone": "+8613800000000"}}


def calendar():
    return {**json.loads((ROOT / "configs" / "calendars" / "cn.json").read_text())["calendars"][0], "id": "test"}


def small(folder, **more):
    """Two departments, and a third party that is to be done and gives no opinion."""
    third = matter("survey", "surveyor", gives_opinion=False)
    return center(folder, ["fire", "land", "surveyor"], [matter("f", "fire"), matter("l", "land"), third],
                  [service("two", ["f", "l", "survey"]), service("one", ["f"])], calendar=calendar(), **more)


def virtual(folder, **more):
    config = small(folder, **more)
    return DemoOf(folder, config, "--demo", "--clock", "virtual")


@pytest.fixture
def hub(tmp_path):
    with virtual(tmp_path, rolls_receipt=True) as made:
        yield made


def made(answer, status=201):
    assert answer.status == status, answer.raw
    return answer.json


def track(hub, of, kind="inquiries", status=200):
    answer = hub.post(f"/v1/{kind}/track", {"id": of["id"], "code": of["code"], "explain": True})
    assert answer.status == status, answer.raw
    return answer.json


def test_dates_are_those_of_the_oracle(hub, tmp_path):
    """Random receipts over a year, in order: the date, the days one by one, and what is late at the end."""
    file = tmp_path / "cn-test.json"
    file.write_text(json.dumps({"calendars": [calendar()]}))
    oracle, dice = working_days.from_project(file), random.Random(SEED)
    now = datetime.datetime(2026, 1, 4, 8, 0)
    seen = []
    for _ in range(25):
        now += datetime.timedelta(minutes=dice.randrange(1, 2 * 12 * 1440))
        clock_to(hub, now.strftime("%Y-%m-%dT%H:%M:00+08:00"))
        kind, length = dice.choice([("inquiries", 5), ("complaints", 15)])
        one = made(hub.post(f"/v1/{kind}", ASKED))
        start = oracle.roll(now.date() + datetime.timedelta(now.hour >= 17))
        due = oracle.limit_due(start, length)
        assert one["due"] == due.isoformat(), (now, one["due"], due)
        days = one["clocks"][0]["days"]
        assert [day["date"] for day in days if day["counted"]] == [
            day.isoformat() for day in working_days.days_between(start + working_days.DAY, due) if oracle.is_worked(day)]
        seen.append((kind, one["id"], due))
    for kind in ("inquiries", "complaints"):
        late, path = set(), f"/v1/{kind}?overdue=true&limit=200"
        late |= {item["id"] for item in hub.get(path).json["items"]}
        assert late == {id for of, id, due in seen if of == kind and due < now.date()}
    assert len(alerts(hub, "overdue")) == sum(due < now.date() for _, _, due in seen)
    listed = [item["due"] for item in hub.get("/v1/complaints?state=open&limit=200").json["items"]]
    assert listed == sorted(listed), "due first"


def test_who_sees_what(tmp_path):
    config = keyed(small(tmp_path), fire=(["officer"], "fire"), land=(["officer"], "land"), desk=(["front_desk"], None),
                   boss=(["supervisor"], None), head=(["head"], "fire"))
    with Desk(tmp_path, config) as hub:
        hub.key = None
        paths = {"fire": made(hub.post("/v1/complaints", {**ASKED, "department": "fire"})), "center": made(hub.post("/v1/complaints", ASKED))}
        seen = {"fire": {"fire"}, "head": {"fire"}, "land": set(), "desk": {"center"}, "boss": {"fire", "center"}}
        for who, visible in seen.items():
            for name, one in paths.items():
                shown = hub.with_key("GET", f"/v1/complaints/{one['id']}", who)
                assert shown.status == (200 if name in visible else 404), (who, name)
                replied = hub.with_key("POST", f"/v1/complaints/{one['id']}/reply", who, {"text": " ", "upheld": True})
                assert replied.status == (422 if name in visible else 404), "blank; and nothing is told of what is not seen"
            listed = {item["id"] for item in hub.with_key("GET", "/v1/complaints", who).json["items"]}
            assert listed == {paths[name]["id"] for name in visible}, who
        assert hub.get("/v1/complaints").status == 401
        assert hub.post(f"/v1/complaints/{paths['fire']['id']}/reply", {"text": "x", "upheld": True}).status == 401
        assert hub.with_key("POST", "/v1/grievances", "land", {"text": "委屈"}).status == 201
        assert hub.with_key("POST", "/v1/grievances/grv-1/confirm", "land", {"confirmed": True}).status == 403, "of a supervisor alone"
        assert hub.with_key("GET", "/v1/grievances/grv-1", "head").status == 404
        assert hub.with_key("POST", "/v1/grievances/grv-1/confirm", "boss", {"confirmed": True}).status == 200
        reply = hub.with_key("POST", f"/v1/complaints/{paths['fire']['id']}/reply", "fire", {"text": "对不起。", "upheld": True})
        assert reply.json["reply"]["by"] == "fire"
        assert "by" not in track(hub, paths["fire"], "complaints")["reply"]


def test_one_client_does_not_flood(tmp_path):
    with Desk(tmp_path, keyed(small(tmp_path), desk=(["front_desk"], None))) as hub:
        hub.key = None
        assert [hub.post("/v1/inquiries", ASKED).status for _ in range(11)] == [201] * 10 + [429], "limit + 1"
        assert hub.post("/v1/complaints", ASKED).headers["Retry-After"]
        assert hub.with_key("POST", "/v1/inquiries", "desk", ASKED).status == 201, "members of staff are not counted"
        guesses = [hub.post("/v1/inquiries/track", {"id": "inq-1", "code": "AAAAAAAAAA"}).status for _ in range(11)]
        assert guesses == [404] * 10 + [429]


def test_third_parties_give_no_opinion(hub):
    application = made(hub.submit(hub.example("two")))
    number = application["number"]
    opinions = {"f": "approve", "l": "approve", "survey": "reject"}
    for task in application["tasks"]:
        assert task.get("gives_opinion") is (False if task["matter"] == "survey" else None)
        hub.post(f"/v1/tasks/{task['id']}/take", {})
        body = {"opinion": opinions[task["matter"]], "reasons": ["the hedge stands too far left"]}
        assert hub.post(f"/v1/tasks/{task['id']}/opinion", body).status == 200
    decision = hub.show(number)["decision"]
    assert decision["outcome"] == "approved"
    assert [row.get("counts", True) for row in decision["opinions"]] == [True, True, False]
    assert "hedge" not in json.dumps([row for row in decision["reasons"] if row["department"] == "surveyor"])


def test_killed_under_load(tmp_path):
    """Whatever was told is there after kill -9, with its code, its date and its count; nothing is there twice."""
    config = small(tmp_path)
    with DemoOf(tmp_path, config) as hub:
        told, stop, lock = {}, threading.Event(), threading.Lock()

        def write(name):
            for i in range(400):
                if stop.is_set():
                    return
                try:
                    answer = hub.post("/v1/inquiries", {"text": f"{name} {i}"}, headers={"Idempotency-Key": f"{name}-{i}"}, timeout=5)
                except (OSError, ValueError):
                    return
                if answer.status == 201:
                    with lock:
                        told[f"{name}-{i}"] = answer.json

        threads = [threading.Thread(target=write, args=(f"w{n}",)) for n in range(3)]
        for thread in threads:
            thread.start()
        while len(told) < 60 and any(thread.is_alive() for thread in threads):
            stop.wait(0.01)
        hub.kill()
        stop.set()
        for thread in threads:
            thread.join()
        hub.start()
        for key, one in told.items():
            again = hub.post("/v1/inquiries", {"text": key.replace("-", " ")}, headers={"Idempotency-Key": key})
            assert again.status == 201 and again.headers["Idempotency-Replayed"] == "true"
            assert (again.json["id"], again.json["code"], again.json["due"]) == (one["id"], one["code"], one["due"])
        listed, path = [], "/v1/inquiries?limit=200"
        while path:
            listed += hub.get(path).json["items"]
            link = re.search(r"<([^>]+)>", hub.get(path).headers.get("Link", ""))
            path = link and link[1]
        texts = [item["text"] for item in listed]
        assert len(set(texts)) == len(texts) >= len(told)
        counted = hub.get("/v1/statistics").json["total"]["aftercare"]["inquiries"]
        assert counted == len(listed), "counted with the write, or not at all"


def fields(html):
    """The fields of the last form with a text area, as they are."""
    form = re.findall(r"<form method=\"post\".*?</form>", html, re.S)[-1]
    return {unescape(name): unescape(value) for name, value in
            re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)}


def shown(hub, method, path, form=None, status=200):
    got, _, html = page(hub, method, path, form)
    assert got == status, re.sub(r"<[^>]+>", " ", html)[:1500]
    return html


def test_by_forms_alone(hub):
    """A citizen complains, staff reply, the citizen reads it; a bad rating at the kiosk is put right."""
    clock_to(hub, "2026-01-26T10:00:00+08:00")
    hidden = fields(shown(hub, "GET", "/complain"))
    shown(hub, "POST", "/complain", {**hidden, "text": ""}, 422)
    wrong = shown(hub, "POST", "/complain", {**hidden, "text": "<b>态度差</b>", "number": "20260126-000001-9", "code": "X"}, 404)
    assert "&lt;b&gt;态度差&lt;/b&gt;" in wrong, "what was typed is there again"
    html = shown(hub, "POST", "/complain", {**hidden, "text": "<b>态度差</b>", "window": "3", "phone": "+8613800000000"})
    id, code = (re.search(rf'id="concern-{name}">([^<]+)<', html)[1] for name in ("id", "code"))
    again = shown(hub, "POST", "/complain", {**hidden, "text": "<b>态度差</b>", "window": "3", "phone": "+8613800000000"})
    assert f">{id}<" in again, "sent twice is one"
    assert id in shown(hub, "GET", "/concerns?type=complaint")
    assert 'value="yes" required' in shown(hub, "GET", f"/concerns/{id}")
    status, headers, _ = page(hub, "POST", f"/concerns/{id}/reply", {"text": "对不起，已批评教育。", "upheld": "yes"})
    assert (status, headers["Location"]) == (303, f"/concerns/{id}?done=reply")
    shown(hub, "POST", f"/concerns/{id}/reply", {"text": "再答一次", "upheld": "no"}, 409)
    read = shown(hub, "POST", "/reply", {"id": id, "code": code.lower()})
    assert "对不起，已批评教育。" in read and "Upheld" in read
    shown(hub, "POST", "/reply", {"id": id, "code": "AAAAAAAAAA"}, 404)
    number = made(hub.submit({**hub.example("one"), "channel": "window", "window": "3"}))["number"]
    kiosk = shown(hub, "GET", "/kiosk?window=3")
    assert '<noscript><meta http-equiv="refresh" content="120;url=/kiosk?window=3"></noscript>' in kiosk and 'data-seconds="120"' in kiosk
    thanks = shown(hub, "POST", "/kiosk", {"window": "3", "officer": "li", "attitude": "1", "ability": "4", "number": number})
    assert '<meta http-equiv="refresh" content="60;url=/kiosk?window=3&amp;officer=li">' in thanks
    shown(hub, "POST", "/kiosk", {"window": "3", "officer": "li", "attitude": "5", "ability": "5", "number": number}, 409)
    assert "evl-1" in shown(hub, "GET", "/concerns?type=evaluation")
    assert page(hub, "POST", "/concerns/evl-1/repair", {"text": "已电话致歉。"})[0] == 303
    assert hub.get("/v1/evaluations/evl-1").json["state"] == "repaired"
    assert page(hub, "POST", "/concerns", {"type": "inquiry", "text": "几号窗口？", "reply": "三号。"})[0] == 303
    assert page(hub, "POST", "/concerns", {"type": "grievance", "text": "被辱骂", "happened_on": "2026-01-25"})[0] == 303
    assert page(hub, "POST", "/concerns/grv-1/confirm", {"confirmed_as": "yes"})[0] == 303
    assert "/concerns/evl-1" in shown(hub, "GET", f"/applications/{number}")
    assert "/concerns/evl-1" in shown(hub, "GET", f"/concerns?type=evaluation&number={number}")
    figures = hub.get("/v1/statistics?by=window").json
    assert figures["total"]["aftercare"]["attitude"] == [1, 0, 0, 0, 0] and figures["total"]["aftercare"]["grievances"] == 1
    of_window = {item["window"]: item["aftercare"] for item in figures["items"]}["3"]
    assert (of_window["complaints_upheld"]["count"], of_window["repairs"]) == (1, 1)


def weight(hub, path):
    """What a first visit costs: the page, its styles and its script."""
    html = hub.get(path).raw
    parts = re.findall(rb'(?:href|src)="(/static/[^"]+\.(?:css|js)[^"]*)"', html)
    return sum(len(gzip.compress(data)) for data in [html, *(hub.get(part.decode()).raw for part in parts)])


def test_weights(hub):
    one = made(hub.post("/v1/complaints", ASKED))
    for path in ("/ask", "/complain", "/reply", "/evaluate", "/kiosk"):
        assert weight(hub, path) <= CITIZEN_MAX, path
    for path in ("/concerns", f"/concerns/{one['id']}"):
        assert weight(hub, path) <= STAFF_MAX, path


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
@pytest.mark.parametrize("language, width", [("zh-CN", DESK), ("en", PHONE)])
def test_every_page_is_fit_to_be_shown(hub, language, width):
    clock_to(hub, "2026-01-26T10:00:00+08:00")
    number = made(hub.submit({**hub.example("one"), "channel": "window", "window": "3"}))["number"]
    one = made(hub.post("/v1/complaints", {"text": "窗口工作人员态度生硬，材料退了三次，每次理由都不一样。", "number": number, "about": {"window": "3"}}))
    made(hub.post("/v1/grievances", {"text": "被当事人辱骂", "happened_on": "2026-01-25"}))
    made(hub.post(f"/v1/applications/{number}/evaluation", {"attitude": 1, "ability": 2, "window": "3"}))
    with Browser(hub.address, language, width) as browser:
        for name, path, most in (("ask", "/ask", CITIZEN_MAX), ("complain", f"/complain?number={number}", CITIZEN_MAX), ("reply", "/reply", CITIZEN_MAX),
                                 ("evaluate", f"/evaluate/{number}", CITIZEN_MAX), ("kiosk", "/kiosk?window=3", CITIZEN_MAX),
                                 ("concerns", "/concerns?type=complaint", STAFF_MAX), ("concerns-ratings", "/concerns?type=evaluation", STAFF_MAX),
                                 ("concern", f"/concerns/{one['id']}", STAFF_MAX), ("concerns-grievance", "/concerns?type=grievance", STAFF_MAX)):
            browser.open(path)
            look(browser, f"aftercare-{name}", most)
        browser.open("/complain")
        browser.driver.find_element("id", "text").send_keys("窗口工作人员态度生硬。")
        browser.driver.find_element("css selector", "button.main").click()
        look(browser, "aftercare-sent", CITIZEN_MAX)
        browser.open("/kiosk?window=3&officer=li")
        for name in ("attitude-1", "ability-2"):
            browser.driver.find_element("css selector", f"label[for={name}]").click()
        browser.driver.find_element("id", "number").send_keys(number)
        browser.driver.find_element("css selector", "button.main").click()
        look(browser, "aftercare-thanks", CITIZEN_MAX)
        assert browser.driver.find_element("css selector", ".agreed").is_displayed()


def test_bad_input_is_refused_and_nothing_is_kept(hub):
    for body in (b"", b"{", b"[]", b'{"text":"a","text":"b"}', b'{"text":"\xff"}', b'{"text":"\\u0000"}', json.dumps({"text": "x" * 8193}).encode(),
                 json.dumps({"text": "a", "contact": {"email": "x" * 255}}).encode(), json.dumps({"text": {"zh-CN": "a"}}).encode()):
        answer = hub.request("POST", "/v1/inquiries", body, {"Content-Type": "application/json"})
        assert answer.status in (400, 422), (body[:40], answer.status)
    assert hub.get("/v1/inquiries").json["items"] == []
    assert made(hub.post("/v1/inquiries", {"text": "x" * 8192}))["text"] == "x" * 8192
    assert hub.get("/v1/inquiries/..%2finq-1").status in (400, 404)
    assert hub.get("/v1/inquiries?" + urllib.parse.urlencode({"state": "开"})).status == 422
