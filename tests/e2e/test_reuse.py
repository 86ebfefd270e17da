# SPDX-License-Identifier: Apache-2.0
"""Opinions and documents of before on re-application: offered, consented to, applied, on record, and refused where they do not stand."""
import json
import subprocess
from datetime import datetime, timedelta

import pytest
from hub import BUILD, DemoOf, center, matter, service, text
from test_contract import Contract
from test_forms import fields, form, key_of, number_of, page_of, send
from test_materials import PERSON, document, example_of, material, sha256

FORM = {"area": 100, "colour": "red"}


def reuse_center(folder, **f_more):
    area = {"id": "area", "type": "integer", "label": text("面积", "Area"), "required": True, "min": 0, "max": 10000, "unit": "m2"}
    colour = {"id": "colour", "type": "text", "label": text("颜色", "Colour"), "required": False}
    both = [area, colour]
    matters = [matter("f", "fire", materials=[material("plan", valid_for={"months": 12})], fields=["area"], opinion_valid_for={"months": 12}, **f_more),
               matter("w", "water", materials=[material("plan", valid_for={"months": 12})], fields=["area"], after=["f"], opinion_valid_for={"months": 24}),
               matter("l", "land", fields=["area"], opinion_valid_for={"months": 24}, opinion_reuse=False),
               matter("s", "water", materials=[material("drawing", valid_for={"months": 6}, same_as=["plan"])], fields=["area"])]
    made = {"form": both, "example_form": FORM}
    return center(folder, ["fire", "water", "land"], matters,
                  [example_of(service("one", ["f", "w", "l"], **made), "plan"), example_of(service("other", ["f", "s"], **made), "plan", "drawing"),
                   example_of(service("alone", ["f"], **made), "plan")])


@pytest.fixture
def desk(tmp_path):
    with DemoOf(tmp_path, reuse_center(tmp_path), "--demo", "--clock", "virtual") as hub:
        hub.now = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
        forward(hub)
        yield hub
        assert hub.stop() == 0
        log = (hub.folder / "hub.log").read_text(errors="replace")
        assert "Sanitizer" not in log and "Assertion" not in log, log[-3000:]


def forward(hub, **more):
    hub.now += timedelta(**more)
    assert hub.post("/v1/test/clock", {"now": hub.now.isoformat()}).status == 200


def body_of(service="one", values=FORM, reuse=None, person=PERSON, materials=("plan", "drawing")):
    wanted = {"one": ["plan"], "other": ["plan", "drawing"], "alone": ["plan"]}[service]
    made = {"service": service, "applicant": person, "form": values, "materials": [{"material": id} for id in materials if id in wanted]}
    return made if reuse is None else {**made, "reuse": reuse}


def consent(*opinions):
    return {"consent": True, "opinions": [{"matter": m, "number": n} for m, n in opinions]}


def decide(hub, application, **opinions):
    for task in hub.show(application["number"])["tasks"]:
        if task["matter"] in opinions and task["state"] not in ("done", "skipped"):
            assert hub.post(f"/v1/tasks/{task['id']}/take").status == 200
            assert hub.post(f"/v1/tasks/{task['id']}/opinion", opinions[task["matter"]]).status == 200


APPROVE = {"opinion": "approve", "document_no": "F-7"}
CONDITIONS = {"opinion": "approve_with_conditions", "conditions": ["paint it"]}


@pytest.fixture
def first(desk):
    made = desk.submit(body_of()).json
    decide(desk, made, f=APPROVE)
    decide(desk, made, w=CONDITIONS, l=APPROVE)
    assert desk.show(made["number"])["status"] == "decided"
    return made


def tasks_of(hub, number):
    return {t["matter"]: t for t in hub.show(number)["tasks"]}


def test_what_stands_is_applied_and_on_record(desk, first):
    number = first["number"]
    offered = {o["matter"]: o for o in desk.post("/v1/services/one/preview", body_of()).json["reuse"]["opinions"]}
    assert {m: o["may_reuse"] for m, o in offered.items()} == {"f": True, "w": True, "l": False}, "switched off for l: told, not applied"
    assert {o["number"] for o in offered.values()} == {number} and offered["f"]["valid_until"] == "2027-03-02"
    made = desk.submit(body_of(reuse=consent(("f", number), ("w", number))))
    assert made.status == 201, made.raw
    Contract(desk).check("Application", made, 201)
    again = made.json["number"]
    tasks = tasks_of(desk, again)
    assert {m: (t["state"], t.get("reused")) for m, t in tasks.items()} == {"f": ("done", True), "w": ("done", True), "l": ("queued", None)} or \
        tasks["l"]["state"] == "offered"
    assert tasks["f"]["opinion"]["document_no"] == "F-7" and tasks["f"]["opinion"]["reused_from"] == {"number": number, "valid_until": "2027-03-02"}
    assert tasks["f"]["promised_date"] is None, "no department is measured by it"
    decide(desk, made.json, l=APPROVE)
    decision = desk.show(again)["decision"]
    assert decision["outcome"] == "approved_with_conditions" and "paint it" in json.dumps(decision["conditions"])
    assert {o["matter"]: o.get("reused_from", {}).get("number") for o in decision["opinions"]} == {"f": number, "w": number, "l": None}
    received = next(e for e in desk.events(again) if e["type"] == "received")
    assert received["held"] == [0, 1] and received["held_conditional"] == [1]
    assert received["reuse"]["consent"] is True
    assert [(o["matter"], o["number"], o["text"]["by"]) for o in received["reuse"]["opinions"]] == [
        ("f", number, tasks["f"]["opinion"]["by"]), ("w", number, tasks["w"]["opinion"]["by"])]
    assert PERSON["id_number"] not in json.dumps(desk.events(again))
    then = desk.get(f"/v1/applications/{again}?as_of={received['seq'] if 'seq' in received else 10**9}").json
    assert {t["matter"]: t["opinion"] and t["opinion"]["opinion"] for t in then["tasks"]}["f"] == "approve"
    for path in (f"/applications/{again}", f"/tasks/{tasks['f']['id']}", f"/paper/{again}/decision"):
        page = page_of(desk.get(path, headers={"Accept-Language": "en"}))
        assert number in page and "taken over from" in page, path
    code = made.json["code"]
    page = page_of(desk.get(f"/track/{again}", headers={"Accept-Language": "en", "Cookie": f"onedoor_track={again}.{code}"}))
    assert "taken over from" in page and number in page
    count = {row["group"]: row for row in desk.get("/v1/statistics?by=department").json.get("rows", [])}
    assert count.get("fire", {}).get("decided", 1) == 1, "counted once, where it was worked on"
    desk.kill()
    desk.start()
    assert tasks_of(desk, again)["f"]["opinion"]["reused_from"]["number"] == number
    assert desk.stop() == 0
    for words in (["journal", "verify", "--data", str(desk.folder / "data")], ["journal", "replay", again, "--data", str(desk.folder / "data")]):
        done = subprocess.run([str(BUILD / "bin" / "onedoor"), *words], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    desk.start()


def test_everything_stands_and_the_decision_falls_at_once(desk, first):
    made = desk.submit(body_of("alone", reuse=consent(("f", first["number"])))).json
    assert made["status"] == "decided" and made["decision"]["outcome"] == "approved"
    chain = desk.submit(body_of("alone", reuse=consent(("f", made["number"])))).json
    assert tasks_of(desk, chain["number"])["f"]["opinion"]["reused_from"]["number"] == first["number"], "where it was given, not where it was taken over"


def test_it_is_refused_where_it_does_not_stand(desk, first):
    number = first["number"]
    other = desk.submit(body_of("alone", person={**PERSON, "id_number": "330102199001019999"})).json
    rejected = desk.submit(body_of("alone", values={"area": 7})).json
    decide(desk, rejected, f={"opinion": "reject", "reasons": ["no room"]})
    rows = [({"consent": False, "opinions": []}, "/reuse/consent", "consent"),
            ({"opinions": [{"matter": "f", "number": number}]}, "/reuse/consent", "consent"),
            ({"consent": "yes"}, "/reuse/consent", "consent"),
            ([], "/reuse", "type"),
            ({"consent": True, "opinions": {}}, "/reuse/opinions", "type"),
            ({"consent": True, "opinions": [{"matter": "f", "number": number}] * 65}, "/reuse/opinions", "type"),
            ({"consent": True, "opinions": [1]}, "/reuse/opinions/0/matter", "unknown_matter"),
            (consent(("nonesuch", number)), "/reuse/opinions/0/matter", "unknown_matter"),
            (consent(("f", number), ("f", number)), "/reuse/opinions/1/matter", "twice"),
            (consent(("f", "hello")), "/reuse/opinions/0/number", "type"),
            (consent(("f", other["number"])), "/reuse/opinions/0/number", "unknown_application"),
            (consent(("f", "20260302-009999-0")), "/reuse/opinions/0/number", None),
            (consent(("f", rejected["number"])), "/reuse/opinions/0/number", "no_opinion"),
            (consent(("l", number)), "/reuse/opinions/0/matter", "not_reused")]
    for reuse, pointer, code in rows:
        answer = desk.submit(body_of(reuse=reuse))
        assert answer.status == 422, (reuse, answer.raw)
        assert answer.json["errors"][0]["pointer"] == pointer and code in (None, answer.json["errors"][0]["code"]), (reuse, answer.json["errors"])
    facts = desk.submit(body_of(values={**FORM, "area": 101}, reuse=consent(("f", number))))
    assert facts.status == 422 and facts.json["errors"][0]["code"] == "other_facts"
    fine = desk.submit(body_of(values={**FORM, "colour": "blue"}, reuse=consent(("f", number))))
    assert fine.status == 201, "what the matter does not go by may differ"
    nobody = desk.submit(body_of(reuse=consent(("f", number)), person={"kind": "person", "name": "王小明"}))
    assert nobody.status == 422 and nobody.json["errors"][0]["code"] == "unknown_application", "who is not known has nothing of before"
    forward(desk, days=365)
    last = desk.submit(body_of(reuse=consent(("f", number))))
    assert last.status == 201, "its last day"
    forward(desk, days=1)
    late = desk.submit(body_of(reuse=consent(("f", number))))
    assert late.status == 422 and late.json["errors"][0]["code"] == "expired"


def test_it_waits_for_the_acceptance_and_follows_what_is_put_right(desk, first):
    number = first["number"]
    made = desk.submit(body_of(reuse=consent(("f", number), ("w", number)), materials=())).json
    assert made["status"] == "incomplete"
    before = tasks_of(desk, made["number"])
    assert (before["f"]["state"], before["f"]["opinion"]) == ("blocked", None)
    assert desk.post(f"/v1/applications/{made['number']}/supplement", {"materials": [{"material": "plan"}]}).status == 200
    after = tasks_of(desk, made["number"])
    assert after["f"]["state"] == after["w"]["state"] == "done" and after["f"]["reused"]
    other = desk.submit(body_of(reuse=consent(("f", number), ("w", number)), materials=())).json
    assert desk.post(f"/v1/applications/{other['number']}/supplement", {"materials": [{"material": "plan"}], "form": {"area": 500}}).status == 200
    after = tasks_of(desk, other["number"])
    assert after["f"]["state"] in ("queued", "offered") and after["f"]["opinion"] is None and "reused" not in after["f"]
    supplemented = next(e for e in desk.events(other["number"]) if e["type"] == "supplemented")
    assert supplemented["unheld"] == [0, 1]
    for event in desk.events(other["number"]):
        then = desk.get(f"/v1/applications/{other['number']}?as_of={event['seq']}").json
        assert [t["opinion"] for t in then["tasks"]] == [None] * 3, (event["type"], "what does not stand is not told")


def test_across_services_and_under_another_name(desk):
    plan = document()
    assert desk.request("POST", "/v1/materials?name=p.pdf", plan, headers={"Content-Type": "application/pdf"}).status == 201
    made = desk.submit({**body_of("one", materials=()), "materials": [{"material": "plan", "name": "p.pdf", "sha256": sha256(plan)}]}).json
    decide(desk, made, f=APPROVE)
    seen = desk.post("/v1/services/other/preview", body_of("other", materials=())).json
    assert seen["duplicate"] is None, "another service is no duplicate"
    assert {(m["material"], m["service"], m["number"], m["sha256"]) for m in seen["reuse"]["materials"]} == {
        ("plan", "one", made["number"], sha256(plan)), ("drawing", "one", made["number"], sha256(plan))}, "the same id, and a declared equal"
    assert [(o["matter"], o["service"], o["may_reuse"]) for o in seen["reuse"]["opinions"]] == [("f", "one", True)]
    taken = desk.submit({**body_of("other", materials=()), "materials": [{"material": id, "sha256": sha256(plan)} for id in ("plan", "drawing")],
                         "reuse": consent(("f", made["number"]))}).json
    assert taken["status"] == "in_review" and tasks_of(desk, taken["number"])["f"]["reused"]
    assert desk.get(f"/v1/applications/{taken['number']}/materials/drawing.1/content").raw == plan
    forward(desk, days=200)
    later = desk.post("/v1/services/other/preview", body_of("other", materials=())).json["reuse"]["materials"]
    assert {m["material"] for m in later} == {"plan"}, "each material by its own validity"


def test_on_the_page(desk, first):
    number = first["number"]
    values = {"key": key_of(page_of(desk.get("/apply/one"))), **PERSON, "f.area": "100", "f.colour": "red", "m.plan": "1"}
    seen = page_of(send(desk, "/apply/one", form(*fields({**values, "look": "1"}))))
    assert f'name="r.f" value="{number}"' in seen and f'name="r.w" value="{number}"' in seen and 'name="r.l"' not in seen
    assert 'name="consent" value="1">' in seen, "nobody consents unasked"
    refused = send(desk, "/apply/one", form(*fields({**values, "r.f": number})))
    assert refused.status == 422 and "consent" in page_of(refused) and f'type="hidden" name="r.f" value="{number}"' in page_of(refused)
    made, _ = number_of(send(desk, "/apply/one", form(*fields({**values, "r.f": number, "consent": "1"}))))
    tasks = tasks_of(desk, made)
    assert tasks["f"]["reused"] and tasks["w"]["state"] in ("queued", "offered") and "reused" not in tasks["w"]
