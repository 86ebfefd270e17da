# SPDX-License-Identifier: Apache-2.0
"""The virus scan where it goes wrong: infected before anything is submitted, or while it waits, and a scanner that does nothing."""
from datetime import datetime, timedelta

import crash_raw as raw
import pytest
from hub import DemoOf
from test_forms import form, page_of, part, send
from test_materials import EICAR, KEYS, PDF, Desk, Scanner, a_center, document, sha256, submit

REMOTE = {"serves": "scans", "remote": {"submit_dedupe": "native", "fields": ["*"], "materials": True}}


def with_scanner(hub):
    assert hub.request("PUT", "/v1/connectors/scanner", REMOTE).status == 202
    scanner = Scanner(hub)
    scanner.hello()
    return scanner


def alerts_of(hub, kind):
    return [a for a in hub.get("/v1/alerts").json["items"] if a["kind"] == kind]


def messages_of(hub, number):
    return [m for m in hub.get("/v1/messages").json["items"] if "material_refused" in m.values() and number in m.values()]


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, a_center(tmp_path)) as hub:
        yield hub
        log = (hub.folder / "hub.log").read_text(errors="replace")
        assert "Sanitizer" not in log and "Assertion" not in log, log[-3000:]


def test_infected_before_anything_is_submitted(desk):
    """Whoever uploaded it is told by an alert with their key, and by a refusal wherever it is named."""
    scanner = with_scanner(desk)
    bad, clean = document(20000, seed=1) + EICAR, document(20000, seed=2)
    for content in (bad, clean):
        assert desk.upload("/v1/materials", content, headers=desk.as_("desk")).json["state"] == "scanning"
    scanner.work(2)
    (alert,) = alerts_of(desk, "document_infected")
    assert alert["by"] == "desk" and alert["sha256"] == sha256(bad)
    power = {"agent": {"name": "李四", "power_of_attorney": {"sha256": sha256(bad)}}}
    for more, size, code in ((power, len(clean), "infected"), ({}, 1, "other_document")):  # what is claimed already is not looked at
        answer = desk.submit({"service": "two", "applicant": {"kind": "person", "name": "王", **more}, "form": {},
                              "materials": [{"material": "plan", "sha256": sha256(clean), "size": size}]})
        assert (answer.status, answer.json["errors"][0]["code"]) == (422, code), "a submission that is refused claims nothing"
        submit(desk)  # what went before it is durable with it
    for again in range(2):
        for materials, applicant, pointer in (([{"material": "photo"}, {"material": "plan", "sha256": sha256(bad)}], {}, "/materials/1"),
                                              ([], {"agent": {"name": "李四", "power_of_attorney": {"sha256": sha256(bad)}}}, "/applicant/agent/power_of_attorney")):
            refused = desk.submit({"service": "two", "applicant": {"kind": "person", "name": "王", **applicant}, "form": {}, "materials": materials})
            assert refused.status == 422, refused.raw
            assert (refused.json["errors"][0]["pointer"], refused.json["errors"][0]["code"]) == (pointer, "infected")
        page = send(desk, "/apply/two", form(part("key", "0" * 32), part("name", "王"), part("d.plan", bad, "a.pdf", "application/pdf")))
        assert page.status == 422 and 'id="e.d.plan"' in page_of(page) and "infected" in page_of(page)
        assert submit(desk, [{"material": "plan", "sha256": sha256(clean)}])["status"] == "incomplete"
        desk.kill()
        desk.start()  # known after a restart, too


def test_infected_after_it_was_submitted(desk):
    """The verdict comes when an application has the document already: its applicant is told."""
    scanner = with_scanner(desk)
    assert desk.request("PUT", "/v1/connectors/brigade", {**REMOTE, "serves": "messages"}).status == 202
    bad = document(20000, seed=3) + EICAR
    assert desk.upload("/v1/materials", bad).status == 201
    made = desk.submit({"service": "two", "applicant": {"kind": "person", "name": "王", "phone": "13800000000"}, "form": {},
                        "materials": [{"material": "plan", "sha256": sha256(bad)}]})
    number = made.json["number"]
    scanner.work(1)
    assert [i["state"] for i in desk.get(f"/v1/applications/{number}/materials").json["items"]] == ["infected"]
    assert len(alerts_of(desk, "document_infected")) == 1
    desk.wait_for(number, lambda _: messages_of(desk, number))
    assert len(messages_of(desk, number)) == 1
    for _ in range(2):
        power = {"agent": {"name": "李四", "power_of_attorney": {"sha256": sha256(bad)}}}
        for more, materials in (({}, [{"material": "plan", "sha256": sha256(bad)}]), (power, [])):
            refused = desk.submit({"service": "two", "applicant": {"kind": "person", "name": "王", **more}, "form": {}, "materials": materials})
            assert refused.status == 422 and refused.json["errors"][0]["code"] == "infected", "nor does another one get it by its hash"
        desk.kill()
        desk.start()  # known after a restart, too


def test_one_content_for_several_while_it_is_scanned(desk):
    """Each application that it is uploaded for is supplied when it is clean, or told when it is not, whoever was first."""
    scanner = with_scanner(desk)
    assert desk.request("PUT", "/v1/connectors/brigade", {**REMOTE, "serves": "messages"}).status == 202
    for content in (document(20000, seed=5), document(20000, seed=6) + EICAR):
        numbers = []
        for _ in range(3):
            made = desk.submit({"service": "two", "applicant": {"kind": "person", "name": "王", "phone": "13800000000"}, "form": {},
                                "materials": [{"material": "photo"}]})
            numbers.append(made.json["number"])
        assert desk.upload("/v1/materials", content).json["state"] == "scanning"
        for number in numbers:
            for again in range(2):
                answer = desk.upload(f"/v1/applications/{number}/materials", content, material="plan")
                assert (answer.status, answer.json["state"], answer.json["supplied"]) == (200 if again else 201, "scanning", False)
        scanner.work(1 + len(numbers))
        for number in numbers:
            if EICAR in content:
                desk.wait_for(number, lambda _, number=number: messages_of(desk, number))
                assert len(messages_of(desk, number)) == 1 and desk.show(number)["status"] == "incomplete"
            else:
                desk.wait_for(number, lambda shown: shown["status"] == "in_review")
        assert scanner.seen.count(sha256(content)) == 1 + len(numbers), "once for each"


def test_clean_is_supplied_whatever_comes_between(tmp_path):
    """The hub is killed when the verdict is durable: the application goes on after the start."""
    with Desk(tmp_path, a_center(tmp_path), "--demo", "--clock", "virtual") as hub:
        now = datetime.now().astimezone()
        assert hub.request("PUT", "/v1/connectors/scanner", REMOTE).status == 202
        for seed in range(5):
            number, content = submit(hub, [{"material": "photo"}])["number"], document(20000, seed=30 + seed)
            assert hub.upload(f"/v1/applications/{number}/materials", content, material="plan").json["state"] == "scanning"
            hub.kill()
            hub.start()  # its document is not in memory, and takes a read
            scanner = Scanner(hub)
            welcome = scanner.ask("hello", {"protocol": [1, 1], "instance": scanner.instance, "connector": "scanner"})
            scanner.session = {"session": welcome["session"], "epoch": welcome["epoch"]}
            scanner.work(1)
            hub.kill()
            hub.start()
            now += timedelta(minutes=10)
            assert hub.post("/v1/test/clock", {"now": now.isoformat()}).status == 200
            hub.wait_for(number, lambda shown: shown["status"] == "in_review")


def test_a_scanner_that_does_nothing_is_told_of(tmp_path):
    with DemoOf(tmp_path, a_center(tmp_path), "--demo", "--clock", "virtual") as hub:
        hub.secret_of, now = Desk.secret_of, datetime.fromisoformat("2026-03-02T10:00:00+08:00")

        def wait(minutes):
            nonlocal now
            now += timedelta(minutes=minutes)
            assert hub.post("/v1/test/clock", {"now": now.isoformat()}).status == 200

        wait(0)
        assert hub.request("PUT", "/v1/connectors/scanner", REMOTE).status == 202
        figures = ("documents_scanning", "documents_scanning_seconds", "documents_scan_stuck")
        uploaded = hub.request("POST", "/v1/materials?name=a.pdf", document(), headers={"Content-Type": "application/pdf"})
        assert uploaded.json["state"] == "scanning"
        wait(14)
        assert [raw.metric(hub, name) for name in figures] == [1, 14 * 60, 0] and alerts_of(hub, "scan_stuck") == []
        wait(1)
        (alert,) = alerts_of(hub, "scan_stuck")
        assert alert["waiting"] == 1 and alert["level"] == "red" and raw.metric(hub, "documents_scan_stuck") == 1
        assert "scan" in page_of(hub.get("/alerts", headers={"Accept-Language": "en"})).lower()
        wait(60)
        assert len(alerts_of(hub, "scan_stuck")) == 1, "once, until nothing waits so long"
