# SPDX-License-Identifier: Apache-2.0
"""What speaks to the kernel by its numbers and registers compiles for machines that are not here, where a compiler for them is."""
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "sdk/host").glob("confine*.c")) + [ROOT / "hub/egress/confine.c"]
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wswitch-enum", "-Werror", "-fsyntax-only"]


@pytest.mark.parametrize("machine", ["aarch64", "riscv64"])
def test_the_sandbox_compiles(tmp_path, machine):
    compiler = f"{machine}-linux-gnu-gcc"
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed (what the filter says is tested by sdk_calls_test)")
    for name in ("seccomp.h", "seccomp-syscalls.h"):  # the same for every machine
        shutil.copy(f"/usr/include/{name}", tmp_path)
    assert len(SOURCES) == 6
    for source in SOURCES:
        done = subprocess.run([compiler, *FLAGS, "-isystem", tmp_path, "-I", ROOT / "hub", "-I", ROOT / "sdk", "-I", ROOT / "sdk/include", source],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
