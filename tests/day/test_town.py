# SPDX-License-Identifier: Apache-2.0
"""The town that docs/a-day.md opens for its readers."""
import os
import subprocess
import sys

from test_a_day import pytestmark  # noqa: F401
from town import BUILD, PLACE

TURNS = 6


def opened(turns):
    return subprocess.run([sys.executable, str(PLACE / "town.py")], input="\n" * turns, capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "OD_BUILD": str(BUILD)})


def test_it_opens_goes_on_with_enter_and_closes():
    done = opened(TURNS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "export ONEDOOR_URL=http://127.0.0.1:" in done.stdout and "plan.pdf" in done.stdout
    assert done.stdout.count("Enter: ") == TURNS


def test_it_closes_when_its_reader_goes_away():
    done = opened(1)
    assert done.returncode == 0 and done.stdout.count("Enter: ") == 2, done.stdout + done.stderr
