# SPDX-License-Identifier: Apache-2.0
"""script/count: a part that died is a failure, whatever it left."""
import subprocess
import sys
from pathlib import Path

COUNT = Path(__file__).resolve().parents[2] / "script" / "count"
REPORT = '<testsuites><testsuite tests="3" failures="0" errors="0" skipped="1"/></testsuites>'


def counted(folder, **reports):
    for part, report in reports.items():
        (folder / f"pytest-{part}.log").touch()
        if report is not None:
            (folder / f"pytest-{part}.xml").write_text(report)
    done = subprocess.run([sys.executable, str(COUNT), str(folder)], capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()[-1], done.stderr


def test_a_whole_report_is_added_up(tmp_path):
    assert counted(tmp_path, lint=REPORT) == (0, "2 passed, 0 failed, 1 skipped", "")


def test_a_part_that_left_no_whole_report_has_failed(tmp_path):
    code, line, said = counted(tmp_path, lint=REPORT, year=None, day="", plugins=REPORT[:40])
    assert (code, line) == (1, "2 passed, 3 failed, 1 skipped")
    assert all(f"pytest-{part} did not run" in said for part in ("year", "day", "plugins"))
