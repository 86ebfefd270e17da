# SPDX-License-Identifier: Apache-2.0
"""Receipts and the legal clock: the applicant's time runs from the day on which he was told, or counts as told."""
import json
import subprocess
import sys
import time

import pytest

from hub import BUILD, ROOT, center, connector, matter, service, text
from notice_parts import Gateway, NoticeHub, Part, body, put_secret, sms

pytestmark = pytest.mark.skipif(not (BUILD / "modules" / "sms-1.0.0" / "module.so").exists(), reason="the notifiers are not built")

MATERIAL = {"id": "plan", "name": text("平面图", "Floor plan"), "required": True, "tolerant": False}
MONDAY = "2026-03-02T10:00:00+08:00"


@pytest.fixture
def gateway():
    part = Part(Gateway)
    yield part
    part.close()


def told_center(folder, connectors, rules=None, **limit):
    config = center(folder, ["water"], [matter("w", "water", materials=[MATERIAL])], [
        service("one", ["w"])])
    path = folder / "catalog" / "all.json"
    catalog = json.loads(path.read_text())
    catalog["services"][0]["example"]["materials"] = [{"material": "plan", "name": "plan.pdf"}]
    catalog["services"][0]["limits"]["supplement"] = {"unit": "working_day", "length": 10, "start": "told", **limit}
    if rules:
        catalog["center"]["notices"] = rules
    path.write_text(json.dumps(catalog, ensure_ascii=False))
    put_secret(folder / "secrets", "sms", "token", b"t0k3n")
    put_secret(folder / "secrets", "sms", "callback", b"callback-k3y")
    return config | {"secrets": str(folder / "secrets"), "connectors": [connector("water"), *connectors]}


@pytest.fixture
def start(tmp_path, gateway):
    hubs = []

    def go(**more):
        hub = NoticeHub(tmp_path, told_center(tmp_path, [sms(gateway)], **more), "--demo", "--clock", "virtual").start()
        hubs.append(hub)
        hub.wait_connectors()
        go_to(hub, MONDAY)
        return hub

    yield go
    for hub in hubs:
        hub.stop()


def go_to(hub, moment):
    assert hub.post("/v1/test/clock", {"now": moment}).status == 200


def arrive(hub, gateway, number, moment):
    """The receipt comes at that minute: modules ask by the hub's clock, which moves on until one has asked again."""
    gateway.set_all("delivered")
    until = time.monotonic() + 20
    for second in range(59):
        go_to(hub, f"{moment}:{second:02}+08:00")
        for _ in range(20):
            if hub.messages(number)[0]["state"] == "delivered":
                return
            time.sleep(0.02)
        assert time.monotonic() < until, hub.messages(number)
    raise AssertionError("no receipt")


def supplement(hub, number):
    clocks = hub.get(f"/v1/applications/{number}/clocks?explain=true").json["clocks"]
    return next(c for c in clocks if c["of"] == "supplement")


def told(hub, number):
    return [e for e in hub.events(number) if "told_by" in e]


def replays(hub, number):
    """From the events alone, and by a stranger from a file."""
    data, file = hub.folder / "data", hub.folder / "bundle"
    done = subprocess.run([BUILD / "bin" / "onedoor", "journal", "replay", number, "--data", data, "--lang", "en"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    file.write_bytes(hub.get(f"/v1/applications/{number}/bundle").raw)
    done = subprocess.run([BUILD / "bin" / "onedoor", "bundle", "verify", file, "--lang", "en"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([sys.executable, ROOT / "sdk" / "evidence" / "verify_evidence.py", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_receipt_starts_the_time(start, gateway):
    hub = start()
    answer = hub.submit(body()).json
    number = answer["number"]
    assert answer["notice"]["until"] == "2026-03-16" and answer["notice"]["presumed_on"] == "2026-03-05"
    clock = supplement(hub, number)
    assert clock["state"] == "not_started" and clock["told_by"] == "awaited" and clock["presumed_on"] == "2026-03-05"
    hub.wait_messages(number, lambda ms: ms and ms[0]["state"] == "accepted")
    arrive(hub, gateway, number, "2026-03-03T11:00")
    clock = supplement(hub, number)
    assert (clock["state"], clock["told_by"], clock["start"], clock["due"]) == ("running", "receipt", "2026-03-03", "2026-03-17")
    assert "receipt" in clock["explanation"]["en"] and "回执" in clock["explanation"]["zh-CN"]
    event = told(hub, number)[0]
    assert event["type"] == "told" and event["message"] == hub.messages(number)[0]["id"] and event["by"] == "sms" and event["asked"] == 1
    assert hub.show(number)["supplement_date"] == "2026-03-17"
    replays(hub, number)
    go_to(hub, "2026-03-18T00:01:00+08:00")
    assert hub.wait_for(number, lambda a: a["status"] == "lapsed")
    replays(hub, number)


def test_no_receipt_in_time(start, gateway):
    hub = start(told_after=3)
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, lambda ms: ms and ms[0]["state"] == "accepted")
    go_to(hub, "2026-03-04T23:59:00+08:00")
    assert supplement(hub, number)["state"] == "not_started"
    go_to(hub, "2026-03-05T00:00:00+08:00")
    clock = supplement(hub, number)
    assert (clock["state"], clock["told_by"], clock["start"], clock["due"]) == ("running", "presumed", "2026-03-05", "2026-03-19")
    assert "counts as having arrived" in clock["explanation"]["en"]
    assert told(hub, number)[0]["type"] == "woken" and told(hub, number)[0]["told_by"] == "presumed"
    arrive(hub, gateway, number, "2026-03-05T09:00")
    assert supplement(hub, number)["told_by"] == "presumed", "the same day: nothing to correct"
    assert hub.get("/v1/alerts?kind=notice_undelivered").json["items"] == []
    replays(hub, number)


def test_a_receipt_later_than_presumed_is_believed(start, gateway):
    hub = start(told_after=1)
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, lambda ms: ms and ms[0]["state"] == "accepted")
    go_to(hub, "2026-03-03T12:00:00+08:00")
    assert supplement(hub, number)["start"] == "2026-03-03"
    arrive(hub, gateway, number, "2026-03-04T12:00")
    clock = supplement(hub, number)
    assert (clock["told_by"], clock["start"], clock["due"]) == ("receipt", "2026-03-04", "2026-03-18")
    replays(hub, number)


def test_what_reaches_no_applicant_is_no_receipt(start, gateway):
    gateway.first_state = "delivered"
    hub = start(rules={"test_mode": {"to": "+8613999999999"}})
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, lambda ms: ms and ms[0]["state"] == "delivered")
    assert supplement(hub, number)["told_by"] == "awaited" and told(hub, number) == []


@pytest.mark.parametrize("limit, says", [
    ({"unit": "hour", "length": 5}, "is counted in days or months"),
    ({"start": "decision"}, "does not start a limit here"),
    ({"told_after": 61}, "60"),
    ({"told_after": 0}, "60"),
])
def test_limits_that_cannot_be(tmp_path, gateway, limit, says):
    hub = NoticeHub(tmp_path, told_center(tmp_path, [sms(gateway)], **limit))
    with pytest.raises(RuntimeError) as refused:
        hub.start()
    assert says in str(refused.value), refused.value
