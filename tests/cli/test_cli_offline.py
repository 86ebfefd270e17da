# SPDX-License-Identifier: Apache-2.0
"""What needs no hub: due, config check, help, and how wrong usage ends."""
import datetime
import json
import random
import re
import shutil
import subprocess
import time

import pytest
from conftest import SOURCE

# Accepted on Thursday 2024-02-08; off 02-10 to 02-17, worked on 02-04 and 02-18.
VECTORS = [
    ("2024-02-08", 5, "2024-02-21"),
    ("2024-02-08", 10, "2024-02-28"),
    ("2024-02-08", 20, "2024-03-13"),
    ("2024-02-09", 1, "2024-02-18"),
    ("2024-02-10", 1, "2024-02-18"),
    ("2024-02-18", -1, "2024-02-09"),
    ("2024-02-05", -1, "2024-02-04"),
    ("2024-02-04", 1, "2024-02-05"),
]


@pytest.mark.parametrize("start, days, due", VECTORS)
def test_due_counts_make_up_days(onedoor, shared, start, days, due):
    for calendar in ("cn", "configs/calendars/cn.json", shared / "data/calendars/cn",
                     shared / "data/calendars/cn/2024.json"):
        done = onedoor("due", "--calendar", calendar, "--from", start, "--days", days)
        assert (done.code, done.out) == (0, due + "\n"), (calendar, done.err)


def oracle(folder):
    """Days off and days worked of the yearly files."""
    off, worked = set(), set()
    for file in folder.glob("[0-9]*.json"):
        for day in json.loads(file.read_text())["days"]:
            (off if day["isOffDay"] else worked).add(datetime.date.fromisoformat(day["date"]))
    return off, worked


def expected(off, worked, start, days):
    step = 1 if days > 0 else -1
    day, left = start, abs(days)
    while left:
        day += datetime.timedelta(days=step)
        left -= day in worked or (day.weekday() < 5 and day not in off)
    return day


def test_batch_equals_an_oracle_of_its_own(onedoor, shared, tmp_path):
    folder = shared / "data/calendars/cn"
    off, worked = oracle(folder)
    rng = random.Random(7)
    rows = [(datetime.date(2018, 2, 1) + datetime.timedelta(days=rng.randrange(3000)), rng.choice([*range(-30, 0), *range(1, 61)]))
            for _ in range(3000)]
    file = tmp_path / "rows.csv"
    file.write_text("calendar,from,days\n" + "".join(f"{folder},{start},{days}\n" for start, days in rows))
    done = onedoor("due", "--batch", file)
    assert done.code == 0, done.err
    assert done.out.splitlines() == [str(expected(off, worked, start, days)) for start, days in rows]


def test_batch_of_a_million_rows_takes_seconds(onedoor, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("cn,2024-02-08,20\n" * 1_000_000)
    begin = time.monotonic()
    done = onedoor("due", "--batch", file)
    assert done.code == 0
    assert done.out == "2024-03-13\n" * 1_000_000
    assert time.monotonic() - begin < 30  # under sanitizers on a busy machine; a second in release


def test_batch_answers_line_by_line_also_where_one_is_wrong(onedoor):
    rows = ["cn,2024-02-08,5", "cn,2024-02-30,5", "cn,2024-02-08,0", "nowhere,2024-02-08,5", "cn", "cn,2024-02-08,3651",
            "cn,2024-02-08,10"]
    done = onedoor("due", "--batch", "-", stdin="\r\n".join(rows) + "\r\n")
    assert done.code == 1
    assert done.out.splitlines() == ["2024-02-21", "", "", "", "", "", "2024-02-28"]
    for line in range(2, 7):
        assert f"-:{line}:" in done.err


def test_batch_as_json(onedoor):
    done = onedoor("due", "--batch", "-", "--json", stdin="cn,2024-02-08,5\ncn,2026-12-31,5\nbad\n")
    assert [json.loads(line) for line in done.out.splitlines()] == [
        {"date": "2024-02-21", "provisional": False}, {"date": "2027-01-07", "provisional": True}, None]


def test_due_past_the_published_calendar_is_provisional(onedoor):
    inside = onedoor("due", "--calendar", "cn", "--from", "2026-12-30", "--days", "1", "--json")
    assert inside.json["date"] == "2026-12-31"
    assert inside.json["provisional"] is False
    assert inside.err == ""
    outside = onedoor("due", "--calendar", "cn", "--from", "2026-12-31", "--days", "1", "--json")
    assert outside.json["provisional"] is True
    assert "2026-12-31" in outside.err


def test_due_explains_every_day_once(onedoor):
    done = onedoor("due", "--calendar", "cn", "--from", "2024-02-08", "--days", "10", "--explain", "--json")
    ranges = done.json["ranges"]
    days = []
    for item in ranges:
        day = datetime.date.fromisoformat(item["from"])
        while day <= datetime.date.fromisoformat(item["to"]):
            days.append(day)
            day += datetime.timedelta(days=1)
    first = datetime.date(2024, 2, 9)
    assert days == [first + datetime.timedelta(days=i) for i in range((datetime.date(2024, 2, 28) - first).days + 1)]
    assert ranges[-1]["count"] == 10
    assert [item["kind"] for item in ranges] == ["working", "holiday", "make_up", "working", "weekend", "working"]
    assert ranges[1]["name"] == "Spring Festival"
    said = onedoor("due", "--calendar", "cn", "--from", "2024-02-08", "--days", "10", "--explain").out
    assert said.startswith("2024-02-28\n")
    assert "Spring Festival" in said and "make-up day" in said and "weekend" in said
    said = onedoor("due", "--calendar", "cn", "--from", "2024-02-08", "--days", "10", "--explain", "--lang", "zh-CN").out
    assert "春节" in said and "调休" in said


@pytest.mark.parametrize("start, days, provisional", [
    ("2024-01-01", 1, False), ("2023-12-31", 1, True), ("1970-01-01", 10, True), ("2024-01-03", -1, False), ("2024-01-02", -1, True),
    ("2027-01-01", -1, False), ("2027-01-02", -1, True)])
def test_due_outside_the_published_calendar_is_provisional(onedoor, start, days, provisional):
    done = onedoor("due", "--calendar", "cn", "--from", start, "--days", days, "--json")
    assert done.json["provisional"] is provisional
    assert (done.json["calendar_from"], done.json["calendar_until"]) == ("2024-01-01", "2026-12-31")
    assert ("provisional: the calendar" in done.err) is provisional
    batch = onedoor("due", "--batch", "-", "--json", stdin=f"cn,{start},{days}\n")
    assert batch.json == {"date": done.json["date"], "provisional": provisional}


def test_due_tells_which_end_was_passed(onedoor):
    assert "begins on 2024-01-01" in onedoor("due", "--calendar", "cn", "--from", "1970-01-01", "--days", "10").err
    assert "始于 2024-01-01" in onedoor("due", "--calendar", "cn", "--from", "1970-01-01", "--days", "10", "--lang", "zh-CN").err
    both = onedoor("due", "--calendar", "cn", "--from", "2023-12-01", "--days", "1000").err
    assert "begins on 2024-01-01" in both and "is published until 2026-12-31" in both


def test_a_calendar_that_is_not_found_says_where_it_looked(onedoor, tmp_path):
    done = onedoor("due", "--calendar", "mars", "--from", "2024-02-08", "--days", "1")
    for part in ("ONEDOOR_CALENDARS (not set)", "./configs/calendars", "/etc/onedoor/calendars", "share/onedoor/calendars", "--calendar PATH"):
        assert part in done.err
    assert str(tmp_path) in onedoor("due", "--calendar", "mars", "--from", "2024-02-08", "--days", "1", env={"ONEDOOR_CALENDARS": str(tmp_path)}).err
    assert "looked in" not in onedoor("due", "--calendar", "./mars.json", "--from", "2024-02-08", "--days", "1").err


@pytest.mark.parametrize("start, part", [
    ("1900-01-01", "from 1970-01-01 to 9999-12-31, not 1900-01-01"), ("2024-02-30", "a day that exists"), ("8.2.2024", "YYYY-MM-DD, not 8.2.2024")])
def test_a_date_that_is_none_says_why(onedoor, start, part):
    assert part in onedoor("due", "--calendar", "cn", "--from", start, "--days", "1").err
    assert part in onedoor("list", "--due-before", start).err


def test_batch_tells_the_value_that_is_wrong(onedoor):
    err = onedoor("due", "--batch", "-", stdin="cn,2024-02-08,x\ncn,1900-01-01,5\ncn,2024-02-08,\ncn,2024-02-08,\033[2J\n").err
    for part in ("-:1: days must", "not x\n", "-:2: from must", "not 1900-01-01\n", 'not ""\n', "not ?[2J\n"):
        assert part in err
    assert "\033" not in err


@pytest.mark.parametrize("arguments, code", [
    (("due", "--calendar", "cn", "--from", "2024-02-08", "--days", "0"), 2),
    (("due", "--calendar", "cn", "--from", "2024-02-08", "--days", "x"), 2),
    (("due", "--calendar", "cn", "--from", "2024-02-08", "--days", "3651"), 2),
    (("due", "--calendar", "cn", "--from", "2024-2-8", "--days", "1"), 2),
    (("due", "--calendar", "cn", "--from", "2024-02-08"), 2),
    (("due", "--batch", "x.csv", "--from", "2024-02-08"), 2),
    (("due", "--batch", "x.csv", "--rule", "calendar_day"), 2),
    (("due", "--calendar", "cn", "--from", "2024-02-08", "--days", "1", "--rule", "moon"), 2),
    (("due", "--calendar", "cn", "--from", "1970-01-02", "--days", "-2", "--rule", "calendar_day"), 1),
    (("due", "--batch", "/nonexistent.csv"), 3),
    (("due", "--calendar", "mars", "--from", "2024-02-08", "--days", "1"), 3),
    (("due", "--calendar", "cn", "--from", "1970-01-02", "--days", "-5"), 1),
    (("nonsense",), 2),
    (("show",), 2),
    (("show", "X", "--url", "ftp://example.invalid"), 2),
    (("show", "X", "--url", "http://127.0.0.1:1"), 4),
    (("show", "X", "--url", "unix:/nonexistent.sock"), 4),
    (("submit", "/nonexistent.json"), 3),
    (("task", "opinion", "T", "approv"), 2),
    (("task", "opinion", "T", "reject"), 2),
    (("task", "opinion", "T", "approve_with_conditions"), 2),
    (("task", "pause", "T"), 2),
    (("task", "pause", "T", "--kind", "holiday"), 2),
    (("task", "ask", "T"), 2),
    (("list", "--limit", "201"), 2),
    (("list", "--limit", "0"), 2),
    (("list", "--due-before", "tomorrow"), 2),
    (("config", "check", "/nonexistent"), 3),
])
def test_exit_codes(onedoor, arguments, code):
    done = onedoor(*arguments)
    assert done.code == code, done.err
    assert done.out == ""
    assert done.err.startswith("onedoor: ")


@pytest.mark.parametrize("start, days, due", [("2024-02-08", 5, "2024-02-13"), ("2024-02-08", -9, "2024-01-30"),
                                              ("2024-02-28", 1, "2024-02-29"), ("2099-12-31", 1, "2100-01-01")])
def test_due_in_calendar_days(onedoor, start, days, due):
    done = onedoor("due", "--calendar", "cn", "--from", start, "--days", days, "--rule", "calendar_day")
    assert (done.code, done.out, done.err) == (0, due + "\n", "")
    told = onedoor("due", "--calendar", "cn", "--from", start, "--days", days, "--rule", "calendar_day", "--explain", "--json").json
    assert (told["date"], told["rule"], told["provisional"]) == (due, "calendar_day", False)
    assert all(item["counted"] for item in told["ranges"]) and told["ranges"][-1]["count"] == abs(days)


def test_due_by_the_rule_that_is_the_default(onedoor):
    line = ("due", "--calendar", "cn", "--from", "2024-02-08", "--days", "5")
    assert onedoor(*line, "--rule", "working_day").out == onedoor(*line).out == "2024-02-21\n"
    wrong = onedoor(*line, "--rule", "calendar_days").err
    assert "did you mean calendar_day?" in wrong and "working_day, calendar_day" in wrong


def test_did_you_mean(onedoor):
    assert "did you mean show?" in onedoor("shwo", "X").err
    assert "did you mean task opine?" in onedoor("task", "opien", "X").err
    assert "did you mean config show?" in onedoor("config", "shwo", "X").err
    assert "did you mean task opine?" in onedoor("help", "task", "opien").err
    assert "did you mean --calendar?" in onedoor("due", "--calender", "cn").err
    assert "did you mean approve?" in onedoor("task", "opine", "T", "aprove").err
    assert "是否想要 show" in onedoor("shwo", "X", env={"LC_ALL": "zh_CN.UTF-8"}).err


def test_a_verb_goes_by_its_other_name_too(onedoor):
    """The whole table: an alias is understood as its verb, and told by its help, the man page and the JSON."""
    aliased = [verb for verb in onedoor("help", "--json").json["verbs"] if verb["alias"] is not None]
    assert ("task opine", "task opinion") in [(verb["name"], verb["alias"]) for verb in aliased]
    man = onedoor("help", "--man").out
    for verb in aliased:
        by_alias = onedoor("help", *verb["alias"].split())
        assert (by_alias.code, by_alias.out) == (0, onedoor("help", *verb["name"].split()).out)
        assert f"also: onedoor {verb['alias']}" in by_alias.out and f"*{verb['alias']}*" in man
        assert onedoor(*verb["alias"].split(), "--nonsense").err.endswith(f"onedoor help {verb['name']}\n")


def test_help_comes_from_the_table(onedoor):
    table = onedoor("help", "--json").json
    names = [verb["name"] for verb in table["verbs"]]
    for name in ("submit", "show", "watch", "list", "guide", "due", "task list", "task take", "task opine", "plugin list",
                 "plugin show", "plugin load", "plugin unload", "config check", "version", "help"):
        assert name in names
    everything = onedoor("help").out
    for verb in table["verbs"]:
        assert verb["name"] in everything
        one = onedoor("help", *verb["name"].split())
        assert one.code == 0
        if verb["name"] != "help":
            assert onedoor(*verb["name"].split(), "--help").out == one.out
        for option in verb["options"] + table["options"]:
            assert option["name"] in one.out
        for example in verb["examples"]:
            assert example["line"] in one.out
        assert verb["summary"]["zh-CN"] in onedoor("help", *verb["name"].split(), "--lang", "zh-CN").out
    assert [row["code"] for row in table["exit_codes"]] == [0, 1, 2, 3, 4, 5]


def test_version(onedoor):
    version = onedoor("version", "--json").json["version"]
    assert onedoor("version").out == onedoor("--version").out == f"onedoor {version}\n"


def test_no_colour_into_a_pipe(onedoor):
    assert "\033" not in onedoor("help").out


def test_a_full_disk_is_no_success(onedoor):
    import subprocess
    from conftest import PROGRAM
    with open("/dev/full", "w") as full:
        done = subprocess.run([str(PROGRAM), "version"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1


def test_config_check(onedoor, tmp_path):
    (tmp_path / "bad.json").write_text('{"departments": [\n {"id": "fire", "id": "x"}]}')
    done = onedoor("config", "check", tmp_path)
    assert done.code == 5
    assert "bad.json:2:" in done.out
    told = onedoor("config", "check", tmp_path, "--json").json
    assert told["ok"] is False and any(finding["line"] == 2 for finding in told["findings"])
    assert "the object has this key already; each key is allowed once" in done.out
    assert "对象中已有此键；每个键只能出现一次" in onedoor("config", "check", tmp_path, "--lang", "zh-CN").out
    in_chinese = onedoor("config", "check", tmp_path, "--json", "--lang", "zh-CN").json["findings"]
    assert [{**finding, "text": ""} for finding in in_chinese] == [{**finding, "text": ""} for finding in told["findings"]], "the same places"
    assert all(re.search("[\u4e00-\u9fff]", finding["text"]) for finding in in_chinese)
    (tmp_path / "hub.json").write_text('{"catalog": "nowhere"}')
    assert onedoor("config", "check", tmp_path / "hub.json").code == 3
    (tmp_path / "hub.json").write_text('{"listen": "x"}')
    assert onedoor("config", "check", tmp_path / "hub.json").code == 5
    (tmp_path / "hub.json").write_text('{"listen": }')
    assert "hub.json:1:12:" in onedoor("config", "check", tmp_path / "hub.json").err


def test_config_check_tells_what_is_missing_and_where(onedoor, tmp_path):
    file = tmp_path / "hub.json"
    file.write_text('{\n  "listen": "x",\n  "catalog": "/nowhere"}')
    done = onedoor("config", "check", file)
    assert done.code == 3 and f"{file}:3:14: /nowhere: there is no such catalogue folder" in done.err
    file.write_text('{"listen": "x"}')
    assert f'{file}:1:1: "catalog" is missing' in onedoor("config", "check", file).err
    file.write_text('{"catalog": 5}')
    done = onedoor("config", "check", file)
    assert done.code == 5 and f'{file}:1:13: "catalog" is to be a text' in done.err
    assert "/nonexistent" in onedoor("config", "check", "/nonexistent").err


def test_config_check_of_a_configurations_folder_checks_its_catalogue(onedoor, tmp_path):
    (tmp_path / "onedoor.json").write_text('{"catalog": "rules"}')
    assert f"{tmp_path}/rules: there is no such" in onedoor("config", "check", tmp_path).err
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "bad.json").write_text('{"departments": [\n {"id": "fire", "id": "x"}]}')
    done = onedoor("config", "check", tmp_path)
    assert done.code == 5 and "bad.json:2:" in done.out and "onedoor.json" not in done.out
    sample = onedoor("config", "check", SOURCE / "configs/sample")
    assert (sample.code, sample.out) == (0, onedoor("config", "check", SOURCE / "configs/sample/catalog").out)


def test_the_shipped_catalogue_is_sound(onedoor):
    from conftest import SOURCE
    folder = SOURCE / "configs/sample/catalog"
    if not folder.exists():
        pytest.skip("no sample catalogue")
    done = onedoor("config", "check", folder, "--json")
    assert done.code == 0, done.out + done.err
    assert done.json["departments"] >= 12


def test_the_man_page_holds_the_table(onedoor):
    page = onedoor("help", "--man").out
    assert page.startswith("onedoor(1)\n\n# NAME\n")
    for verb in onedoor("help", "--json").json["verbs"]:
        assert f"*{verb['name']}* " in page
        for option in verb["options"]:
            assert f"*{option['name']}*" in page
    assert "approve\\_with\\_conditions" in page
    if shutil.which("scdoc"):
        made = subprocess.run(["scdoc"], input=page, capture_output=True, text=True, check=False)
        assert made.returncode == 0 and ".TH" in made.stdout, made.stderr
