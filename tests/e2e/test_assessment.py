# SPDX-License-Identifier: Apache-2.0
"""Assessments with a real hub in virtual time: across a month's end and kill -9, as file and page, and as a command."""
import csv
import io
import json
import os
import sqlite3
import subprocess

import pytest

from console_browser import missing
from hub import BUILD, DemoOf, center, matter, service
from statistics_check import verified
from test_clocks import clock_to
from test_desk import Desk, keyed

WORDS = ("王小明", "13800000000", "110101")


def small(folder):
    return center(folder, ["fire", "land"], [matter("f", "fire"), matter("l", "land", promised=3)],
                  [service("two", ["f", "l"]), service("one", ["f"])])


@pytest.fixture
def hub(tmp_path):
    with DemoOf(tmp_path, small(tmp_path), "--demo", "--clock", "virtual") as made:
        clock_to(made, "2026-03-30T09:00:00+08:00")
        yield made


def sheet(hub, query="", **more):
    answer = hub.get("/v1/assessments?" + query, **more)
    assert answer.status == 200, answer.raw
    return answer.json


def units(found):
    return {(i["unit"], i["id"]): i for i in found["items"]}


def submit(hub, of="one", **more):
    answer = hub.submit({**hub.example(of), **more})
    assert answer.status == 201, answer.raw
    return answer.json


def opine(hub, application, **opinion):
    for task in application["tasks"]:
        for verb, body in (("take", {}), ("opinion", opinion or {"opinion": "approve"})):
            answer = hub.post(f"/v1/tasks/{task['id']}/{verb}", body)
            assert answer.status == 200, answer.raw


def march(hub):
    """Three at two windows: one decided in March, one rejected late in April, one that came a minute before midnight."""
    first = submit(hub, "two", channel="window", window="12")
    second = submit(hub, channel="window", window="3")
    opine(hub, first)
    rated = hub.post(f"/v1/applications/{first['number']}/evaluation", {"attitude": 5, "ability": 2, "window": "12", "officer": "demo"})
    assert rated.status == 201, rated.raw
    complaint = hub.post("/v1/complaints", {"text": "太慢", "about": {"window": "12", "officer": "demo"},
                                            "contact": {"name": WORDS[0], "phone": WORDS[1]}})
    assert complaint.status == 201, complaint.raw
    clock_to(hub, "2026-03-31T23:59:00+08:00")
    submit(hub, channel="window", window="3")
    return second, complaint.json["id"], rated.json["id"]


def april(hub, second, complaint, rating):
    clock_to(hub, "2026-04-01T00:01:00+08:00")
    submit(hub)
    clock_to(hub, "2026-04-20T10:00:00+08:00")
    opine(hub, second, opinion="reject", reasons=["The exit is too narrow."])
    for path, body in ((f"complaints/{complaint}/reply", {"text": "抱歉", "upheld": True}), (f"evaluations/{rating}/repair", {"text": "已道歉"})):
        answer = hub.post("/v1/" + path, body)
        assert answer.status == 200, answer.raw


def test_a_month_ends_and_stays(hub):
    state = march(hub)
    running = sheet(hub, "month=2026-03")
    assert (running["state"], running["period"]) == ("running", "2026-03")
    april(hub, *state)
    closed = hub.get("/v1/assessments?month=2026-03").raw
    found = json.loads(closed)
    assert (found["state"], found["asked_by"]) == ("closed", "demo")
    assert found["total"]["received"] == 3, "the one of 23:59 is of March, that of 00:01 of April"
    of = units(found)
    assert {k: v["received"] for k, v in of.items() if k[0] == "window"} == {("window", "12"): 1, ("window", "3"): 2}
    assert of["department", "fire"]["decided"] == 1 and of["department", "land"]["decided"] == 1
    assert of["officer", "demo"]["decided"] == 2, "two tasks"
    assert of["officer", "demo"]["aftercare"]["bad_evaluations"] == 1
    assert of["window", "12"]["aftercare"]["attitude_satisfied"] == {"count": 1, "of": 1, "percent": "100.0"}
    assert of["window", "12"]["aftercare"]["complaints"] == 1
    now = units(sheet(hub, "month=2026-04"))
    assert now["window", "3"]["rejected"] == now["window", "3"]["rejected_with_reasons"] == now["window", "3"]["late"] == 1
    assert now["department", "fire"]["promise_used"]["worst_percent"] > 100
    assert now["officer", "demo"]["aftercare"]["complaints_upheld"]["count"] == 1
    assert now["officer", "demo"]["aftercare"]["repairs_on_time"]["count"] == 1
    hub.kill()
    hub.start()
    assert hub.get("/v1/assessments?month=2026-03").raw == closed, "the same bytes after kill -9"
    year = sheet(hub, "year=2026")
    assert (year["state"], year["total"]["received"]) == ("running", 4)
    assert verified(hub)["is_equal"], verified(hub)
    assert not any(word in closed.decode() for word in WORDS), "nobody's name"


def test_one_definition_of_the_four_numbers(hub):
    march(hub)
    found = sheet(hub, "month=2026-03")["total"]
    four = ("accepted", "on_the_spot", "on_time", "ahead", "received", "decided")
    public = hub.get("/v1/center").json["month"]
    counted = hub.get("/v1/statistics?from=2026-03&to=2026-03").json["total"]
    for key in four:
        assert found[key] == public[key] == counted[key], key
    hall = hub.get("/hall", headers={"Accept-Language": "en"}).raw.decode()
    year = hub.get("/v1/center").json["year"]
    for key in four[1:4]:
        assert f"<b>{year[key]['percent']} <i>%</i></b>" in hall, key
    assert f"<b>{year['accepted']}</b>" in hall


def test_amended_when_the_sums_are_mended(hub, tmp_path):
    april(hub, *march(hub))
    assert sheet(hub, "month=2026-03")["state"] == "closed"
    assert hub.stop() == 0
    store = next(path for path in (hub.folder / "data").glob("*.db*") if path.suffix == ".db")
    with sqlite3.connect(store) as mended:
        changed = [mended.execute(f"UPDATE {table} SET value = value + 1 WHERE {time} = 202603 AND measure = 1 AND department = 0"
                                  " AND window = (SELECT number FROM name WHERE kind = 3 AND id = '12')").rowcount
                   for table, time in (("statistic", "month"), ("statistic_sum", "period"))]
    assert changed == [1, 1]
    hub.start()
    found = sheet(hub, "month=2026-03")
    assert found["state"] == "amended"
    named = [(d["unit"], d["id"], d["measure"], d["was"], d["is"]) for d in found["amendments"][0]["differences"]]
    assert named == [("center", "", "received", 3, 4), ("window", "12", "received", 1, 2)]
    assert hub.get("/v1/assessments?month=2026-03").json == found
    told = verified(hub)
    assert [(d["level"], d["window"], d["kept"], d["journal"]) for d in told["differences"]] == [("count", "12", 2, 1), ("sum", "12", 2, 1)], "and the journal says who is right"


def test_file_page_and_command(hub):
    april(hub, *march(hub))
    hub.submit({**hub.example("one"), "channel": "window", "window": "=HYPERLINK(1)"})
    answer = hub.get("/v1/assessments?month=2026-04", headers={"Accept": "text/csv", "Accept-Language": "en"})
    rows = list(csv.DictReader(io.StringIO(answer.raw.decode())))
    assert rows[0]["unit"] == "center" and rows[0]["received"] == "2"
    assert "'=HYPERLINK(1)" in [r["id"] for r in rows]
    assert all(None not in row and None not in row.values() for row in rows), "as many cells as heads"
    file = hub.get("/assessments/csv?month=2026-04&by=officer")
    assert file.raw.startswith(b"\xef\xbb\xbfperiod,") and file.headers["Content-Disposition"].endswith('filename="assessment.csv"')
    page = hub.get("/assessments?month=2026-03", headers={"Accept-Language": "en"}).raw.decode()
    assert "2026-03" in page and "closed" in page and "Share of the promise used" in page
    sheets = hub.get("/assessments?month=2026-03&sheets=true", headers={"Accept-Language": "zh-CN"}).raw.decode()
    assert sheets.count('class="sheet"') == len(sheet(hub, "month=2026-03")["items"])
    assert sheets.count("盖章：") == sheets.count('class="sheet"')
    environment = {**os.environ, "ONEDOOR_URL": hub.address, "LC_ALL": "C.UTF-8", "COLUMNS": "160"}
    run = subprocess.run([BUILD / "bin" / "onedoor", "assessments", "--month", "2026-03"], env=environment, capture_output=True, text=True)
    assert run.returncode == 0 and "2026-03  closed" in run.stdout and "window" in run.stdout, run
    wrong = subprocess.run([BUILD / "bin" / "onedoor", "assessments", "--month", "2027-01"], env=environment, capture_output=True, text=True)
    assert wrong.returncode != 0 and wrong.stderr != "", wrong
    table = subprocess.run([BUILD / "bin" / "onedoor", "assessments", "--month", "2026-03", "--csv"], env=environment, capture_output=True, text=True)
    assert table.stdout.startswith("period,state,")
    whole = json.loads(subprocess.run([BUILD / "bin" / "onedoor", "assessments", "--month", "2026-03", "--json"], env=environment,
                                      capture_output=True, text=True).stdout)
    assert len(whole["items"]) == whole["count"]


def test_who_sees_what(tmp_path):
    config = keyed(small(tmp_path), wang=(["officer"], "fire"), li=(["officer"], "land"), desk=(["front_desk"], None),
                   sup=(["supervisor"], None))
    with Desk(tmp_path, config) as hub:
        def ask(key, method="GET", path="/v1/assessments", body=None):
            return hub.request(method, path, body, headers={"Authorization": "Bearer " + key})
        application = ask("desk", "POST", "/v1/applications", {**hub.example("two"), "channel": "window", "window": "7"})
        assert application.status == 201, application.raw
        application = ask("sup", path="/v1/applications/" + application.json["number"]).json
        for key, task in (("wang", 0), ("li", 1)):
            for verb, body in (("take", {}), ("opinion", {"opinion": "approve"})):
                answer = ask(key, "POST", f"/v1/tasks/{application['tasks'][task]['id']}/{verb}", body)
                assert answer.status == 200, answer.raw
        seen = {key: set(units(ask(key).json)) for key in ("wang", "desk", "sup")}
        assert seen["wang"] == {("department", "fire"), ("officer", "wang")}
        assert seen["desk"] == {("officer", "desk")}
        assert seen["sup"] >= {("department", "land"), ("officer", "li"), ("officer", "desk"), ("window", "7")}
        assert hub.get("/v1/assessments", headers={"Authorization": "Bearer nobody"}).status == 401


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_one_page_for_each_unit(hub):
    import base64
    import tempfile

    from console_browser import DESK, Browser
    april(hub, *march(hub))
    count = len(sheet(hub, "month=2026-03")["items"])
    with Browser(hub.address, "zh-CN", DESK) as browser, tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        browser.open("/assessments?month=2026-03&sheets=true")
        printed = browser.driver.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
        file.write(base64.b64decode(printed["data"]))
        file.flush()
        told = subprocess.run(["pdfinfo", file.name], capture_output=True, text=True).stdout
    assert f"Pages:           {count + 1}\n" in told, "the center's and one for each"
