# SPDX-License-Identifier: Apache-2.0
"""onedoor simulate: how it is asked, what it prints, what it refuses."""
import csv
import json
import os
import pty
import subprocess

import pytest
from conftest import PROGRAM, SOURCE

EVENTS = """case_id,activity,timestamp
one,T1 check,2026-01-06T10:00:00+08:00
one,T2 advice,2026-01-08T10:00:00+08:00
one,T3 sign,2026-01-09T10:00:00+08:00
two,T1 check,2026-01-07T10:00:00+08:00
"""
CASES = """case_id,start_date,deadline,end_date
one,2026-01-05T10:00:00+08:00,2026-01-12T10:00:00+08:00,2026-01-09T12:00:00+08:00
two,2026-01-06T10:00:00+08:00,2026-01-13T10:00:00+08:00,
"""


@pytest.fixture
def log(tmp_path):
    """log(events, cases) -> the arguments; files may be bytes."""
    def write(events=EVENTS, cases=CASES):
        words = []
        for option, name, content in (("--log", "events.csv", events), ("--cases", "cases.csv", cases)):
            if content is not None:
                (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
                words += [option, tmp_path / name]
        return ["simulate", *words, "--zone", "Asia/Shanghai"]
    return write


def changes_of(done):
    return [tuple(c[k] for k in ("number", "of", "clock", "before", "after")) for c in done.json["changes"]]


def test_a_small_log_by_hand(onedoor, log):
    promise = onedoor(*log(), "--promise", "3", "--json")
    assert (promise.code, changes_of(promise)) == (0, [
        ("one", "", "promised", "2026-01-12", "2026-01-08"),
        ("one", "", "promise", "kept", "late"),
        ("two", "", "promised", "2026-01-13", "2026-01-09"),
    ])  # the log ends on the ninth, at noon: two is still in time
    advice = onedoor(*log(), "--parallel", "T2*", "--json")
    assert changes_of(advice) == [
        ("one", "", "decided", "2026-01-09T12:00:00.000+08:00", "2026-01-08T12:00:00.000+08:00"),
        ("one", "T2 advice", "opined", "2026-01-08T10:00:00.000+08:00", "2026-01-07T10:00:00.000+08:00"),
        ("one", "T3 sign", "opined", "2026-01-09T10:00:00.000+08:00", "2026-01-08T10:00:00.000+08:00"),
        ("one", "end", "opined", "2026-01-09T12:00:00.000+08:00", "2026-01-08T12:00:00.000+08:00"),
    ]
    faster = onedoor(*log(), "--delay", "T2=0.5x", "--delay", "end=+2h", "--summary", "--json")
    assert (faster.json["changes"], faster.json["summary"]["decided_earlier"]) == ([], 1)


@pytest.mark.parametrize("promise, due", [
    ("3", "2026-01-08"), ("3d", "2026-01-08"), ("3wd", "2026-01-08"), ("5wd", "2026-01-12"), ("2mo", "2026-03-05"),
    ("72h", "2026-01-08T10:00:00.000+08:00")])
def test_units_of_a_promise(onedoor, log, promise, due):
    done = onedoor(*log(), "--promise", promise, "--json")
    told = {c[0]: c[4] for c in changes_of(done) if c[2] == "promised"}
    assert done.code == 0 and told.get("one", "2026-01-12") == due


def test_a_calendar_of_the_project(onedoor, log):
    """2026-01-01 to 03 are off, 2026-01-04 is worked: nothing of it lies within, so the dates are those of the plain week."""
    assert changes_of(onedoor(*log(), "--calendar", "cn", "--promise", "5wd", "--json")) == changes_of(onedoor(*log(), "--promise", "5wd", "--json"))
    spring = CASES.replace("2026-01-05", "2026-02-12").replace("2026-01-09", "2026-02-20").replace("2026-01-12", "2026-02-20")
    events = EVENTS.replace("2026-01-06", "2026-02-13").replace("2026-01-08", "2026-02-14").replace("2026-01-09", "2026-02-19")
    done = onedoor(*log(events, spring), "--calendar", "cn", "--promise", "5wd", "--json")
    told = {c[0]: c[4] for c in changes_of(done) if c[2] == "promised"}
    due = onedoor("due", "--calendar", "cn", "--from", "2026-02-12", "--days", "5").out.strip()
    assert told["one"] == due


def test_the_table_and_the_figures(onedoor, log):
    done = onedoor(*log(), "--promise", "3")
    assert done.code == 0 and done.err == ""
    lines = done.out.splitlines()
    assert lines[0].split() == ["number", "clock", "before", "after"]
    assert "one     promise   kept            late" in done.out.replace("\x1b", "")
    assert "promises late that were kept: 1" in lines and "applications: 2" in lines
    alone = onedoor(*log(), "--promise", "3", "--summary")
    assert "promised" not in alone.out and "applications: 2" in alone.out
    chinese = onedoor(*log(), "--promise", "3", "--lang", "zh-CN")
    assert "承诺日期" in chinese.out and "由兑现变为超期: 1" in chinese.out


def test_csv_says_the_same(onedoor, log, tmp_path):
    events = EVENTS.replace("T2 advice", '"T2 advice, ""internal"""')
    done = onedoor(*log(events), "--parallel", "T2*", "--csv", tmp_path / "out.csv", "--json")
    with open(tmp_path / "out.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["number", "of", "clock", "before", "after"]
    assert [tuple(row) for row in rows[1:]] == changes_of(done)
    assert rows[2][1] == 'T2 advice, "internal"'
    refused = onedoor(*log(), "--csv", tmp_path / "no" / "where.csv")
    assert refused.code == 1 and "where.csv" in refused.err
    if os.path.exists("/dev/full"):
        full = onedoor(*log(), "--promise", "3", "--csv", "/dev/full")
        assert full.code == 1 and "/dev/full" in full.err


def test_without_a_list_of_cases(onedoor, log):
    """A case begins with its first step, ends with its last, and was promised nothing."""
    done = onedoor(*log(cases=None), "--promise", "2", "--json")
    assert changes_of(done)[0] == ("one", "", "promised", None, "2026-01-08")
    assert done.json["summary"]["after"]["decided"] == 2


def test_columns_of_other_names(onedoor, log):
    events, cases = EVENTS.replace("case_id", "id").replace("activity", "what"), CASES.replace("end_date", "closed").replace("case_id", "id")
    refused = onedoor(*log(events, cases))
    assert refused.code == 5 and 'cases.csv:1:1: there is no column "case_id"' in refused.err and "--column case=NAME" in refused.err
    done = onedoor(*log(events, cases), "--column", "case=id", "--column", "activity=what", "--column", "end=closed", "--json")
    assert done.code == 0 and done.json["summary"]["applications"] == 2
    near = onedoor(*log(), "--column", "activty=x")
    assert near.code == 2 and "did you mean activity" in near.err


@pytest.mark.parametrize("words, says", [
    ([], "--data DIR or --log EVENTS.csv"),
    (["--data", "x", "--log", "y"], "--data DIR or --log EVENTS.csv"),
    (["--data", "x", "--zone", "UTC"], "goes with --log alone"),
    (["--log", "x", "--catalog", "y"], "goes with --data alone"),
    (["--log", "x", "--promise", "soon"], "10wd (working days"),
    (["--log", "x", "--promise", "0"], "is due"),
    (["--log", "x", "--promise", "3651d"], "is due"),
    (["--log", "x", "--promise", "8785h"], "is due"),
    (["--log", "x", "--promise", "121mo"], "is due"),
    (["--log", "x", "--promise", "-3"], "is due"),
    (["--log", "x", "--delay", "fire"], "PATTERN=CHANGE is due"),
    (["--log", "x", "--delay", "fire=3d"], "PATTERN=CHANGE is due"),
    (["--log", "x", "--delay", "fire=+3y"], "PATTERN=CHANGE is due"),
    (["--log", "x", "--delay", "fire=+3651d"], "PATTERN=CHANGE is due"),
    (["--log", "x", "--delay", "fire=100.001x"], "PATTERN=CHANGE is due"),
    (["--log", "x", "--delay", "=2x"], "PATTERN=CHANGE is due"),
    (["--log", "x", "--parallel", ""], "none of them empty"),
    (["--log", "x", "--column", "case"], "NAME=HEAD is due"),
    (["--log", "x", "--zone", "Mars/Olympus"], "IANA"),
    (["--lgo", "x"], "did you mean --log"),
])
def test_wrong_usage(onedoor, words, says):
    done = onedoor("simulate", *words)
    assert done.code == 2 and says in done.err, done.err


def test_limits_at_the_border(onedoor, log):
    for promise in ("3650d", "8784h", "120mo"):
        assert onedoor(*log(), "--promise", promise, "--summary").code == 0
    assert onedoor(*log(), "--delay", "T1=100x", "--delay", "T1=+3650d", "--delay", "T1=-3650d", "--summary").code == 0
    patterns = [word for i in range(64) for word in ("--parallel", f"T{i}")]
    many = onedoor(*log(), *patterns[:100], "--summary")
    assert many.code == 0 and "--parallel T49" in many.err
    name = "n" * 255
    assert onedoor(*log(EVENTS.replace("T1 check", name), None), "--summary").code == 0
    long = onedoor(*log(EVENTS.replace("T1 check", name + "n"), None), "--summary")
    assert long.code == 1 and "1 to 255 bytes" in long.err and "events.csv:2:5" in long.err


def test_steps_of_one_case(onedoor, log):
    def steps(count):
        return "case_id,activity,timestamp\n" + "".join(f"one,T{i},2026-01-06T10:{i % 60:02}:00+08:00\n" for i in range(count))
    assert onedoor(*log(steps(63)), "--json").json["summary"]["left_out"] == 0
    done = onedoor(*log(steps(64)), "--json")
    assert done.code == 1 and done.json["summary"]["left_out"] == 1
    assert [f["kind"] for f in done.json["findings"]] == ["too_many_acts"] and "at most 63" in done.err


@pytest.mark.parametrize("events, cases, code, place, says", [
    (EVENTS, CASES.replace("2026-01-05T10", "2026-13-05T10"), 1, "cases.csv:2:5: one:", "ISO 8601"),
    (EVENTS, CASES.replace("2026-01-12T10", "soon"), 1, "cases.csv:2:", "ISO 8601"),
    (EVENTS, CASES.replace("2026-01-12", "2026-01-05"), 1, "cases.csv:2:", "1 to 3650 days after the start"),
    (EVENTS, CASES.replace("2026-01-12", "2036-01-05"), 1, "cases.csv:2:", "1 to 3650 days after the start"),
    (EVENTS.replace("2026-01-08", "8.1.2026"), CASES, 1, "events.csv:3:15: one:", "ISO 8601"),
    (EVENTS.replace("two,", "three,"), CASES, 1, "events.csv:5:1:", "list of cases does not have"),
    (EVENTS, CASES + "one,2026-01-05,,\n", 1, "cases.csv:4:1:", "twice"),
    (EVENTS.replace("T1 check", '"T1 check'), CASES, 5, "events.csv:", "quote"),
    (EVENTS.replace(",T2 advice", ""), CASES, 5, "events.csv:3:", "fields where the head has 3"),
    (b"\xff\xfe", CASES, 5, "events.csv:1:1:", "UTF-8"),
    ("", CASES, 5, "events.csv:1:1:", "empty"),
])
def test_what_is_wrong_is_told_with_its_place_and_remedy(onedoor, log, events, cases, code, place, says):
    done = onedoor(*log(events, cases))
    assert done.code == code and place in done.err and says in done.err, done.err
    if code == 1:
        assert "left out" in done.err and "applications: " in done.out


def test_what_is_not_there(onedoor, log, tmp_path):
    assert onedoor("simulate", "--log", tmp_path / "none.csv").code == 3
    assert onedoor("simulate", "--data", tmp_path / "none").code == 3
    assert onedoor(*log(), "--calendar", tmp_path / "none.json").code == 3
    assert onedoor("simulate", "--data", tmp_path, "--catalog", tmp_path / "none").code == 3
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "a.json").write_text('{"services": 7}')
    refused = onedoor("simulate", "--data", tmp_path, "--catalog", tmp_path / "catalog")
    assert refused.code == 5 and "a.json:1:" in refused.err


def test_many_errors_are_counted_not_all_told(onedoor, log):
    cases = CASES + "".join(f"c{i},soon,,\n" for i in range(1500))
    done = onedoor(*log(EVENTS, cases))
    assert done.code == 1 and done.err.count("ISO 8601") == 20 and "1480 more errors" in done.err and "1500 applications are left out" in done.err
    assert len(onedoor(*log(EVENTS, cases), "--json").json["findings"]) == 1000


def test_a_bar_on_a_terminal_alone(log):
    if not PROGRAM.exists():
        pytest.skip("no program")
    screen, keyboard = pty.openpty()
    words = [str(PROGRAM), *map(str, log()), "--promise", "3", "--summary"]
    try:
        environment = {**os.environ, "LC_ALL": "C", "TERM": "xterm"}
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=keyboard, env=environment, cwd=SOURCE, timeout=60, check=False)
        drawn = os.read(screen, 65536).decode()
        assert done.returncode == 0 and "replaying [" in drawn and "2/2" in drawn and drawn.endswith("\r\x1b[K")
        subprocess.run(words, stdout=subprocess.PIPE, stderr=keyboard, env={**environment, "TERM": "dumb"}, cwd=SOURCE, timeout=60, check=False)
        os.set_blocking(screen, False)
        with pytest.raises(BlockingIOError):
            os.read(screen, 65536)
    finally:
        os.close(screen)
        os.close(keyboard)


def test_help_has_examples(onedoor):
    done = onedoor("simulate", "--help")
    assert done.code == 0 and "--parallel" in done.out and "onedoor simulate --log" in done.out
    table = next(v for v in json.loads(onedoor("help", "--json").out)["verbs"] if v["name"] == "simulate")
    assert len(table["examples"]) >= 4
