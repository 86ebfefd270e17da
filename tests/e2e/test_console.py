# SPDX-License-Identifier: Apache-2.0
"""The web console in a real browser: a citizen applies and follows, an officer answers, an admin looks after
connectors; in both languages, on a phone and at a desk, with and without JavaScript."""
import datetime
import hashlib
import re
import time
import urllib.parse

import pytest

from console_browser import DESK, PHONE, Browser, missing
from hub import ROOT, SIM, DemoOf, Hub, center, matter, service, text

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

CITIZEN_MAX, STAFF_MAX = 30_000, 60_000  # bytes of a first visit, as gzip has them, with style and script
WORDS = {
    "en": {"home": "One door, one form, one answer", "guide": "Service guide", "basis": "Legal basis", "receipt": "Receipt",
           "outcome": "Approved with conditions", "conditions": "Conditions", "live": "keeps itself up to date",
           "worklist": "Worklist", "taken": "Signed for: the review has begun.", "recorded": "The opinion is recorded.",
           "active": "Active", "load": "Load a connector", "reasons": "Licensing Law art. 38", "missing": "What is missing",
           "wrong_code": "look-up code is wrong", "seats": "is to be from 0 to 5000", "lost": "There is no such page"},
    "zh-CN": {"home": "进一扇门，办一件事", "guide": "办事指南", "basis": "设定依据", "receipt": "受理回执",
              "outcome": "附条件准予", "conditions": "条件", "live": "本页会自动更新",
              "worklist": "待办", "taken": "已签收，审查开始。", "recorded": "意见已提交并记录。",
              "active": "运行中", "load": "装载连接器", "reasons": "行政许可法第三十八条", "missing": "一次性告知",
              "wrong_code": "编号或查询码不正确", "seats": "须在 0 至 5000", "lost": "没有这个页面"},
}
VIEWS = [("en", DESK), ("zh-CN", PHONE), ("zh-CN", DESK), ("en", PHONE)]


@pytest.fixture(scope="module")
def hub():
    with Hub() as hub:
        hub.wait_connectors()
        yield hub


@pytest.fixture(scope="module", params=VIEWS, ids=lambda view: f"{view[0]}-{view[1]}")
def started(request, hub):
    with Browser(hub.address, *request.param) as browser:
        yield browser


@pytest.fixture
def browser(started):
    started.forget()
    return started


def look(browser, name, weight_max):
    """What holds for every page, and its picture."""
    assert browser.complaints() == []
    assert browser.one("html").get_attribute("lang") == browser.language
    assert browser.overflow() <= 0, f"{name} is wider than the screen"
    assert browser.faint() == []
    assert browser.weight() <= weight_max, f"{name} weighs {browser.weight()}"
    nameless = browser.driver.execute_script(
        "return [...document.querySelectorAll('main input:not([type=hidden]), main select, main textarea')]"
        ".filter(e => !e.labels.length && !e.ariaLabel).map(e => e.name)")
    assert nameless == []
    assert len(browser.all("h1")) == 1
    browser.shoot(name)


def in_words(iso, language):
    day = datetime.date.fromisoformat(iso)
    if language == "en":
        return f"{day:%A}, {day.day} {day:%B} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日（星期{'一二三四五六日'[day.weekday()]}）"


def fill_application(browser, example, seats="80", without=()):
    for name in ("kind", "name", "id_type", "id_number", "phone", "email"):
        browser.fill(name, example["applicant"][name])
    for field, value in example["form"].items():
        browser.fill(f"f.{field}", {True: "true", False: "false"}.get(value, str(value)) if not isinstance(value, str) else value)
    browser.fill("f.seats", seats)
    for item in example["materials"]:
        if item["material"] not in without:
            browser.fill(f"m.{item['material']}", True)


def test_citizen_applies_and_follows(browser, hub):
    words = WORDS[browser.language]
    browser.open("/")
    assert words["home"].replace(",", "") in browser.text.replace("\n", " ").replace(",", "")
    look(browser, "home", CITIZEN_MAX)
    browser.fill("q", "餐饮" if browser.language == "zh-CN" else "restaurant")
    browser.press(".search button")
    assert browser.path.startswith("/guide?q=") and browser.all("a[href='/guide/open-restaurant']")
    assert not browser.all("a[href='/guide/build-house']")
    look(browser, "search", CITIZEN_MAX)
    browser.press("a[href='/guide/open-restaurant']")
    assert words["basis"] in browser.text and browser.all("a[href='/v1/services/open-restaurant']")
    look(browser, "service", STAFF_MAX)
    browser.press("a[href='/apply/open-restaurant']")
    look(browser, "apply", STAFF_MAX)

    example = hub.example("open-restaurant")
    fill_application(browser, example, seats="6000")
    browser.press("form.apply button.main")
    assert words["seats"] in browser.text, "the fault stands on the page"
    assert browser.one("[name='f.seats']").get_attribute("aria-invalid") == "true"
    assert browser.one("[name='f.trade_name']").get_attribute("value") == example["form"]["trade_name"], "what was typed is kept"
    assert browser.one("[name='m.floor-plan']").is_selected()
    look(browser, "apply-fault", STAFF_MAX)
    browser.fill("f.seats", "80")
    browser.press("form.apply button.main")
    assert words["receipt"] in browser.text
    number, code = browser.one("#receipt-number").text, browser.one("#receipt-code").text
    assert re.fullmatch(r"\d{8}-\d{6}-\w", number) and hub.show(number)["code"] == code
    assert in_words(hub.show(number)["promised_date"], browser.language) in browser.text
    look(browser, "receipt", CITIZEN_MAX)

    browser.press(".receipt form button.main")
    assert number in browser.text
    browser.wait_text(words["outcome"])  # the page refreshes itself
    assert words["conditions"] in browser.text and words["live"] not in browser.text
    look(browser, "progress", CITIZEN_MAX)
    browser.open("/track/" + number)
    assert words["outcome"] in browser.text, "the browser keeps number and code until told to forget"
    browser.press(".heading button.plain")
    browser.open("/track/" + number)
    assert words["outcome"] not in browser.text and browser.one("#number").get_attribute("value") == number


def test_incomplete_is_told_once_and_supplied(browser, hub):
    words = WORDS[browser.language]
    browser.open("/apply/open-restaurant")
    fill_application(browser, hub.example("open-restaurant"), without=("floor-plan", "staff-roster"))
    browser.press("form.apply button.main")
    assert words["missing"] in browser.text
    look(browser, "receipt-incomplete", CITIZEN_MAX)
    number = browser.one("#receipt-number").text
    browser.open("/applications/" + number)
    browser.fill("m.floor-plan", True)
    browser.fill("m.staff-roster", True)
    browser.press("form[action$='/supplement'] button")
    assert hub.show(number)["status"] in ("in_review", "decided")


def test_track_says_what_is_wrong(browser):
    browser.open("/track")
    look(browser, "track", CITIZEN_MAX)
    browser.fill("number", "20261129-000001-4")
    browser.fill("code", "wrong")
    browser.press("main form button.main")
    assert WORDS[browser.language]["wrong_code"] in browser.text
    assert browser.one("#number").get_attribute("value") == "20261129-000001-4"


def test_officer_answers_from_the_worklist(browser, hub):
    words = WORDS[browser.language]
    number = hub.submit(hub.example("build-house")).json["number"]
    browser.open("/worklist")
    assert words["worklist"] in browser.text
    look(browser, "worklist", STAFF_MAX)
    task = next(task["id"] for task in hub.show(number)["tasks"] if task["state"] == "offered" and task["owner"] == "officer")
    browser.press(f"a[href='/tasks/{task}']")
    look(browser, "task", STAFF_MAX)
    browser.press("form[action$='/take'] button")
    assert words["taken"] in browser.text
    browser.fill("opinion", "reject")
    browser.fill("conditions", "kept")
    browser.press("form[action$='/opinion'] button")
    assert words["reasons"] in browser.text, "a rejection without reasons is refused at the door"
    assert browser.one("[name='conditions']").get_attribute("value") == "kept"
    look(browser, "task-fault", STAFF_MAX)
    browser.fill("opinion", "approve_with_conditions")
    browser.fill("conditions", "第一条\nSecond <b>& \"last\"")
    browser.press("form[action$='/opinion'] button")
    assert words["recorded"] in browser.text
    opinion = next(item for item in hub.show(number)["tasks"] if item["id"] == task)["opinion"]
    assert opinion["conditions"] == ["第一条", 'Second <b>& "last"']
    assert 'Second <b>& "last"' in browser.text, "shown as typed, never as markup"
    look(browser, "task-done", STAFF_MAX)


def test_desk_finds_explains_and_withdraws(browser, hub):
    number = hub.submit(hub.example("build-house")).json["number"]
    browser.open("/applications")
    look(browser, "applications", STAFF_MAX)
    browser.press(f"a[href='/applications/{number}']")
    look(browser, "application", STAFF_MAX)
    assert browser.all(".calendar .u-counted") and browser.all(".calendar .due") and browser.all(".events li")
    browser.one("form[action$='/withdraw']").find_element("xpath", "../summary").click()
    browser.fill("confirmed", True)
    browser.one("#reason").send_keys("test")
    browser.press("form[action$='/withdraw'] button")
    assert hub.show(number)["status"] == "withdrawn"
    look(browser, "application-withdrawn", STAFF_MAX)


def test_staff_page_follows_events(hub):
    with Browser(hub.address, "en", DESK) as browser:
        number = hub.submit(hub.example("build-house")).json["number"]
        browser.open("/applications/" + number)
        task = next(task["id"] for task in hub.show(number)["tasks"] if task["owner"] == "officer")
        hub.post(f"/v1/tasks/{task}/take")
        hub.post(f"/v1/tasks/{task}/opinion", {"opinion": "approve"})
        browser.wait_text("Opinion given", 5)
        assert browser.complaints() == []


def test_fresh_content_wipes_nothing_that_was_typed(hub):
    with Browser(hub.address, "en", DESK) as browser:
        number = hub.submit(hub.example("build-house")).json["number"]
        browser.open("/applications/" + number)
        browser.driver.execute_script("""document.getElementById('live').insertAdjacentHTML('beforeend', '<form><input id="typed"></form>');
            document.getElementById('typed').value = 'moved'""")
        task = next(task["id"] for task in hub.show(number)["tasks"] if task["owner"] == "officer")
        hub.post(f"/v1/tasks/{task}/take")
        hub.post(f"/v1/tasks/{task}/opinion", {"opinion": "approve"})
        held = "return document.getElementById('live').isBehind === true && document.getElementById('typed').value"
        deadline = time.monotonic() + 10
        while browser.driver.execute_script(held) != "moved":
            assert time.monotonic() < deadline, "the fresh content waits"
        assert "Opinion given" not in browser.text
        browser.driver.execute_script("var field = document.getElementById('typed'); field.focus(); field.value = ''; field.blur()")
        browser.wait_text("Opinion given", 5)


def test_admin_loads_and_unloads(hub, browser):
    words = WORDS[browser.language]
    browser.open("/connectors")
    assert words["active"] in browser.text and words["load"] in browser.text
    offered = [each.get_attribute("value") for each in browser.all("datalist#modules option")]
    assert "hello-1.0.0" in offered and SIM in offered and offered == sorted(offered), "what the folder holds, loaded or not"
    look(browser, "connectors", STAFF_MAX)
    browser.fill("id", "test-hello")
    browser.fill("department", "education")
    browser.fill("module", "hello-1.0.0")
    browser.fill("config", '{"max_area_m2": 1,}')
    browser.press("form[action='/connectors'] button.main")
    assert "1:" in browser.one("section.alert").text and browser.one("[name='module']").get_attribute("value") == "hello-1.0.0"
    look(browser, "connectors-fault", STAFF_MAX)
    browser.fill("config", '{"max_area_m2": 400}')
    browser.press("form[action='/connectors'] button.main")
    assert not any(item["id"] == "test-hello" for item in hub.get("/v1/connectors").json["items"]), "looked at, not done"
    assert "onedoor plugin load test-hello hello-1.0.0 --config '{\"max_area_m2\": 400}' --department education" in browser.one(".cli").text
    look(browser, "connector-plan", STAFF_MAX)
    if browser.all("input[name='approve']"):
        browser.fill("approve", True)
    browser.fill("reason", "first try")
    browser.press("form[action='/connectors'] button.main")
    assert browser.path == "/connectors/test-hello?done=load"
    look(browser, "connector", STAFF_MAX)
    until = time.monotonic() + 10
    while hub.get("/v1/connectors/test-hello").json["state"] != "active":
        assert time.monotonic() < until
        time.sleep(0.05)
    browser.open("/connectors/test-hello")
    assert "first try" in browser.text
    for verb, state in (("drain", "drained"), ("enable", "active"), ("disable", "disabled"), ("enable", "active"), ("unload", None)):
        browser.press(f"form[action$='/{verb}'] button")
        assert f"onedoor plugin {verb} test-hello" in browser.one(".cli").text
        if verb in ("drain", "unload"):
            look(browser, f"connector-{verb}", STAFF_MAX)
        browser.press(f"form[action='/connectors/test-hello/{verb}'] button")
        assert browser.path.endswith(f"?done={verb}")
        until = time.monotonic() + 10
        while state is not None and hub.get("/v1/connectors/test-hello").json["state"] != state:
            assert time.monotonic() < until
            time.sleep(0.05)
        if state is not None:
            browser.open("/connectors/test-hello")
    until = time.monotonic() + 10
    while any(item["id"] == "test-hello" for item in hub.get("/v1/connectors").json["items"]):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_admin_upgrades_and_rolls_back(hub, browser):
    """Looked at, replaced, watched, and led back: by forms alone."""
    browser.open("/connectors/environment")
    upgrade_and_roll_back(hub, browser)


def test_admin_upgrades_without_javascript(hub):
    with Browser(hub.address, "en", PHONE, has_script=False) as browser:
        browser.open("/connectors/environment")
        upgrade_and_roll_back(hub, browser)


def upgrade_and_roll_back(hub, browser):
    browser.fill("module", "hello-1.0.0")
    browser.one("details summary").click()
    browser.fill("config", '{"max_area_m2": 300}')
    browser.press("form[action$='/upgrade'] button.main")
    assert hub.get("/v1/connectors/environment").json["module"] == SIM, "looked at, not done"
    assert "1.0" in browser.text and "/properties/max_area_m2" in browser.text
    look(browser, "connector-upgrade", STAFF_MAX)
    browser.fill("bake", "600")
    browser.fill("reason", "smaller")
    browser.press("form[action$='/upgrade'] button.main")
    assert browser.path == "/connectors/environment?done=upgrade"
    until = time.monotonic() + 10
    while (hub.get("/v1/connectors/environment").json["rollout"] or {}).get("step") != "baking":
        assert time.monotonic() < until
        time.sleep(0.05)
    browser.open("/connectors/environment")
    assert len(browser.all(".rollout .steps li")) == 3 and "smaller" in browser.text and "hello-1.0.0" in browser.text
    look(browser, "connector-rollout", STAFF_MAX)
    browser.press("form[action$='/rollback'] button")
    browser.press("form[action$='/rollback'] button")
    assert browser.path == "/connectors/environment?done=rollback"
    until = time.monotonic() + 20
    while hub.get("/v1/connectors/environment").json["module"] != SIM or hub.get("/v1/connectors/environment").json["rollout"]:
        assert time.monotonic() < until, hub.get("/v1/connectors/environment").raw
        time.sleep(0.05)


def test_guide_for_those_who_ask(browser):
    browser.open("/guide")
    everything = len(browser.all("main li a"))
    browser.press(".chips a[href='/guide?for=person']")
    assert browser.one(".chips a[aria-current]").get_attribute("href").endswith("/guide?for=person")
    people = len(browser.all("main li a"))
    look(browser, "guide-person", CITIZEN_MAX)
    browser.press(".chips a[href='/guide?for=organization']")
    assert 0 < people < everything and 0 < len(browser.all("main li a")) <= everything
    browser.open("/")
    browser.press(".chips a[href='/?for=organization']")
    assert browser.all(".cards li")
    look(browser, "home-organization", CITIZEN_MAX)


def test_lost_and_language(browser):
    words = WORDS[browser.language]
    browser.open("/nowhere")
    assert words["lost"] in browser.text
    assert browser.complaints() == []
    browser.shoot("not-found")
    other = "en" if browser.language == "zh-CN" else "zh-CN"
    browser.open("/guide?q=a")
    browser.press("a.language")
    assert browser.one("html").get_attribute("lang") == other and "q=a" in browser.path
    browser.open("/")
    assert browser.one("html").get_attribute("lang") == other, "the choice is kept"


def test_dark_is_readable(hub):
    number = hub.submit(hub.example("open-restaurant")).json["number"]
    hub.wait_for(number, lambda application: application["decision"])
    with Browser(hub.address, "zh-CN", DESK, is_dark=True) as browser:
        for name, path in (("home", "/"), ("apply", "/apply/open-restaurant"), ("application", "/applications/" + number),
                           ("connectors", "/connectors")):
            browser.open(path)
            assert browser.faint() == [], name
            browser.shoot(name)


def test_keyboard_reaches_everything(hub):
    with Browser(hub.address, "en", DESK) as browser:
        browser.open("/")
        stops = browser.tab_stops(60)
        assert stops[0] == "Skip to the content"
        for name in ("Service guide", "Track", "Worklist", "q", "number", "code"):
            assert name in stops, f"{name} is not reached: {stops}"
        browser.open("/worklist")
        from selenium.webdriver.common.keys import Keys
        if browser.all("table.rows tbody a"):
            browser.one("body").send_keys("j")
            assert browser.driver.switch_to.active_element.get_attribute("href").startswith(hub.address + "/tasks/")
        browser.open("/")
        browser.one("body").send_keys("/")
        assert browser.driver.switch_to.active_element.get_attribute("name") == "q"
        browser.driver.switch_to.active_element.send_keys("clinic" + Keys.ENTER)
        browser.wait_text("outpatient")


def test_without_javascript(hub):
    with Browser(hub.address, "en", PHONE, has_script=False) as browser:
        browser.open("/apply/open-restaurant")
        fill_without_script(browser, hub.example("open-restaurant"))
        browser.press("form.apply button.main")
        number, code = browser.one("#receipt-number").text, browser.one("#receipt-code").text
        hub.wait_for(number, lambda application: application["decision"])
        browser.open("/track")
        browser.fill("number", number)
        browser.fill("code", code.lower())
        browser.press("main form button.main")
        assert WORDS["en"]["outcome"] in browser.text


def fill_without_script(browser, example):
    for name in ("kind", "name"):
        browser.fill(name, example["applicant"][name])
    for field in ("premises_area_m2", "seats"):
        browser.fill(f"f.{field}", str(example["form"][field]))
    for item in example["materials"]:
        browser.fill(f"m.{item['material']}", True)


KEYS = {"desk": ["front_desk"], "officer": ["officer"], "admin": ["admin"]}


@pytest.fixture
def guarded(tmp_path):
    """A hub with keys, and no demo."""
    config = center(tmp_path, ["fire", "health"], [matter("check", "fire", fields=["area"]), matter("clean", "health")],
                    [service("open", ["check", "clean"], form=[{"id": "area", "type": "integer", "label": text("面积", "Area"),
                                                                "required": True, "min": 1, "max": 9}], example_form={"area": 3})])
    hub = DemoOf(tmp_path, config)
    for name, roles in KEYS.items():
        secret = hashlib.sha256(f"{name}-secret".encode()).hexdigest()
        hub.config["keys"].append({"id": name, "hash": f"sha256:{secret}", "roles": roles,
                                   **({"department": "fire"} if name == "officer" else {})})
    with hub:
        yield hub


def page(hub, method, path, form=None, **headers):
    key, hub.key = hub.key, None
    try:
        body = None if form is None else urllib.parse.urlencode(form).encode()
        return hub.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"} | headers if body is not None else headers)
    finally:
        hub.key = key


def sign_in(hub, name):
    answer = page(hub, "POST", "/sign-in", {"key": f"{name}-secret", "next": "/worklist"}, Origin=hub.address)
    assert answer.status == 303 and answer.headers["Location"] == "/worklist"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    return cookie.split(";")[0]


def test_staff_pages_need_a_key(guarded):
    for path in ("/worklist", "/applications", "/connectors", "/connectors/x"):
        answer = page(guarded, "GET", path)
        assert answer.status == 303 and answer.headers["Location"].startswith("/sign-in?next=%2F"), path
    assert page(guarded, "POST", "/sign-in", {"key": "nonsense"}).status == 401
    assert page(guarded, "POST", "/connectors", {"id": "x", "module": "y"}).status == 403
    assert page(guarded, "GET", "/guide").status == 200
    number = guarded.submit(guarded.example("open")).json["number"]
    assert page(guarded, "GET", f"/applications/{number}").status == 303
    assert page(guarded, "POST", f"/applications/{number}/withdraw", {"confirmed": "1"}).status == 403
    assert guarded.show(number)["status"] == "in_review"


def test_roles_hold_on_pages(guarded):
    officer, desk = sign_in(guarded, "officer"), sign_in(guarded, "desk")
    number = guarded.submit(guarded.example("open")).json["number"]
    answer = page(guarded, "GET", "/worklist", Cookie=officer)
    assert answer.status == 200 and f"{number}.1" in answer.raw.decode() and f"{number}.2" not in answer.raw.decode()
    assert 'href="/connectors"' not in answer.raw.decode(), "no way is shown that leads nowhere"
    assert page(guarded, "GET", "/connectors", Cookie=officer).status == 403
    assert page(guarded, "GET", "/worklist", Cookie=desk).status == 403
    taken = page(guarded, "POST", f"/tasks/{number}.2/take", {}, Cookie=officer, Origin=guarded.address)
    assert taken.status == 403, "another department's task"
    assert page(guarded, "POST", f"/tasks/{number}.1/take", {}, Cookie=officer, Origin=guarded.address).status == 303


def test_forms_of_another_origin_are_refused(guarded):
    desk = sign_in(guarded, "desk")
    number = guarded.submit(guarded.example("open")).json["number"]
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1", None):
        headers = {"Cookie": desk} | ({"Origin": origin} if origin else {})
        answer = page(guarded, "POST", f"/applications/{number}/withdraw", {"confirmed": "1"}, **headers)
        assert answer.status == 403, origin
    assert guarded.show(number)["status"] == "in_review"
    assert page(guarded, "POST", f"/applications/{number}/withdraw", {"confirmed": "1"}, Cookie=desk, Origin=guarded.address).status == 303
    assert guarded.show(number)["status"] == "withdrawn"


def test_sign_out_ends_the_session(guarded):
    desk = sign_in(guarded, "desk")
    assert page(guarded, "GET", "/applications", Cookie=desk).status == 200
    assert page(guarded, "POST", "/sign-out", {}, Cookie=desk, Origin=guarded.address).status == 303
    assert page(guarded, "GET", "/applications", Cookie=desk).status == 303
    assert page(guarded, "GET", "/applications", Cookie="onedoor_session=" + "0" * 64).status == 303


def test_next_stays_on_this_site(guarded):
    for there in ("//evil.example", "https://evil.example", "/\\evil.example", "", "javascript:alert(1)"):
        answer = page(guarded, "POST", "/sign-in", {"key": "desk-secret", "next": there})
        assert answer.status == 303 and answer.headers["Location"] == "/applications", there


def test_one_form_makes_one_application(guarded):
    desk = sign_in(guarded, "desk")
    form_page = page(guarded, "GET", "/apply/open", Cookie=desk).raw.decode()
    key = re.search(r'name="key" value="([0-9a-f]{32})"', form_page).group(1)
    form = {"key": key, "kind": "person", "name": "王小明", "f.area": "3"}
    numbers = set()
    for _ in range(3):
        answer = page(guarded, "POST", "/apply/open", form, Cookie=desk, Origin=guarded.address)
        assert answer.status == 200
        numbers.add(re.search(r'id="receipt-number">([^<]*)<', answer.raw.decode()).group(1))
    assert len(numbers) == 1 and len(guarded.get("/v1/applications").json["items"]) == 1
    other = page(guarded, "POST", "/apply/open", {**form, "f.area": "4"}, Cookie=desk, Origin=guarded.address)
    assert other.status == 422 and key not in other.raw.decode(), "another form needs another key, and gets it"
    assert len(guarded.get("/v1/applications").json["items"]) == 1


def test_hostile_forms(guarded):
    """None is an application, none is a crash, and nothing is printed as markup."""
    desk = sign_in(guarded, "desk")
    headers = {"Cookie": desk, "Origin": guarded.address, "Content-Type": "application/x-www-form-urlencoded"}
    mark = '"><script>alert(1)</script>\''
    answer = page(guarded, "POST", "/apply/open", {"key": "0" * 32, "name": mark, "f.area": mark, "kind": mark}, Cookie=desk, Origin=guarded.address)
    assert answer.status == 422 and b"<script>alert" not in answer.raw and b"&lt;script&gt;" in answer.raw
    guarded.key, key = None, guarded.key
    for body, status, why in ((b"a=%zz", 400, "broken escape"), (b"a=%ff", 400, "no UTF-8"), (b"a=%00", 400, "NUL"),
                              (b"a=1&a=2", 400, "one name twice"), (b"=1", 400, "no name"), (b"a" * 200 + b"=1", 400, "long name"),
                              (b"a=" + b"x" * 65536, 413, "over 64 KiB"), (b"", 400, "nothing"), (b"&&&", 400, "only separators")):
        assert guarded.request("POST", "/apply/open", body, headers).status == status, why
    for path in ("/?lang=%22onload", "/track/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/guide?q=%3Cscript%3Ealert(1)%3C/script%3E",
                 "/guide/%3Cscript%3E", "/sign-in?next=%22%3E%3Cscript%3Ealert(1)", "/applications?status=%3Cscript%3E", "/%3Cscript%3Ealert(1)"):
        answer = guarded.request("GET", path, headers={"Cookie": desk})
        assert answer.status < 500 and b"<script>alert" not in answer.raw and b"<script>\"" not in answer.raw, path
    guarded.key = key
    assert guarded.get("/v1/applications").json["items"] == []


def test_static_files_are_kept_and_checked(guarded):
    answer = page(guarded, "GET", "/guide")
    style = re.search(r'/static/style\.css\?v=[0-9a-f]{8}', answer.raw.decode()).group(0)
    first = page(guarded, "GET", style)
    assert first.status == 200 and "immutable" in first.headers["Cache-Control"] and first.headers["Content-Type"].startswith("text/css")
    assert page(guarded, "GET", style, **{"If-None-Match": first.headers["ETag"]}).status == 304
    assert page(guarded, "GET", "/static/style.css").headers["Cache-Control"] == "no-cache"
    assert page(guarded, "GET", "/static/../onedoor.json").status in (400, 404)
    assert page(guarded, "GET", "/static/home.html").status == 404
    policy = answer.headers["Content-Security-Policy"]
    for word in ("default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert word in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Referrer-Policy" in answer.headers
    assert page(guarded, "GET", "/guide", **{"If-None-Match": answer.headers["ETag"]}).status == 304


def test_script_is_small():
    for name in ("app.js", "live.js"):
        script = (ROOT / "hub" / "console" / name).read_text()
        assert len(script.encode()) <= 6000
        assert "http://" not in script and "https://" not in script, "nothing is loaded from elsewhere"


CUT = """return [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).length +
 [...document.querySelectorAll('.stacks td a, .stacks td .mark')].filter(e => e.getClientRects().length > 1 && /^[!-~]+$/.test(e.textContent)).length"""


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_tables_are_whole_at_every_width(hub, language):
    number = hub.submit(hub.example("build-house")).json["number"]
    with Browser(hub.address, language, PHONE) as browser:
        for browser.width in (PHONE, 500, 640, 641, 800, 960, 961, DESK):
            browser.resize(900)
            for path in ("/worklist", "/applications", "/connectors", "/applications/" + number):
                browser.open(path)
                assert browser.overflow() <= 0, f"{path} at {browser.width} is wider than the screen"
                assert browser.driver.execute_script(CUT) == 0, f"{path} at {browser.width}: a column is cut or a word is split"
                assert bool(browser.all(".stacks tbody tr")), path
