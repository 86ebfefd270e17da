# SPDX-License-Identifier: Apache-2.0
"""Are a hub's figures those of its journal, and of the log that was sent through it?"""
import datetime
import time
import zoneinfo
from collections import Counter, defaultdict

YEARS = "from=2009-01&to=2018-12"
ZONE = zoneinfo.ZoneInfo("Europe/Amsterdam")


def day(at):
    return at.astimezone(ZONE).date()


def month(date):
    return date.isoformat()[:7]


def expected(cases, expected_day):
    """The figures of the log by month, counted without the hub."""
    months = defaultdict(Counter)
    for case in cases:
        months[month(day(case["start"]))].update(received=1, accepted=1)
        if case["end"] is None:
            continue
        end = expected_day(case)
        promised = day(case["start"]) + datetime.timedelta(days=case["days"])
        months[month(end)].update(decided=1, on_time=end <= promised, ahead=end < promised,
                                  elapsed=(end - day(case["start"])).days)
    return months


def expected_steps(cases):
    """Tasks with an opinion by department; those of the log's open applications, too."""
    steps = Counter()
    for case in cases:
        steps.update("d-" + name.lower() for name in case["steps"])
        steps.update(["d-closing"] if case["end"] else [])
    return steps


def figures(hub, query=""):
    answer = hub.get("/v1/statistics?" + query)
    assert answer.status == 200, answer.raw
    return answer.json


def verified(hub, timeout=120):
    """What a recount says at its end."""
    until = time.monotonic() + timeout
    found = figures(hub, "verify=true")["verify"]
    while found["state"] == "running":
        assert time.monotonic() < until, found
        time.sleep(0.1)
        found = figures(hub, "verify=status")["verify"]
    assert found["state"] == "done", found
    return found


def check_verified(hub, applications):
    found = verified(hub)
    assert (found["is_equal"], found["differences"], found["unreadable"]) == (True, [], 0), found
    assert found["applications"] == applications
    return found


def check_log(hub, cases, expected_day):
    """The real permit log, run through the hub: every month and department, counted without the hub."""
    found = check_verified(hub, len(cases))
    months = {i["month"]: i for i in figures(hub, YEARS + "&by=month")["items"]}
    logged = expected(cases, expected_day)
    for name, counted in logged.items():
        item = months[name]
        assert {"received": item["received"], "accepted": item["accepted"], "decided": item["decided"],
                "on_time": item["on_time"]["count"], "ahead": item["ahead"]["count"], "elapsed": item["sum"]["elapsed_days"]} == \
            {key: counted[key] for key in ("received", "accepted", "decided", "on_time", "ahead", "elapsed")}, name
    total = figures(hub, YEARS)["total"]
    assert (total["received"], total["decided"]) == (1434, 1329)
    assert total["late"] == sum(c["decided"] - c["on_time"] for c in logged.values())
    departments = {i["department"]: i["decided"] for i in figures(hub, YEARS + "&by=department")["items"]}
    assert departments == expected_steps(cases)
    print(f"{found['sums']} sums; {total['on_time']['percent']} % on time, {total['ahead']['percent']} % ahead, "
          f"{total['average']['elapsed_days']} days on average")
