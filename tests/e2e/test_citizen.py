# SPDX-License-Identifier: Apache-2.0
"""What a citizen reads on his pages: each word is true of his application, and says what he can do next."""
import json
import os
import re
import subprocess
import time
from urllib.parse import urlencode

import pytest

from console_browser import PHONE, Browser, missing
from hub import BUILD
from test_fees import Desk as Fees
from test_fees import priced
from test_forms import page_of
from test_materials import Desk, a_center

in_a_browser = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def town(folder):
    """Two departments, and where the window is."""
    config = a_center(folder)
    file = folder / "catalog" / "all.json"
    catalog = json.loads(file.read_text())
    catalog["center"]["contact"] = {"address": {"zh-CN": "滨河路 5 号", "en": "5 River Road"}, "phone": "0000-5550199"}
    catalog["matters"][0]["pauses"] = ["testing"]
    catalog["services"][0]["limits"]["delivery"] = {"unit": "working_day", "length": 10}
    file.write_text(json.dumps(catalog, ensure_ascii=False))
    return config


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, town(tmp_path)) as hub:
        yield hub
        assert hub.stop() == 0


def applied(desk, *materials, **more):
    answer = desk.submit({"service": "two", "applicant": {"kind": "person", "name": "王小明"}, "form": {},
                          "materials": [{"material": id} for id in materials], **more})
    assert answer.status == 201, answer.raw
    return answer.json["number"], answer.json["code"]


def visit(hub, path, language="en", status=200, cookie=None):
    """A page as somebody without a key gets it."""
    key, hub.key = hub.key, None
    try:
        answer = hub.get(path, headers={"Accept": "text/html", "Accept-Language": language, **({"Cookie": cookie} if cookie else {})})
    finally:
        hub.key = key
    assert answer.status == status, answer.raw
    return page_of(answer)


def tracked(hub, number, code, language="en"):
    """The page a citizen follows his application on."""
    return visit(hub, f"/track/{number}", language, cookie=f"onedoor_track={number}.{code}")


def decide(hub, number, opinion="approve", **more):
    """Every department gives its opinion, one after the other."""
    for task in hub.show(number)["tasks"]:
        hub.post(f"/v1/tasks/{task['id']}/take")
        answer = hub.post(f"/v1/tasks/{task['id']}/opinion", {"opinion": opinion, "reasons": ["no room"], **more})
        assert answer.status == 200, answer.raw


@in_a_browser
def test_what_was_wrong_stands_until_it_is_mended(desk, tmp_path):
    """The page that answers a refused upload does not take a fresh copy of itself, in which nothing was wrong."""
    number, code = applied(desk)
    bad = tmp_path / "bad.html"
    bad.write_text("<p>no plan</p>")
    with Browser(desk.address, "zh-CN", PHONE) as browser:
        browser.open("/track")
        browser.fill("number", number)
        browser.fill("code", code)
        browser.press("main button.main")
        assert browser.all("#live[data-refresh]") and browser.all("[data-while-live]")
        browser.one("[name='d.plan']").send_keys(str(bad))
        browser.press("form[enctype] button")
        fault = browser.one("#e\\.d\\.plan").text
        assert "bad.html" in fault
        time.sleep(4)  # two turns of a page that refreshes itself
        assert browser.one("#e\\.d\\.plan").text == fault
        assert browser.all("[data-while-live]") == [], "it does not say that it keeps up to date"


def test_a_refused_form_of_an_application_stands(desk):
    """At the desk as well: what was filled in and refused is not wiped by somebody else's event."""
    number, _ = applied(desk, "plan", "photo")
    page = page_of(desk.get(f"/applications/{number}"))
    assert "data-live=" in page
    seq = re.search(r'name="second" value="(\d+)"', page)[1]
    form = {"second": seq, "to": "agent", "window": "7", "at": "2099-05-01T10:00"}
    answer = desk.request("POST", f"/applications/{number}/told", urlencode(form).encode(), headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 422 and '<option value="agent" selected>' in page_of(answer), answer.raw
    assert "data-live=" not in page_of(answer) and "data-refresh=" not in page_of(answer)


def test_a_joint_decision_is_nobodys_alone(desk):
    """Two departments decided: the notice names neither; one about a single task names its department."""
    number, code = applied(desk, "plan", "photo")
    task = desk.show(number)["tasks"][0]
    desk.post(f"/v1/tasks/{task['id']}/take")
    assert desk.post(f"/v1/tasks/{task['id']}/pause", {"kind": "testing", "expected_days": 3}).status == 200
    assert desk.post(f"/v1/tasks/{task['id']}/resume").status == 200
    decide(desk, number)
    told = {item["notice"]: item for item in desk.get(f"/v1/applications/{number}/notices").json["items"]}
    for notice in ("paused", "resumed"):
        assert told[notice]["matter"] == task["matter"] and told[notice]["department_name"]["en"] == task["department"]
    for notice in ("accepted", "decided"):
        assert "matter" not in told[notice] and "department_name" not in told[notice], told[notice]
    page = tracked(desk, number, code)
    assert re.search(r'n-decided">[^<]*</b></p>', page) and not re.search(r'n-decided">[^<]*</b> <small>', page)


def section(page, id):
    found = re.search(rf'<section[^>]* id="{id}".*?</section>', page, re.S)
    return found and re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def banner(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.search(r'<div class="status.*?</div>', page, re.S)[0])).strip()


def handed_over(desk, **body):
    number, code = applied(desk, "plan", "photo")
    decide(desk, number)
    assert desk.post(f"/v1/applications/{number}/delivery", body).status == 200
    return number, code, desk.post("/v1/track", {"number": number, "code": code, "explain": True}).json["handover"]


def test_after_the_decision_it_says_what_comes_next(desk):
    """By when and where to collect; that it is on its way, and with which waybill; that it was handed over, how and when."""
    number, code = applied(desk, "plan", "photo")
    assert desk.post("/v1/track", {"number": number, "code": code, "explain": True}).json["handover"] is None
    assert section(tracked(desk, number, code), "collect") is None
    decide(desk, number)
    for language, words in (("en", ("collect it at the window", "5 River Road", "0000-5550199", "09:00–17:00", "To be delivered by")),
                            ("zh-CN", ("凭编号到窗口领取", "滨河路 5 号", "0000-5550199", "09:00–17:00", "送达期限"))):
        page = tracked(desk, number, code, language)
        assert words[0] in banner(page) and words[4] in page
        assert all(word in section(page, "collect") for word in words[1:4]), section(page, "collect")

    number, code, handover = handed_over(desk, way="courier", carrier="EMS", waybill="E-77",
                                         recipient={"name": "王小明", "phone": "138", "address": "滨河路 1 号"})
    assert handover == {"way": "courier", "state": "on_the_way", "delivered_at": None, "carrier": "EMS", "waybill": "E-77"}
    page = tracked(desk, number, code)
    assert "on its way" in banner(page) and "E-77" in page and "EMS" in page and section(page, "collect") is None
    desk.post(f"/v1/applications/{number}/delivery", {"way": "courier", "state": "returned", "note": "nobody there"})
    assert section(tracked(desk, number, code), "collect") is not None, "it came back: it waits at the window"

    for body, way in (({"way": "electronic"}, "electronic"), ({"received_by": "王小明"}, "window")):
        number, code, handover = handed_over(desk, **body)
        assert (handover["way"], handover["state"]) == (way, "delivered") and handover["delivered_at"]
        page = tracked(desk, number, code)
        assert "the result was handed over" in banner(page) and "collect" not in banner(page) and section(page, "collect") is None
        assert {"electronic": "electronically", "window": "at the window"}[way] in page and "王小明" not in page


def test_what_was_given_up_asks_for_nothing(desk):
    """Withdrawn: neither what is missing nor a count of tasks that nobody works through; on the page and in the terminal."""
    number, code = applied(desk)
    assert '<section class="notice n-incomplete">' in tracked(desk, number, code)
    assert desk.post(f"/v1/applications/{number}/withdraw").status == 200
    for page in (tracked(desk, number, code), page_of(desk.get(f"/applications/{number}"))):
        assert '<section class="notice' not in page and "n-incomplete" in page, "told of once, not asked for any more"
        assert not re.search(r'class="count">\s*2 / 2', page)
    done = subprocess.run([str(BUILD / "bin" / "onedoor"), "show", number, "--lang", "en"], capture_output=True, text=True, timeout=60, check=True,
                          env={**os.environ, "ONEDOOR_URL": desk.address, "ONEDOOR_KEY": desk.SECRET, "LC_ALL": "C.UTF-8"})
    assert "withdrawn" in done.stdout and "notice" not in done.stdout, done.stdout


def test_the_hall_calls_for_what_waits_at_the_window(desk):
    """Not for what was handed over, nor for what is on its way; and it tells the hall of no outcome."""
    waits, _ = applied(desk, "plan", "photo")
    decide(desk, waits, "reject")
    gone, _, _ = handed_over(desk, way="electronic")
    sent, _, _ = handed_over(desk, way="courier", carrier="EMS", waybill="E-77", recipient={"name": "王小明", "phone": "138", "address": "滨河路 1 号"})
    hall = visit(desk, "/hall")
    assert waits in hall and gone not in hall and sent not in hall and "Refused" not in hall
    items = desk.get("/v1/register?to_collect=true").json["items"]
    assert [item["number"] for item in items] == [waits]
    assert len(desk.get("/v1/register?to_collect=false").json["items"]) == 3 and desk.get("/v1/register?to_collect=1").status == 422


def test_he_is_told_where_to_pay(tmp_path):
    """What is owed is said with its currency in the reader's words, and where to pay it, until it is paid."""
    with Fees(tmp_path, priced(tmp_path)) as hub:
        made = hub.apply()
        number, code = made["number"], made["code"]
        for language, words in (("en", ("pay at the window", "09:00–17:00", "2920.00 CNY")), ("zh-CN", ("到窗口缴费", "09:00–17:00", "2920.00 元"))):
            page = tracked(hub, number, code, language)
            assert all(word in section(page, "pay") for word in words[:2]), section(page, "pay")
            assert words[2] in re.sub(r"<[^>]+>", "", page) and (language == "en" or "CNY" not in page)
        assert hub.pay(number, "2920", "A-1").status == 201
        assert section(tracked(hub, number, code), "pay") is None


def plain(page):
    main = page[page.index("<main"):page.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_who_may_not_submit_is_told_where_it_is_taken_in(desk):
    """No door that is shut: the guide says where to apply, and the form is one to look at, without a button that does nothing."""
    for language, words in (("en", ("Where to apply", "5 River Road", "0000-5550199", "nothing is submitted")),
                            ("zh-CN", ("到哪里提交", "滨河路 5 号", "0000-5550199", "不会提交"))):
        guide, form = visit(desk, "/guide/two", language), visit(desk, "/apply/two", language)
        assert "Apply online" not in guide and "网上申请" not in guide
        for page in (guide, form):
            assert all(word in section(page, "window") for word in words[:3]), section(page, "window")
        assert words[3] in section(form, "window") and " disabled" not in form and 'type="file"' not in form and "/sign-in?next" not in form
        assert re.findall(r'<button class="main[^>]*>', form) == ['<button class="main big" name="look" value="1" formnovalidate>']
    page = page_of(desk.get("/apply/two"))
    assert "Submit" in page and 'type="file"' in page and 'id="window"' in page and "Where to apply" not in page
    assert "Apply online" in page_of(desk.get("/guide/two"))


def test_refusals_speak_of_pages(desk):
    """A link that is old or wrong: what it was, and the list to look in; nothing of the interface for programs."""
    for path, status, up, word in (("/guide/nix", 404, "/guide", "no such service"), ("/apply/nix", 404, "/guide", "no such service"),
                                   ("/calendars/zz", 404, "/calendars", "no such calendar"),
                                   ("/guide?cursor=zz", 422, "/guide", "no longer valid"), ("/register?cursor=zz", 422, "/register", "no longer valid"),
                                   ("/register?outcome=zz", 422, "/register", "no longer valid")):
        page = visit(desk, path, status=status)
        assert word in page and f'class="button main" href="{up}"' in page, path
        assert "/v1/" not in plain(page) and "openapi" not in plain(page) and "errors" not in plain(page), plain(page)


def test_too_many_tries_say_when_to_try_again(desk):
    number, _ = applied(desk)
    desk.key = None
    for _ in range(12):
        answer = desk.request("POST", "/track", urlencode({"number": number, "code": "AAAAAAAAAA"}).encode(),
                              headers={"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "zh-CN"})
    assert answer.status == 429
    text = plain(page_of(answer))
    assert f"请在 {answer.headers['Retry-After']} 秒后再试" in text and "到窗口" in text and "Retry-After" not in text, text


def test_receipt_leads_to_what_is_missing(desk):
    def receipt(**more):
        page = page_of(desk.get("/apply/two"))
        key = re.search(r'name="key" value="([0-9a-f]{32})"', page)[1]
        answer = desk.request("POST", "/apply/two", urlencode({"key": key, "kind": "person", "name": "王小明", **more}).encode(),
                              headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status == 200, answer.raw
        return re.search(r'class="main">([^<]+)<', page_of(answer))[1]
    assert receipt() == "Send the missing documents" and receipt(**{"m.plan": "1", "m.photo": "1"}) == "Follow it"


def test_a_row_of_the_notice_names_the_others(desk):
    """The printed notice: who else needs a document, without the department that the row is of."""
    number, _ = applied(desk)
    page = page_of(desk.get(f"/paper/{number}/notice"))
    row = re.search(r"<tr><td><b>fire</b>.*?</tr>", page, re.S)[0]
    assert "· water" in row and "· fire" not in row, row
