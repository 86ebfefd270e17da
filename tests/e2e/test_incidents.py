# SPDX-License-Identifier: Apache-2.0
"""What stands still, grouped by its cause, with the act that ends it; how the center runs; and both on pages."""
import html
import json
import re
import shutil
import sqlite3
import time
import urllib.parse

import pytest
from hub import BUILD, SIM, DemoOf, Hub, center, connector, matter, service
from notice_parts import PHONE, Gateway, NoticeHub, Part, body, notice_center, sms
from people import People
from test_contract import Contract

ACTS_MAX = 50


def parking(folder, times):
    """A department that says it may have the task, or not, and cannot tell repeats apart; and one that works by hand."""
    modules = folder / "modules"
    shutil.copytree(BUILD / "modules" / SIM, modules / SIM)
    manifest = json.loads((modules / SIM / "manifest.json").read_text())
    manifest["submit_dedupe"] = "none"
    (modules / SIM / "manifest.json").write_text(json.dumps(manifest))
    made = center(folder, ["a", "hand"], [matter("m", "a"), matter("h", "hand")], [service("one", ["m"]), service("by-hand", ["h"])])
    return {**made, "modules": str(modules), "connectors": [connector("a", fail={"times": times, "effect": "unknown"})]}


def parked(hub, count):
    numbers = [hub.submit(hub.example("one")).json["number"] for _ in range(count)]
    for number in numbers:
        hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "parked", timeout=30)
    return numbers


def incidents(hub, query=""):
    answer = hub.get("/v1/incidents" + query)
    assert answer.status == 200, answer.json
    return {item["id"]: item for item in answer.json["items"]}


def test_parked_tasks_are_one_group_and_go_out_again(tmp_path):
    with DemoOf(tmp_path, parking(tmp_path, ACTS_MAX + 2)) as hub:
        hub.wait_connectors()
        assert incidents(hub) == {}
        numbers = parked(hub, ACTS_MAX + 2)
        found = incidents(hub)
        assert list(found) == ["parked.effect_unknown.a"]
        group = found["parked.effect_unknown.a"]
        assert group["count"] == ACTS_MAX + 2 and group["department"] == "a" and group["act"] == "requeue" and group["level"] == "red"
        assert [e["id"] for e in group["examples"]] == [n + ".1" for n in numbers[:3]], "those that wait longest"
        assert group["first"] <= group["last"] and group["page"] == "/worklist?department=a&state=parked"
        assert incidents(hub, "?kind=late") == {} and list(incidents(hub, "?department=a&kind=parked")) == list(found)
        assert incidents(hub, "?department=hand") == {}
        hub.kill()
        hub.start()
        assert incidents(hub)["parked.effect_unknown.a"]["count"] == ACTS_MAX + 2, "it is read from what is durable"
        hub.wait_connectors()
        first = hub.post("/v1/incidents/parked.effect_unknown.a/retry", {"reason": "the office has looked"}).json
        assert (first["done"], first["refused"], first["is_more"]) == (ACTS_MAX, 0, True), "the limit"
        assert hub.post("/v1/incidents/parked.effect_unknown.a/retry").json["done"] == 2, "limit + 1, and the one behind it"
        for number in numbers:
            hub.wait_for(number, lambda a: a["status"] == "decided" or a["tasks"][0]["state"] == "parked", timeout=30)
        assert hub.get("/v1/operations").json["today"]["received"] == ACTS_MAX + 2


def test_bad_requests(tmp_path):
    with DemoOf(tmp_path, parking(tmp_path, 1)) as hub:
        for path, status in (("/v1/incidents?kind=x", 422), ("/v1/incidents?department=x", 422)):
            assert hub.get(path).status == status
        for id, status in (("nonsense", 404), ("parked", 404), ("parked.x.a", 404), ("parked.poison.nowhere", 404), ("parked.poison.a", 404),
                           ("late.task.a", 409), ("messages.failed.sms", 404), ("connector.disabled.nothing", 200), ("a." * 60, 404)):
            answer = hub.post(f"/v1/incidents/{id}/retry")
            assert answer.status == status, (id, answer.json)
        assert hub.post("/v1/incidents/connector.disabled.nothing/retry").json["items"][0]["status"] == 404


def test_a_connector_that_rests_is_an_incident_until_it_is_enabled(tmp_path):
    with DemoOf(tmp_path, parking(tmp_path, 0)) as hub:
        hub.wait_connectors()
        hub.post("/v1/connectors/a/disable", {"reason": "works on the line"})
        until = time.monotonic() + 20
        while "connector.disabled.a" not in incidents(hub):
            assert time.monotonic() < until, incidents(hub)
            time.sleep(0.05)
        group = incidents(hub)["connector.disabled.a"]
        assert group["connector"] == "a" and group["act"] == "enable" and group["page"] == "/connectors/a"
        assert hub.post("/v1/incidents/connector.disabled.a/retry").json["done"] == 1
        hub.wait_connectors()
        assert incidents(hub) == {}
        number = hub.submit(hub.example("one")).json["number"]
        hub.wait_for(number, lambda a: a["status"] == "decided")
        shown = {item["id"]: item for item in hub.get("/v1/operations").json["connectors"]}
        assert shown["a"]["state"] == "active" and shown["a"]["answered_at"]
        assert Contract(hub).check("Operations", hub.get("/v1/operations"))


def test_missed_dates_by_department(tmp_path):
    with Hub("--clock", "virtual", data=str(tmp_path)) as hub:  # the sample center
        hub.post("/v1/test/clock", {"now": "2026-03-02T10:00:00+08:00"})
        before = hub.get("/v1/operations").json["today"]["decided"]
        numbers = [hub.submit(hub.example("hold-public-event")).json["number"] for _ in range(4)]
        by_hand = [t for t in hub.wait_for(numbers[0], lambda a: any(t["owner"] == "officer" for t in a["tasks"]))["tasks"] if t["owner"] == "officer"]
        department, due = by_hand[0]["department"], by_hand[0]["promised_date"]
        ids = [number + by_hand[0]["id"][len(numbers[0]):] for number in numbers]
        for number in numbers:
            hub.wait_for(number, lambda a: any(t["id"] in ids and t["owner"] == "officer" for t in a["tasks"]))
        assert not [i for i in incidents(hub) if i.startswith("late")] and row(hub, department)["open"] == 4
        hub.post("/v1/test/clock", {"now": due + "T10:00:00+08:00"})
        assert row(hub, department)["due_today"] == 4 and row(hub, department)["late"] == 0
        hub.post("/v1/test/clock", {"now": "2026-04-30T10:00:00+08:00"})
        late = incidents(hub)["late.task." + department]
        assert late["count"] == 4 and late["is_due_date"] and late["first"] == late["last"] == due and late["act"] is None
        assert [e["id"] for e in late["examples"]] == ids[:3]
        assert incidents(hub)["late.application"]["count"] == 4
        assert [t["id"] for t in hub.get(f"/v1/tasks?department={department}&queue=worklist&late=true").json["items"]] == ids
        assert row(hub, department)["late"] == 4 and hub.get("/v1/operations").json["late"]["count"] == 4
        for id in ids:
            assert hub.post(f"/v1/tasks/{id}/opinion", {"opinion": "reject", "reasons": ["no"]}).status == 200
        assert "late.task." + department not in incidents(hub)
        assert hub.get("/v1/operations").json["today"]["decided"] >= before


def row(hub, department):
    return next(d for d in hub.get("/v1/operations").json["departments"] if d["id"] == department)


@pytest.mark.skipif(not (BUILD / "modules" / "sms-1.0.0" / "module.so").exists(), reason="the notifiers are not built")
def test_failed_notices_and_refused_callbacks(tmp_path):
    gateway = Part(Gateway)
    gateway.first_state = "undeliverable"
    with NoticeHub(tmp_path, notice_center(tmp_path, [sms(gateway)])) as hub:
        hub.wait_connectors()
        number = hub.submit(body()).json["number"]
        failed = hub.wait_messages(number, lambda messages: len(messages) >= 2 and all(m["state"] == "failed" for m in messages))
        group = incidents(hub)["messages.failed.sms"]
        assert group["count"] == 2 and group["act"] == "retry" and {e["id"] for e in group["examples"]} == {m["id"] for m in failed}
        assert PHONE not in json.dumps(group) and hub.get("/v1/operations").json["messages"]["failed"]["count"] == 2
        gateway.first_state = "delivered"
        gateway.messages.clear()
        done = hub.post("/v1/incidents/messages.failed.sms/retry").json
        assert (done["done"], done["refused"]) == (2, 0) and {item["id"] for item in done["items"]} == {m["id"] for m in failed}
        hub.wait_messages(number, lambda messages: all(m["state"] == "delivered" for m in messages))
        assert incidents(hub) == {} and hub.post("/v1/incidents/messages.failed.sms/retry").status == 404
        stamp = {"Onedoor-Timestamp": str(int(time.time())), "Onedoor-Event": "e-1", "Onedoor-Signature": "v1=" + "0" * 64}
        assert hub.request("POST", "/v1/callbacks/sms/G-1", b"{}", headers=stamp).status in (401, 403)
        assert incidents(hub)["callbacks.refused.sms"]["count"] == 1
    gateway.close()


# -- Pages, without JavaScript --

class Reader:
    """Somebody who has signed in and reads pages."""

    def __init__(self, hub, name):
        self.hub = hub
        answer = hub.ask(name, "POST", "/v1/sessions", {"key": f"secret-of-{name}-0123456789"})
        assert answer.status == 201, answer.raw
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]

    def get(self, path):
        answer = self.hub.request("GET", path, None, {"Cookie": self.cookie, "Accept": "text/html"})
        return answer.status, answer.raw.decode()

    def send(self, path, form):
        answer = self.hub.request("POST", path, urllib.parse.urlencode(form).encode(),
                                  {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded", "Origin": self.hub.address})
        return answer.status, answer.raw.decode()


@pytest.fixture
def people(tmp_path):
    with People(tmp_path) as hub:
        yield hub


def boxes(page):
    return {name: html.unescape(value) for name, value in re.findall(r'type="checkbox" name="(t\.[^"]+)" value="([^"]*)"', page)}


def key_of(page):
    return re.search(r'name="key" value="([0-9a-f]{32})"', page)[1]


def test_several_tasks_by_boxes(people):
    tasks = [people.apply("fire-only")["number"] + ".1" for _ in range(3)]
    officer = Reader(people, "officer")
    status, page = officer.get("/worklist?claim=none&state=offered")
    assert status == 200 and sorted(boxes(page)) == sorted("t." + task for task in tasks)
    form = {**boxes(page), "key": key_of(page), "act": "claim", "text": ""}
    action = html.unescape(re.search(r'method="post" action="(/worklist\?[^"]*)"', page)[1])
    assert "claim=none" in action and "state=offered" in action, "filters outlive the act"
    people.ask("head", "POST", f"/v1/tasks/{tasks[2]}/claim", {})
    status, done = officer.send(action, form)
    assert status == 200 and done.count('class="tag ok"') == 2 and done.count('class="tag warn"') == 1, "each its own result"
    assert boxes(done) == {}, "nobody's are none any more"
    again = officer.send(action, form)[1]
    assert again.count('class="tag ok"') == 2 and again.count('class="tag warn"') == 1, "sent twice it is done once"
    status, mine = officer.get("/worklist?claim=mine")
    assert sorted(boxes(mine)) == sorted("t." + task for task in tasks[:2])
    form = {**boxes(mine), "key": key_of(mine), "act": "reject", "text": ""}
    refused = officer.send("/worklist?claim=mine", form)[1]
    assert refused.count('class="tag warn"') == 2 and "reasons" in refused, "a rejection needs its reasons"
    form.update(key=key_of(refused), text="No second exit\nNo alarm")
    assert officer.send("/worklist?claim=mine", form)[1].count('class="tag ok"') == 2
    opinion = people.ask("head", "GET", f"/v1/tasks/{tasks[0]}").json["opinion"]
    assert opinion["opinion"] == "reject" and opinion["reasons"] == ["No second exit", "No alarm"] and opinion["by"] == "officer"
    for wrong in ({"act": "eat", "key": form["key"]}, {"act": "claim", "key": "x"}):
        assert officer.send("/worklist", {**boxes(mine), **wrong})[0] == 400
    assert officer.send("/worklist", {"act": "claim", "key": form["key"][::-1]})[0] == 422, "nothing was chosen"
    many = {f"t.20261129-{i:06d}-0.1": '"x"' for i in range(ACTS_MAX + 1)}
    assert officer.send("/worklist", {**many, "act": "claim", "key": key_of(mine)[::-1]})[0] == 422, "limit + 1"


def test_consent_to_several_is_confirmed_and_goes_to_what_was_taken(people):
    tasks = [people.apply("fire-only")["number"] + ".1" for _ in range(2)]
    officer = Reader(people, "officer")
    page = officer.get("/worklist?claim=none&state=offered")[1]
    assert re.search(r'name="confirm" value="1" required', page) and page.count("formnovalidate") == 5, "asked without a script, too"
    mine = {name: value for name, value in boxes(page).items() if name[2:] in tasks}
    form = {**mine, "key": key_of(page), "act": "approve", "text": ""}
    status, unsure = officer.send("/worklist", form)
    assert status == 422 and "cannot be taken back" in unsure and unsure.count(' checked>') + unsure.count(' checked><') >= 2, "the ticks are kept"
    status, untaken = officer.send("/worklist", {**form, "confirm": "1"})
    assert status == 422 and "Sign for the chosen ones first" in untaken
    assert people.ask("head", "GET", f"/v1/tasks/{tasks[0]}").json["opinion"] is None
    people.ask("officer", "POST", f"/v1/tasks/{tasks[0]}/take", {})
    page = officer.get("/worklist")[1]
    mine = {name: value for name, value in boxes(page).items() if name[2:] in tasks}
    status, done = officer.send("/worklist", {**mine, "key": key_of(page), "act": "approve", "text": "", "confirm": "1"})
    assert status == 200 and done.count('class="tag ok"') == 1 and "<b>Approve</b>" in done, "the one that was taken, and what was said of it"
    given = [people.ask("head", "GET", f"/v1/tasks/{task}").json["opinion"] for task in tasks]
    assert given[0]["opinion"] == "approve" and given[1] is None


def test_a_task_is_claimed_and_taken_over_on_its_page(people):
    task = people.apply("fire-only")["number"] + ".1"
    officer, head = Reader(people, "officer"), Reader(people, "head")
    assert f'action="/tasks/{task}/claim"' in officer.get(f"/tasks/{task}")[1]
    assert officer.send(f"/tasks/{task}/claim", {})[0] == 303
    assert f'action="/tasks/{task}/release"' in officer.get(f"/tasks/{task}")[1]
    status, page = head.get(f"/tasks/{task}")
    assert "<b>officer</b>" in page and 'name="take_over"' in page
    assert head.send(f"/tasks/{task}/opinion", {"opinion": "approve"})[0] == 409
    assert head.send(f"/tasks/{task}/claim", {"take_over": "1", "reason": ""})[0] == 422
    assert head.send(f"/tasks/{task}/claim", {"take_over": "1", "reason": "on leave"})[0] == 303
    assert people.ask("head", "GET", f"/v1/tasks/{task}").json["claim"]["by"] == "head"


def test_what_another_catalogue_changes_is_seen_before_it_is_taken(people):
    """The page shows what would change for whom; who took it, and why, stands in the journal."""
    admin = Reader(people, "admin")
    path = people.folder / "catalog" / "all.json"
    catalog = json.loads(path.read_text())
    plan = people.ask("admin", "POST", "/v1/catalog/reload?dry_run=true", {}).json
    assert plan["diff"] == {"services": [], "matters": [], "is_cut": False}
    catalog["services"][0]["summary"] = {"zh-CN": "新的说明", "en": "Said anew"}
    catalog["services"] = [catalog["services"][0], *catalog["services"][2:]]
    catalog["services"].append({**catalog["services"][0], "id": "another", "example": {**catalog["services"][0]["example"], "service": "another"}})
    path.write_text(json.dumps(catalog, ensure_ascii=False))
    diff = people.ask("admin", "POST", "/v1/catalog/reload?dry_run=true", {}).json["diff"]
    assert {(s["id"], s["change"]) for s in diff["services"]} == {("fire-only", "changed"), ("another", "added"), ("land-only", "removed")}
    assert next(s for s in diff["services"] if s["id"] == "fire-only")["members"] == ["summary"]
    assert people.ask("admin", "POST", "/v1/catalog/reload", {"reason": "x" * 1001}).status == 422
    status, page = admin.get("/catalog?lang=en")
    assert status == 200 and "Running version" in page
    status, page = admin.send("/catalog", {})
    assert status == 200 and "another" in page and 'name="reason"' in page and "onedoor config reload" in page
    version = re.search(r'name="version" value="([0-9a-f]+)"', page)[1]
    assert admin.send("/catalog", {"version": version, "reason": "the new guide"})[0] == 303
    people.kill()
    journal = sqlite3.connect(next((people.folder / "data").glob("*.db")))
    record = next(json.loads(r) for r, in journal.execute("SELECT record FROM journal ORDER BY seq DESC") if "catalog_reloaded" in r)
    assert record["by"] == "admin" and record["data"]["reason"] == "the new guide"
    journal.close()
    people.start()


def test_pages_of_operations_and_incidents(people, tmp_path):
    people.apply("fire-only")
    for name, sees_connectors in (("admin", True), ("supervisor", True), ("officer", False)):
        reader = Reader(people, name)
        for language in ("en", "zh-CN"):
            status, page = reader.get(f"/operations?lang={language}")
            assert status == 200 and 'href="/applications?status=in_review"' in page and "{{" not in page
            assert ('href="/worklist?department=land' in page) is (name != "officer"), "who is bound sees the own department"
            status, page = reader.get(f"/incidents?lang={language}")
            assert status == 200 and 'class="empty"' in page
    assert Reader(people, "front_desk").get("/operations")[0] == 200
    assert Reader(people, "front_desk").get("/incidents")[0] == 403
    assert Reader(people, "supervisor").send("/incidents/parked.poison.fire/retry", {})[0] == 404
    assert Reader(people, "officer").send("/incidents/parked.poison.fire/retry", {})[0] == 403


def test_a_department_sees_its_own_groups(tmp_path):
    made = parking(tmp_path, 1)  # its modules
    connectors = [connector(id, fail={"times": 1, "effect": "unknown"}) for id in ("fire", "land")]
    with People(tmp_path, modules=made["modules"], connectors=connectors) as hub:
        numbers = {of: hub.apply(of)["number"] for of in ("fire-only", "land-only")}
        until = time.monotonic() + 20
        while len(hub.ask("supervisor", "GET", "/v1/incidents").json["items"]) < 2:
            assert time.monotonic() < until
            time.sleep(0.05)
        seen = {name: sorted(item["id"] for item in hub.ask(name, "GET", "/v1/incidents").json["items"]) for name in ("officer", "land", "supervisor")}
        fire, land = "parked.effect_unknown.fire", "parked.effect_unknown.land"
        assert seen == {"officer": [fire], "land": [land], "supervisor": [fire, land]}
        assert [d["id"] for d in hub.ask("officer", "GET", "/v1/operations").json["departments"]] == ["fire"]
        assert "connectors" not in hub.ask("officer", "GET", "/v1/operations").json
        assert hub.ask("fire-head", "POST", f"/v1/incidents/{land}/retry", {}).status == 403
        done = hub.ask("fire-head", "POST", f"/v1/incidents/{fire}/retry", {}).json
        assert done["done"] == 1 and done["items"][0]["id"] == numbers["fire-only"] + ".1"
        page = Reader(hub, "supervisor").send(f"/incidents/{land}/retry?kind=parked", {})
        assert page[0] == 200 and 'class="tag ok"' in page[1]
        assert hub.ask("supervisor", "POST", "/v1/incidents/messages.failed.sms/retry", {}).status == 404
        assert hub.ask("head", "POST", "/v1/incidents/messages.failed.sms/retry", {}).status == 403
