# SPDX-License-Identifier: Apache-2.0
"""The console's pages of legal time over a real hub with a virtual clock: a date day by day, notices, what the desk and
officers do, alerts, calendars, certificates, and a catalogue that is changed after a look."""
import json
import re
import urllib.parse
from pathlib import Path

import pytest

from console_browser import DESK, PHONE, Browser, missing
from hub import ROOT, DemoOf, center, matter, service, text

CITIZEN_MAX, STAFF_MAX = 30_000, 60_000  # bytes as gzip has them, with style and script
EXTEND = {"max_times": 2, "max_length": 10, "approver": "head"}
VIEWS = [("zh-CN", DESK), ("en", PHONE), ("en", DESK), ("zh-CN", PHONE)]


def limit(length, **more):
    return {"unit": "working_day", "length": length, **more}


def legal_center(folder):
    """Three departments; an officer's check, tolerance, pauses, extensions, and consent by silence."""
    calendar = json.loads((ROOT / "configs" / "calendars" / "cn.json").read_text())["calendars"][0]
    materials = [{"id": "plan", "name": text("平面布局图", "Floor plan"), "required": True, "tolerant": False},
                 {"id": "lease", "name": text("租赁合同", "Lease"), "required": True, "tolerant": True}]
    matters = [matter("fire-check", "fire", 10, pauses=["inspection", "hearing"], fields=["area"], materials=materials),
               matter("food-licence", "health", 8, materials=materials[:1]), matter("fumes", "environment", 12, expiry="deemed_consent")]
    for each in matters:
        each["limits"] = {"statutory": limit(20, extend=EXTEND), "promised": {**each["limits"]["promised"], "warn": {"working_days": 3}}}
    form = [{"id": "area", "type": "integer", "label": text("面积", "Area"), "required": True, "min": 1, "max": 900},
            {"id": "kitchen", "type": "text", "label": text("厨房说明", "Kitchen")}]
    made = service("open", [each["id"] for each in matters], form=form, example_form={"area": 3}, promised=15)
    made["limits"] = {"statutory": limit(45, extend={**EXTEND, "approver": "government"}), "promised": limit(15, warn={"working_days": 3}),
                      "supplement": limit(10), "intake": limit(5), "delivery": limit(10), "tolerance": limit(10)}
    made["example"]["materials"] = [{"material": "plan", "name": "plan.pdf"}, {"material": "lease", "name": "lease.pdf"}]
    checked = {**json.loads(json.dumps(made)), "id": "checked", "intake": {"check": "officer"}}
    checked["example"]["service"] = "checked"
    config = center(folder, ["fire", "health", "environment"], matters, [made, checked], calendar={**calendar, "id": "test"})
    return {key: value for key, value in config.items() if key != "keys"}


class Center(DemoOf):
    def __init__(self, folder):
        super().__init__(folder, legal_center(folder), "--demo", "--clock", "virtual")
        del self.config["keys"]
        self.key = None

    def clock(self, now):
        assert self.post("/v1/test/clock", {"now": now + "T10:00:00+08:00"}).status == 200

    def act(self, path, body=None):
        answer = self.post(path, body)
        assert answer.status == 200, answer.raw
        return answer.json

    def submitted(self, of="open", who="王小明", **more):
        example = self.example(of)
        answer = self.submit({**example, "applicant": {"kind": "person", "name": who}, **more})
        assert answer.status == 201, answer.raw
        return answer.json


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with Center(tmp_path_factory.mktemp("legal")) as made:
        made.clock("2026-01-26")
        yield made


def page(hub, method, path, form=None, language="en"):
    body = None if form is None else urllib.parse.urlencode(form).encode()
    head = {"Accept-Language": language} | ({"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {})
    answer = hub.request(method, path, body, head)
    return answer.status, answer.headers, answer.raw.decode()


def sent(hub, path, **form):
    """A form that is taken: 303 to its page."""
    status, headers, html = page(hub, "POST", path, form)
    assert status == 303, re.sub(r"<[^>]+>", " ", html)[:2000]
    return headers["Location"]


def look(browser, name, weight_max):
    assert browser.complaints() == []
    assert browser.overflow() <= 0, f"{name} is wider than the screen"
    assert browser.faint() == []
    assert browser.weight() <= weight_max, f"{name} weighs {browser.weight()}"
    nameless = browser.driver.execute_script(
        "return [...document.querySelectorAll('main input:not([type=hidden]), main select, main textarea')]"
        ".filter(e => !e.labels.length && !e.ariaLabel).map(e => e.name)")
    assert nameless == []
    doubled = browser.driver.execute_script(
        "const ids = [...document.querySelectorAll('[id]')].map(e => e.id); return ids.filter((id, i) => ids.indexOf(id) != i)")
    assert doubled == [] and len(browser.all("h1")) == 1
    browser.shoot(name)


@pytest.fixture(scope="module")
def story(hub):
    """One application with a pause, a question, extensions and a milestone; all done by forms."""
    number = hub.submitted()["number"]
    for task in (1, 2, 3):
        sent(hub, f"/tasks/{number}.{task}/take")
    hub.clock("2026-01-29")
    assert sent(hub, f"/tasks/{number}.1/pause", kind="inspection", expected_days="5", text="现场检验").endswith("?done=pause")
    sent(hub, f"/tasks/{number}.1/milestone", milestone="inspectors_assigned", text="张、李")
    sent(hub, f"/tasks/{number}.2/ask", **{"text": "请补充厨房说明", "f.kitchen": "1", "m.plan": "1"})
    hub.clock("2026-02-03")
    sent(hub, f"/tasks/{number}.1/resume")
    sent(hub, f"/tasks/{number}.1/extend", clock="statutory", length="5", reason="案情复杂")
    sent(hub, f"/applications/{number}/extend", clock="statutory", length="10", reason="需专家论证")
    return number


def test_the_strip_is_what_the_api_counts(hub, story):
    clock = hub.get(f"/v1/applications/{story}/clocks?explain=true").json["clocks"][0]
    _, _, html = page(hub, "GET", f"/applications/{story}")
    strip = html[html.index('id="days"'):html.index('class="legend"')]
    cells = re.findall(r'<td class="u-(\w+) k-(\w+)[^"]*"><span>(?:<i>\w+</i> )?(\d+)</span>(?:<b>(\d+)</b>)?', strip)
    assert [(use, kind, int(day), int(number or 0)) for use, kind, day, number in cells] == [
        (day["use"], day["kind"], int(day["date"][-2:]), day.get("number", 0)) for day in clock["days"]]
    assert strip.count("<em>due</em>") == 1 and strip.count("<em>no pause</em>") == 1
    assert re.search(r'due"><span>26</span><b>15</b><em>due', strip) and clock["due"] == "2026-02-26"
    assert re.search(r'plain"><span>14</span><b>12</b>', strip) and clock["due_without_pauses"] == "2026-02-14"
    assert clock["explanation"]["en"] in html
    assert "Paused: inspection (fire)" in html and "Spring Festival" in html


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
@pytest.mark.parametrize("language, width", VIEWS)
def test_every_page_is_fit_to_be_shown(hub, story, language, width):
    code = hub.show(story)["code"]
    received = hub.submitted("checked", who=f"钱七{language}{width}")["number"]
    with Browser(hub.address, language, width) as browser:
        for name, path, most in (("legal-application", f"/applications/{story}", STAFF_MAX), ("legal-received", f"/applications/{received}", STAFF_MAX),
                                 ("legal-task", f"/tasks/{story}.1", STAFF_MAX), ("alerts", "/alerts", STAFF_MAX), ("catalog", "/catalog", STAFF_MAX),
                                 ("calendars", "/calendars", CITIZEN_MAX), ("calendar-year", "/calendars/test?year=2026", CITIZEN_MAX),
                                 ("calendar-unpublished", "/calendars/test?year=2031", CITIZEN_MAX), ("legal-apply", "/apply/open", CITIZEN_MAX)):
            browser.open(path)
            browser.driver.execute_script("document.querySelectorAll('details').forEach(e => { e.open = true; })")
            look(browser, name, most)
        browser.open("/track")
        browser.fill("number", story)
        browser.fill("code", code)
        browser.press("main form button.main")
        assert browser.all(".calendar .due") and browser.all(".calendar .u-paused") and browser.all(".told li")
        look(browser, "legal-progress", CITIZEN_MAX)


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_dark_is_readable(hub, story):
    with Browser(hub.address, "zh-CN", DESK, is_dark=True) as browser:
        for path in (f"/applications/{story}", "/calendars/test?year=2026", "/alerts"):
            browser.open(path)
            assert browser.faint() == [], path


def test_what_was_told_is_shown_to_both(hub, story):
    _, _, staff = page(hub, "GET", f"/applications/{story}", language="zh-CN")
    _, _, citizen = page(hub, "POST", "/track", {"number": story, "code": hub.show(story)["code"]}, language="zh-CN")
    for html in (staff, citizen):
        for words in ("因检验依法中止计时", "预计需要 5 个工作日", "现场检验", "恢复计时，剩余期限继续计算", "法定期限延长 5 个工作日", "理由：需专家论证", "请补充厨房说明"):
            assert words in html, words
        assert '<li>厨房说明</li><li>平面布局图</li>' in html, "fields and materials by their names"


def test_a_duplicate_and_a_promise_are_said(hub):
    hub.clock("2026-02-04")
    _, _, form_page = page(hub, "GET", "/apply/open")
    key = re.search(r'name="key" value="([0-9a-f]{32})"', form_page).group(1)
    person = {"kind": "person", "name": "李四", "id_type": "resident_id", "id_number": "110101199003070011"}
    form = {"key": key, **person, "f.area": "3", "m.plan": "1", "p.lease": "1"}
    status, _, html = page(hub, "POST", "/apply/open", {**form, "until": "2026-12-31"})
    assert status == 422 and '<a href="#until">' in html, "further away than the service allows"
    status, _, html = page(hub, "POST", "/apply/open", {**form, "until": "2026-02-11"})
    assert status == 200 and "please hand in what you promised" in html and "11 February 2026" in html
    number = re.search(r'id="receipt-number">([^<]+)<', html).group(1)
    assert hub.show(number)["notice"]["kind"] == "tolerated"
    _, _, html = page(hub, "GET", f"/applications/{number}")
    assert 'name="m.lease"' in html and 'name="m.plan"' not in html
    sent(hub, f"/applications/{number}/supplement", **{"m.lease": "1"})
    assert hub.show(number)["notice"] is None
    _, _, html = page(hub, "POST", "/apply/open", {"key": "f" * 32, **person, "f.area": "3", "m.plan": "1", "m.lease": "1"})
    assert f'open application for the same service: <b class="number">{number}</b>' in html


def test_the_supplement_form_ends_with_its_items(hub, story):
    _, _, html = page(hub, "GET", f"/applications/{story}")
    assert 'name="m.plan"' in html and 'name="f.kitchen"' in html and 'name="m.lease"' not in html and 'name="f.area"' not in html
    sent(hub, f"/applications/{story}/supplement", **{"m.plan": "1", "f.kitchen": ""})
    _, _, html = page(hub, "GET", f"/applications/{story}")
    assert 'name="m.plan"' not in html and 'name="f.kitchen"' in html, "what is here is not asked for any more"
    sent(hub, f"/applications/{story}/supplement", **{"f.kitchen": "两间"})
    assert hub.show(story)["notice"] is None and 'id="supplement"' not in page(hub, "GET", f"/applications/{story}")[2]


@pytest.mark.parametrize("form, status, kind, words", [
    ({"outcome": "complete"}, "in_review", None, None),
    ({"outcome": "incomplete", "m.plan": "1"}, "incomplete", "incomplete", "Floor plan"),
    ({"outcome": "correctable", "text": "面积有误"}, "incomplete", "correctable", "面积有误"),
    ({"outcome": "not_competent", "body": "市住建局", "text": "面积超过本中心权限"}, "not_accepted", "not_competent", "The right body is: <b>市住建局</b>"),
    ({"outcome": "not_required"}, "not_accepted", "not_required", "Nothing to approve"),
])
def test_the_intake_check(hub, form, status, kind, words):
    number = hub.submitted("checked", who=f"赵{form['outcome']}")["number"]
    _, _, html = page(hub, "GET", f"/applications/{number}")
    assert 'id="check"' in html and "Received and being looked at" in html and html.count('name="m.plan"') == 1
    assert sent(hub, f"/applications/{number}/check", matter="", **form).endswith("?done=check")
    shown = hub.show(number)
    assert shown["status"] == status and (shown["notice"] or {}).get("kind") == kind
    _, _, html = page(hub, "GET", f"/applications/{number}")
    assert 'id="check"' not in html and (words is None or words in html)
    assert page(hub, "POST", f"/applications/{number}/check", {"outcome": "complete"})[0] == 409


def test_refusals_keep_what_was_typed(hub, story):
    for path, form, kept in ((f"/applications/{story}/extend", {"clock": "statutory", "length": "99", "reason": "too long"}, ("99", "too long")),
                             (f"/tasks/{story}.1/milestone", {"milestone": "hearing_announced", "on": "2026-02-05", "chair": "demo"}, ("2026-02-05", "demo")),
                             (f"/tasks/{story}.1/pause", {"kind": "tender", "expected_days": "7"}, ("7",))):
        status, _, html = page(hub, "POST", path, form)
        assert status == 422 and 'class="alert"' in html and all(word in html for word in kept), path


def test_alerts_filter_by_the_address(hub, story):
    hub.clock("2026-02-28")
    _, _, html = page(hub, "GET", "/alerts")
    assert "Red</b>" in html and "Yellow</b>" in html and f'href="/applications/{story}"' in html
    _, _, html = page(hub, "GET", f"/alerts?kind=overdue&number={story}")
    assert set(re.findall(r'href="/applications/([^"?]+)"', html)) == {story} and "v-yellow" not in html
    assert page(hub, "GET", "/alerts?kind=nonsense")[0] == 422
    _, _, html = page(hub, "GET", "/applications?overdue=true")
    assert 'class="level v-red">Overdue' in html


def test_a_deemed_decision_can_be_certified(hub):
    number = hub.submitted(who="冯某")["number"]
    assert page(hub, "GET", f"/applications/{number}/certificate")[0] == 409
    for task in (1, 2):
        hub.act(f"/v1/tasks/{number}.{task}/take")
        hub.act(f"/v1/tasks/{number}.{task}/opinion", {"opinion": "approve"})
    for day in ("2026-03-10", "2026-03-20", "2026-03-31"):
        hub.clock(day)
    assert hub.wait_for(number, lambda shown: shown["decision"])["deemed"] is True
    assert f'href="/applications/{number}/certificate"' in page(hub, "GET", f"/applications/{number}")[2]
    status, headers, html = page(hub, "GET", f"/applications/{number}/certificate")
    assert status == 200 and headers["Cache-Control"] == "no-store"
    for words in ("Certificate of a deemed decision", "fumes", "deemed consent", number, "Test center"):
        assert words in html, words


def test_a_catalogue_is_changed_after_a_look(hub, tmp_path):
    number = hub.submitted(who="陈某")["number"]
    before = hub.show(number)["promised_date"]
    path = Path(hub.folder) / "catalog" / "all.json"
    catalogue = json.loads(path.read_text())
    catalogue["calendars"][0]["holidays"].append({"from": before, "name": text("县庆", "County day")})
    path.write_text(json.dumps(catalogue, ensure_ascii=False))
    status, _, html = page(hub, "POST", "/catalog", {})
    version = re.search(r'name="version" value="([0-9a-f]+)"', html).group(1)
    assert status == 200 and f'href="/applications/{number}"' in html and before in html and hub.show(number)["promised_date"] == before
    catalogue["calendars"][0]["holidays"][-1]["name"] = text("建县日", "Founding day")
    catalogue["services"][0]["summary"] = text("另一说明", "Another summary")
    path.write_text(json.dumps(catalogue, ensure_ascii=False))
    status, _, html = page(hub, "POST", "/catalog", {"version": version})
    assert status == 409 and "The folder changed since you looked" in html and hub.show(number)["promised_date"] == before
    version = re.search(r'name="version" value="([0-9a-f]+)"', html).group(1)
    assert sent(hub, "/catalog", version=version) == "/catalog?done=reload"
    after = hub.wait_for(number, lambda shown: shown["promised_date"] != before)["promised_date"]
    assert after > before
    _, _, html = page(hub, "GET", f"/applications/{number}")
    assert "Founding day" in html and "The calendar of working days was amended" in html
    path.write_text("{")
    status, _, html = page(hub, "POST", "/catalog", {})
    assert status == 422 and "all.json:1:2" in html


def test_public_pages_need_nothing_and_staff_pages_a_key(tmp_path):
    config = legal_center(tmp_path)
    with DemoOf(tmp_path, config) as guarded:
        key, guarded.key = guarded.key, None
        for path in ("/calendars", "/calendars/test?year=2026"):
            assert page(guarded, "GET", path)[0] == 200
        assert page(guarded, "GET", "/calendars/none")[0] == 404 and page(guarded, "GET", "/calendars/test?year=1")[0] == 422
        for path in ("/alerts", "/catalog", "/applications/20260126-000001-5/certificate"):
            status, headers, _ = page(guarded, "GET", path)
            assert status == 303 and headers["Location"].startswith("/sign-in?next=%2F"), path
        assert page(guarded, "POST", "/catalog", {})[0] == 403
        guarded.key = key
