# SPDX-License-Identifier: Apache-2.0
"""bench: a hub of its own, measured and gone again; and what is refused."""
import os
import signal
import subprocess
import time

import pytest
from conftest import PROGRAM, answer


@pytest.fixture
def disk(tmp_path):
    """A folder on a disk."""
    if not (PROGRAM.parent / "onedoord").exists() or not (PROGRAM.parents[1] / "modules" / "sim-1.0.0" / "module.so").exists():
        pytest.skip("no onedoord with its module beside onedoor")
    kind = subprocess.run(["stat", "-f", "-c", "%T", tmp_path], capture_output=True, text=True, check=True).stdout.strip()
    if kind in ("tmpfs", "ramfs"):
        pytest.skip(f"{tmp_path} is in memory")
    return tmp_path


def test_a_hub_is_measured_and_leaves_nothing(onedoor, disk):
    told = onedoor("bench", "--seconds", "1", "--in-flight", "8", "--data", disk, "--json").json
    assert told["decided"] > 0 and told["errors"] == told["undecided"] == 0 and told["in_flight"] == 8
    assert told["applications_per_s"] == pytest.approx(told["decided"] / told["seconds"], rel=0.01)
    for name in ("accept_ms", "decision_ms"):
        assert 0 < told[name]["p50"] <= told[name]["p99"] <= told[name]["max"]
    assert told["hub_rss_mib"] > 1 and told["all_rss_mib"] > told["hub_rss_mib"]
    assert sum(told["cpu_us_per_application"].values()) > 0 and told["machine"]["cores"] >= 1 and told["machine"]["disk_type"]
    assert list(disk.iterdir()) == []


def test_broken_off_it_leaves_nothing_either(disk):
    with subprocess.Popen([PROGRAM, "bench", "--seconds", "600", "--data", disk], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=os.environ | {"LC_ALL": "C"}) as bench:
        until = time.monotonic() + 30
        while not list(disk.glob("*/data")) and time.monotonic() < until and bench.poll() is None:
            time.sleep(0.02)
        bench.send_signal(signal.SIGINT)
        out, err = bench.communicate(timeout=60)
    assert bench.returncode == 1 and out == "", err
    assert list(disk.iterdir()) == []


def test_what_is_refused(onedoor, tmp_path, hub):
    for wrong in (("--in-flight", "0"), ("--in-flight", "4097"), ("--seconds", "0"), ("--seconds", "3601")):
        assert onedoor("bench", *wrong).code == 2
    assert onedoor("bench", "--url", "http://127.0.0.1:1", "--data", tmp_path).code == 2
    done = onedoor("bench", "--service", "opn-restaurant", "--data", tmp_path)
    assert done.code == 3 and "did you mean open-restaurant?" in done.err
    done = onedoor("bench", "--service", "open-kindergarten", "--data", tmp_path)
    assert done.code == 5 and "officer's check" in done.err
    assert onedoor("bench", "--data", tmp_path / "nowhere").code == 3
    if os.path.isdir("/dev/shm"):
        done = onedoor("bench", "--data", "/dev/shm")
        assert done.code == 5 and "in memory" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("told", [answer(401, {"title": "No", "status": 401}, problem=True), answer(404, {"title": "No", "status": 404}, problem=True),
                                  answer(200, {"file": None, "is_demo": False, "settings": []})])
def test_no_applications_are_made_up_at_a_real_center(onedoor, hub, told):
    hub.on("GET /v1/config", told)
    done = onedoor("bench", "--url", hub.url)
    assert done.code == 5 and "is no demo" in done.err
    assert [call["method"] for call in hub.seen] == ["GET"]
