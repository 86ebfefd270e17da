# SPDX-License-Identifier: Apache-2.0
"""Services of connectors through a real hub, its host and its egress process: a department behind HTTP that calls back."""
import hashlib
import hmac
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hub import BUILD, ROOT, DemoOf, center, matter, service

CALLER = BUILD / "tests" / "modules" / "caller-1.0.0"
SECRET = b"callback-k3y"

pytestmark = pytest.mark.skipif(not (CALLER / "module.so").exists(), reason="the test's module is not built: ninja test_caller")


class Department(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        with server.lock:
            key = self.headers["Idempotency-Key"]
            server.seen.append((key, self.headers.get("Authorization")))
            reference = server.records.setdefault(key, f"W-{len(server.records) + 1}")
        if server.hold.is_set():
            server.held.set()
            server.release.wait(20)
        content = reference.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server:
    def __init__(self):
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Department)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *arguments: None
        self.http.seen, self.http.records, self.http.lock = [], {}, threading.Lock()
        self.http.hold, self.http.held, self.http.release = threading.Event(), threading.Event(), threading.Event()
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.http.release.set()
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def folder(tmp_path):
    secrets = tmp_path / "secrets" / "water"
    secrets.mkdir(parents=True)
    for name, value in (("api-token", b"t0k3n\n"), ("callback", SECRET)):
        (secrets / name).write_bytes(value)
        (secrets / name).chmod(0o600)
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "caller-1.0.0").symlink_to(CALLER)
    return tmp_path


@pytest.fixture
def start(folder, server):
    hubs = []

    def start(**config):
        settings = center(folder, ["water"], [matter("supply", "water")], [service("tap", ["supply"])])
        settings.update({"modules": str(folder / "modules"), "secrets": "secrets", "sandbox": {"min_tier": "plain"},
                         "connectors": [{"id": "water", "module": "caller-1.0.0", "config": {"url": server.url, **config}}]})
        hub = DemoOf(folder, settings)
        hub.start()
        hubs.append(hub)
        hub.wait_connectors()
        return hub

    yield start
    for hub in hubs:
        hub.stop()


def submit(hub):
    answer = hub.submit(hub.example("tap"))
    assert answer.status == 201, answer.raw
    return answer.json["number"]


def task_of(application):
    return application["tasks"][0]


def wait_task(hub, number, state, timeout=15):
    return task_of(hub.wait_for(number, lambda application: task_of(application)["state"] == state, timeout))


@pytest.fixture
def hub(start):
    return start()


def egress_pid(hub):
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)
        except OSError:
            continue
        if "onedoor-egress" in fields[0] + Path(path.parent / "cmdline").read_bytes().decode(errors="replace") and \
                int(fields[1].split()[1]) == hub.process.pid:
            return int(path.parent.name)
    return None


def rows(hub, statement):
    with sqlite3.connect(f"file:{hub.folder}/data/hub.db?mode=ro", uri=True) as db:
        return db.execute(statement).fetchall()


def called(hub, *arguments, **more):
    """A callback, as a department sends it: without a key."""
    key, hub.key = hub.key, None
    try:
        return plain_call(hub, *arguments, **more)
    finally:
        hub.key = key


def plain_call(hub, reference, body=b'{"done":true}', event="e-1", connector="water", key=SECRET, at=None, headers=None,
               signed_for=None):
    at = str(int(time.time() if at is None else at))
    signed = f"{at}.{event}.{signed_for or connector + '.' + reference}.".encode() + body
    signature = hmac.new(key, signed, hashlib.sha256).hexdigest()
    return hub.request("POST", f"/v1/callbacks/{connector}/{reference}", body, headers={
        "Onedoor-Timestamp": at, "Onedoor-Event": event, "Onedoor-Signature": "v1=" + signature, **(headers or {})})


def test_a_department_behind_http_decides_by_calling_back(hub, server):
    number = submit(hub)
    wait_task(hub, number, "accepted")
    assert server.http.seen == [(f"{number}.1", "Bearer t0k3n")]
    answer = called(hub, "W-1", b'{"granted": 7}')
    assert answer.status == 202 and answer.json == {"id": "e-1", "task": f"{number}.1", "is_stored": True}
    application = hub.wait_for(number, lambda application: application["status"] == "decided")
    assert 'called back: {"granted": 7}' in json.dumps(application, ensure_ascii=False).replace('\\"', '"')
    assert rows(hub, "SELECT value FROM kv WHERE connector = 'water' AND key = CAST('count' AS BLOB)") == [(b"1",)]


def test_the_hub_never_knows_the_secret(hub):
    number = submit(hub)
    wait_task(hub, number, "accepted")
    called(hub, "W-1")
    hub.wait_for(number, lambda application: application["status"] == "decided")
    hub.stop()
    for path in (hub.folder / "data").glob("*"):
        if path.is_file():
            assert b"t0k3n" not in path.read_bytes() and SECRET not in path.read_bytes(), path
    assert b"t0k3n" not in (hub.folder / "hub.log").read_bytes()


def test_by_the_number_of_the_task_and_by_the_departments_own(hub, server):
    first, second = submit(hub), submit(hub)
    for number in (first, second):
        wait_task(hub, number, "accepted")
    own = server.http.records[f"{second}.1"]
    assert called(hub, f"{first}.1").json["task"] == f"{first}.1"
    assert called(hub, own).json["task"] == f"{second}.1"
    for number in (first, second):
        hub.wait_for(number, lambda application: application["status"] == "decided")


def test_the_page_shows_how_to_sign(hub):
    """The lines of docs/connectors/egress.md, word for word."""
    number = submit(hub)
    wait_task(hub, number, "accepted")
    page = (ROOT / "docs" / "connectors" / "egress.md").read_text()
    block = next(part for part in page.split("```") if "openssl dgst" in part)
    script = block.replace("W-17", "W-1")
    done = subprocess.run(["bash", "-e", "-c", script], capture_output=True, text=True, timeout=20,
                          env={**os.environ, "hub": hub.address, "secret": SECRET.decode()})
    assert json.loads(done.stdout)["is_stored"], done.stdout + done.stderr
    hub.wait_for(number, lambda application: application["status"] == "decided")


@pytest.mark.parametrize("more,status,why", [
    ({"key": b"another"}, 401, "another key"),
    ({"at": 0}, 401, "long ago"),
    ({"ahead": 400}, 401, "far ahead"),
    ({"headers": {"Onedoor-Signature": "v1=00"}}, 401, "a short signature"),
    ({"headers": {"Onedoor-Signature": "v2=" + "0" * 64}}, 401, "another version"),
    ({"headers": {"Onedoor-Timestamp": "now"}}, 401, "no time"),
    ({"headers": {"Onedoor-Event": "e-2"}}, 401, "another id than was signed"),
    ({"signed_for": "water.W-2"}, 401, "signed for another task"),
    ({"signed_for": "fire.W-1"}, 401, "signed for another connector"),
    ({"event": "e" * 65}, 422, "id, limit + 1"),
    ({"event": "a b"}, 422, "a space"),
    ({"connector": "fire"}, 404, "no such connector"),
    ({"reference": "W-99"}, 404, "no such reference"),
    ({"reference": "20261129-000099-1.1"}, 404, "no such task"),
    ({"body": b"{}", "headers": {"Content-Type": "text/plain"}}, 415, "no JSON"),
    ({"body": b'{"a":'}, 400, "broken JSON"),
    ({"body": b'[1]'}, 422, "no object"),
    ({"body": b'{"a":"' + b"x" * 65536 + b'"}'}, 413, "body, limit + 1"),
])
def test_what_is_not_taken(hub, more, status, why):
    number = submit(hub)
    wait_task(hub, number, "accepted")
    more = dict(more)
    if "ahead" in more: # of the moment it is sent: the suite may have run for longer than that
        more["at"] = time.time() + more.pop("ahead")
    assert called(hub, more.pop("reference", "W-1"), **more).status == status, why
    assert rows(hub, "SELECT count(*) FROM event") == [(0,)]
    assert wait_task(hub, number, "accepted")


def test_limits_that_are_met(start):
    hub = start(patient=True)
    number = submit(hub)
    wait_task(hub, number, "accepted")
    body = b'{"a":"' + b"x" * (65536 - 8) + b'"}'
    assert len(body) == 65536
    assert called(hub, "W-1", body, event="e" * 64).status == 202
    for i in range(63):
        assert called(hub, "W-1", event=f"n-{i}").status == 202
    assert called(hub, "W-1", event="one-more").status == 429
    assert called(hub, "W-1", event="n-5").status == 202, "one that is known is taken again"


def test_once_stored_however_often_it_comes(start):
    hub = start(patient=True)
    number = submit(hub)
    wait_task(hub, number, "accepted")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(plain_call(hub, f"{number}.1", event="same").status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [202] * 8
    assert rows(hub, "SELECT id FROM event") == [("same",)]


def test_guessing_a_signature_is_slowed_down(hub):
    statuses = [called(hub, "W-1", key=b"guess", event=f"g-{i}").status for i in range(14)]
    assert statuses[:10] == [401] * 10 and set(statuses[10:]) == {429}


def test_what_is_called_back_after_the_end_is_taken_and_forgotten(hub):
    number = submit(hub)
    wait_task(hub, number, "accepted")
    assert called(hub, f"{number}.1").json["is_stored"]
    hub.wait_for(number, lambda application: application["status"] == "decided")
    assert rows(hub, "SELECT count(*) FROM event") == [(0,)], "deleted with the task's end"
    assert rows(hub, "SELECT count(*) FROM reference") == [(0,)]
    answer = called(hub, f"{number}.1")
    assert (answer.status, answer.json["is_stored"]) == (202, False), "who repeats it learns that nothing is left to do"
    assert called(hub, "W-1").status == 404


def test_kill_9_between_202_and_delivery(start, folder):
    """The connector is stopped when the call comes; the hub is killed right after its answer."""
    hub = start()
    number = submit(hub)
    wait_task(hub, number, "accepted")
    host = hub.hosts()["water"]
    os.kill(host, signal.SIGSTOP)
    assert called(hub, "W-1", b'{"granted":1}').status == 202
    hub.kill()
    os.kill(host, signal.SIGKILL)
    hub.start()
    application = hub.wait_for(number, lambda application: application["status"] == "decided")
    assert "called back" in json.dumps(application)


def test_the_connector_dies_between_delivery_and_opinion(start):
    hub = start(patient=True)
    number = submit(hub)
    wait_task(hub, number, "accepted")
    assert called(hub, "W-1", event="first").status == 202
    told = lambda: json.dumps(hub.events(number)).count("called back")  # noqa: E731
    until = time.monotonic() + 10
    while told() < 1 and time.monotonic() < until:
        time.sleep(0.02)
    assert told() == 1
    os.kill(hub.hosts()["water"], signal.SIGKILL)
    until = time.monotonic() + 15
    while told() < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert told() == 2, "again after the resume, as long as the task is open"


def test_what_comes_while_there_is_no_connector_waits_for_it(hub):
    number = submit(hub)
    wait_task(hub, number, "accepted")
    assert hub.post("/v1/connectors/water/disable").status == 202
    until = time.monotonic() + 10
    while hub.hosts().get("water") and time.monotonic() < until:
        time.sleep(0.02)
    assert called(hub, "W-1").status == 202
    time.sleep(0.2)
    assert task_of(hub.show(number))["state"] == "accepted"
    assert hub.post("/v1/connectors/water/enable").status == 202
    hub.wait_for(number, lambda application: application["status"] == "decided")


def test_kv_outlives_a_crash_of_the_hub(hub, server):
    for _ in range(3):
        wait_task(hub, submit(hub), "accepted")
    hub.kill()
    hub.start()
    hub.wait_connectors()
    wait_task(hub, submit(hub), "accepted")
    assert rows(hub, "SELECT value FROM kv") == [(b"4",)]
    assert rows(hub, "SELECT bytes FROM kv_sum") == [(len("count") + 1,)]


def wait_rows(hub, statement, expected):
    until = time.monotonic() + 10
    while rows(hub, statement) != expected:
        assert time.monotonic() < until, rows(hub, statement)
        time.sleep(0.05)


def load(hub, server):
    answer = hub.request("PUT", "/v1/connectors/water", {"module": "caller-1.0.0", "config": {"url": server.url}})
    assert answer.status == 202, answer.raw
    hub.wait_connectors()


def test_kv_outlives_an_unload_but_not_a_purge(hub, server):
    wait_task(hub, submit(hub), "accepted")
    assert hub.request("DELETE", "/v1/connectors/water").status == 202
    wait_rows(hub, "SELECT count(*) FROM kv", [(1,)])
    until = time.monotonic() + 10
    while hub.get("/v1/connectors").json["items"] and time.monotonic() < until:
        time.sleep(0.05)
    load(hub, server)
    wait_task(hub, submit(hub), "accepted")
    assert rows(hub, "SELECT value FROM kv") == [(b"2",)], "it counts on"
    assert hub.request("DELETE", "/v1/connectors/water?purge=true").status == 202
    wait_rows(hub, "SELECT count(*) FROM kv", [(0,)])
    wait_rows(hub, "SELECT count(*) FROM kv_sum", [(0,)])
    wait_rows(hub, "SELECT count(*) FROM setting WHERE name LIKE 'purge/%'", [(0,)])
    load(hub, server)
    wait_task(hub, submit(hub), "accepted")
    assert rows(hub, "SELECT value FROM kv") == [(b"1",)], "from the beginning"


def test_a_purge_that_a_crash_came_between(hub, server):
    wait_task(hub, submit(hub), "accepted")
    os.kill(hub.hosts()["water"], signal.SIGSTOP)  # it drains for as long as it may
    assert hub.request("DELETE", "/v1/connectors/water?purge=true").status == 202
    assert rows(hub, "SELECT count(*) FROM kv") == [(1,)], "not while a session may still write"
    host = hub.hosts().get("water")
    hub.kill()
    if host:
        os.kill(host, signal.SIGKILL)
    hub.start()
    wait_rows(hub, "SELECT count(*) FROM kv", [(0,)])
    wait_rows(hub, "SELECT count(*) FROM setting WHERE name LIKE 'purge/%'", [(0,)])


def test_the_egress_process_dies_with_a_request_on_its_way(hub, server):
    """The department had it: effect unknown. It tells repeats apart (native), so the task is offered again, once recorded."""
    server.http.hold.set()
    number = submit(hub)
    assert server.http.held.wait(10)
    pid = egress_pid(hub)
    os.kill(pid, signal.SIGKILL)
    server.http.hold.clear()
    server.http.release.set()
    wait_task(hub, number, "accepted", timeout=20)
    assert egress_pid(hub) not in (None, pid), "it was started again"
    assert len(server.http.records) == 1 and len(server.http.seen) == 2
    failures = [event for event in hub.events(number) if "unavailable" in json.dumps(event) or "http" in json.dumps(event)]
    assert failures, hub.events(number)


def test_a_hanging_egress_process_is_noticed(hub, server):
    wait_task(hub, submit(hub), "accepted")
    pid = egress_pid(hub)
    os.kill(pid, signal.SIGSTOP)
    started = time.monotonic()
    while egress_pid(hub) == pid and time.monotonic() - started < 15:
        time.sleep(0.05)
    assert egress_pid(hub) != pid, "killed, and another one is there or will be"
    wait_task(hub, submit(hub), "accepted", timeout=20)


def test_a_secret_that_is_not_set_up(hub, folder, server):
    (folder / "secrets" / "water" / "api-token").unlink()
    number = submit(hub)
    time.sleep(0.5)
    assert server.http.seen == []
    events = json.dumps(hub.events(number))
    assert "api-token" in events
    (folder / "secrets" / "water" / "callback").unlink()
    assert called(hub, f"{number}.1").status == 503


def test_figures(hub):
    number = submit(hub)
    wait_task(hub, number, "accepted")
    called(hub, "W-1", key=b"wrong")
    called(hub, "W-1")
    text = hub.get("/metrics").raw.decode()
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert figures["onedoor_callbacks_total"] == "1" and figures["onedoor_callbacks_refused_total"] == "1"
    assert int(figures["onedoor_connector_services_total"]) >= 3
    assert int(figures["onedoor_egress_requests_total"]) >= 3
    assert figures["onedoor_egress_up"] == "1" and figures["onedoor_egress_starts_total"] == "1"


def test_a_module_with_a_connection_of_its_own(tmp_path):
    """The manifest names one host:port; the module sees a socket that leads there, and no network."""
    listener = socket.create_server(("127.0.0.1", 0))
    target = f"127.0.0.1:{listener.getsockname()[1]}"

    def serve():
        peer, _ = listener.accept()
        peer.sendall(b"I am " + peer.recv(3))

    threading.Thread(target=serve, daemon=True).start()
    module = tmp_path / "modules" / "dialer-1.0.0"
    module.mkdir(parents=True)
    shutil.copy(CALLER.parent / "dialer-1.0.0" / "module.so", module)
    (module / "manifest.json").write_text(json.dumps({
        "id": "dialer", "version": "1.0.0", "sequence": 1, "abi": [1, 0], "matters": ["*"], "submit_dedupe": "native",
        "capabilities": {"fields": ["*"], "net": [target]}}))
    folder = Path(tempfile.mkdtemp(prefix="od-"))  # a socket's path has 107 bytes at most
    settings = center(folder, ["water"], [matter("supply", "water")], [service("tap", ["supply"])])
    settings.update({"modules": str(tmp_path / "modules"), "sandbox": {"min_tier": "plain"},
                     "connectors": [{"id": "water", "module": "dialer-1.0.0", "config": {"target": target}}]})
    hub = DemoOf(folder, settings)
    hub.start()
    try:
        hub.wait_connectors()
        tier = hub.get("/v1/connectors/water").json["tier"]
        text = json.dumps(hub.wait_for(submit(hub), lambda application: application["status"] == "decided"))
        if tier != "full":
            pytest.skip(f"sockets need tier full, here is {tier}")
        assert "I am who; no network" in text, text
        assert len(list((folder / "data" / "net").iterdir())) == 1
        hub.request("DELETE", "/v1/connectors/water")
        until = time.monotonic() + 10
        while list((folder / "data" / "net").iterdir()):
            assert time.monotonic() < until, "its folder goes with it"
            time.sleep(0.05)
    finally:
        hub.stop()
        listener.close()
        shutil.rmtree(folder, ignore_errors=True)
