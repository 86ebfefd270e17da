# SPDX-License-Identifier: Apache-2.0
"""An oracle for working days: the law's words in Python, sharing nothing with the program but the file formats.

Slow on purpose: one day after another, each asked what it is. Dates are datetime.date.
"""
import datetime
import json
import pathlib
import re

DAY = datetime.timedelta(days=1)
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def days_between(first, last):
    """Every day from first to last, both with it."""
    while first <= last:
        yield first
        first += DAY


def months_later(day, months):
    """The same day of a later month, or its last day."""
    if months == 0:
        return day
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return datetime.date(year, month + 1, number)
        except ValueError:
            continue
    return datetime.date(year, month + 1, day.day)


class Calendar:
    """What each day is, and what follows from it for limits.

    off, worked: dates that are listed, each with its name; weekend: weekdays, Monday is 0;
    published: (first, last) day that the lists tell of.
    """

    def __init__(self, off=(), worked=(), weekend=(5, 6), published=None):
        self.off, self.worked = dict(off), dict(worked)
        self.weekend, self.published = frozenset(weekend), published
        assert not set(self.off) & set(self.worked), "a day is off or worked, not both"

    def kind(self, day):
        if day in self.off:
            return "holiday"
        if day in self.worked:
            return "make_up"
        return "weekend" if day.weekday() in self.weekend else "working"

    def name(self, day):
        return self.off.get(day) or self.worked.get(day)

    def is_worked(self, day):
        return self.kind(day) in ("working", "make_up")

    def due(self, start, count):
        """The count-th working day strictly after start, or strictly before it where count is negative."""
        assert count != 0
        step, left, day = (DAY if count > 0 else -DAY), abs(count), start
        while left > 0:
            day += step
            left -= self.is_worked(day)
        return day

    def roll(self, day):
        """The first working day at or after day."""
        while not self.is_worked(day):
            day += DAY
        return day

    def count(self, start, end):
        """Working days after start up to end, with it."""
        return sum(self.is_worked(day) for day in days_between(start + DAY, end))

    def limit_due(self, start, length, unit="working_day", pauses=(), extended=0, counts_start=False, rolls=False):
        """The last day of a limit that stood still during pauses, each (day of the pause, day of the resumption):
        the first of these is used, the second is not counted. docs/rules/clock.md, by hand."""
        stopped = {day for first, last in pauses for day in days_between(first + DAY, last)}
        left = length + extended
        if unit == "month":
            end = months_later(months_later(start, length), extended)
            left = (end - start).days
        day = start if counts_start and unit != "month" else start + DAY
        while True:
            if day not in stopped and (unit != "working_day" or self.is_worked(day)):
                left -= 1
            if left == 0:
                break
            day += DAY
        rests = unit == "working_day" or rolls
        due = self.roll(day) if rests else day
        for first, last in sorted(pauses):  # it stood still at the end of that day: it goes on, with nothing left
            if first <= due < last:
                due = self.roll(last) if rests else last
        return due

    def is_provisional(self, start, count, due):
        """Does the count rest on days that the lists do not tell of?"""
        first, last = (start, due) if count > 0 else (due, start - DAY)
        return first < self.published[0] or last > self.published[1]

    def layer(self, off=(), worked=(), weekend=None):
        """A calendar on top of this one: what it lists itself wins."""
        off, worked = dict(off), dict(worked)
        below_off = {day: name for day, name in self.off.items() if day not in worked}
        below_worked = {day: name for day, name in self.worked.items() if day not in off}
        return Calendar({**below_off, **off}, {**below_worked, **worked},
                        self.weekend if weekend is None else weekend, self.published)


def date_of(text):
    return datetime.date.fromisoformat(text)


def from_project(path):
    """The calendar of a project's file that is no base of another; bases are looked for beside the file."""
    path = pathlib.Path(path)
    known = {item["id"]: item for item in json.loads(path.read_text())["calendars"]}
    top = next(key for key in known if all(item.get("base") != key for item in known.values()))

    def resolve(key):
        if key not in known:
            known.update({item["id"]: item for item in json.loads((path.parent / f"{key}.json").read_text())["calendars"]})
        item = known[key]
        off = {day: entry["name"]["en"] for entry in item.get("holidays", ())
               for day in days_between(date_of(entry["from"]), date_of(entry.get("to", entry["from"])))}
        worked = {date_of(entry["date"]): entry["name"]["en"] for entry in item.get("working_days", ())}
        weekend = [WEEKDAYS.index(name) for name in item["weekend"]] if "weekend" in item else None
        if "base" in item:
            whole = resolve(item["base"]).layer(off, worked, weekend)
            until = date_of(item["published_until"]) if "published_until" in item else whole.published[1]
            whole.published = (whole.published[0], until)
            return whole
        first = min([*off, *worked]).replace(month=1, day=1) if off or worked else date_of("1970-01-01")
        first = date_of(item["published_from"]) if "published_from" in item else first
        return Calendar(off, worked, (5, 6) if weekend is None else weekend, (first, date_of(item["published_until"])))

    return resolve(top)


def from_years(folder):
    """A folder of yearly files YYYY.json."""
    off, worked, years = {}, {}, []
    for file in sorted(pathlib.Path(folder).glob("[0-9][0-9][0-9][0-9].json")):
        content = json.loads(file.read_text())
        years.append(content["year"])
        for day in content["days"]:
            (off if day["isOffDay"] else worked)[date_of(day["date"])] = day["name"]
    return Calendar(off, worked, published=(datetime.date(min(years), 1, 1), datetime.date(max(years), 12, 31)))


def from_icalendar(path):
    """Single all-day events, without rules: what a file of holidays mostly is."""
    text = re.sub(r"\r?\n[ \t]", "", pathlib.Path(path).read_text())
    off, worked, starts, ends = {}, {}, [], []
    for event in re.findall(r"BEGIN:VEVENT(.*?)END:VEVENT", text, re.S):
        fields = dict(re.findall(r"^([A-Z-]+)[^:\r\n]*:(.*?)\r?$", event, re.M))
        start = datetime.datetime.strptime(fields["DTSTART"], "%Y%m%d").date()
        end = datetime.datetime.strptime(fields["DTEND"], "%Y%m%d").date() if "DTEND" in fields else start + DAY
        listed = worked if re.search("上班|补班", fields["SUMMARY"]) else off
        listed.update({day: fields["SUMMARY"] for day in days_between(start, end - DAY)})
        starts.append(start)
        ends.append(end - DAY)
    until = datetime.date(max(starts).year, 12, 31)
    return Calendar({d: n for d, n in off.items() if d <= until}, {d: n for d, n in worked.items() if d <= until},
                    published=(datetime.date(min(ends).year, 1, 1), until))
