# SPDX-License-Identifier: Apache-2.0
"""What a citizen reads on his pages: each word is true of his application, and says what he can do next."""
import json
import re
import time
from urllib.parse import urlencode

import pytest

from console_browser import PHONE, Browser, missing
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
