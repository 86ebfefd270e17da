# SPDX-License-Identifier: Apache-2.0
"""A hub whose wall clock does what it wants: libfaketime fakes it, the clock since the machine's start stays true."""
import datetime
import glob
import time

import pytest

from crash_store import Store
from hub import DemoOf, center, matter, service

FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
LATE_S = 60  # nothing may be told later than this
DAY_S = 86400

needs_faketime = pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")


class Wall:
    """The offset of the hub's wall clock, in a file that libfaketime looks at each second."""

    def __init__(self, folder):
        self.path = folder / "wall"
        self.set(0)
        self.environment = {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_CACHE_DURATION": "1",
                            "DONT_FAKE_MONOTONIC": "1", "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}

    def set(self, offset_s):
        new = self.path.with_suffix(".new")
        new.write_text(f"{offset_s:+d}\n")
        new.rename(self.path)


def plain(service):
    return {"service": service, "applicant": {"kind": "person", "name": "王小明"}, "form": {}, "materials": []}


def days_center(tmp_path, zone="Asia/Shanghai"):
    """One service whose limit ends with tomorrow, and is yellow from then on."""
    config = center(tmp_path, ["a"], [matter("m", "a", promised=1, statutory=2, unit="calendar_day")],
                    [service("one", ["m"], unit="calendar_day", promised=1, statutory=2)], zone=zone)
    return config


def faked(tmp_path, wall, *more):
    hub = DemoOf(tmp_path, days_center(tmp_path), *more)
    hub.environment = wall.environment
    return hub


def alerts(hub, kind):
    return hub.get(f"/v1/alerts?kind={kind}&limit=200").json["items"]


def overdue(hub, number):
    return [(o.get("task"), o["clock"], o["due"]) for e in hub.events(number) for o in e.get("overdue", [])]


def wait_until(predicate, timeout):
    until = time.monotonic() + timeout
    while not predicate():
        assert time.monotonic() < until, f"not within {timeout} s"
        time.sleep(0.2)


@needs_faketime
@pytest.mark.parametrize("offset_s", [3 * DAY_S, -3 * DAY_S])
def test_a_jump_of_seconds_moves_nothing(tmp_path, offset_s):
    wall = Wall(tmp_path)
    with faked(tmp_path, wall) as hub:
        before = hub.submit(plain("one")).json
        wall.set(offset_s)
        wait_until(lambda: alerts(hub, "clock_jump"), 5)
        during = hub.submit(plain("one")).json
        time.sleep(4)
        wall.set(0)
        time.sleep(4)
        after = hub.submit(plain("one")).json
        assert before["promised_date"] == during["promised_date"] == after["promised_date"]
        assert [alerts(hub, kind) for kind in ("overdue", "due_soon")] == [[], []], "nothing came early"
        jumps = alerts(hub, "clock_jump")
        assert len(jumps) == 1 and abs(jumps[0].get("jump_seconds", offset_s) - offset_s) <= 6, jumps
        received = [datetime.datetime.fromisoformat(a["received_at"]) for a in (before, during, after)]
        assert received == sorted(received) and (received[2] - received[0]).total_seconds() < 60


@needs_faketime
def test_a_jump_that_lasts_is_told_in_time_and_once(tmp_path):
    wall = Wall(tmp_path)
    with faked(tmp_path, wall) as hub:
        numbers = [hub.submit(plain("one")).json["number"] for _ in range(20)]
        wall.set(2 * DAY_S)
        began = time.monotonic()
        wait_until(lambda: len(alerts(hub, "overdue")) >= 20, LATE_S)
        assert time.monotonic() - began > 20, "not before it has lasted"
        time.sleep(1)
        for number in numbers:
            assert [m[:2] for m in overdue(hub, number)] == [(None, "promised"), (0, "promised")] or \
                sorted(m[1] for m in overdue(hub, number)) == ["promised", "promised"]
        wall.set(0)  # and back, for good: time stands still, nothing is told a second time
        time.sleep(40)
        later = hub.submit(plain("one")).json
        assert later["status"] == "in_review"
        for number in numbers:
            assert len(overdue(hub, number)) == len(set(overdue(hub, number))) == 2
        hub.kill()
        hub.start()  # the journal is ahead of the wall clock
        hub.submit(plain("one"))
        for number in numbers:
            assert len(overdue(hub, number)) == 2, "nor after a restart"
        hub.stop()
    store = Store(tmp_path / "data")
    assert store.broken_record() == 0
    times = [at for (at,) in store.rows("SELECT at_ms FROM journal ORDER BY seq")]
    assert times == sorted(times), "the journal's time never goes back"
    store.close()


# -- Days without 24 hours --

@pytest.mark.parametrize("change, hours", [("2040-03-25", 23), ("2040-10-28", 25)])
def test_the_day_of_a_clock_change_in_berlin(tmp_path, change, hours):
    """A limit in days ends with the civil day, however long that is; one in hours after as many hours."""
    day = datetime.date.fromisoformat(change)
    berlin = __import__("zoneinfo").ZoneInfo("Europe/Berlin")
    config = center(tmp_path, ["a", "b"], [matter("m", "a", promised=1, statutory=2, unit="calendar_day"),
                                           matter("h", "b", promised=24, statutory=48, unit="hour")],
                    [service("one", ["m", "h"], unit="calendar_day", promised=1, statutory=2)], zone="Europe/Berlin")

    def at(date, clock, second=0):
        moment = datetime.datetime.combine(date, datetime.time.fromisoformat(clock), berlin)
        return round((moment.timestamp() + second) * 1000)

    with DemoOf(tmp_path, config, "--demo", "--clock", "virtual") as hub:
        noon = at(day - datetime.timedelta(1), "12:00")
        assert hub.post("/v1/test/clock", {"now": noon}).json["quiet"]
        number = hub.submit(plain("one")).json["number"]
        assert (at(day, "12:00") - noon) / 3600000 == hours

        def seen(now):
            assert hub.post("/v1/test/clock", {"now": now}).json["quiet"]
            return {(task, clock) for task, clock, _ in overdue(hub, number)}

        assert seen(noon + 24 * 3600000 - 60000) == set(), "a minute before 24 hours are over"
        assert seen(noon + 24 * 3600000 + 60000) == {(1, "promised")}, "and a minute after: hours are hours"
        assert seen(at(day, "23:59", 59)) == {(1, "promised")}, "the day is not over"
        assert seen(at(day + datetime.timedelta(1), "00:00", 1)) == {(1, "promised"), (0, "promised"), (None, "promised")}
