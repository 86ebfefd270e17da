# SPDX-License-Identifier: Apache-2.0
"""Messages to applicants, end to end: a real hub, its notifier modules and its egress process, a real gateway, a real mail
server, a real receiver of webhooks; and deaths in between."""
import hashlib
import hmac
import json
import os
import signal
import time

import pytest

from hub import BUILD
from notice_parts import MAIL, PHONE, Gateway, NoticeHub, Part, Receiver, body, notice_center, put_secret, sms, verified

pytestmark = pytest.mark.skipif(not (BUILD / "modules" / "sms-1.0.0" / "module.so").exists(), reason="the notifiers are not built")


@pytest.fixture
def gateway():
    part = Part(Gateway)
    yield part
    part.close()


@pytest.fixture
def receiver():
    part = Part(Receiver)
    yield part
    part.close()


@pytest.fixture
def start(tmp_path):
    hubs = []

    def go(connectors, *arguments, **more):
        hub = NoticeHub(tmp_path, notice_center(tmp_path, connectors, **more), *arguments).start()
        hubs.append(hub)
        hub.wait_connectors()
        return hub

    yield go
    for hub in hubs:
        hub.stop()


def all_in(state, count):
    return lambda messages: len(messages) >= count and all(m["state"] == state for m in messages)


# -- The way of one --

def test_sent_polled_delivered(start, gateway):
    hub = start([sms(gateway)])
    answer = hub.submit(body()).json
    number = answer["number"]
    hub.wait_messages(number, all_in("accepted", 2))  # accepted, and decided
    gateway.set_all("delivered")
    messages = hub.wait_messages(number, all_in("delivered", 2))
    assert {m["notice"] for m in messages} == {"accepted", "decided"}
    assert all(m["channel"] == "sms" and m["attempts"] == 1 and m["delivered_at"] and m["sent_at"] for m in messages)
    texts = [m["text"] for m in gateway.messages.values()]
    assert any("was accepted" in t and number in t and answer["code"] in t for t in texts), texts
    assert {m["to"] for m in gateway.messages.values()} == {PHONE}
    assert {seen[2] for seen in gateway.seen} == {"Bearer t0k3n"}
    # what was told stands with its way beside it
    notices = hub.get(f"/v1/applications/{number}/notices").json["items"]
    accepted = next(n for n in notices if n["notice"] == "accepted")
    assert [m["state"] for m in accepted["messages"]] == ["delivered"]
    # the journal says that it was sent, and not to whom
    events = hub.events(number)
    told = [e for e in events if e["type"] == "message_delivered"]
    assert len(told) == 2 and all(e["connector"] == "sms" and "hash" in e["entry"] for e in told)
    assert PHONE not in json.dumps(events) and answer["code"] not in json.dumps(events)


def test_language_and_own_words(start, gateway):
    own = [{"kind": "accepted", "channel": "sms", "text": {"zh-CN": "您好{{applicant}}，{{number}}已受理", "en": "Dear {{applicant}}: {{number}}"}}]
    hub = start([sms(gateway)], notices=own)
    chinese = hub.submit(body(locale="zh-CN", name="王小明")).json["number"]
    english = hub.submit(body(name="A {{code}} B")).json["number"]
    hub.wait_messages(chinese, all_in("accepted", 2)), hub.wait_messages(english, all_in("accepted", 2))
    texts = [m["text"] for m in gateway.messages.values()]
    assert f"您好王小明，{chinese}已受理" in texts
    mine = next(t for t in texts if t.startswith("Dear A"))
    assert "{{" not in mine and "{ {code}} B" in mine, mine
    assert any("已作出决定" in t and "准予许可" in t for t in texts), texts


def test_what_is_missing_is_told_with_its_form(start, gateway):
    asked = [{"id": "plan", "name": {"zh-CN": "图纸", "en": "Plan"}, "types": ["pdf", "png"], "max_bytes": 5000000},
             {"id": "deed", "name": {"zh-CN": "权属", "en": "Deed"}}]
    hub = start([sms(gateway)], materials=asked)
    for locale, words in (("en", "Plan (as PDF or PNG, at most 5 MB), Deed."), ("zh-CN", "图纸（PDF 或 PNG 格式，不超过 5 MB）、权属。")):
        number = hub.submit(body(locale=locale)).json["number"]
        hub.wait_messages(number, lambda messages: any(m["state"] == "accepted" for m in messages))
        assert any(words in m["text"] for m in gateway.messages.values()), list(gateway.messages.values())


def test_template_of_the_gateway(start, gateway):
    hub = start([sms(gateway, templates={"accepted": "SMS_1"})])
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, all_in("accepted", 2))
    assert sorted(m.get("template") or "" for m in gateway.messages.values()) == ["", "SMS_1"]


def test_receipt_by_callback(start, gateway):
    hub = start([sms(gateway, mode="callback", poll={"safety_ms": 86400000})])
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, all_in("accepted", 2))
    for reference, key in [(m["id"], k) for k, m in gateway.messages.items()][:1] + [(k, k) for k in list(gateway.messages)[1:]]:
        content = json.dumps({"id": gateway.messages[key]["id"], "state": "delivered"}).encode()
        stamp, event = str(int(time.time())), "e-" + key
        mac = hmac.new(b"callback-k3y", f"{stamp}.{event}.sms.{reference}.".encode() + content, hashlib.sha256).hexdigest()
        head = {"Onedoor-Timestamp": stamp, "Onedoor-Event": event, "Onedoor-Signature": "v1=" + mac}
        answer = hub.request("POST", f"/v1/callbacks/sms/{reference}", content, headers=head)
        assert answer.status == 202, answer.raw
    hub.wait_messages(number, all_in("delivered", 2))


# -- Failover --

def test_refused_number_goes_the_next_way(start, gateway, receiver):
    gateway.first_state = "undeliverable"
    hub = start([sms(gateway), hook(receiver)])
    number = hub.submit(body()).json["number"]
    messages = hub.wait_messages(number, all_in("delivered", 2))
    assert {m["channel"] for m in messages} == {"webhook"} and all(m["attempts"] == 2 for m in messages)


def test_nobody_could_and_a_person_sends_it_again(start, gateway):
    gateway.first_state = "undeliverable"
    hub = start([sms(gateway)])
    number = hub.submit(body()).json["number"]
    failed = hub.wait_messages(number, all_in("failed", 2))
    alerts = hub.get("/v1/alerts?kind=notice_undelivered").json["items"]
    assert {a["message"] for a in alerts} == {m["id"] for m in failed} and all(a["number"] == number for a in alerts)
    shown = hub.get(f"/v1/messages/{failed[0]['id']}").json
    assert shown["phone"] == "+86****0001" and PHONE not in json.dumps(shown)
    assert {m["id"] for m in hub.get("/v1/messages?state=failed").json["items"]} == {m["id"] for m in failed}
    gateway.first_state = "delivered"
    gateway.messages.clear()
    assert hub.post(f"/v1/messages/{failed[0]['id']}/retry").status == 200
    until = time.monotonic() + 15
    while hub.get(f"/v1/messages/{failed[0]['id']}").json["state"] != "delivered":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert hub.post(f"/v1/messages/{failed[0]['id']}/retry").status == 409
    assert hub.post("/v1/messages/msg-999/retry").status == 404
    assert hub.get("/v1/messages?state=lost").status == 422


def test_gateway_down_for_a_while(start, gateway):
    gateway.status, gateway.failures_left = 503, 3
    hub = start([sms(gateway)])
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, all_in("accepted", 2), timeout=30)
    assert len(gateway.messages) == 2


# -- Hours, and tests --

def test_quiet_hours(start, gateway):
    hub = start([sms(gateway)], "--demo", "--clock", "virtual", rules={"quiet": {"from": "21:00", "to": "08:00"}})
    assert hub.post("/v1/test/clock", {"now": "2026-03-02T22:30:00+08:00"}).status == 200
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, lambda ms: any(m["state"] == "resting" for m in ms))
    hub.post("/v1/test/clock", {"now": "2026-03-03T07:59:00+08:00"})
    assert not gateway.seen
    hub.post("/v1/test/clock", {"now": "2026-03-03T08:01:00+08:00"})
    hub.wait_messages(number, lambda ms: any(m["state"] == "accepted" for m in ms))
    assert gateway.seen


def test_test_mode(start, gateway):
    hub = start([sms(gateway)], rules={"test_mode": {"to": "+8613999999999"}})
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, all_in("accepted", 2))
    assert {m["to"] for m in gateway.messages.values()} == {"+8613999999999"}
    assert all(m["text"].startswith("[TEST") for m in gateway.messages.values())


# -- Webhooks --

def hook(receiver, **more):
    return {"id": "hook", "module": "webhook-1.0.0", "serves": "messages", "config": {"url": receiver.url + "/in", **more}}


def test_webhook_is_signed(start, receiver):
    hub = start([hook(receiver)])
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, all_in("delivered", 2))
    for headers, content in receiver.seen:
        assert verified(headers, content), headers
        event = json.loads(content)
        assert event["specversion"] == "1.0" and event["id"] == headers["webhook-id"] and event["subject"] == number
        assert event["type"] in ("onedoor.notice.accepted", "onedoor.notice.decided")
        assert PHONE not in content.decode() and MAIL not in content.decode()
    assert not verified(receiver.seen[0][0], receiver.seen[0][1] + b" ")


def test_webhook_is_repeated_and_ends_with_gone(start, receiver, gateway):
    receiver.status = 500
    hub = start([hook(receiver), sms(gateway, priority=2)], rules={"channels": ["webhook", "sms"]})
    number = hub.submit(body()).json["number"]
    until = time.monotonic() + 20
    while len(receiver.seen) < 4:
        assert time.monotonic() < until
        time.sleep(0.05)
    ids = [headers["webhook-id"] for headers, _ in receiver.seen]
    assert len(set(ids)) == 2, "the same id over all attempts"
    receiver.status = 410
    hub.wait_messages(number, all_in("accepted", 2), timeout=30)  # the other way
    count = len(receiver.seen)
    second = hub.submit(body()).json["number"]
    hub.wait_messages(second, all_in("accepted", 2), timeout=30)
    assert len(receiver.seen) == count, "gone is gone"
    assert "410" in json.dumps(hub.get("/v1/connectors/hook/logs").json)
    hub.kill()
    hub.start()
    third = hub.submit(body()).json["number"]
    hub.wait_messages(third, all_in("accepted", 2), timeout=30)
    assert len(receiver.seen) == count, "and stays gone when everything starts anew"


# -- Deaths --

def test_nothing_is_lost_when_the_hub_is_killed(start, gateway):
    """Killed while the gateway has a message and has not answered: it comes again with the same key, and no other."""
    hub = start([sms(gateway)])
    gateway.hold.set()
    number = hub.submit(body()).json["number"]
    assert gateway.held.wait(20)
    hub.kill()
    gateway.hold.clear()
    gateway.release.set()
    hub.start()
    hub.wait_connectors()
    hub.wait_messages(number, all_in("accepted", 2), timeout=30)
    keys = [seen[0] for seen in gateway.seen]
    assert len(set(keys)) == 2 and len(keys) >= 3, keys
    assert len(gateway.messages) == 2, "a repeat is told apart by its key"


@pytest.mark.parametrize("victim", ["hub", "host"])
def test_kill_at_any_moment(start, gateway, victim):
    hub = start([sms(gateway)])
    numbers = []
    for round in range(5):
        for _ in range(6):
            answer = hub.submit(body())
            if answer.status == 201:
                numbers.append(answer.json["number"])
        time.sleep(0.03 * round)
        if victim == "hub":
            hub.kill()
            hub.start()
        else:
            pid = hub.hosts().get("sms")
            if pid:
                os.kill(pid, signal.SIGKILL)
        hub.wait_connectors(timeout=20)
    gateway.set_all("delivered")
    gateway.first_state = "delivered"
    for number in numbers:
        hub.wait_messages(number, all_in("delivered", 2), timeout=40)
    assert len(gateway.messages) == 2 * len(numbers), "one message for one notice"


# -- What is refused --

@pytest.mark.parametrize("notice, says", [
    ({"kind": "accepted", "text": {"zh-CN": "{{amount}}", "en": "x"}}, "there is no {{amount}}"),
    ({"kind": "accepted", "text": {"zh-CN": "x", "en": "{{number"}}, "not closed"),
    ({"kind": "sneezed", "text": {"zh-CN": "x", "en": "x"}}, "there is no notice"),
    ({"kind": "accepted", "channel": "pigeon", "text": {"zh-CN": "x", "en": "x"}}, "channel"),
    ({"kind": "accepted", "text": {"zh-CN": "x" * 4001, "en": "x"}}, "4001 bytes"),
])
def test_words_that_cannot_be(tmp_path, gateway, notice, says):
    hub = NoticeHub(tmp_path, notice_center(tmp_path, [sms(gateway)], notices=[notice]))
    with pytest.raises(RuntimeError) as refused:
        hub.start()
    assert says in str(refused.value), refused.value
