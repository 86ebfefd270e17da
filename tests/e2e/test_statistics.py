# SPDX-License-Identifier: Apache-2.0
"""The figures from outside: after crashes, as a file, and on their page. Those of the real log: test_real_log.py."""
import csv
import datetime
import io
import os
import random
import subprocess
import zoneinfo
from collections import Counter

import pytest

import console_browser
import test_crash
from crash_kill import Killer
from crash_load import Load
from hub import BUILD, DemoOf, center, connector, matter, programs, service
from statistics_check import check_verified, figures

SEED = int(os.environ.get("OD_SEED", random.SystemRandom().randrange(1 << 31)))


def test_what_is_counted_survives_kill_9(tmp_path):
    print(f"OD_SEED={SEED}")
    hub = DemoOf(tmp_path, test_crash.crash_center(tmp_path))
    hub.programs = programs(tmp_path, *test_crash.WRITES_A_BOOK)
    with hub:
        hub.wait_connectors()
        load = Load(hub, with_window, SEED, clients=8, rate=120).start()
        killer = Killer(hub, random.Random(SEED), 0.4)
        try:
            killer.run(6, 4)
        finally:
            load.stop(timeout=30)
        assert load.broken == []
        numbers = set(load.acknowledged.values())
        applications = test_crash.wait_decided(hub, numbers, timeout=90)
        check_verified(hub, len(numbers))
        total = figures(hub)["total"]
        assert (total["received"], total["accepted"], total["decided"]) == (len(numbers),) * 3
        assert total["on_time"] == {"count": len(numbers), "of": len(numbers), "percent": "100.0", "level": "good"}
        tasks = Counter(t["department"] for a in applications.values() for t in a["tasks"] if t["state"] == "done")
        assert {i["department"]: i["decided"] for i in figures(hub, "by=department")["items"]} == tasks
        windows = Counter(body["window"] for body in load.bodies.values())
        assert {i["window"]: i["received"] for i in figures(hub, "by=window")["items"]} == windows
        assert hub.stop() == 0
        hub.start()
        assert figures(hub)["total"] == total
        check_verified(hub, len(numbers))
        assert hub.stop() == 0


def with_window(dice):
    return {**test_crash.make_body(dice), "channel": "window", "window": str(dice.randint(1, 9))}


# -- The door --

def small(tmp_path, **more):
    config = center(tmp_path, ["fire"], [matter("m-fire", "fire", kind="on_the_spot")], [service("one", ["m-fire"])])
    config["connectors"] = [connector("fire", **more)]
    return config


def test_csv_by_accept_and_by_name(tmp_path):
    with DemoOf(tmp_path, small(tmp_path)) as hub:
        hub.wait_connectors()
        number = hub.submit({**hub.example("one"), "channel": "window", "window": '=cmd|" x'}).json["number"]
        hub.wait_for(number, lambda a: a["status"] == "decided")
        answer = hub.get("/v1/statistics?by=window", headers={"Accept": "text/csv"})
        assert answer.headers["Content-Type"].startswith("text/csv")
        row, = csv.DictReader(io.StringIO(answer.raw.decode(), newline=""))
        assert row["window"] == "'=cmd|\" x", "a name is never a formula"
        assert (row["accepted"], row["on_the_spot_percent"], row["on_time_percent"], row["ahead_percent"]) == ("1", "100.0", "100.0", "100.0")
        assert hub.get("/v1/statistics?format=csv").raw.count(b"\r\n") == 2


def test_who_may_ask(tmp_path):
    config = small(tmp_path)
    with DemoOf(tmp_path, config) as hub:
        hub.key = None
        assert hub.get("/v1/statistics").status == 401
        assert hub.get("/statistics").status in (303, 401)


# -- The command line --

def onedoor(hub, *arguments):
    return subprocess.run([str(BUILD / "bin" / "onedoor"), *arguments, "--url", hub.address, "--api-key", hub.key, "--lang", "en"],
                          capture_output=True, text=True, timeout=60, check=False)


def test_the_command_line_tells_the_same(tmp_path):
    with DemoOf(tmp_path, small(tmp_path)) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("one")).json["number"]
        hub.wait_for(number, lambda a: a["status"] == "decided")
        done = onedoor(hub, "stats")
        assert done.returncode == 0, done.stderr
        assert "100.0 %  1 of 1" in done.stdout
        done = onedoor(hub, "stats", "--verify")
        assert (done.returncode, done.stdout.endswith(": equal\n")) == (0, True), done
        done = onedoor(hub, "stats", "--repair", "--reason", "nothing is wrong")
        assert (done.returncode, done.stdout.splitlines()[0]) == (0, "0 rows put right"), done
        assert done.stdout.endswith(": equal\n")
        assert onedoor(hub, "stats", "--repair").returncode == 2, "why?"
        done = onedoor(hub, "list", "--happened", "decided", "--on", datetime.datetime.now(zoneinfo.ZoneInfo("Asia/Shanghai")).date().isoformat())
        assert (done.returncode, done.stdout.count(number)) == (0, 1), done
        done = onedoor(hub, "stats", "--by", "department,window")
        assert done.returncode == 5 and "ask by one of them" in done.stderr


# -- The page --

def filled(hub):
    for service_id in ("open-restaurant", "outdoor-dining"):
        number = hub.submit({**hub.example(service_id), "channel": "window", "window": "3"}).json["number"]
        hub.wait_for(number, lambda a: a["status"] == "decided")
    now = datetime.datetime.now(zoneinfo.ZoneInfo("Asia/Shanghai"))
    return now.strftime("%Y-%m")


def test_the_page_without_script(demo):
    filled(demo)
    html = demo.get("/statistics").raw.decode()
    assert html.count("<td") > 20 and "100.0\u00a0%" in html
    assert 'scope="row"' in html and 'scope="col"' in html and "<caption" in html
    assert "style=" not in html, "the policy of the page allows none"
    assert html.count('<th scope="col"') > 10 and "after_service" not in html, "two services are one page"
    behind = demo.get("/statistics?after_service=open-restaurant").raw.decode()
    assert html.count('data-l="Open a restaurant"') > 0 and behind.count('data-l="Open a restaurant"') == 0, "behind it"
    assert 'class="more" href="/statistics?#heat"' in behind, "and back to the first"
    fire = demo.get("/statistics?department=fire").raw.decode()
    assert fire.count('<th scope="row">') < html.count('<th scope="row">'), "the row of one department"
    assert '<option value="fire" selected>' in fire
    assert 'name="department" value="fire"' in fire and "service&amp;department=fire" in fire, "the months and the file are of it too"
    kept = csv.DictReader(io.StringIO(demo.get("/statistics/csv?by=department%2Cservice&department=fire").raw.decode("utf-8-sig"), newline=""))
    assert {row["department"] for row in kept} == {"fire"}
    empty = demo.get("/statistics?department=fire&from=2020-01&to=2020-02").raw.decode()
    assert '<option value="fire" selected>' in empty and 'href="/statistics?from=2020-01&amp;to=2020-02#heat"' in empty, "and a way back"
    assert demo.get("/statistics?department=nothing").status == 422
    wrong = demo.get("/statistics?from=2026-11&to=2026-01")
    assert wrong.status == 422 and b"must not be after" in wrong.raw
    assert b'value="2026-11"' in wrong.raw, "what was asked for stands in the form"
    answer = demo.get("/statistics/csv?by=department%2Cservice")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="statistics.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.raw.decode("utf-8-sig"), newline="")))
    assert {row["service"] for row in rows} == {"open-restaurant", "outdoor-dining"}
    assert demo.get("/statistics/csv?by=nothing").status == 422


@pytest.mark.skipif(console_browser.missing() is not None, reason=str(console_browser.missing()))
@pytest.mark.parametrize("language, width, is_dark", [("zh-CN", 1280, False), ("en", 390, True)])
def test_the_page_in_a_browser(demo, language, width, is_dark):
    month_now = filled(demo)
    with console_browser.Browser(demo.address, language, width, is_dark) as browser:
        browser.open("/statistics")
        assert browser.complaints() == [] and browser.overflow() == 0 and browser.faint() == []
        words = {"zh-CN": ("按时办结率", "良好", "下载表格"), "en": ("On time", "Good", "Download")}[language]
        for word in words:
            assert word in browser.text
        assert browser.one("nav a[aria-current]").get_attribute("href").endswith("/statistics")
        assert len(browser.all(".four div")) == 4
        assert [c.text for c in browser.all(".heat td.whole .word")] == [words[1]] * len(browser.all(".heat tbody tr"))
        browser.fill("from", month_now)
        browser.press(".filter button")
        assert f"from={month_now}" in browser.path
        assert browser.all(".figures tbody tr")
