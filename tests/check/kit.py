# SPDX-License-Identifier: Apache-2.0
"""What the tests of the kit for authors share: the program, an installed SDK, one folder each."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("OD_BUILD", ROOT / "build" / "release"))
ONEDOOR = BUILD / "bin" / "onedoor"


def run(*words, cwd=None, path=None, timeout=300, **environment):
    """(exit code, stdout, stderr) of a command; path: the folder of onedoor, first in PATH."""
    env = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": f"{path or BUILD / 'bin'}:{os.environ['PATH']}", **environment}
    for name in ("PKG_CONFIG_PATH", "CMAKE_PREFIX_PATH", "CFLAGS"):
        if name not in environment:
            env.pop(name, None)
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout)
    return done.returncode, done.stdout, done.stderr


def must(*words, **more):
    code, out, err = run(*words, **more)
    assert code == 0, f"{words}: exit {code}\n{out}\n{err}"
    return out


@pytest.fixture(scope="session")
def prefix(tmp_path_factory):
    """An installation: the SDK as cmake installs it, and the program in its bin folder."""
    folder = tmp_path_factory.mktemp("prefix")
    must("cmake", "--install", BUILD, "--component", "sdk", "--prefix", folder)
    (folder / "bin").mkdir()
    for name in ("onedoor", "onedoor-host"):
        shutil.copy(BUILD / "bin" / name, folder / "bin" / name)
    return folder
