# SPDX-License-Identifier: Apache-2.0
"""The program that is compared with the oracle."""
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

SOURCE = pathlib.Path(os.environ.get("OD_SOURCE", pathlib.Path(__file__).parents[2])).resolve()
SHARED = pathlib.Path(os.environ.get("OD_SHARED", SOURCE / ".." / "shared"))
PROGRAM = pathlib.Path(os.environ.get("OD_BUILD", SOURCE / "build" / "dev")).resolve() / "bin" / "onedoor"


@pytest.fixture
def onedoor():
    """onedoor(*arguments, stdin=None) -> stdout; the exit code must be 0."""
    if not PROGRAM.exists():
        pytest.skip(f"no program at {PROGRAM}")

    def run(*arguments, stdin=None):
        done = subprocess.run([str(PROGRAM), *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=300,
                              env={**os.environ, "LC_ALL": "C"}, cwd=SOURCE, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def shared():
    if not SHARED.exists():
        pytest.skip("no shared data")
    return SHARED
