# SPDX-License-Identifier: Apache-2.0
"""A department that calls back instead of being asked: signed, durable, and harmless when it comes again."""
import os
import signal
import time

import pytest
from crash_life import wait_until
from water import TOKEN, Department, Water, call_back, settings

NEVER = "1000000"  # so many times the department would have to be asked


def base(department):
    return f"http://127.0.0.1:{department.port}/v1"


def callback_settings(department, **more):
    return settings(base(department), mode="callback", event={"record": "/case"}, **more)


def case(ref, status, **more):
    return {"case": {"id": ref, "status": status, **more}}


@pytest.fixture
def desk(tmp_path):
    with Department(tmp_path, "--bearer", TOKEN, "--decide-after", NEVER) as department, \
            Water(tmp_path, callback_settings(department)) as hub:
        hub.wait_connectors()
        yield hub, department


def accepted(hub, **form):
    number = hub.apply(**form)
    return number, hub.wait_state(number, "accepted")["external_ref"]


def test_the_departments_word_decides(desk):
    hub, department = desk
    for reference in ("task", "external"):
        number, ref = accepted(hub, area=100)
        name = f"{number}.1" if reference == "task" else ref
        assert call_back(hub, name, case(ref, "refused", reasons=["Kein Anschluss möglich."])) == 202
        opinion = hub.opinion(number)
        assert (opinion["opinion"], opinion["reasons"]) == ("reject", ["Kein Anschluss möglich."])
    assert set(department.counts().values()) == {1}


def test_only_the_department_can_call(desk):
    hub, _ = desk
    number, ref = accepted(hub, area=100)
    granted = case(ref, "granted")
    assert call_back(hub, ref, granted, secret="another") == 401
    assert call_back(hub, ref, granted, at=time.time() - 3600) == 401
    assert call_back(hub, "W-9999", granted) == 404
    assert call_back(hub, ref, granted, connector="fire") == 404
    time.sleep(0.3)
    assert hub.show(number)["status"] != "decided"
    assert call_back(hub, ref, granted) == 202
    assert hub.opinion(number)["opinion"] == "approve"


def test_news_that_come_twice_or_are_not_final_do_no_harm(desk):
    hub, department = desk
    number, ref = accepted(hub, area=100)
    assert call_back(hub, ref, case(ref, "open"), event="e-1") == 202
    assert call_back(hub, ref, {"nonsense": True}, event="e-2") == 202
    assert call_back(hub, ref, case(ref, "granted of sorts"), event="e-3") == 202
    time.sleep(0.3)
    assert hub.wait_state(number, "accepted")
    assert call_back(hub, ref, case(ref, "granted"), event="e-4") == 202
    for _ in range(3):  # a task that has ended is no longer known by the department's name for it
        assert call_back(hub, ref, case(ref, "granted"), event="e-4") in (202, 404)
    assert hub.opinion(number)["opinion"] == "approve"
    assert department.counts() == {f"{number}.1": 1}


@pytest.mark.parametrize("victim", ["host", "hub"])
def test_a_callback_that_was_taken_survives_a_kill(tmp_path, victim):
    """202 means durable: whatever is killed then, the opinion arrives."""
    with Department(tmp_path, "--bearer", TOKEN, "--decide-after", NEVER) as department, \
            Water(tmp_path, callback_settings(department)) as hub:
        hub.wait_connectors()
        cases = [accepted(hub, area=100) for _ in range(4)]
        for turn, (number, ref) in enumerate(cases):
            if victim == "host":  # no process is there to take it
                os.kill(hub.hosts()["water"], signal.SIGKILL)
            assert call_back(hub, ref, case(ref, "refused", reasons=[f"no. {turn}"])) == 202
            if victim == "hub":
                hub.kill()
                hub.start()
            opinion = hub.opinion(number)
            assert (opinion["opinion"], opinion["reasons"]) == ("reject", [f"no. {turn}"])
        assert department.counts() == {f"{number}.1": 1 for number, _ in cases}


def test_a_callback_may_overtake_the_answer_to_the_submission(tmp_path):
    with Department(tmp_path, "--bearer", TOKEN, "--decide-after", NEVER) as department, \
            Water(tmp_path, callback_settings(department)) as hub:
        hub.wait_connectors()
        number = hub.apply(area=100, fault="drip")
        wait_until(lambda: department.counts() == {f"{number}.1": 1}, timeout=10)
        assert call_back(hub, f"{number}.1", case("W-1", "granted")) == 202
        assert hub.opinion(number)["opinion"] == "approve"
        assert department.counts() == {f"{number}.1": 1}


def test_news_are_a_reason_to_ask(tmp_path):
    with Department(tmp_path, "--bearer", TOKEN) as department, \
            Water(tmp_path, settings(base(department), mode="callback", event={"means": "news"})) as hub:
        hub.wait_connectors()
        number, ref = accepted(hub, area=2000)
        assert call_back(hub, ref, {"any": "thing", "status": "granted"}) == 202
        assert hub.opinion(number)["opinion"] == "reject", "the body is not believed, the department is asked"


def test_a_lost_callback_is_caught_by_the_slow_poll(tmp_path):
    with Department(tmp_path, "--bearer", TOKEN) as department, \
            Water(tmp_path, callback_settings(department, poll={"interval_ms": 100, "safety_ms": 1000})) as hub:
        hub.wait_connectors()
        started = time.monotonic()
        number = hub.apply(area=100)
        assert hub.opinion(number)["opinion"] == "approve"
        assert time.monotonic() - started > 0.8
