# SPDX-License-Identifier: Apache-2.0
"""What officers and front desks are shown, refused and told to do instead."""
import hashlib
import os
import re
import subprocess
import urllib.parse

import pytest

from hub import BUILD, DemoOf, center, connector, matter, service


def keyed(config, **roles):
    """Keys by name: (roles, department)."""
    config["keys"] = [{"id": name, "hash": "sha256:" + hashlib.sha256(name.encode()).hexdigest(), "roles": given,
                       **({"department": department} if department else {})} for name, (given, department) in roles.items()]
    return config


class Desk(DemoOf):
    """Keys of the configuration itself, each its own secret."""

    def __init__(self, folder, config):
        super().__init__(folder, config)
        self.config["keys"] += config["keys"]

    def with_key(self, method, path, key, body=None):
        return self.request(method, path, body, headers={"Authorization": "Bearer " + key})


@pytest.fixture
def hub(tmp_path):
    material = [{"id": "plan", "name": {"zh-CN": "图纸", "en": "Plan"}, "required": False, "tolerant": False}]
    config = center(tmp_path, ["fire", "land"],
                    [matter("f", "fire", materials=material, pauses=["hearing"]), matter("l", "land")], [service("two", ["f", "l"]), service("only-fire", ["f"])])
    with Desk(tmp_path, keyed(config, fire=(["officer"], "fire"), land=(["officer"], "land"), desk=(["front_desk"], None),
                               watch=(["supervisor"], None))) as made:
        yield made


ID_NUMBER = "110101199003078515"


def submitted(hub, **more):
    body = hub.example("two")
    body["applicant"] |= {"id_type": "resident_id", "id_number": ID_NUMBER}
    body["materials"] = [{"material": "plan", "name": "plan.pdf", **more}]
    return hub.with_key("POST", "/v1/applications", "desk", body).json["number"]


def test_an_officer_sees_the_own_departments_file_and_no_other(hub):
    number = submitted(hub)
    own = hub.with_key("GET", f"/v1/tasks/{number}.1", "fire")
    assert own.json["applicant"]["name"] == "王小明"
    assert [m["name"] for m in own.json["materials"]] == ["plan.pdf"]
    assert hub.with_key("GET", f"/v1/tasks/{number}.1", "land").status == 403
    assert hub.with_key("GET", f"/v1/tasks/{number}.2", "land").json["materials"] == []
    assert hub.with_key("GET", f"/v1/applications/{number}", "fire").json["code"] is None
    assert hub.with_key("GET", f"/v1/applications/{number}", "desk").json["code"]


def shown_by_cli(hub, task, key, language="en_US.UTF-8"):
    return subprocess.run([str(BUILD / "bin/onedoor"), "task", "show", task], capture_output=True, text=True, check=True,
                          env={**os.environ, "ONEDOOR_URL": hub.address, "ONEDOOR_KEY": key, "LC_ALL": language}).stdout


def test_the_page_of_a_task_says_whose_it_is_and_leads_to_the_documents(hub):
    pdf = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
    sent = hub.request("POST", "/v1/materials?name=plan.pdf", pdf, {"Content-Type": "application/pdf", "Authorization": "Bearer desk"})
    number = submitted(hub, sha256=sent.json["sha256"])
    page = hub.with_key("GET", f"/tasks/{number}.1", "fire").raw.decode()
    link = re.search(rf'href="(/applications/{number}/documents/[^"]+)" download>plan.pdf<', page)
    assert "王小明" in page and hub.with_key("GET", link[1], "fire").raw == pdf
    watched = hub.with_key("GET", f"/tasks/{number}.1", "watch").raw.decode()
    assert "王小明" in watched and "110***********8515" in page and "8515" not in watched and ID_NUMBER not in page
    assert "plan" not in hub.with_key("GET", f"/tasks/{number}.2", "land").raw.decode().lower().split('id="file"')[1].split("</section>")[0]
    said = shown_by_cli(hub, f"{number}.1", "fire")
    assert "王小明" in said and "Plan" in said and "plan.pdf" in said
    assert "plan.pdf" not in shown_by_cli(hub, f"{number}.2", "land")


def test_the_desk_finds_an_application_by_its_number(hub):
    number = submitted(hub)
    serial, other = number.split("-")[1], number[:-1] + str((int(number[-1]) + 1) % 10)
    for typed in (number, serial, serial[2:], f" {number} "):
        found = hub.with_key("GET", "/applications?status=closed&number=" + urllib.parse.quote(typed), "desk")
        assert (found.status, found.headers.get("Location")) == (303, f"/applications/{number}"), typed
    for typed in (other, "12", "0000", "000077", "1" * 13, "<b>"):
        lost = hub.with_key("GET", "/applications?number=" + urllib.parse.quote(typed), "desk")
        assert lost.status == 200 and 'id="number-fault"' in lost.raw.decode(), typed
    assert hub.with_key("GET", "/v1/applications?number=" + other, "desk").status == 422
    assert [item["number"] for item in hub.with_key("GET", "/v1/applications?number=" + serial, "desk").json["items"]] == [number]
    body = hub.example("only-fire")
    own = hub.with_key("POST", "/v1/applications", "desk", body).json["number"]
    assert hub.with_key("GET", "/v1/applications?number=" + own, "land").json["items"] == [], "of another department"
    assert 'id="number-fault"' in hub.with_key("GET", "/applications?number=" + own, "land").raw.decode()


def test_the_desk_sees_whose_it_is_and_nobody_else_by_the_number(hub):
    number = submitted(hub)
    page = {key: hub.with_key("GET", f"/applications/{number}", key).raw.decode() for key in ("desk", "fire", "watch")}
    assert "王小明" in page["desk"] and "110***********8515" in page["desk"] and ID_NUMBER not in page["desk"]
    assert "王小明" not in page["fire"] and "王小明" not in page["watch"]
    command = [str(BUILD / "bin/onedoor"), "show", number]
    said = {key: subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "ONEDOOR_URL": hub.address, "ONEDOOR_KEY": key}).stdout
            for key in ("desk", "fire")}
    assert "王小明 · 110***********8515" in said["desk"] and "王小明" not in said["fire"]


def test_an_officer_is_led_to_own_tasks_alone(hub):
    number = submitted(hub)
    page = {key: hub.with_key("GET", f"/applications/{number}", key).raw.decode() for key in ("fire", "watch", "desk")}
    links = {key: re.findall(rf'href="/tasks/{number}[.](\d)"', text) for key, text in page.items()}
    assert links == {"fire": ["1"], "watch": ["1", "2"], "desk": []}
    code = hub.with_key("GET", f"/v1/applications/{number}", "desk").json["code"]
    assert code in page["desk"] and "Look-up code</dt>" not in page["fire"] and "Look-up code</dt>" in page["desk"]


def test_a_task_that_nobody_can_act_on_says_why(hub):
    task = submitted(hub) + ".1"
    assert hub.with_key("POST", f"/v1/tasks/{task}/take", "fire", {}).status == 200
    assert hub.with_key("POST", f"/v1/tasks/{task}/ask", "fire", {"text": "Which floor?"}).status == 200
    page = hub.with_key("GET", f"/tasks/{task}", "fire").raw.decode()
    assert "comes back to your worklist" in page and "belongs to another department" not in page
    number = submitted(hub)
    assert hub.with_key("POST", f"/v1/applications/{number}/withdraw", "desk", {"reason": "x"}).status == 200
    assert "This task was stopped" in hub.with_key("GET", f"/tasks/{number}.1", "fire").raw.decode()


def test_the_desk_sees_where_to_put_a_document(hub):
    page = hub.with_key("GET", f"/applications/{submitted(hub)}/documents", "desk").raw.decode()
    assert re.search(r'<details open><summary>[^<]*</summary><div class="grid"><div class="field"><label for="d[.]plan"', page)


def test_a_question_needs_words_and_a_rejection_a_reason(hub):
    task = f"/v1/tasks/{submitted(hub)}.1"
    assert hub.with_key("POST", task + "/take", "fire", {}).status == 200
    for body in ({}, {"text": " \u3000"}, {"question": "?"}, {"fields": []}, {"fields": ["no-such-field"]}):
        assert hub.with_key("POST", task + "/ask", "fire", body).status == 422, body
    for reasons in ([], [""], ["  "], ["\u3000\n"]):
        assert hub.with_key("POST", task + "/opinion", "fire", {"opinion": "reject", "reasons": reasons}).status == 422
    assert hub.with_key("GET", task, "fire").json["state"] == "accepted"
    assert hub.with_key("POST", task + "/ask", "fire", {"text": "Which floor?"}).json["state"] == "waiting_applicant"


def test_a_refusal_says_what_is_possible(hub):
    task = f"/v1/tasks/{submitted(hub)}.1"
    assert hub.with_key("POST", task + "/take", "fire", {}).status == 200
    again = hub.with_key("POST", task + "/take", "fire", {})
    assert again.status == 409 and "accepted" in again.json["detail"] and "opinion" in again.json["detail"]
    pause = hub.with_key("POST", task + "/pause", "fire", {"kind": "testing"})
    assert pause.status == 422 and "hearing" in pause.json["errors"][0]["detail"]
    assert hub.with_key("POST", task + "/pause", "fire", {"kind": "hearing"}).json["state"] == "paused"


def test_supplied_materials_are_those_that_are_asked_for(tmp_path):
    material = [{"id": "plan", "name": {"zh-CN": "图纸", "en": "Plan"}, "required": True, "tolerant": False}]
    made = service("one", ["m"])
    made["example"]["materials"] = [{"material": "plan", "name": "plan.pdf"}]
    config = center(tmp_path, ["a"], [matter("m", "a", materials=material)], [made])
    config["connectors"] = [connector("a")]
    with DemoOf(tmp_path, config) as hub:
        answer = hub.submit({**hub.example("one"), "materials": []})
        assert (answer.json["status"], answer.json["tasks"][0]["owner"], answer.json["tasks"][0]["next_action"]) == (
            "incomplete", "applicant", "supplement")
        path = f"/v1/applications/{answer.json['number']}/supplement"
        wrong = hub.post(path, {"materials": [{"material": "plan"}, {"material": "nope"}]})
        assert (wrong.status, wrong.json["errors"][0]["pointer"]) == (422, "/materials/1/material")
        assert hub.show(answer.json["number"])["status"] == "incomplete"
        assert hub.post(path, {"materials": [{"material": "plan"}]}).json["status"] == "in_review"


def test_what_is_missing_is_named(demo):
    assert demo.submit({"applicant": {}}).json["errors"][0]["code"] == "required"
    assert demo.submit({"service": 7}).json["errors"][0]["code"] == "type"
    assert demo.post("/v1/track", {"number": "x"}).json["errors"][0]["pointer"] == "/code"
    body = demo.example("open-restaurant")
    first, again = demo.submit(body, "twice"), demo.submit(body, "twice")
    assert first.headers["Location"] == again.headers["Location"]


@pytest.mark.parametrize("window, counted", [("3", "3"), ("", "web")])
def test_the_form_of_a_desk_says_the_window_and_the_language(hub, window, counted):
    def page(path, body=None):
        return hub.request("POST" if body else "GET", path, body and urllib.parse.urlencode(body).encode(),
                           headers={"Authorization": "Bearer desk", "Content-Type": "application/x-www-form-urlencoded"})

    shown = page("/apply/two?window=7").raw.decode()
    assert 'name="window"' in shown and 'value="7"' in shown and 'value="en" lang="en" selected' in shown
    hub.key = None
    assert 'name="window"' not in hub.get("/apply/two").raw.decode(), "who may not submit is at no window"
    hub.key = hub.SECRET
    key = re.search(r'name="key" value="([0-9a-f]+)"', shown)[1]
    sent = page("/apply/two", {"key": key, "kind": "person", "name": "王小明", "locale": "zh-CN", "window": window})
    assert sent.status == 200, sent.raw.decode()
    number = re.search(r'id="receipt-number">([^<]+)<', sent.raw.decode())[1]
    assert hub.with_key("GET", f"/v1/tasks/{number}.1", "fire").json["applicant"]["locale"] == "zh-CN"
    assert [item["window"] for item in hub.get("/v1/statistics?by=window").json["items"] if item["accepted"]] == [counted]


@pytest.mark.parametrize("wanted, given", [
    ("/worklist?state=offered&department=fire", True), ("/tasks/20260609-000001-2.1", True), ("/track/%E4%B8%80", True),
    ("//elsewhere.example/?x=1", False), ("/\\elsewhere.example", False), ("https://elsewhere.example/", False), ("/a\r\nX: y", False), ("", False)])
def test_who_signs_in_goes_on_where_he_was(hub, wanted, given):
    """A bookmark with its filters is kept; another site is not gone to."""
    hub.key = None
    sent = hub.request("POST", "/sign-in", urllib.parse.urlencode({"key": "fire", "next": wanted}).encode(),
                       headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": hub.address})
    hub.key = hub.SECRET
    assert (sent.status, sent.headers["Location"]) == (303, wanted if given else "/worklist")
