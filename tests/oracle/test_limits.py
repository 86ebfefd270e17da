# SPDX-License-Identifier: Apache-2.0
"""`onedoor due` with pauses, extensions and units against the oracle: no difference over 20 years and 100,000 cases."""
import datetime
import random

import pytest
import working_days as oracle
from test_working_days import FIRST, LAST, real, special_starts, synthetic

CASES = 100_000


def pauses_of(rng, start):
    """None, one, or several that may overlap, touch, or begin before the limit."""
    pauses, day = [], start + rng.randint(-3, 20) * oracle.DAY
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3, 5])):
        pauses.append((day, day + rng.choice([0, 1, 3, 7, 20, 45]) * oracle.DAY))
        day += rng.randint(0, 25) * oracle.DAY
    return pauses


def cases(rng, calendars, count):
    starts = [special_starts(calendar) for _, calendar in calendars]
    for _ in range(count):
        which = rng.randrange(len(calendars))
        start = rng.choice(starts[which]) if rng.random() < 0.5 else FIRST + rng.randrange((LAST - FIRST).days) * oracle.DAY
        start = max(start, FIRST + 10 * oracle.DAY)
        unit = rng.choice(["working_day", "working_day", "working_day", "calendar_day", "month"])
        length = rng.randint(1, 14) if unit == "month" else rng.choice([rng.randint(1, 10), rng.randint(1, 60), rng.randint(1, 200)])
        extended = rng.choice([0, 0, 0, 1, 5, 10, 15]) if unit != "month" else rng.choice([0, 0, 1, 2, 3])
        yield which, start, length, unit, pauses_of(rng, start), extended


def row_of(calendars, case):
    which, start, length, unit, pauses, extended = case
    return f"{calendars[which][0]},{start},{length},{unit},{';'.join(f'{a}..{b}' for a, b in pauses)},{extended}\n"


def test_no_difference_with_pauses_and_extensions(onedoor, tmp_path):
    from conftest import SHARED
    rng = random.Random(20260102)
    calendars = list(synthetic(rng, tmp_path)) + list(real(SHARED if SHARED.exists() else None))
    rows = list(cases(rng, calendars, CASES))
    file = tmp_path / "rows.csv"
    file.write_text("calendar,from,days,rule,pauses,extended\n" + "".join(row_of(calendars, case) for case in rows))
    answers = onedoor("due", "--batch", file).splitlines()
    assert len(answers) == len(rows)
    wrong = []
    for case, answer in zip(rows, answers):
        which, start, length, unit, pauses, extended = case
        due = calendars[which][1].limit_due(start, length, unit, pauses, extended)
        if answer != str(due):
            wrong.append((row_of(calendars, case).strip(), answer, str(due)))
    assert wrong == [], (len(wrong), wrong[:5])


@pytest.mark.parametrize("options,due,why", [
    (["--rule", "cn-42-single"], "2024-03-13", "the vector of the law: twenty working days over Spring Festival"),
    (["--rule", "cn-42-single", "--days", "5"], "2024-02-21", "a shorter one under the same rule"),
    (["--rule", "cn-42-single", "--extend", "10"], "2024-03-27", "once by ten"),
    (["--rule", "working_day", "--days", "10", "--pause", "2024-02-20..2024-02-23"], "2024-03-04", "three days stood still"),
    (["--rule", "month", "--days", "1"], "2024-03-08", "to the same day of the next month"),
    (["--rule", "calendar_day", "--days", "3", "--pause", "2024-02-11..2024-02-20"], "2024-02-20", "nothing was left at its end"),
])
def test_one_date(onedoor, options, due, why):
    assert onedoor("due", "--calendar", "cn", "--from", "2024-02-08", *options).split() == [due], why


def test_the_end_of_a_month(onedoor):
    rows = {("2024-01-31", 1): "2024-02-29", ("2023-01-31", 1): "2023-02-28", ("2024-02-29", 12): "2025-02-28",
            ("2024-03-31", 3): "2024-06-30", ("2024-08-31", 6): "2025-02-28"}
    for (start, months), due in rows.items():
        assert onedoor("due", "--calendar", "cn", "--from", start, "--days", months, "--rule", "month").strip() == due


def test_the_explanation_says_what_stood_still(onedoor):
    text = onedoor("due", "--calendar", "cn", "--from", "2024-02-08", "--rule", "cn-42-single", "--pause", "2024-02-20..2024-02-26", "--explain")
    assert text.splitlines()[0] == "2024-03-19"
    for part in ("art. 42", "Without the pauses it would be 2024-03-13", "paused", "make-up day", "holiday"):
        assert part in text, text


def test_dates_are_dates():
    calendar = oracle.Calendar()
    assert calendar.limit_due(datetime.date(2024, 1, 31), 1, "month") == datetime.date(2024, 2, 29)
