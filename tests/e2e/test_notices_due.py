# SPDX-License-Identifier: Apache-2.0
"""What is due, what is ready, and what need not be told or carried any more."""
import json
import threading
import time

import pytest

from carrier import TOKEN, Carrier
from hub import BUILD, text
from notice_parts import PHONE, Gateway, Part, put_secret, sms
from test_delivery import RECIPIENT, deliver, delivery, until
from test_fees import Desk, priced

pytestmark = pytest.mark.skipif(not (BUILD / "modules" / "sms-1.0.0" / "module.so").exists(), reason="the notifiers are not built")

MATERIAL = {"id": "plan", "name": text("平面图", "Floor plan"), "required": True, "tolerant": False}


@pytest.fixture
def gateway():
    part = Part(Gateway)
    part.first_state = "delivered"
    yield part
    part.close()


def told_desk(folder, gateway, change=None):
    config = priced(folder)
    path = folder / "catalog" / "all.json"
    catalog = json.loads(path.read_text())
    catalog["center"]["contact"] = {"address": text("江边路 1 号 3 号窗口", "1 River Road, window 3")}
    catalog["notices"] = [{"kind": "result_ready", "channel": "sms", "text": text("到{{window}}领取 {{number}}", "Come for {{number}} to {{window}}")}]
    if change:
        change(catalog)
    path.write_text(json.dumps(catalog, ensure_ascii=False))
    put_secret(folder / "secrets", "sms", "token", b"t0k3n")
    return {**config, "secrets": str(folder / "secrets"), "connectors": [sms(gateway)]}


def apply(hub, **form):
    body = hub.example("stand")
    body["form"].update(form)
    body["applicant"] |= {"phone": PHONE, "locale": "en"}
    return hub.ask("POST", "/v1/applications", body=body).json["number"]


def messages(hub, number):
    return {m["id"]: m for m in hub.ask("GET", f"/v1/applications/{number}/notices").json["messages"]}


def of_kind(hub, number, kind):
    return [m for m in messages(hub, number).values() if m["notice"] == kind]


def words(gateway, message):
    return gateway.messages[message["id"]]["text"]


def test_fees_due_paid_and_the_result_ready(tmp_path, gateway):
    with Desk(tmp_path, told_desk(tmp_path, gateway)) as hub:
        number = apply(hub)
        until(lambda: [m["state"] for m in of_kind(hub, number, "payment_due")] == ["delivered"])
        assert "Use of the ground, 2920.00 CNY" in words(gateway, of_kind(hub, number, "payment_due")[0])
        assert hub.pay(number, "2920", "A-1").status == 201
        until(lambda: [m["state"] for m in of_kind(hub, number, "payment_received")] == ["delivered"])
        assert of_kind(hub, number, "result_ready") == [], "nothing was decided yet"
        hub.decide(number)
        until(lambda: len([m for m in of_kind(hub, number, "payment_due") if m["state"] == "delivered"]) == 2)
        assert "Card, 20.00 CNY" in words(gateway, of_kind(hub, number, "payment_due")[0])
        assert hub.pay(number, "5", "A-2", "card").status == 201 and of_kind(hub, number, "result_ready") == []
        assert hub.pay(number, "15", "A-3", "card").status == 201
        until(lambda: [m["state"] for m in of_kind(hub, number, "result_ready")] == ["delivered"])
        assert words(gateway, of_kind(hub, number, "result_ready")[0]) == f"Come for {number} to 1 River Road, window 3"

        exempt = apply(hub, charity=True)  # there is such a fee, and nothing of it is due
        until(lambda: [m["state"] for m in of_kind(hub, exempt, "payment_due")] == ["cancelled"])
        assert any(e["type"] == "message_cancelled" for e in hub.events(exempt))
        rejected = hub.decide(apply(hub), "reject")
        until(lambda: [m["state"] for m in of_kind(hub, rejected, "decided")] == ["delivered"])
        assert len(of_kind(hub, rejected, "payment_due")) == 1, "no card for a refusal"


def by_night(catalog):
    catalog["center"]["notices"] = {"quiet": {"from": "21:00", "to": "08:00"}}
    catalog["matters"][0]["materials"] = [MATERIAL]
    catalog["services"][0]["example"]["materials"] = [{"material": "plan", "name": "plan.pdf"}]
    catalog["services"][0]["limits"]["supplement"] = {"unit": "working_day", "length": 10}


def test_what_was_answered_at_night_is_not_asked_in_the_morning(tmp_path, gateway):
    config = told_desk(tmp_path, gateway, by_night)
    hub = Desk(tmp_path, config)
    hub.arguments = ["--demo", "--clock", "virtual"]
    with hub:
        hub.post("/v1/test/clock", {"now": "2026-03-02T22:30:00+08:00"})
        body = hub.example("stand")
        body["applicant"] |= {"phone": PHONE, "locale": "en"}
        number = hub.ask("POST", "/v1/applications", body={**body, "materials": []}).json["number"]
        until(lambda: [m["state"] for m in of_kind(hub, number, "incomplete")] == ["resting"])
        assert hub.ask("POST", f"/v1/applications/{number}/supplement", body={"materials": [{"material": "plan", "name": "p.pdf"}]}).status == 200
        until(lambda: [m["state"] for m in of_kind(hub, number, "incomplete")] == ["cancelled"])
        until(lambda: [m["state"] for m in of_kind(hub, number, "payment_due")] == ["resting"])
        assert hub.pay(number, "2920", "A-1").status == 201
        until(lambda: [m["state"] for m in of_kind(hub, number, "payment_due")] == ["cancelled"])
        trace = [e for e in hub.events(number) if e["type"] == "message_cancelled"]
        assert len(trace) == 2 and all(e["by"] == "hub" for e in trace)
        hub.post("/v1/test/clock", {"now": "2026-03-03T08:01:00+08:00"})
        until(lambda: [m["state"] for m in of_kind(hub, number, "accepted")] == ["delivered"])
        until(lambda: {m["state"] for m in messages(hub, number).values()} == {"delivered", "cancelled"})
        cancelled = {i for i, m in messages(hub, number).items() if m["state"] == "cancelled"}
        assert cancelled.isdisjoint(gateway.messages), "none of it was sent"


def test_what_a_gateway_had_already_is_kept_and_moves_nothing(tmp_path, gateway):
    def change(catalog):
        by_night(catalog)
        del catalog["center"]["notices"]
        catalog["services"][0]["limits"]["supplement"] |= {"start": "told"}

    gateway.hold.set()
    with Desk(tmp_path, told_desk(tmp_path, gateway, change)) as hub:
        body = hub.example("stand")
        body["applicant"] |= {"phone": PHONE, "locale": "en"}
        number = hub.ask("POST", "/v1/applications", body={**body, "materials": []}).json["number"]
        assert gateway.held.wait(20) and [m["state"] for m in of_kind(hub, number, "incomplete")] == ["offered"]
        assert hub.ask("POST", f"/v1/applications/{number}/supplement", body={"materials": [{"material": "plan", "name": "p.pdf"}]}).status == 200
        until(lambda: [m["state"] for m in of_kind(hub, number, "incomplete")] == ["cancelled"])
        gateway.release.set()
        until(lambda: any(e["type"] == "message_late" for e in hub.events(number)))
        assert [m["state"] for m in of_kind(hub, number, "incomplete")] == ["cancelled"]
        assert not any(e["type"] == "told" for e in hub.events(number)), "the receipt of what is answered starts nothing"


def by_courier(folder, carrier):
    config = priced(folder)
    put_secret(folder / "secrets", "ems", "token", TOKEN.encode())
    return {**config, "secrets": str(folder / "secrets"),
            "connectors": [{"id": "ems", "module": "courier-1.0.0", "serves": "parcels", "config": carrier.settings()}]}


@pytest.mark.skipif(not (BUILD / "modules" / "courier-1.0.0" / "module.so").exists(), reason="the courier is not built")
def test_a_parcel_that_need_not_go(tmp_path):
    """Offered, and handed over at the window before the carrier has answered: its booking is void; one that waits never leaves."""
    with Carrier() as carrier:
        asked, free, book = threading.Event(), threading.Event(), carrier.book

        def slow(*arguments):
            asked.set()
            assert free.wait(30)
            return book(*arguments)

        carrier.book = slow
        with Desk(tmp_path, by_courier(tmp_path, carrier)) as hub:
            number = hub.decide(hub.apply()["number"])
            deliver(hub, number, way="courier", recipient=RECIPIENT)
            assert asked.wait(30) and delivery(hub, number)["parcels"][0]["state"] == "offered"
            waiting = hub.decide(hub.apply()["number"])
            assert hub.post("/v1/connectors/ems/drain", {}).status in (200, 202)  # the next one finds no courier
            deliver(hub, waiting, way="courier", recipient=RECIPIENT)
            until(lambda: delivery(hub, waiting)["parcels"][0]["state"] == "waiting")
            for one in (number, waiting):
                assert deliver(hub, one, way="window", received_by="王小明")["status"] == "closed"
                until(lambda: delivery(hub, one)["parcels"][0]["state"] == "cancelled")
                assert delivery(hub, one)["way"] == "window"
            free.set()
            until(lambda: carrier.parcels and carrier.parcels[0]["state"] == "VOID")
            assert hub.post("/v1/connectors/ems/enable", {}).status in (200, 202)
            time.sleep(0.3)
            assert delivery(hub, number)["parcels"][0]["state"] == "cancelled" and hub.show(number)["status"] == "closed"
            assert len([e for e in hub.events(number) if e["type"] == "closed"]) == 1
            assert len(carrier.parcels) == 1, "the other one never left"
            assert any(e["type"] == "parcel_cancelled" for e in hub.events(waiting))
