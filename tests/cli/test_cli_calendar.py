# SPDX-License-Identifier: Apache-2.0
"""calendar check, show and import; due on calendars of every form; and why a date is what it is."""
import datetime
import json
import os
import pty
import re
import subprocess
import time
import unicodedata

import pytest
from conftest import PROGRAM, SOURCE

ICS = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:Days\r\n{}END:VCALENDAR\r\n"
EVENT = "BEGIN:VEVENT\r\nSUMMARY:{}\r\nDTSTART;VALUE=DATE:{}\r\n{}END:VEVENT\r\n"


def ics(*events):
    return ICS.format("".join(EVENT.format(name, day, "".join(more)) for name, day, *more in events))


def yearly(year, *days):
    return json.dumps({"year": year, "days": [{"name": name, "date": day, "isOffDay": off} for name, day, off in days]})


NATION = ("{\"calendars\": [{\"id\": \"nation\", \"level\": \"nation\", \"name\": {\"zh-CN\": \"国\", \"en\": \"Nation\"}, \"published_until\": \"2024-12-31\","
          "\"holidays\": [{\"from\": \"2024-05-01\", \"name\": {\"zh-CN\": \"劳动节\", \"en\": \"Labour Day\"}}], \"working_days\": []}]}")
CENTER = ("{\"calendars\": [{\"id\": \"center\", \"level\": \"center\", \"base\": \"nation\", \"name\": {\"zh-CN\": \"心\", \"en\": \"Center\"},"
          "\"working_days\": [{\"date\": \"2024-05-01\", \"name\": {\"zh-CN\": \"照常\", \"en\": \"Open as usual\"}}]}]}")


def width(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


@pytest.mark.parametrize("days, due", [(5, "2024-02-21"), (10, "2024-02-28"), (20, "2024-03-13")])
def test_the_vectors_of_the_law_in_every_form(onedoor, shared, days, due):
    data = shared / "data/calendars"
    for calendar in ("cn", "configs/calendars/cn.json", "configs/sample/catalog/calendars/binhe.json", data / "cn", data / "cn/2024.json",
                     data / "holiday-cn.ics"):
        done = onedoor("due", "--calendar", calendar, "--from", "2024-02-08", "--days", days)
        assert (done.code, done.out, done.err) == (0, due + "\n", ""), calendar


def test_an_id_finds_an_icalendar_file(onedoor, tmp_path):
    (tmp_path / "town.ics").write_text(ics(("Day", "20240501")))
    done = onedoor("due", "--calendar", "town", "--from", "2024-04-30", "--days", "1", env={"ONEDOOR_CALENDARS": str(tmp_path)})
    assert done.out == "2024-05-02\n"


def test_due_on_a_layer_counts_what_the_layer_says(onedoor, tmp_path):
    (tmp_path / "nation.json").write_text(NATION)
    (tmp_path / "center.json").write_text(CENTER)
    assert onedoor("due", "--calendar", tmp_path / "nation.json", "--from", "2024-04-30", "--days", "1").out == "2024-05-02\n"
    assert onedoor("due", "--calendar", tmp_path / "center.json", "--from", "2024-04-30", "--days", "1").out == "2024-05-01\n"
    told = onedoor("calendar", "check", tmp_path / "center.json", "--json").json
    assert told["calendar"]["layers"][0].startswith("nation@") and told["calendar"]["version"].startswith("center@")
    assert "builds on nation@" in onedoor("calendar", "check", tmp_path / "center.json").out


@pytest.mark.parametrize("start, days, code, out", [
    ("1970-01-01", 1, 0, "1970-01-02\n"), ("1970-01-02", -1, 0, "1970-01-01\n"), ("1970-01-01", -1, 1, ""),
    ("9999-12-30", 1, 0, "9999-12-31\n"), ("9999-12-31", 1, 1, ""), ("9999-12-31", -1, 0, "9999-12-30\n"),
    ("2000-02-28", 1, 0, "2000-02-29\n"), ("2100-02-26", 1, 0, "2100-03-01\n")])
def test_due_at_the_ends_of_time_and_on_leap_days(onedoor, start, days, code, out):
    done = onedoor("due", "--calendar", "cn", "--from", start, "--days", days)
    assert (done.code, done.out) == (code, out), done.err


def test_explain_can_be_read_by_anyone(onedoor):
    line = ("due", "--calendar", "cn", "--from", "2024-02-08", "--days", "10", "--explain")
    said = onedoor(*line).out
    for part in ("2024-02-28\n", "The 10th working day after 2024-02-08 Thu, which is itself not counted, is 2024-02-28 Wed.",
                 "2024-02-10 Sat to 2024-02-17 Sat", "not counted", "holiday: Spring Festival", "days 3 to 7", "make-up day: ", "weekend",
                 "20 days in all: 10 counted (make-up days among them: 1), 10 not counted (holidays: 8, weekend days: 2).",
                 "By weekends alone, without holidays and make-up days, it would be 2024-02-22 Thu.", "published 2024-01-01 to 2026-12-31 (cn@"):
        assert part in said, part
    said = onedoor(*line, "--lang", "zh-CN").out
    for part in ("起算日 2024-02-08 周四 本身不计；其后第 10 个工作日为 2024-02-28 周三。", "2024-02-10 周六 至 2024-02-17 周六", "节假日：春节", "第 3 至 7 天",
                 "调休上班", "共 20 天：计入 10 天（其中调休上班 1 天）；不计 10 天（节假日 8 天，周末 2 天）。", "则为 2024-02-22 周四", "公布期间 2024-01-01 至 2026-12-31"):
        assert part in said, part


@pytest.mark.parametrize("days, ordinal", [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (112, "112th")])
def test_explain_counts_in_english(onedoor, days, ordinal):
    assert f"The {ordinal} working day after" in onedoor("due", "--calendar", "cn", "--from", "2024-03-01", "--days", days, "--explain").out


def test_explain_backwards_and_in_calendar_days(onedoor):
    said = onedoor("due", "--calendar", "cn", "--from", "2024-02-18", "--days", "-3", "--explain").out
    assert "The 3rd working day before 2024-02-18 Sun" in said and "2024-02-07 Wed to 2024-02-09 Fri" in said and "days 1 to 3" in said
    said = onedoor("due", "--calendar", "cn", "--from", "2024-02-08", "--days", "5", "--rule", "calendar_day", "--explain").out
    assert "The 5th calendar day after" in said and "5 days in all, each of them counted." in said and "By weekends alone" not in said
    assert "向前数，第 3 个工作日为" in onedoor("due", "--calendar", "cn", "--from", "2024-02-18", "--days", "-3", "--explain", "--lang", "zh").out


def test_explain_columns_stand_under_each_other(onedoor):
    for lang in ("en", "zh-CN"):
        said = onedoor("due", "--calendar", "cn", "--from", "2024-01-31", "--days", "20", "--explain", "--lang", lang).out
        rows = [row for row in said.splitlines() if re.match(r"  \d{4}-\d\d-\d\d", row)]
        assert len(rows) > 6
        places = {width(re.match(r"(.*?)\s{2,}\d+ ", row[2:] + " ").group(0)) for row in rows}
        assert len(places) == 1, said


def test_explain_tells_which_days_are_not_published_yet(onedoor):
    line = ("due", "--calendar", "cn", "--from", "2026-12-29", "--days", "5", "--explain")
    said = onedoor(*line).out
    assert re.search(r"2026-12-30 Wed to 2026-12-31 Thu +2 +days 1 to 2 +working day\n", said)
    assert re.search(r"2027-01-01 Fri +1 +day 3 +working day \(not published: by weekends alone\)", said)
    assert "（日历未公布，只按周末推算）" in onedoor(*line, "--lang", "zh-CN").out
    assert [item.get("provisional", False) for item in onedoor(*line, "--json").json["ranges"]] == [False, True, True, True]
    assert "not published" not in onedoor(*line, "--rule", "calendar_day").out


def test_explain_as_json_adds_up(onedoor):
    told = onedoor("due", "--calendar", "cn", "--from", "2024-02-08", "--days", "10", "--explain", "--json").json
    assert sum(item["days"] for item in told["ranges"]) == 20
    assert sum(item["days"] for item in told["ranges"] if item["counted"]) == 10
    assert re.fullmatch(r"cn@[0-9a-f]{16}", told["calendar_version"])


def test_check_tells_what_a_calendar_says(onedoor, shared):
    path = shared / "data/calendars/holiday-cn.ics"
    done = onedoor("calendar", "check", path)
    assert (done.code, done.err) == (0, "")
    for part in ("sound: holiday-cn@", "中国法定节假日", "published 2022-01-01 to 2026-12-31", "147 days off, 33 make-up days"):
        assert part in done.out
    told = onedoor("calendar", "check", path, "--json").json
    assert told["ok"] is True and told["findings"] == []
    assert [year["year"] for year in told["calendar"]["years"]] == list(range(2022, 2027))
    assert told["calendar"]["years"][2] == {"year": 2024, "working_days": 251, "make_up_days": 8, "days_off": 28, "days_off_on_weekdays": 19}
    assert "日历正确" in onedoor("calendar", "check", path, "--lang", "zh-CN").out


def test_check_tells_what_it_left_out(onedoor, tmp_path):
    (tmp_path / "a.ics").write_text(ics(("Day", "20240501"), ("Valentine", "20240214", "DESCRIPTION:Observance\r\n"), ("Gone", "20240101", "STATUS:CANCELLED\r\n")))
    assert "left out: 1 observances or seasons, 1 cancelled events" in onedoor("calendar", "check", tmp_path / "a.ics").out
    told = onedoor("calendar", "check", tmp_path / "a.ics", "--json").json["calendar"]
    assert (told["observances_left_out"], told["cancelled_left_out"]) == (1, 1)


def test_check_refuses_with_line_and_reason(onedoor, tmp_path):
    file = tmp_path / "bad.ics"
    file.write_bytes(ics(("Day", "20240501"), ("Tag", "20240230")).encode() + b"\xff")
    done = onedoor("calendar", "check", file)
    assert done.code == 5
    assert f"{file}:10:1: DTSTART is to be a date" in done.out and f"{file}:13:1: the file is no UTF-8 here" in done.out
    told = onedoor("calendar", "check", file, "--json").json
    assert told["ok"] is False and told["count"] == len(told["findings"]) == 3
    assert told["findings"][0]["line"] == 10
    assert onedoor("calendar", "check", tmp_path / "nowhere.ics").code == 3
    (tmp_path / "cut.json").write_text(NATION[:-9])
    assert onedoor("calendar", "check", tmp_path / "cut.json").code == 5


def test_show_prints_a_year(onedoor):
    done = onedoor("calendar", "show", "cn", "--year", "2024")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("2024  China") and re.search(r"cn@[0-9a-f]{16}$", lines[0])
    for month in ("January", "June", "December"):
        assert month in done.out
    assert "12*13*14*15*16*17*18+" in done.out
    assert "02-10 to 02-17  * Spring Festival (8 days)" in done.out
    assert "* day off   + make-up working day   . weekend   no mark: working day" in done.out
    assert "251 working days (make-up days: 8); 28 days off (on weekdays: 19)." in done.out
    assert all(width(line) <= 80 for line in lines)


def test_show_prints_a_year_in_chinese(onedoor):
    done = onedoor("calendar", "show", "cn", "--year", "2024", "--lang", "zh-CN")
    assert "12休 13休 14休 15休 16休 17休 18班" in done.out
    assert "02-10 至 02-17  休 春节（8 天）" in done.out and "工作日 251 天（其中调休上班 8 天）；放假 28 天（其中 19 天本为工作日）。" in done.out
    weeks = [line for line in done.out.splitlines() if line.startswith("一")]
    assert len(weeks) == 6 and len({width(line) for line in weeks}) == 1 and width(weeks[0]) <= 80
    assert all(width(line) <= 80 for line in done.out.splitlines())


def test_every_day_of_a_year_stands_under_its_weekday(onedoor):
    """Read the printed months back: each number stands in the column of its weekday, with its mark."""
    out = onedoor("calendar", "show", "cn", "--year", "2024", env={"COLUMNS": "30"}).out
    kinds = {item["date"]: item["kind"] for month in onedoor("calendar", "show", "cn", "--year", "2024", "--json").json["year"]["months"]
             for item in month["days"]}
    month, seen = 0, 0
    for line in out.split("* day off")[0].splitlines()[2:]:
        if line.startswith("Mo"):
            month += 1
        for at in range(0, len(line), 3):
            if month and re.fullmatch(r"[ \d]\d.?", line[at:at + 3]):
                day = datetime.date(2024, month, int(line[at:at + 2]))
                assert day.weekday() == at // 3, (day, line)
                mark = {"holiday": "*", "make_up": "+", "weekend": ".", "working": ""}[kinds[str(day)]]
                assert line[at + 2:at + 3].strip() == mark
                seen += 1
    assert (month, seen) == (12, 366)


def test_show_as_json(onedoor):
    told = onedoor("calendar", "show", "cn", "--year", "2024", "--json").json
    year = told["year"]
    assert (year["year"], year["published"], len(year["months"])) == (2024, True, 12)
    days = [day for month in year["months"] for day in month["days"]]
    assert len(days) == 366 and sum(day["worked"] for day in days) == year["working_days"] == 251
    assert days[40] == {"date": "2024-02-10", "kind": "holiday", "worked": False, "name": {"zh-CN": "春节", "en": "Spring Festival"}}
    assert told["calendar"]["id"] == "cn"


def test_show_takes_a_published_year_and_tells_of_others(onedoor, tmp_path):
    file = tmp_path / "2023.json"
    file.write_text(yearly(2023, ("元旦", "2023-01-01", True)))
    assert onedoor("calendar", "show", file).out.startswith("2023  ")
    done = onedoor("calendar", "show", file, "--year", "2030")
    assert done.code == 0 and "published from 2023-01-01 to 2023-12-31" in done.err and done.out.startswith("2030  ")
    assert onedoor("calendar", "show", file, "--year", "1969").code == 2
    assert onedoor("calendar", "show", file, "--year", "9999").code == 0
    assert onedoor("calendar", "show", "mars").code == 3


def days_of(onedoor, path, years):
    return [[(day["date"], day["kind"]) for month in onedoor("calendar", "show", path, "--year", year, "--json").json["year"]["months"] for day in month["days"]]
            for year in years]


def test_import_writes_what_it_read(onedoor, shared, tmp_path):
    source, target = shared / "data/calendars/holiday-cn.ics", tmp_path / "cn.json"
    done = onedoor("calendar", "import", source, "--id", "cn", "--output", target)
    assert (done.code, done.out) == (0, "") and "cn: 147 days off, 33 make-up days, published until 2026-12-31" in done.err
    assert days_of(onedoor, target, range(2022, 2027)) == days_of(onedoor, source, range(2022, 2027))
    assert json.loads(target.read_text())["calendars"][0]["name"]["en"] == "中国法定节假日"
    first, second = (onedoor("calendar", "check", path, "--json").json["calendar"]["version"].split("@")[1] for path in (source, target))
    assert first == second
    assert onedoor("calendar", "import", source, "--id", "cn").out == target.read_text()
    assert not (tmp_path / "cn.json.new").exists()


def test_import_joins_years(onedoor, shared, tmp_path):
    folder = shared / "data/calendars/cn"
    target = tmp_path / "cn.json"
    assert onedoor("calendar", "import", *[folder / f"{year}.json" for year in range(2018, 2027)], "--id", "cn", "--output", target).code == 0
    assert days_of(onedoor, target, range(2018, 2027)) == days_of(onedoor, folder, range(2018, 2027))


def test_import_of_a_layer(onedoor, tmp_path):
    (tmp_path / "nation.json").write_text(NATION)
    (tmp_path / "in.ics").write_text(ics(("三月三", "20240411", "DTEND;VALUE=DATE:20240413\r\n"), ("照常上班", "20240501")))
    assert onedoor("calendar", "import", tmp_path / "in.ics", "--id", "guangxi", "--base", "nation", "--output", tmp_path / "guangxi.json").code == 0
    told = onedoor("calendar", "check", tmp_path / "guangxi.json", "--json").json["calendar"]
    assert (told["days_off"], told["make_up_days"], told["published_until"]) == (2, 1, "2024-12-31")


@pytest.mark.parametrize("files, arguments, code, part", [
    (("2023.json", "2024.json"), (), 2, "give its id with --id"),
    (("2022.json", "2024.json"), ("--id", "x"), 5, "nothing tells of the days between 2022-12-31 and 2024-01-01"),
    (("2023.json", "2024-other.json"), ("--id", "x"), 5, "2023-12-31 is a day off in 2023 and a working day in 2024-other"),
    (("2023.json",), ("--id", "Not An Id"), 2, "is no id"),
    (("2023.json",), ("--id", "x", "--base", "../x"), 2, "--base: ../x is no id"),
    (("Upper.ics",), (), 2, "Upper is no id"),
    (("2023.json",), ("--output", "/nonexistent/x.json"), 1, "/nonexistent/x.json"),
    (("absent.json",), (), 3, "there is no calendar"),
    (("weekly.ics",), ("--id", "x"), 5, "more than 4096"),
])
def test_import_refuses(onedoor, tmp_path, files, arguments, code, part):
    (tmp_path / "2022.json").write_text(yearly(2022, ("a", "2022-05-01", True)))
    (tmp_path / "2023.json").write_text(yearly(2023, ("a", "2023-12-31", True)))
    (tmp_path / "2024.json").write_text(yearly(2024, ("a", "2024-05-01", True)))
    (tmp_path / "2024-other.json").write_text(yearly(2024, ("a", "2023-12-31", False)))
    (tmp_path / "Upper.ics").write_text(ics(("Day", "20240501")))
    (tmp_path / "weekly.ics").write_text(ics(("Sunday", "19700104", "RRULE:FREQ=WEEKLY\r\n")))
    done = onedoor("calendar", "import", *[tmp_path / name for name in files], *arguments)
    assert (done.code, done.out) == (code, "")
    assert part in done.err


def test_what_a_file_says_cannot_steer_the_terminal(onedoor, tmp_path):
    (tmp_path / "a.ics").write_text(ics(("Day \u009b2J \u202e", "20240501")))
    for line in (("calendar", "show", tmp_path / "a.ics", "--year", "2024"), ("due", "--calendar", tmp_path / "a.ics", "--from", "2024-04-30", "--days", "1", "--explain")):
        out = onedoor(*line).out
        assert "Day ?2J ?" in out and "\u009b" not in out and "\u202e" not in out


def on_a_terminal(*arguments, env=None):
    """What the program prints on a terminal of 100 columns."""
    if not PROGRAM.exists():
        pytest.skip(f"no program at {PROGRAM}")
    try:
        main, side = pty.openpty()
    except OSError as problem:
        pytest.skip(f"no terminals here: {problem}")
    environment = {**{key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}, "LC_ALL": "C", **(env or {})}
    process = subprocess.Popen([str(PROGRAM), *arguments], stdout=side, stderr=subprocess.PIPE, env=environment, cwd=SOURCE)
    os.close(side)
    out = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    os.close(main)
    assert process.wait(60) == 0
    process.stderr.close()
    return out.decode()


def test_a_year_has_colours_on_a_terminal_and_marks_everywhere():
    colored = on_a_terminal("calendar", "show", "cn", "--year", "2024")
    assert "\033[31m10*" in colored and "\033[33m18+" in colored and "\033[2m24." in colored
    plain = on_a_terminal("calendar", "show", "cn", "--year", "2024", env={"NO_COLOR": "1"})
    assert "\033" not in plain and "12*13*14*15*16*17*18+" in plain
    assert re.sub(r"\033\[\d*m", "", colored) == plain


def test_batch_with_long_spans_takes_seconds(onedoor, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("cn,2018-02-08,3650\ncn,2030-02-08,-3650\n" * 100_000)
    begin = time.monotonic()
    done = onedoor("due", "--batch", file)
    assert done.code == 0 and len(done.out.splitlines()) == 200_000
    assert time.monotonic() - begin < 30  # under sanitizers on a busy machine; half a second in release


def test_the_shipped_calendars_are_sound(onedoor):
    for path in sorted((SOURCE / "configs").rglob("calendars/*.json")):
        assert onedoor("calendar", "check", path).code == 0, path
