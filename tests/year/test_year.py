# SPDX-License-Identifier: Apache-2.0
"""A center's year in small: 1,500 applications at a real hub under a virtual clock, in the shares of the large one
(script/bench --case year). The four numbers come out of the journal as they were put in, counted three ways; every page and
every GET route answers. How long anything takes is not asserted here; which rows it reads is (store_plan_test, store_sum_test)."""
import json
import subprocess

import pytest

import sights
from center import Center, days_worked
from crowd import Crowd
from hub import BUILD
from plan import CLOSES, Plan
from play import Play, stamp
from recount import recount
from stand import Site
from statistics_check import verified

SEED, APPLICATIONS, DEPARTMENTS, MATTERS, MODULES = 1, 1500, 8, 160, 2
LATE = 15 * 60  # of the last day: much of it is still open


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    center = Center(SEED, DEPARTMENTS, MATTERS, MODULES)
    plan = Plan(center, SEED, APPLICATIONS, days_worked(center.calendar))
    with Site(tmp_path_factory.mktemp("year"), center) as site:
        site.wait_connectors()
        with Crowd(site.port) as crowd:
            crowd.ask("POST", "/v1/test/clock", {"now": stamp(plan.days[0], 0)})
            play = Play(plan, crowd, tick=30)
            play.run(until=LATE)
            yield Year(site, center, plan, crowd, play)


@pytest.fixture(scope="module")
def ended(year):
    """The rest of the last day."""
    year.play.run(first=len(year.plan.days) - 1, begin=LATE, until=CLOSES)
    return year


class Year:
    def __init__(self, site, center, plan, crowd, play):
        self.site, self.center, self.plan, self.crowd, self.play = site, center, plan, crowd, play

    def figures(self, **query):
        return self.site.get("/v1/statistics?" + "&".join(f"{k}={v}" for k, v in {"from": "2025-01", "to": "2025-12", **query}.items())).json


def four(total):
    return {"accepted": total["accepted"], "decided": total["decided"], "on_the_spot": total["on_the_spot"]["count"],
            "on_time": total["on_time"]["count"], "ahead": total["ahead"]["count"]}


def test_the_plan_is_the_same_for_a_seed():
    center = Center(SEED, DEPARTMENTS, MATTERS, MODULES)
    days = days_worked(center.calendar)

    def story(seed):
        return [(c.service["id"], c.day, c.minute, c.decided_day, c.is_spot, c.is_ahead) for c in Plan(center, seed, APPLICATIONS, days).cases]
    assert story(SEED) == story(SEED) != story(SEED + 1)
    assert {(d.month, d.day) for d in days} >= {(2, 2), (2, 15), (9, 28), (10, 11)} and len(days) == 250, "make-up days are worked"


def test_every_page_answers_while_much_is_open(year):
    seen = sights.Sights(year.crowd, year.center, year.plan.days)
    paths = seen.all()
    assert seen.missing() == set(), "a page or a route that nobody looks at"
    assert sights.faulty(sights.measure(year.crowd, year.site.process.pid, paths, rounds=1)) == []


def test_the_four_numbers_come_out_as_configured(ended):
    expected = ended.plan.expected()
    total = ended.figures()["total"]
    assert four(total) == {k: v for k, v in expected.items() if k != "months"}
    assert (total["accepted"], total["on_the_spot"]["percent"], total["on_time"]["percent"], total["ahead"]["percent"]) == \
        (APPLICATIONS, "61.2", "100.0", "98.0")
    assert (total["late"], total["late_stage"], total["red"], total["closed"]) == (0, 0, 0, APPLICATIONS)
    months = {i["month"]: {"received": i["received"], "decided": i["decided"], "on_the_spot": i["on_the_spot"]["count"],
                           "ahead": i["ahead"]["count"]} for i in ended.figures(by="month")["items"]}
    assert months == expected["months"]
    told = ended.site.get("/v1/center").json["year"]
    assert (told["accepted"], told["on_the_spot"]["percent"], told["on_time"]["percent"], told["ahead"]["percent"]) == \
        (APPLICATIONS, "61.2", "100.0", "98.0")


def test_sums_agree_however_they_are_parted(ended):
    """Whatever rows a question is answered from."""
    whole = four(ended.figures()["total"])
    for by in ("month", "service", "window", "service,month", "service,window"):
        found, cursor = dict.fromkeys(whole, 0), None
        while True:
            page = ended.figures(by=by, **({"cursor": cursor} if cursor else {}))
            assert four(page["total"]) == whole, by
            for item in page["items"]:
                for name, value in four(item).items():
                    found[name] += value
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == whole, by


def test_services_by_month_are_refused_before_they_are_counted(ended):
    """190 services: 86 months of them are within the limit of 16,384, 87 are not."""
    assert len(ended.center.services) == 190
    for start, status in (("2018-11", 200), ("2018-10", 422)):
        assert ended.site.get(f"/v1/statistics?from={start}&to=2025-12&by=service,month&limit=1").status == status


def test_the_journal_gives_the_same_numbers(ended):
    """Counted anew by the hub, through the core; and by a stranger, from the file that anybody may have."""
    found = verified(ended.site)
    assert (found["is_equal"], found["differences"], found["unreadable"], found["applications"]) == (True, [], 0, APPLICATIONS)
    out = ended.site.folder / "journal.evidence"
    onedoor = BUILD / "bin" / "onedoor"
    data = ended.site.folder / "data"
    subprocess.run([onedoor, "journal", "export", "--all", "--no-catalog", "--data", data, "--output", out], check=True, capture_output=True)
    assert recount(out, ended.center) == ended.plan.expected()
    checked = subprocess.run([onedoor, "journal", "verify", "--data", data, "--json"], check=True, capture_output=True, text=True)
    assert json.loads(checked.stdout)
