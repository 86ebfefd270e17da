# SPDX-License-Identifier: Apache-2.0
"""`onedoor due` against the oracle: no difference over 20 years and 120,000 random cases, calendars of every form."""
import datetime
import json
import random

import pytest
import working_days as oracle
from conftest import SOURCE

CASES = 120_000
YEARS = range(2008, 2028)
FIRST, LAST = datetime.date(YEARS[0], 1, 1), datetime.date(YEARS[-1], 12, 31)
TEXT = {"zh-CN": "某日", "en": "Some day"}


def test_the_oracle_knows_the_vectors_of_the_law(shared):
    calendar = oracle.from_years(shared / "data/calendars/cn")
    start = datetime.date(2024, 2, 8)
    assert [str(calendar.due(start, days)) for days in (5, 10, 20)] == ["2024-02-21", "2024-02-28", "2024-03-13"]
    without_make_up = oracle.Calendar(calendar.off)
    assert [str(without_make_up.due(start, days)) for days in (5, 10, 20)] == ["2024-02-22", "2024-02-29", "2024-03-14"]
    assert [str(oracle.Calendar().due(start, days)) for days in (5, 10, 20)] == ["2024-02-15", "2024-02-22", "2024-03-07"]
    assert str(calendar.roll(datetime.date(2024, 2, 10))) == "2024-02-18"
    assert calendar.count(start, datetime.date(2024, 3, 13)) == 20


def scattered(rng, weekend):
    """Random days off in runs, some weekdays, some weekend days; and weekend days that are worked around them."""
    off, worked, day = {}, {}, FIRST
    while day <= LAST:
        if rng.random() < 0.018:
            for run in range(rng.choice([1, 1, 1, 2, 3, 5, 8])):
                off[day + run * oracle.DAY] = "Some day"
            day += run * oracle.DAY
        elif day.weekday() in weekend and rng.random() < 0.06:
            worked[day] = "Some day"
        day += oracle.DAY
    off = {day: name for day, name in off.items() if day <= LAST}
    off[FIRST], off[LAST] = "Some day", "Some day"
    return off, {day: name for day, name in worked.items() if day not in off}


def runs(days):
    """(first, last) of days in a row."""
    days = sorted(days)
    while days:
        size = 1
        while size < len(days) and days[size] == days[0] + size * oracle.DAY:
            size += 1
        yield days[0], days[size - 1]
        days = days[size:]


def project_item(key, off, worked, weekend=None, base=None):
    item = {"id": key, "name": TEXT,
            "holidays": [{"from": str(first), "to": str(last), "name": TEXT} for first, last in runs(off)],
            "working_days": [{"date": str(day), "name": TEXT} for day in sorted(worked)]}
    if weekend is not None:
        item["weekend"] = [oracle.WEEKDAYS[day] for day in sorted(weekend)]
    if base is not None:
        item["base"] = base
    else:
        item["published_until"] = str(LAST)
    return item


def write_project(path, *items):
    path.write_text(json.dumps({"calendars": items}))
    return path


def write_years(folder, off, worked):
    folder.mkdir()
    for year in YEARS:
        days = [{"name": "x", "date": str(day), "isOffDay": day in off} for day in sorted([*off, *worked]) if day.year == year]
        (folder / f"{year}.json").write_text(json.dumps({"year": year, "days": days}))
    return folder


def write_icalendar(path, off, worked):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for listed, name in ((off, "Day off"), (worked, "上班(补)")):
        for first, last in runs(listed):
            lines += ["BEGIN:VEVENT", f"SUMMARY:{name}", f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{last + oracle.DAY:%Y%m%d}", "END:VEVENT"]
    path.write_bytes("\r\n".join([*lines, "END:VCALENDAR", ""]).encode())
    return path


def synthetic(rng, folder):
    """Calendars in every form, each with the oracle's own reading of the file."""
    weekends = [(5, 6), (5, 6), (6,), (4, 5), (), (0, 2, 4)]
    for number, weekend in enumerate(weekends):
        off, worked = scattered(rng, weekend)
        path = write_project(folder / f"plain{number}.json", project_item(f"plain{number}", off, worked, weekend))
        yield path, oracle.from_project(path)
    off, worked = scattered(rng, (5, 6))
    path = write_years(folder / "years", off, worked)
    yield path, oracle.from_years(path)
    off, worked = scattered(rng, (5, 6))
    path = write_icalendar(folder / "days.ics", off, worked)
    yield path, oracle.from_icalendar(path)
    nation, center = scattered(rng, (5, 6)), scattered(rng, (5, 6))
    path = write_project(folder / "layered.json", project_item("layered", *center, base="below"), project_item("below", *nation))
    yield path, oracle.from_project(path)
    write_project(folder / "nation.json", project_item("nation", *nation))
    write_project(folder / "province.json", project_item("province", *scattered(rng, (5, 6)), base="nation"))
    path = write_project(folder / "department.json", project_item("department", *scattered(rng, (6,)), weekend=(6,), base="province"))
    yield path, oracle.from_project(path)


def real(shared):
    for path in (SOURCE / "configs/calendars/cn.json", SOURCE / "configs/sample/catalog/calendars/binhe.json"):
        yield path, oracle.from_project(path)
    if shared is not None:
        yield shared / "data/calendars/cn", oracle.from_years(shared / "data/calendars/cn")
        yield shared / "data/calendars/holiday-cn.ics", oracle.from_icalendar(shared / "data/calendars/holiday-cn.ics")


def special_starts(calendar):
    """Where mistakes hide: listed days and their neighbours, weekends, ends of years, leap days."""
    listed = [day + shift * oracle.DAY for day in [*calendar.off, *calendar.worked] for shift in (-1, 0, 1)]
    edges = [datetime.date(year, month, day) for year in YEARS for month, day in ((1, 1), (2, 28), (3, 1), (12, 30), (12, 31))]
    leaps = [datetime.date(year, 2, 29) for year in YEARS if year % 4 == 0]
    return listed + edges + leaps


def cases(rng, calendars, count):
    starts = [special_starts(calendar) for _, calendar in calendars]
    for _ in range(count):
        which = rng.randrange(len(calendars))
        start = rng.choice(starts[which]) if rng.random() < 0.5 else FIRST + rng.randrange((LAST - FIRST).days) * oracle.DAY
        days = rng.choice([rng.randint(1, 10), rng.randint(1, 60), rng.randint(1, 60), rng.randint(1, 260)])
        yield which, start, days if rng.random() < 0.6 else -days


def compare(onedoor, tmp_path, calendars, rng, count):
    rows = list(cases(rng, calendars, count))
    file = tmp_path / "rows.csv"
    file.write_text("calendar,from,days\n" + "".join(f"{calendars[which][0]},{start},{days}\n" for which, start, days in rows))
    answers = [json.loads(line) for line in onedoor("due", "--batch", file, "--json").splitlines()]
    assert len(answers) == len(rows)
    wrong = []
    for (which, start, days), answer in zip(rows, answers):
        calendar = calendars[which][1]
        due = calendar.due(start, days)
        expected = {"date": str(due), "provisional": calendar.is_provisional(start, days, due)}
        if answer != expected:
            wrong.append((str(calendars[which][0]), str(start), days, answer, expected))
    assert wrong == [], (len(wrong), wrong[:5])


def test_no_difference_over_twenty_years(onedoor, tmp_path):
    from conftest import SHARED
    rng = random.Random(20260101)
    calendars = list(synthetic(rng, tmp_path)) + list(real(SHARED if SHARED.exists() else None))
    assert len(calendars) >= 12
    compare(onedoor, tmp_path, calendars, rng, CASES)


@pytest.mark.parametrize("form", ["project", "years", "ics", "layers"])
def test_every_day_is_what_the_oracle_says(onedoor, tmp_path, form):
    """Not only the dates: the kind of each of 7,305 days, one form at a time."""
    rng = random.Random(form)
    by_form = {"project": "plain0.json", "years": "years", "ics": "days.ics", "layers": "department.json"}
    path, calendar = next(pair for pair in synthetic(rng, tmp_path) if pair[0].name == by_form[form])
    seen = 0
    for year in YEARS:
        told = json.loads(onedoor("calendar", "show", path, "--year", year, "--json"))["year"]
        for month in told["months"]:
            for day in month["days"]:
                date = datetime.date.fromisoformat(day["date"])
                assert (day["kind"], day["worked"]) == (calendar.kind(date), calendar.is_worked(date)), date
                seen += 1
    assert seen == (LAST - FIRST).days + 1
