# SPDX-License-Identifier: Apache-2.0
"""Results handed over: at the window, by courier."""
import json
import time

import pytest
from carrier import TOKEN, Carrier

from test_fees import Desk, priced

RECIPIENT = {"name": "王小明", "phone": "13800000000", "address": "滨河县江边路 1 号"}


@pytest.fixture
def hub(tmp_path):
    with Desk(tmp_path, priced(tmp_path)) as made:
        yield made


def deliver(hub, number, status=200, **body):
    answer = hub.ask("POST", f"/v1/applications/{number}/delivery", body=body)
    assert answer.status == status, answer.raw
    return answer.json


def delivery(hub, number):
    return hub.ask("GET", f"/v1/applications/{number}/delivery").json


def test_at_the_window(hub):
    number = hub.apply()["number"]
    deliver(hub, number, 409)
    hub.decide(number)
    assert delivery(hub, number)["way"] is None
    assert deliver(hub, number, received_by="王小明", relation="本人")["status"] == "closed"
    seen = delivery(hub, number)
    assert (seen["way"], seen["record"]["received_by"]) == ("window", "王小明") and seen["delivered_at"]
    assert "王小明" not in json.dumps(hub.ask("GET", f"/v1/applications/{number}/events").json, ensure_ascii=False)
    deliver(hub, number, 409)


def test_by_courier_with_a_waybill(hub):
    number = hub.decide(hub.apply()["number"])
    assert deliver(hub, number, way="courier", carrier="EMS", waybill="EX-1", recipient=RECIPIENT)["status"] == "decided"
    assert delivery(hub, number)["record"]["state"] == "on_the_way"
    deliver(hub, number, 409, way="courier", carrier="EMS", waybill="EX-2", recipient=RECIPIENT)
    hub.kill()
    hub.start()
    deliver(hub, number, 422, way="courier", state="returned")
    deliver(hub, number, way="courier", state="returned", note="无人在家")
    assert [a["number"] for a in hub.ask("GET", "/v1/alerts?kind=parcel_returned", "boss").json["items"]] == [number]
    deliver(hub, number, way="courier", carrier="EMS", waybill="EX-2", recipient=RECIPIENT)
    assert deliver(hub, number, way="courier", state="delivered")["status"] == "closed"
    seen = delivery(hub, number)
    assert (seen["way"], seen["record"]["waybill"], seen["record"]["state"]) == ("courier", "EX-2", "delivered")
    told = json.dumps(hub.ask("GET", f"/v1/applications/{number}/events").json, ensure_ascii=False)
    assert RECIPIENT["address"] not in told and RECIPIENT["phone"] not in told


def test_pages_hand_over(hub):
    number = hub.decide(hub.apply()["number"])
    page = hub.ask("GET", f"/applications/{number}?lang=en").raw.decode()
    assert "Send by courier" in page
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer desk"}
    sent = hub.request("POST", f"/applications/{number}/delivery", b"way=courier&name=Wang&phone=1&address=Road&carrier=EMS&waybill=W-1", headers=form)
    assert sent.status == 303, sent.raw
    page = hub.ask("GET", f"/applications/{number}?lang=en").raw.decode()
    assert "W-1" in page and "What became of it" in page
    assert hub.request("POST", f"/applications/{number}/delivery", b"way=courier&state=delivered", headers=form).status == 303
    assert "delivered" in hub.ask("GET", f"/applications/{number}?lang=en").raw.decode()


def until(predicate, timeout=30):
    end = time.monotonic() + timeout
    while not predicate():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_by_a_couriers_system(tmp_path):
    """The shipped module before a carrier with a REST API; the hub dies while the parcel is on its way."""
    with Carrier() as carrier:
        secrets = tmp_path / "secrets" / "ems"
        secrets.mkdir(parents=True)
        (secrets / "token").write_text(TOKEN)
        (secrets / "token").chmod(0o600)
        config = {**priced(tmp_path), "secrets": str(tmp_path / "secrets"),
                  "connectors": [{"id": "ems", "module": "courier-1.0.0", "serves": "parcels", "config": carrier.settings()}]}
        with Desk(tmp_path, config) as hub:
            number = hub.decide(hub.apply()["number"])
            deliver(hub, number, way="courier", recipient=RECIPIENT)
            until(lambda: delivery(hub, number)["parcels"][0]["state"] == "accepted")
            assert carrier.parcels[0]["order"] == {"to": RECIPIENT["name"], "phone": RECIPIENT["phone"], "address": RECIPIENT["address"], "reference": number}
            assert delivery(hub, number)["parcels"][0]["external_ref"] == carrier.parcels[0]["no"]
            hub.kill()
            hub.start()
            carrier.move("parcel-1", "SIGNED", receipt="R-9")
            until(lambda: hub.show(number)["status"] == "closed")
            seen = delivery(hub, number)
            assert (seen["way"], seen["record"]["state"], seen["record"]["waybill"]) == ("courier", "delivered", carrier.parcels[0]["no"])
            assert len(carrier.parcels) == 1
            second = hub.decide(hub.apply()["number"])
            deliver(hub, second, way="courier", recipient=RECIPIENT)
            until(lambda: delivery(hub, second)["parcels"][0]["state"] == "accepted")
            carrier.move("parcel-2", "NOT_TAKEN")
            until(lambda: delivery(hub, second)["record"]["state"] == "returned")
            assert hub.show(second)["status"] == "decided"
            assert [a["number"] for a in hub.ask("GET", "/v1/alerts?kind=parcel_returned", "boss").json["items"]] == [second]
