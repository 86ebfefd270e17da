# SPDX-License-Identifier: Apache-2.0
"""The program under test, and the hub of the end-to-end tests to make journals with."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(os.environ.get("OD_SOURCE", pathlib.Path(__file__).parents[2]))
SHARED = pathlib.Path(os.environ.get("OD_SHARED", SOURCE / ".." / "shared"))
BUILD = pathlib.Path(os.environ.get("OD_BUILD", SOURCE / "build" / "dev"))
PROGRAM = BUILD / "bin" / "onedoor"

sys.path.insert(0, str(SOURCE / "tests" / "e2e"))


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def summary(self):
        return self.json["summary"]


@pytest.fixture
def simulate(tmp_path):
    """simulate(*arguments) -> Result, in an English environment; nothing is left in the folder of temporary files."""
    if not PROGRAM.exists():
        pytest.skip(f"no program at {PROGRAM}")
    place = tmp_path / "simulate-tmp"
    place.mkdir()

    def run(*arguments, env=None, timeout=120):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(("LC_", "LANG", "ONEDOOR", "NO_COLOR", "COLUMNS"))}
        environment.update({"LC_ALL": "C", "TMPDIR": str(place), **(env or {})})
        done = subprocess.run([str(PROGRAM), "simulate", *map(str, arguments)], capture_output=True, text=True,
                              timeout=timeout, env=environment, cwd=SOURCE, check=False)
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
        assert list(place.iterdir()) == []
        return Result(done)

    return run


@pytest.fixture
def log():
    folder = SHARED / "data" / "eventlog"
    if not folder.exists():
        pytest.skip("the permit log is not here")
    return folder
