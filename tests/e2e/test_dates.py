# SPDX-License-Identifier: Apache-2.0
"""Dates are those of the law and of nothing else: whatever a module does, or does not, every clock runs the same."""
import time

import pytest
from hub import SIM, Hub

MONDAY = "2026-11-30T09:00:00+08:00"
DAYS = [f"2026-12-{day:02d}T09:00:00+08:00" for day in range(1, 25)]
ALWAYS = {"field": "premises_area_m2", "value": 312}  # of the example


def fire_is(hub, config):
    """fire runs with this configuration, and nothing is waited for."""
    answer = hub.post("/v1/connectors/fire/upgrade", {"module": SIM, "config": config, "bake_ms": 0})
    assert answer.status == 202, answer.raw
    until = time.monotonic() + 15
    while hub.get("/v1/connectors/fire").json["rollout"]:
        assert time.monotonic() < until
        time.sleep(0.02)


def act(verb):
    return lambda hub: hub.post(f"/v1/connectors/fire/{verb}", {"reason": "a test of dates"})


def unload(hub):
    assert hub.request("DELETE", "/v1/connectors/fire").status == 202
    until = time.monotonic() + 15
    while hub.get("/v1/connectors/fire").status != 404:
        assert time.monotonic() < until
        time.sleep(0.02)


# Each of them keeps fire from answering within the time that is looked at.
MANNERS = {
    "sits on it": lambda hub: fire_is(hub, {"accept": True, "delay_ms": 10**10}),
    "crashes on each offer": lambda hub: fire_is(hub, {"crash_on": ALWAYS}),
    "fails each attempt": lambda hub: fire_is(hub, {"fail": {"times": 1000, "effect": "none"}}),
    "does not know what it did": lambda hub: fire_is(hub, {"fail": {"times": 1000, "effect": "unknown"}}),
    "is drained": act("drain"),
    "is disabled": act("disable"),
}


def clocks_of(hub, number):
    """Every clock of the application but for the words that name it."""
    kept = ("of", "kind", "state", "start", "due", "level", "overdue", "length", "unit", "days_left")
    clocks = hub.get(f"/v1/applications/{number}/clocks").json
    return [{key: clock.get(key) for key in kept} for clock in (clocks if isinstance(clocks, list) else clocks.get("items") or clocks["clocks"])]


def life(manner):
    """What is promised at the start, and how each clock stands day by day."""
    with Hub("--clock", "virtual") as hub:
        hub.wait_connectors()
        hub.post("/v1/test/clock", {"now": MONDAY})
        manner(hub)
        made = [hub.submit(hub.example("open-restaurant")) for _ in range(3)]
        assert {answer.status for answer in made} == {201}
        numbers = [answer.json["number"] for answer in made]
        seen = []
        for now in DAYS:
            assert hub.post("/v1/test/clock", {"now": now}).status == 200
            # The others answer at moments of their own: fire's clock and those of the whole are compared.
            day = []
            for number in numbers:
                application = hub.show(number)
                task = next(task for task in application["tasks"] if task["department"] == "fire")
                day.append((application["promised_date"], application["statutory_date"], application["status"], task["promised_date"],
                            task.get("level"), [clock for clock in clocks_of(hub, number) if clock["of"] in ("joint", "fire-safety-check")]))
            seen.append(day)
        return seen


@pytest.fixture(scope="module")
def by_law():
    """Nobody works at all: officers would, and none is there."""
    return life(unload)


@pytest.mark.parametrize("manner", MANNERS)
def test_dates_are_right_whatever_a_module_does(by_law, manner):
    seen = life(MANNERS[manner])
    assert len({clock["due"] for day in by_law for each in day for clock in each[5] if clock["due"]}) >= 2, "there is something to compare"
    assert any(clock["level"] == "red" for day in by_law for each in day for clock in each[5]), "and it runs out"
    for now, expected, have in zip(DAYS, by_law, seen):
        assert have == expected, now
