# SPDX-License-Identifier: Apache-2.0
"""A disk that is full or held by another: nothing acknowledged is lost, nothing else is there."""
import contextlib
import json
import re
import signal
import sqlite3
import subprocess
import time

import crash_raw as raw
import pytest
from crash_life import hub_body, log_of, two_departments, wait_until
from crash_load import Load
from crash_store import Store, check_history
from hub import DemoOf, center, connector, matter, service


@contextlib.contextmanager
def small_disk(folder, size):
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip("no disk that can be filled: " + mounted.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_is_told_and_survived(tmp_path):
    config = two_departments(tmp_path)
    with small_disk(tmp_path / "data", "12m") as disk, DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        acknowledged, refused = {}, None
        for i in range(100000):
            answer = hub.submit(hub_body("two"), f"key-{i}")
            if answer.status != 201:
                refused = answer
                break
            acknowledged[f"key-{i}"] = answer.json["number"]
        assert refused is not None and refused.status == 503, refused and refused.raw
        assert int(refused.headers["Retry-After"]) > 0
        assert len(acknowledged) > 20
        for number in list(acknowledged.values())[-20:]:
            assert hub.show(number)["number"] == number, "what was acknowledged can be read beside a full disk"
        assert hub.submit(hub_body("two"), "late").status == 503
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        last = wait_until(lambda: (a := hub.submit(hub_body("two"), "late")).status == 201 and a, timeout=15)
        acknowledged["late"] = last.json["number"]
        again = hub.submit(hub_body("two"), f"key-{i}")
        assert again.status == 201 and "Idempotency-Replayed" not in again.headers, "the refused one had left no trace"
        acknowledged[f"key-{i}"] = again.json["number"]
        hub.kill()
        hub.start()
        for one, number in acknowledged.items():
            assert hub.show(number)["number"] == number
            assert hub.submit(hub_body("two"), one).json["number"] == number
        assert hub.stop() == 0
        store = Store(disk)
        assert store.count("application") == len(acknowledged)
        assert store.broken_record() == 0
        store.close()


def test_disk_that_fills_while_departments_answer(tmp_path):
    """What was reported to a full disk is reported again, and each credit comes back once."""
    config = two_departments(tmp_path)
    config["connectors"] = [connector("water", accept=True, delay_ms=50), connector("land", delay_ms=20)]
    with small_disk(tmp_path / "data", "12m") as disk, DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        load = Load(hub, lambda dice: hub_body("two"), seed=3, clients=8, rate=1000).start()
        for size in (16, 20, 64):
            wait_until(lambda: "the disk is full" in log_of(hub), timeout=30)
            time.sleep(1)
            assert hub.process.poll() is None, log_of(hub)[-1000:]
            subprocess.run(["mount", "-o", f"remount,size={size}m", str(disk)], check=True)
            time.sleep(0.5)
        load.stop()
        assert (load.broken, set(load.bodies)) == ([], set(load.acknowledged))
        for number in load.acknowledged.values():
            hub.wait_for(number, lambda a: a["status"] == "decided", timeout=30)
        assert all(c["in_flight"] == 0 for c in hub.get("/v1/connectors").json["items"]), "a credit is lost"
        assert hub.stop() == 0
        store = Store(disk)
        assert store.count("application") == len(load.acknowledged)
        assert store.broken_record() == 0
        for number, events in store.histories().items():
            check_history(number, events)
        store.close()


def fill(disk):
    """A file that leaves no byte free."""
    with open(disk / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    filler.write(bytes(size))


def test_a_catalogue_that_came_while_the_disk_was_full_is_kept(tmp_path):
    """Applications are pinned to it: without its snapshot they could not be read any more."""
    def write(promised):
        center(tmp_path, ["water", "land"], [matter("w", "water", promised=promised), matter("l", "land", promised=promised)],
               [service("two", ["w", "l"])])

    config = two_departments(tmp_path)
    config["connectors"] = []
    with small_disk(tmp_path / "data", "12m") as disk, DemoOf(tmp_path, config) as hub:
        first = hub.submit(hub.example("two")).json
        fill(disk)
        write(8)
        hub.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "the disk is full" in log_of(hub))
        (disk / "filler").unlink()
        second = wait_until(lambda: (a := hub.submit(hub.example("two"))).status == 201 and a).json
        assert second["catalog_version"] != first["catalog_version"]
        hub.kill()
        write(3)
        hub.start()
        for application in (first, second):
            assert hub.show(application["number"])["tasks"] == application["tasks"]
            assert hub.post("/v1/track", {"number": application["number"], "code": application["code"]}).status == 200


def test_submissions_that_wait_for_the_disk_are_limited(tmp_path):
    """While another program holds the database nothing is told; BASE_IN_FLIGHT_MAX and the room of the
    batches bound what waits, and the rest is sent away. BASE_HTTP_PIPELINE_MAX requests of one
    connection are taken before it must read."""
    in_flight_max, pipeline_max, batch_max = 8192, 32, 4096
    config = two_departments(tmp_path)
    config["connectors"] = []
    with DemoOf(tmp_path, config) as hub, contextlib.ExitStack() as stack:
        body = json.dumps(hub_body("two")).encode()
        request = (b"POST /v1/applications HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                   b"Authorization: Bearer " + hub.key.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        clients = [stack.enter_context(raw.connect(hub, timeout=30)) for _ in range(2 * batch_max // pipeline_max)]
        lock = sqlite3.connect(tmp_path / "data" / "hub.db", isolation_level=None)
        stack.callback(lock.close)  # or the hub could not end when something below is not as said
        lock.execute("BEGIN IMMEDIATE")
        for client in clients:
            client.sendall(request * pipeline_max)
        wait_until(lambda: raw.metric(hub, "submissions_total") >= len(clients) * pipeline_max, timeout=20)
        waiting = raw.metric(hub, "submissions_unsettled")
        own_writes = 16  # of the hub itself, which share the batches
        assert batch_max - own_writes <= waiting <= in_flight_max
        assert hub.get("/v1/applications").json["items"] == []
        assert hub.get("/readyz").status in (200, 503)
        lock.execute("ROLLBACK")
        lock.close()
        statuses = []
        for client in clients:
            answer = b""
            while answer.count(b"HTTP/1.1 ") < pipeline_max or not is_whole(answer):
                answer += client.recv(1 << 20)
            statuses += [int(line) for line in re.findall(rb"HTTP/1\.1 (\d+) ", answer)]
        assert set(statuses) == {201, 503}
        assert statuses.count(201) == waiting
        assert hub.submit(hub_body("two")).status == 201
        assert hub.stop() == 0
        store = Store(tmp_path / "data")
        assert store.count("application") == waiting + 1
        store.close()


def is_whole(answers):
    """Does the last of these answers end where its Content-Length says?"""
    head, _, body = answers[answers.rindex(b"HTTP/1.1 "):].partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    return length is not None and len(body) >= int(length[1])
