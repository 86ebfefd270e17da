# SPDX-License-Identifier: Apache-2.0
"""Requests, expiry effects, amended calendars, acceptance: what the law says about time, with real processes."""
import datetime
import json
import threading
import time

import pytest

from crash_load import Load
from crash_store import Store
from hub import DemoOf, center, matter, service, text

FIVE = ["land", "water", "fire", "health", "roads"]


# A restart begins at the machine's own time, and the virtual clock never goes back: so these days are far away.
MONDAY = datetime.date(2040, 3, 5)


def day(offset, clock="09:00:00"):
    return f"{MONDAY + datetime.timedelta(offset)}T{clock}+08:00"


def plain(service):
    return {"service": service, "applicant": {"kind": "person", "name": "王小明"}, "form": {}, "materials": []}


def clock_to(hub, now, timeout=60):
    answer = hub.post("/v1/test/clock", {"now": now}, timeout=timeout)
    assert answer.status == 200, answer.raw
    return answer.json


def virtual(tmp_path, config, *more):
    return DemoOf(tmp_path, config, "--demo", "--clock", "virtual", *more)


def alerts(hub, kind, **more):
    query = "&".join(f"{k}={v}" for k, v in {"kind": kind, "limit": 200, **more}.items())
    return hub.get("/v1/alerts?" + query).json["items"]


def notices(hub, number, kind):
    return [n for n in hub.get(f"/v1/applications/{number}/notices").json["items"] if n["notice"] == kind]


def act(hub, task, verb, body=None, status=200):
    answer = hub.post(f"/v1/tasks/{task}/{verb}", body)
    assert answer.status == status, answer.raw
    return answer.json


def promised(hub, number):
    return {t["matter"]: t["promised_date"] for t in hub.show(number)["tasks"]}


# -- Five departments ask on one day --

def test_five_departments_ask_on_one_day(tmp_path):
    config = center(tmp_path, FIVE, [matter(d, d, promised=10, materials=[{"id": "plan", "name": text("图纸", "Plan"), "required": False}]) for d in FIVE], [service("all", FIVE, promised=20)])
    with virtual(tmp_path, config) as hub:
        clock_to(hub, "2026-03-02T09:00:00+08:00")
        number = hub.submit(hub.example("all")).json["number"]
        before = promised(hub, number)
        whole = hub.show(number)["promised_date"]
        tasks = [t["id"] for t in hub.show(number)["tasks"]]
        for hour, task in enumerate(tasks):
            act(hub, task, "take")
            act(hub, task, "ask", {"text": f"question {hour}"})
            clock_to(hub, f"2026-03-02T{10 + hour}:00:00+08:00")
        assert notices(hub, number, "supplement") == []
        clock_to(hub, "2026-03-02T16:59:59+08:00")
        assert notices(hub, number, "supplement") == []
        clock_to(hub, "2026-03-02T17:00:00+08:00")
        told = notices(hub, number, "supplement")
        assert len(told) == 1 and len(told[0]["requests"]) == 5, "exactly one notice, when the office closes"
        assert alerts(hub, "second_notice") == []
        clock_to(hub, "2026-03-04T09:00:00+08:00")
        assert hub.post(f"/v1/applications/{number}/supplement", {"text": "all of it"}).status == 200
        after = promised(hub, number)
        # The day of the request counts, the day of the answer does not: 3 and 4 March are two working days.
        assert {d: day for d, day in after.items()} == {d: "2026-03-18" for d in FIVE}
        assert set(before.values()) == {"2026-03-16"}
        assert hub.show(number)["promised_date"] == whole, "the whole runs on: every other department could go on"
        second = tasks[0]
        assert hub.post(f"/v1/tasks/{second}/ask", {"text": "once more"}).status == 422, "a second notice cites something"
        act(hub, second, "ask", {"text": "once more", "materials": ["plan"]})
        clock_to(hub, "2026-03-05T09:00:00+08:00")
        assert len(notices(hub, number, "supplement")) == 2
        flagged = alerts(hub, "second_notice")
        assert [a["number"] for a in flagged] == [number]
        assert hub.show(number)["flagged"] is True
        asked = hub.get("/v1/statistics?verify=true").json["verify"]
        assert asked["is_equal"], asked


# -- Expiry effects --

@pytest.mark.parametrize("effect, opinion, outcome", [
    ("deemed_consent", "approve", "approved"), ("deemed_grant", "approve", "approved"),
    ("deemed_renewal", "approve", "approved"), ("deemed_refusal", "reject", "rejected")])
def test_silence_has_the_effect_of_the_rule_and_a_certificate(tmp_path, effect, opinion, outcome):
    config = center(tmp_path, ["a"], [matter("m", "a", promised=5, statutory=10, expiry=effect)], [service("one", ["m"], promised=10)])
    with virtual(tmp_path, config) as hub:
        clock_to(hub, "2026-03-02T09:00:00+08:00")
        number = hub.submit(hub.example("one")).json["number"]
        assert hub.get(f"/v1/applications/{number}/certificate").status == 409
        clock_to(hub, "2026-03-16T23:59:59+08:00")
        assert hub.show(number)["status"] == "in_review", "ten working days end with 16 March"
        clock_to(hub, "2026-03-17T00:00:00+08:00")
        application = hub.show(number)
        assert (application["status"], application["decision"]["outcome"]) == ("decided", outcome)
        certificate = hub.get(f"/v1/applications/{number}/certificate")
        assert certificate.status == 200
        deemed = certificate.json["deemed"][0]
        assert (deemed["effect"], deemed["opinion"], deemed["limit_ended"]) == (effect, opinion, "2026-03-16")
        assert len(alerts(hub, "deemed")) == 1


def test_without_an_effect_silence_only_is_late(tmp_path):
    config = center(tmp_path, ["a"], [matter("m", "a", promised=5, statutory=10)], [service("one", ["m"], promised=10)])
    with virtual(tmp_path, config) as hub:
        clock_to(hub, "2026-03-02T09:00:00+08:00")
        number = hub.submit(hub.example("one")).json["number"]
        clock_to(hub, "2026-06-30T09:00:00+08:00")
        application = hub.show(number)
        assert application["status"] == "in_review" and application["overdue"]
        clocks = [(a["clock"], a.get("matter")) for a in alerts(hub, "overdue", number=number)]
        assert len(clocks) == len(set(clocks)) == 4, "each clock once: both of the matter, both of the whole"


# -- Amended calendars --

YEAR_END = {"id": "test", "name": text("日历", "Calendar"), "weekend": ["saturday", "sunday"], "published_until": "2026-12-31",
            "holidays": [{"from": "2026-10-01", "name": text("国庆", "National Day")}], "working_days": []}


def amend(tmp_path, until, holidays):
    path = tmp_path / "catalog" / "all.json"
    document = json.loads(path.read_text())
    document["calendars"][0].update({"published_until": until,
                                     "holidays": [{"from": day, "name": text("放假", "Day off")} for day in holidays]})
    path.write_text(json.dumps(document, ensure_ascii=False))


def test_a_year_that_is_published_makes_dates_firm_and_says_so(tmp_path):
    config = center(tmp_path, ["a"], [matter("m", "a", promised=15)], [service("one", ["m"], promised=15)], calendar=YEAR_END)
    with virtual(tmp_path, config) as hub:
        clock_to(hub, "2026-12-14T09:00:00+08:00")
        numbers = [hub.submit(hub.example("one")).json["number"] for _ in range(20)]
        clocks = hub.get(f"/v1/applications/{numbers[0]}/clocks").json
        assert "provisional" in json.dumps(clocks) and hub.show(numbers[0])["promised_date"] == "2027-01-04"
        amend(tmp_path, "2027-12-31", ["2026-10-01", "2027-01-01"])
        listed = hub.post("/v1/catalog/reload?dry_run=true").json
        assert listed["applications_changed"] == 20
        assert hub.show(numbers[0])["promised_date"] == "2027-01-04", "a dry run moves nothing"
        moves = {(c["number"], c["of"], c["clock"]): (c["before"], c["after"]) for c in listed["changes"]}
        assert hub.post("/v1/catalog/reload").status == 200
        clock_to(hub, "2026-12-14T09:00:01+08:00")
        for number in numbers:
            hub.wait_for(number, lambda a: a["promised_date"] == "2027-01-05")
            told = notices(hub, number, "redated")
            assert len(told) == 1
            redated = [r for e in hub.events(number) if e["type"] == "redated" for r in e["redated"]]
            assert {(number, "m" if r.get("task") == 0 else "joint", r["clock"], r["due"]) for r in redated} == \
                {(n, of, clock, after) for (n, of, clock), (_, after) in moves.items() if n == number}
        after = json.dumps(hub.get(f"/v1/applications/{numbers[0]}/clocks").json)
        assert '"provisional": true' not in after
        assert hub.get("/v1/statistics?verify=true").json["verify"]["is_equal"]


def test_killed_while_dates_move(tmp_path):
    config = center(tmp_path, ["a"], [matter("m", "a", promised=15)], [service("one", ["m"], promised=15)], calendar=YEAR_END)
    with virtual(tmp_path, config) as hub:
        clock_to(hub, "2026-12-14T09:00:00+08:00")
        load = Load(hub, lambda dice: plain("one"), seed=3, clients=8, rate=2000).start()
        time.sleep(3)
        load.stop()
        numbers = list(load.acknowledged.values())
        assert len(numbers) > 300
        amend(tmp_path, "2027-12-31", ["2026-10-01", "2027-01-01"])
        for round in range(4):
            answers = []
            asker = threading.Thread(target=lambda: answers.append(quietly(lambda: hub.post("/v1/catalog/reload"))))
            asker.start()
            time.sleep(0.01 + 0.02 * round)
            hub.kill()
            asker.join()
            hub.start()
        clock_to(hub, "2026-12-14T09:00:01+08:00")
        sample = numbers[::max(1, len(numbers) // 60)]
        for number in sample:
            hub.wait_for(number, lambda a: a["promised_date"] == "2027-01-05")
            assert len([e for e in hub.events(number) if e["type"] == "redated"]) == 1, "moved once"
        assert hub.get("/v1/statistics?verify=true").json["verify"]["state"] in ("done", "running")
        hub.stop()
    store = Store(tmp_path / "data")
    assert store.broken_record() == 0
    store.close()


def quietly(call):
    try:
        return call()
    except OSError:
        return None


# -- Waking --

def test_killed_while_waking_tells_nothing_twice(tmp_path):
    config = center(tmp_path, ["a"], [matter("m", "a", promised=5, statutory=10)], [service("one", ["m"], promised=10)])
    with virtual(tmp_path, config) as hub:
        clock_to(hub, day(0))
        load = Load(hub, lambda dice: plain("one"), seed=5, clients=8, rate=2000).start()
        time.sleep(3)
        load.stop()
        numbers = list(load.acknowledged.values())
        assert len(numbers) > 300
        for round in range(5):
            now = day(8, f"09:0{round}:00")
            waker = threading.Thread(target=lambda: quietly(lambda: hub.post("/v1/test/clock", {"now": now})))
            waker.start()
            time.sleep(0.01 + 0.02 * round)
            hub.kill()
            waker.join()
            hub.start()
        clock_to(hub, day(8, "10:00:00"))
        for number in numbers[::max(1, len(numbers) // 60)]:
            marks = [(o.get("task"), o["clock"], o["due"]) for e in hub.events(number) for o in e.get("overdue", [])]
            assert marks == [(0, "promised", str(MONDAY + datetime.timedelta(7)))], "exactly one a clock and due date"
        told = alerts(hub, "overdue", number=numbers[0])
        assert len(told) == 1
        hub.stop()
    store = Store(tmp_path / "data")
    assert store.broken_record() == 0
    assert store.count("alert") == len(numbers), "one alert each"
    store.close()


def test_three_days_of_downtime(tmp_path):
    """What fell due meanwhile is told in the order in which it was due; who comes now need not wait for it."""
    days = {f"d{n}": n for n in range(1, 13)}
    config = center(tmp_path, ["a"], [matter("m", "a", promised=1, statutory=1, unit="calendar_day")] ,
                    [service(id, ["m"], unit="calendar_day", promised=n, statutory=n) for id, n in days.items()])
    with virtual(tmp_path, config) as hub:
        clock_to(hub, day(0))
        load = Load(hub, lambda dice: plain(dice.choice(sorted(days))), seed=11, clients=8, rate=2000).start()
        time.sleep(8)
        load.stop()
        assert len(load.acknowledged) > 1000
        quiet = latency(hub, 60)
        clock_to(hub, day(2))
        hub.stop()
        hub.start()
        waker = threading.Thread(target=lambda: quietly(lambda: hub.post("/v1/test/clock", {"now": day(8)}, timeout=60)))
        waker.start()
        busy = latency(hub, 60)
        waker.join()
        clock_to(hub, day(8))
        print(f"median latency: {quiet * 1000:.1f} ms at rest, {busy * 1000:.1f} ms behind {len(load.acknowledged)} due ones")
        assert busy < 20 * quiet + 0.25, (quiet, busy)
        assert hub.stop() == 0
    store = Store(tmp_path / "data")
    assert store.broken_record() == 0
    due = overdue_days(store)
    assert len(due) > 400
    assert due == sorted(due), "in the order of due date"
    store.close()


def latency(hub, count):
    times = []
    for _ in range(count):
        began = time.monotonic()
        assert hub.submit(plain("d12")).status == 201
        times.append(time.monotonic() - began)
    return sorted(times)[count // 2]


def overdue_days(store):
    """The due days of what was told after the downtime, in journal order: of each record the earliest."""
    days = []
    since = datetime.datetime.fromisoformat(day(8)).timestamp() * 1000
    for record, in store.base.execute("SELECT record FROM journal WHERE application > 0 ORDER BY seq"):
        for event in json.loads(record).get("events", []):
            if event["type"] == "woken" and event["at_ms"] >= since and event.get("overdue"):
                days.append(min(o["due"] for o in event["overdue"]))
    return days


# -- Acceptance --

def test_the_order_of_acceptance_has_no_gaps_through_kills(tmp_path):
    matters = [matter("m", "a")]
    config = center(tmp_path, ["a"], matters, [service("one", ["m"]), service("two", ["m"])])
    with DemoOf(tmp_path, config) as hub:
        load = Load(hub, lambda dice: plain(dice.choice(["one", "two"])), seed=13, clients=8, rate=400).start()
        for _ in range(3):
            time.sleep(0.8)
            hub.kill()
            hub.start()
        time.sleep(0.5)
        load.stop()
        assert hub.stop() == 0
    store = Store(tmp_path / "data")
    rows = store.rows("SELECT service, sequence, id FROM application WHERE id > 0 ORDER BY service, sequence")
    by_service = {}
    for row in rows:
        by_service.setdefault(row[0], []).append(row[1])
    assert len(rows) >= len(load.acknowledged) > 100
    for sequence in by_service.values():
        assert sequence == list(range(1, len(sequence) + 1)), "1, 2, 3 ... without a gap, whatever was killed"
    store.close()


def test_duplicates_are_told_and_the_barred_refused(tmp_path):
    config = center(tmp_path, ["a"], [matter("m", "a", safety=True), matter("n", "a")], [service("one", ["m"]), service("other", ["n"])])
    with virtual(tmp_path, config) as hub:
        clock_to(hub, "2026-03-02T09:00:00+08:00")
        person = {"kind": "person", "name": "王小明", "id_number": "330102199001011234"}
        body = {"service": "one", "applicant": person, "form": {}, "materials": []}
        first = hub.submit(body)
        assert first.status == 201, first.raw
        second = hub.submit(body)
        assert second.status == 201
        assert second.json.get("duplicate_of") == first.json["number"], "warned of, never refused"
        task = hub.show(first.json["number"])["tasks"][0]["id"]
        assert hub.post(f"/v1/tasks/{task}/opinion", {"opinion": "approve", "bar": "fraud"}).status == 422, "a bar goes with a refusal"
        act(hub, task, "opinion", {"opinion": "reject", "reasons": ["forged"], "bar": "false_material"})
        barred = hub.submit(body)
        assert barred.status == 422 and "2027-03-02" in barred.raw.decode(), "for a year (art. 78)"
        other = {**body, "applicant": {**person, "name": "李四", "id_number": "330102199001015678"}}
        assert hub.submit(other).status == 201, "nobody else is"
        assert hub.submit({**body, "service": "other"}).status == 201, "nor from another matter"
        clock_to(hub, "2027-03-02T23:00:00+08:00")
        assert hub.submit(body).status == 422, "its last day"
        clock_to(hub, "2027-03-03T09:00:00+08:00")
        assert hub.submit(body).status == 201
