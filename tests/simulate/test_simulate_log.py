# SPDX-License-Identifier: Apache-2.0
"""The permit log under other promises and in another order, against a recount of its own from the CSV."""
import csv
import datetime
import io
import zoneinfo

import pytest

ZONE = zoneinfo.ZoneInfo("Europe/Amsterdam")


def moment(text):
    return datetime.datetime.fromisoformat(text)


def day(at):
    return at.astimezone(ZONE).date()


def read_cases(folder):
    """Cases with their steps in the order of time; what contradicts itself is settled as docs/simulate.md says."""
    steps = {}
    with open(folder / "wabo_receipt_events.csv", newline="") as file:
        for row in csv.DictReader(file):
            steps.setdefault(row["case_id"], []).append((moment(row["timestamp"]), row["activity"].split(" ")[0]))
    with open(folder / "wabo_receipt_cases.csv", newline="") as file:
        for row in csv.DictReader(file):
            start, end = moment(row["start_date"]), moment(row["end_date"]) if row["end_date"] else None
            if end is not None:
                end = max(start, end)
            order = sorted(steps[row["case_id"]], key=lambda step: step[0])
            yield {"id": row["case_id"], "start": start, "end": end, "deadline": day(moment(row["deadline"])),
                   "steps": [(max(at, start), code) for at, code in order if end is None or at <= end]}


def last_moment(folder):
    with open(folder / "wabo_receipt_events.csv", newline="") as file:
        events = max(moment(row["timestamp"]) for row in csv.DictReader(file))
    with open(folder / "wabo_receipt_cases.csv", newline="") as file:
        ends = max(moment(row["end_date"]) for row in csv.DictReader(file) if row["end_date"])
    return max(events, ends)


def played(case, is_parallel):
    """When each step and the end would have come: a step waits for all before it, for its own earlier ones alone when it
    is parallel; from there it takes as long as it took after the step before it."""
    ends, before = [], case["start"]
    for i, (at, code) in enumerate(case["steps"]):
        waits = [ends[k] for k in range(i) if not is_parallel(code) or case["steps"][k][1] == code]
        ends.append(max([case["start"], *waits]) + (at - before))
        before = at
    end = max([case["start"], *ends]) + (case["end"] - before) if case["end"] is not None else None
    return ends, end


def figures(cases, promise, is_parallel, horizon):
    """promise(case) is the last day in time."""
    sums = {"decided": 0, "kept": 0, "late": 0, "open": 0, "open_late": 0, "decided_ms": 0}
    for case in cases:
        end = played(case, is_parallel)[1]
        if end is None:
            sums["open"] += 1
            sums["open_late"] += day(horizon) > promise(case)
        else:
            sums["decided"] += 1
            sums["kept" if day(end) <= promise(case) else "late"] += 1
            sums["decided_ms"] += round((end - case["start"]) / datetime.timedelta(milliseconds=1))
    return sums


def same(side, expected):
    return {key: side[key] for key in expected} == expected


def arguments(log):
    return ["--log", log / "wabo_receipt_events.csv", "--cases", log / "wabo_receipt_cases.csv", "--zone", "Europe/Amsterdam"]


def rows_of(done):
    return {(c["number"], c["of"], c["clock"]): (c["before"], c["after"]) for c in done.json["changes"]}


def none_parallel(_):
    return False


def advice(code):
    return code.startswith("T07-")


def recorded(case):
    return case["deadline"]


def test_as_recorded_nothing_changes(simulate, log):
    done = simulate(*arguments(log), "--json")
    assert (done.code, done.json["changes"]) == (0, [])
    expected = figures(read_cases(log), recorded, none_parallel, last_moment(log))
    assert same(done.summary["before"], expected) and same(done.summary["after"], expected)
    assert (done.summary["applications"], done.summary["left_out"]) == (1434, 0)


def test_contradictions_of_the_log_are_told(simulate, log):
    found = simulate(*arguments(log), "--json").json["findings"]
    by_kind = {kind: sorted(f["number"] for f in found if f["kind"] == kind) for kind in {f["kind"] for f in found}}
    assert by_kind["ends_before_start"] == ["case-10862", "case-8267"]
    assert by_kind["step_before_start"] == ["case-4677", "case-5704"]
    assert len(by_kind["step_after_end"]) == 145 and sum(f["count"] for f in found if f["kind"] == "step_after_end") > 145
    assert not any(f["error"] for f in found)
    assert all(f["file"].endswith("wabo_receipt_cases.csv") and f["line"] > 1 for f in found)


def test_what_a_40_day_promise_would_have_kept(simulate, log):
    done = simulate(*arguments(log), "--promise", "40", "--json")
    assert done.code == 0
    cases = list(read_cases(log))

    def forty(case):
        return day(case["start"]) + datetime.timedelta(days=40)

    assert same(done.summary["before"], figures(cases, recorded, none_parallel, last_moment(log)))
    assert same(done.summary["after"], figures(cases, forty, none_parallel, last_moment(log)))
    rows = rows_of(done)
    for case in cases:
        moved = (case["deadline"].isoformat(), forty(case).isoformat())
        assert rows.pop((case["id"], "", "promised"), None) == (moved if moved[0] != moved[1] else None)
        if case["end"] is not None:
            was, would = ("kept" if day(case["end"]) <= last else "late" for last in (case["deadline"], forty(case)))
        else:
            was, would = ("late" if day(last_moment(log)) > last else "open" for last in (case["deadline"], forty(case)))
        assert rows.pop((case["id"], "", "promise"), None) == ((was, would) if was != would else None)
    assert rows == {}


def test_what_if_advice_had_run_in_parallel(simulate, log):
    done = simulate(*arguments(log), "--parallel", "T07-*", "--json")
    assert done.code == 0
    cases = list(read_cases(log))
    assert same(done.summary["after"], figures(cases, recorded, advice, last_moment(log)))
    rows, moved = rows_of(done), 0
    for case in cases:
        before, after = case["end"], played(case, advice)[1]
        told = rows.get((case["id"], "", "decided"))
        assert (told is None) == (before == after)
        if told is not None:
            moved += 1
            assert [moment(t) for t in told] == [before.replace(microsecond=before.microsecond // 1000 * 1000), after]
        ends = played(case, advice)[0]
        opined = {key[1]: value for key, value in rows.items() if key[0] == case["id"] and key[2] == "opined" and key[1] != "end"}
        changed = [(at, would) for (at, _), would in zip(case["steps"], ends) if at != would]
        assert sorted(moment(value[1]) for value in opined.values()) == sorted(would for _, would in changed)
    assert moved == done.summary["decided_earlier"] and done.summary["decided_later"] == 0


def test_working_days_by_a_calendar(simulate, log):
    """30 working days from the receipt, Saturdays and Sundays off, counted one by one."""
    done = simulate(*arguments(log), "--promise", "30wd", "--json")

    def thirty(case):
        at, left = day(case["start"]), 30
        while left > 0:
            at += datetime.timedelta(days=1)
            left -= at.weekday() < 5
        return at

    assert same(done.summary["after"], figures(read_cases(log), thirty, none_parallel, last_moment(log)))


def test_twice_as_fast_and_three_days_later(simulate, log):
    """Every stretch halved halves each case; a delay of one step delays what waits for it, and no case without it."""
    cases = {case["id"]: case for case in read_cases(log)}
    halved = rows_of(simulate(*arguments(log), "--delay", "*=0.5x", "--json"))
    for id, case in cases.items():
        told = halved.get((id, "", "decided"))
        if told is None:
            assert case["end"] is None or case["end"] == case["start"]
        else:
            stretch = case["end"] - case["start"]
            assert abs(moment(told[1]) - case["start"] - stretch / 2) <= datetime.timedelta(milliseconds=64)
    delayed = rows_of(simulate(*arguments(log), "--delay", "T10=+3d", "--json"))
    for id, case in cases.items():
        times = sum(code == "T10" for _, code in case["steps"])
        told = delayed.get((id, "", "decided"))
        assert (told is not None) == (times > 0 and case["end"] is not None)
        if told is not None:
            assert moment(told[1]) - moment(told[0]) == datetime.timedelta(days=3 * times)


def test_order_of_rows_does_not_matter(simulate, log, tmp_path):
    """The same rows in another order, quoted, with CRLF and a byte order mark: the same answer."""
    expected = simulate(*arguments(log), "--promise", "40", "--parallel", "T07-*", "--json").json["summary"]
    rows = list(csv.reader(io.StringIO((log / "wabo_receipt_events.csv").read_text())))
    backwards = tmp_path / "backwards.csv"
    with open(backwards, "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([rows[0], *reversed(rows[1:])])
    done = simulate("--log", backwards, *arguments(log)[2:], "--promise", "40", "--parallel", "T07-*", "--json")
    assert done.json["summary"] == expected


@pytest.mark.parametrize("given, expected", [
    (["--promise", "40", "--parallel", "T07-*"], (1434, 0)),
    (["--delay", "*=2x", "--promise", "8wd"], (1434, 0)),
])
def test_the_figures_are_those_of_the_list(simulate, log, given, expected):
    done = simulate(*arguments(log), *given, "--json")
    changes, summary = done.json["changes"], done.summary
    assert (summary["applications"], summary["left_out"]) == expected
    assert summary["changes"] == len(changes)
    decided = [c for c in changes if c["clock"] == "decided" and c["before"] and c["after"]]
    assert summary["decided_earlier"] == sum(moment(c["after"]) < moment(c["before"]) for c in decided)
    assert summary["decided_later"] == sum(moment(c["after"]) > moment(c["before"]) for c in decided)
    promises = [(c["before"], c["after"]) for c in changes if c["clock"] == "promise"]
    assert summary["promises_won"] == promises.count(("late", "kept"))
    assert summary["promises_lost"] == promises.count(("kept", "late"))
