# SPDX-License-Identifier: Apache-2.0
"""Results handed over: at the window, as a signed document that strangers verify, by courier."""
import hashlib
import json
import os
import shutil
import subprocess
import time

import pytest
from carrier import TOKEN, Carrier
from hub import BUILD

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


def verify(document, *words, code=0):
    done = subprocess.run([str(BUILD / "bin" / "onedoor"), "verify-result", str(document), "--lang", "en", *words], capture_output=True, text=True,
                          timeout=60, check=False, env={**os.environ, "ONEDOOR_URL": "http://127.0.0.1:1", "LC_ALL": "C.UTF-8"})
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def canonical(result):
    return json.dumps(result, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def test_as_a_signed_document_that_strangers_verify(hub, tmp_path):
    made = hub.apply()
    number = hub.decide(made["number"])
    assert hub.ask("GET", f"/v1/applications/{number}/result").status == 404
    assert deliver(hub, number, way="electronic")["status"] == "closed"
    document = hub.ask("GET", f"/v1/applications/{number}/result").json
    assert document["result"]["decision"]["outcome"] == "approved" and document["result"]["applicant"]["name"] == "王小明"
    assert hashlib.sha256(canonical(document["result"])).hexdigest() == document["signature"]["sha256"]
    file = tmp_path / "result.json"
    file.write_text(json.dumps(document, ensure_ascii=False, indent=2))  # printed otherwise, the same document
    key = document["signature"]["key"]
    assert "signature valid" in verify(file, "--key", key)
    assert "compare the key" in verify(file)
    (tmp_path / "key").write_text(key + "\n")
    assert json.loads(verify(file, "--key", str(tmp_path / "key"), "--json"))["number"] == number
    verify(file, "--key", "0" * 64, code=5)
    verify(file, "--key", str(file.with_name("none")), code=3)
    verify(tmp_path / "key", code=5)
    published = hub.get("/v1/evidence/key")
    assert published.status == 200 and key in published.raw.decode()


def test_a_document_that_was_changed_does_not_verify(hub, tmp_path):
    number = hub.decide(hub.apply()["number"])
    deliver(hub, number, way="electronic")
    document = hub.ask("GET", f"/v1/applications/{number}/result").json
    file = tmp_path / "result.json"

    def changed(change):
        copy = json.loads(json.dumps(document))
        change(copy)
        file.write_text(json.dumps(copy, ensure_ascii=False))
        verify(file, code=5)

    changed(lambda d: d["result"]["decision"].update(outcome="rejected"))
    changed(lambda d: d["result"].update(more="x"))
    changed(lambda d: d["result"].pop("documents"))
    changed(lambda d: d["signature"].update(value="00" * 64))
    changed(lambda d: d.update(format="onedoor-result-2"))

    def forged(d):
        d["result"]["number"] = "1"
        d["signature"]["sha256"] = hashlib.sha256(canonical(d["result"])).hexdigest()

    changed(forged)
    file.write_text(json.dumps(document, ensure_ascii=False))
    verify(file)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_it_too(hub, tmp_path):
    number = hub.decide(hub.apply()["number"])
    deliver(hub, number, way="electronic")
    document = hub.ask("GET", f"/v1/applications/{number}/result").json
    signed = "onedoor-result-1 " + hashlib.sha256(canonical(document["result"])).hexdigest() + "\n"
    (tmp_path / "line").write_text(signed)
    (tmp_path / "signature").write_bytes(bytes.fromhex(document["signature"]["value"]))
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100" + document["signature"]["key"]))
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", str(tmp_path / "key.der"),
                           "-sigfile", str(tmp_path / "signature"), "-in", str(tmp_path / "line")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_for_whoever_has_the_code(hub):
    made = hub.apply()
    number = hub.decide(made["number"])
    asked = {"number": number, "code": made["code"]}
    assert hub.public("/v1/track/result", asked).status == 409
    deliver(hub, number, way="electronic")
    assert hub.public("/v1/track/result", asked).json["result"]["number"] == number
    assert hub.public("/v1/track/result", {**asked, "code": "AAAAAAAAAA"}).status == 404


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
    sent = hub.request("POST", f"/applications/{number}/delivery", b"way=courier&name=Wang&phone=1&address=Road&carrier=EMS&waybill=W-1&unpaid_sure=1", headers=form)
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


def test_pages_hand_over_and_print(hub):
    number = hub.decide(hub.apply()["number"])
    page = hub.ask("GET", f"/applications/{number}?lang=en").raw.decode()
    assert "Issue the signed document" in page and "Send by courier" in page
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer desk"}
    sent = hub.request("POST", f"/applications/{number}/delivery", b"way=electronic&unpaid_sure=1", headers=form)
    assert sent.status == 303, sent.raw
    page = hub.ask("GET", f"/applications/{number}?lang=en").raw.decode()
    assert f"/applications/{number}/result" in page
    printed = hub.ask("GET", f"/applications/{number}/result?lang=en").raw.decode()
    assert "Public key" in printed and hub.ask("GET", f"/v1/applications/{number}/result").json["signature"]["sha256"] in printed
