# SPDX-License-Identifier: Apache-2.0
"""Connectors without a process here: over HTTP and over nng, from the door to the decision."""
import hmac
import json
import os
import re
import socket
import subprocess
import threading
import time
from urllib.parse import urlparse

import pytest

from hub import BUILD, ROOT, Hub, free_port
from remote_hub import LAND_KEY, REMOTE, WATER_KEY, Client, NngClient, RemoteHub
from nng_desk import Cut, Desk
from test_nng import certify


def wait_until(condition, timeout, what):
    until = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.02)


@pytest.fixture
def hub(tmp_path):
    with RemoteHub(tmp_path) as made:
        made.load()
        yield made


@pytest.fixture(params=["http", "nng"])
def client(request, hub):
    if request.param == "http":
        return Client(hub)
    wait_until(lambda: is_open(hub), 5, "the gateway serves")
    return NngClient(hub)


def is_open(hub):
    try:
        with Desk(hub.folder / "connectors", timeout=1):
            return True
    except Cut:
        return False


def decided(application):
    return application["status"] in ("decided", "closed")


def test_the_shipped_programs_decide(tmp_path):
    """water.py over HTTP, water_nng.py over a unix socket and over TCP: the same department, one after the other."""
    port = free_port()
    with RemoteHub(tmp_path) as hub:
        hub.load()
        numbers = [hub.submit(hub.example("quick")).json["number"] for _ in range(5)]
        program = hub.water()
        for number in numbers:
            assert hub.wait_for(number, decided)["decision"]["outcome"] == "approved"
        shown = hub.show_connector()
        assert (shown["kind"], shown["state"], shown["module"], shown["version"], shown["pid"]) == ("remote", "active", None, "1.0.0", 0)
        program.kill()
        program.wait()
        hub.water_nng()
        more = [hub.submit(hub.example("quick")).json["number"] for _ in range(5)]
        for number in more:
            assert hub.wait_for(number, decided)["tasks"][0]["external_ref"].startswith("W-")
        assert set(hub.book()) == {number + ".1" for number in numbers + more}
    with RemoteHub(tmp_path, nng={"connectors": f"tcp://127.0.0.1:{port}"}) as hub:
        hub.water_nng(f"tcp://127.0.0.1:{port}")
        number = hub.submit(hub.example("quick")).json["number"]
        assert hub.wait_for(number, decided)["tasks"][0]["external_ref"] == "W-11"


def test_sixty_lines_are_enough():
    from remote_hub import PROGRAMS
    text = (PROGRAMS / "water.py").read_text()
    assert len(text.splitlines()) <= 60
    modules = {"json", "secrets", "sqlite3", "sys", "time", "urllib.request"}
    assert {name for line in text.splitlines() if line.startswith("import") for name in line[7:].split(", ")} == modules


def test_one_life(hub, client):
    """Hello, offer, accept, pause, a checkpoint, another session, resume, opinion."""
    number = hub.submit(hub.example("quick")).json["number"]
    welcome = client.hello()
    assert welcome["limits"]["lease_ms"] == 3000 and welcome["config"] == {}
    offer, = client.poll()
    assert offer["kind"] == "offer" and offer["payload"]["idempotency_key"] == number + ".1"
    assert offer["payload"]["form"] == {} and offer["payload"]["redelivered"] is False
    assert client.report("accept", offer, external_ref="W-7") == "ok"
    assert client.report("checkpoint", offer, checkpoint="AQID") == "ok"
    assert client.report("progress", offer, percent=40) == "ok"
    client.instance = "the next process"
    client.hello()
    resume, = client.poll()
    assert resume["kind"] == "resume" and resume["task"] == offer["task"]
    assert (resume["payload"]["external_ref"], resume["payload"]["checkpoint"]) == ("W-7", "AQID")
    assert client.report("opinion", resume, opinion="approve", external_ref="W-7") == "ok"
    assert client.report("opinion", resume, opinion="reject", reasons=["No."], external_ref="W-7") == "conflict"
    assert hub.show(number)["decision"]["outcome"] == "approved"


def test_the_same_request_gets_the_same_answer(hub, client):
    hub.submit(hub.example("quick"))
    client.hello()
    first = client.ask("poll", {"ack": 0, "want": 1, "ready": True}, id=50)
    assert [item["kind"] for item in first["items"]] == ["offer"]
    assert client.ask("poll", {"ack": 0, "want": 1, "ready": True}, id=50) == first
    item = {"kind": "accept", "id": 1, "task": first["items"][0]["task"], "payload": {"external_ref": "W-1"}}
    answers = [client.ask("report", {"items": [item]}, id=51) for _ in range(3)]
    assert answers == [{"items": [{"id": 1, "task": item["task"], "answer": "ok"}]}] * 3
    assert client.ask("poll", {"ack": 0, "want": 1, "ready": True}, id=49)["error"]["code"] == "forgotten"


def test_a_poll_waits_and_takes_no_thread(hub, client):
    client.hello()
    client.poll()
    found = []
    waiter = threading.Thread(target=lambda: found.append((client.poll(), time.monotonic())))
    began = time.monotonic()
    waiter.start()
    time.sleep(0.3)
    assert found == [] and hub.get("/healthz").status == 200
    submitted = time.monotonic()
    hub.submit(hub.example("quick"))
    waiter.join(5)
    assert [item["kind"] for item in found[0][0]] == ["offer"] and found[0][1] - submitted < 1
    began = time.monotonic()
    assert client.poll() == []
    assert 1 < time.monotonic() - began < 3, "within two thirds of the lease, and before it ends"


def test_a_client_that_leaves_takes_nothing_with_it(hub):
    client = Client(hub)
    client.hello()
    client.poll()
    url = urlparse(hub.address)
    message = json.dumps({"id": 90, **client.session, "body": {"ack": client.seq, "want": 32, "ready": True}}).encode()
    with socket.create_connection((url.hostname, url.port)) as leaver:
        leaver.sendall(b"POST /v1/connector/poll HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                       b"Authorization: Bearer " + WATER_KEY.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(message) + message)
        time.sleep(0.2)
    number = hub.submit(hub.example("quick")).json["number"]
    client.id = 90
    offer, = client.poll()
    assert offer["payload"]["task"] == number + ".1" and offer["seq"] == 1


def test_the_door(hub):
    """Keys, addresses, bodies: what the door refuses is a problem, and the session does not feel it."""
    client = Client(hub)
    client.hello()
    loose = Client(hub, key="loose-key-0123456789")
    cases = [
        (hub.post("/v1/connector/hello", {"id": 1, "body": {}}, headers={"Authorization": "Bearer no"}), 401),
        (hub.post("/v1/connector/hello", {"id": 1, "body": {}}), 403),  # an administrator is no connector
        (loose.post("hello", {"id": 1, "body": {"instance": "x"}}), 403),  # bound to no connector
        (Client(hub, key=LAND_KEY).post("hello", {"id": 1, "body": {"instance": "x"}}), 404),  # not loaded
        (Client(hub, key=LAND_KEY).post("poll", {"id": 1, **client.session, "body": {}}), 403),  # water's session
        (client.post("jump", {"id": 1, "body": {}}), 404),
        (client.post("poll", b'{"id": 1, "id": 2}'), 400),
        (client.post("poll", b"[]"), 422),
        (client.post("report", b'{"id": 9, "x": "' + b"x" * 262144 + b'"}'), 413),
        (hub.get("/v1/connector/poll"), 405),
    ]
    for answer, status in cases:
        assert answer.status == status, answer.raw
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert client.poll() == [] and hub.show_connector()["state"] == "active"


def test_the_nng_door(hub):
    wait_until(lambda: is_open(hub), 5, "the gateway serves")
    with Desk(hub.folder / "connectors") as wire:
        assert wire.ask_bytes(b"{")["status"] == 400
        assert wire.ask_bytes(b'{"request": "hello", "id": 1}')["status"] == 401
        assert wire.ask_bytes(b'{"request": "hello", "key": "no", "id": 1}')["status"] == 401
        assert wire.ask_bytes(b'{"request": "jump", "key": "' + WATER_KEY.encode() + b'", "id": 1}')["status"] == 404
        assert wire.ask_bytes(b'{"request": "../../v1/applications", "key": "' + WATER_KEY.encode() + b'"}')["status"] in (400, 404)
    said = subprocess.run(["nngcat", "--req", "--dial", f"ipc://{hub.folder}/connectors", "--raw", "--recv-timeout", "20", "--data",
                           json.dumps({"request": "hello", "key": WATER_KEY, "id": 1, "body": {"instance": "by hand"}})],
                          capture_output=True, timeout=30, check=True)
    answer = json.loads(said.stdout)
    assert answer["request"] == "hello" and answer["body"]["session"] == answer["session"]


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_nng_door_over_tls(tmp_path):
    """A key that leaves the machine goes encrypted: nngcat trusts the certificate and is welcomed."""
    pem, port = certify(tmp_path), free_port()
    with RemoteHub(tmp_path, nng={"connectors": f"tls+tcp://127.0.0.1:{port}", "certificate": str(pem)}) as hub:
        hub.load()
        wait_until(lambda: is_listening(port), 10, "the gateway listens")
        hello = json.dumps({"request": "hello", "key": WATER_KEY, "id": 1, "body": {"instance": "afar"}})
        said = subprocess.run(["nngcat", "--req", "--dial", f"tls+tcp://localhost:{port}", "--cacert", tmp_path / "cert.pem", "--raw",
                               "--recv-timeout", "20", "--data", hello], capture_output=True, timeout=30, check=True)
        assert json.loads(said.stdout)["body"]["session"] == "water.1"


def test_two_copies_do_not_share(hub):
    """The later instance has it; the earlier one is told, once it asks, and cannot take it back."""
    number = hub.submit(hub.example("quick")).json["number"]
    first, second = Client(hub, instance="first"), Client(hub, instance="second")
    first.hello()
    offer, = first.poll()
    second.hello()
    assert first.report("accept", offer, external_ref="W-1") == "ok", "a hello alone takes nothing away"
    resume, = second.poll()
    assert first.report("progress", offer, percent=1) == "stale"
    assert first.ask("hello", {"instance": "first"})["error"]["code"] == "replaced"
    assert second.report("opinion", resume, opinion="approve", external_ref="W-1") == "ok"
    assert hub.wait_for(number, decided)["tasks"][0]["external_ref"] == "W-1"


def test_absent_is_no_failure(hub):
    """No poll within the lease: tasks wait, nobody parks them; what never left the hub is offered as new."""
    client = Client(hub)
    client.hello()
    client.poll(want=32)
    numbers = [hub.submit(hub.example("quick")).json["number"] for _ in range(3)]
    wait_until(lambda: hub.show_connector()["state"] == "absent", 6, "the lease runs out")
    assert "sent no poll within its lease of 3000 ms" in hub.show_connector()["last_error"]
    assert {hub.show(number)["tasks"][0]["state"] for number in numbers} <= {"offered", "queued"}
    client.hello()
    offers = client.poll()
    while len(offers) < 3:
        offers += client.poll()
    assert [o["payload"]["redelivered"] for o in offers] == [False] * 3
    for offer in offers:
        assert client.report("opinion", offer, opinion="approve") == "ok"
    for number in numbers:
        hub.wait_for(number, decided)


def test_a_restart_of_the_hub_and_a_drain(tmp_path):
    with RemoteHub(tmp_path) as hub:
        hub.load()
        hub.water()
        numbers = [hub.submit(hub.example("quick")).json["number"] for _ in range(20)]
        began = time.monotonic()
        hub.stop()
        assert time.monotonic() - began < 2, "a waiting poll does not hold it"
    with RemoteHub(tmp_path) as hub:
        hub.water()
        for number in numbers:
            assert decided(hub.wait_for(number, decided))
        assert len(hub.book()) == 20


def test_services(tmp_path):
    """What it keeps with the hub, and nothing that the hub would reach for it; a repeat is not done twice."""
    with RemoteHub(tmp_path, remote={**REMOTE, "kv": {"quota": 4096}}) as hub:
        hub.load()
        client = Client(hub)
        client.hello()
        for name in ("http", "secret", "material"):
            assert client.ask("service", {"service": name})["error"]["code"] == "denied"
        put = {"service": "kv", "op": "put", "key": "mark", "value": "AQ=="}
        assert client.ask("service", put, id=20) == {}
        assert client.ask("service", {**put, "value": "Ag=="}, id=21) == {}
        assert client.ask("service", put, id=20) == {}, "the answer again"
        assert client.ask("service", {"service": "kv", "op": "get", "key": "mark"}, id=22) == {"value": "Ag=="}
        client.instance = "another"
        client.hello()
        assert client.ask("service", {"service": "kv", "op": "get", "key": "mark"}) == {"value": "Ag=="}


def test_a_callback_reaches_it(tmp_path):
    """A department's own system tells the hub, which tells the connector: signed, stored, once an event id, again after a resume."""
    secret = tmp_path / "secrets" / "water" / "callback"
    secret.parent.mkdir(parents=True)
    secret.write_bytes(b"callback-k3y")
    secret.chmod(0o600)
    with RemoteHub(tmp_path, remote={**REMOTE, "events": True}, secrets="secrets") as hub:
        hub.load()
        client = Client(hub)
        client.hello()
        number = hub.submit(hub.example("quick")).json["number"]
        offer, = client.poll()
        assert client.report("accept", offer, external_ref="W-1") == "ok"
        body, at = b'{"state":"done"}', str(int(time.time()))
        signature = hmac.new(b"callback-k3y", f"{at}.e-1.water.{number}.1.".encode() + body, "sha256").hexdigest()
        hub.key = None  # a department has none here
        for _ in range(2):
            told = hub.request("POST", f"/v1/callbacks/water/{number}.1", body, headers={
                "Content-Type": "application/json", "Onedoor-Timestamp": at, "Onedoor-Event": "e-1",
                "Onedoor-Signature": "v1=" + signature})
            assert told.status == 202, told.raw
        event, = client.poll()
        assert (event["kind"], event["task"], event["payload"]["body"]) == ("event", offer["task"], {"state": "done"})
        client.instance = "the next process"
        client.hello()
        assert [item["kind"] for item in (client.poll() + client.poll())[:2]] == ["resume", "event"]


def dumps(text):
    """The bytes of each hex dump of a page."""
    found = []
    for line in text.splitlines():
        match = re.match(r"([0-9a-f]{8}): ((?:[0-9a-f]{2} ){1,16})", line)
        if match and match[1] == "00000000":
            found.append(b"")
        if match:
            found[-1] += bytes.fromhex(match[2])
    return found


def test_the_documented_bytes(hub):
    """The page's own request, byte for byte, gets an answer of the page's form."""
    ours, theirs, request, answer = dumps((ROOT / "docs" / "connectors" / "remote.md").read_text())
    wait_until(lambda: is_open(hub), 5, "the gateway serves")
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(10)
        wire.connect(str(hub.folder / "connectors"))
        wire.sendall(ours)
        assert wire.recv(8, socket.MSG_WAITALL) == theirs
        wire.sendall(request)
        head = wire.recv(13, socket.MSG_WAITALL)
        assert head[:1] + head[9:] == answer[:1] + answer[9:13]
        body = json.loads(wire.recv(int.from_bytes(head[1:9], "big") - 4, socket.MSG_WAITALL))
    documented = json.loads(answer[13:])
    assert int.from_bytes(answer[1:9], "big") == len(answer) - 9
    assert body.keys() == documented.keys() and body["body"].keys() == documented["body"].keys()
    assert body["session"] == documented["session"] and body["body"]["limits"].keys() == documented["body"]["limits"].keys()


def test_the_demonstration_has_no_keys(tmp_path):
    with Hub(data=str(tmp_path)) as hub:
        assert hub.post("/v1/connector/hello", {"id": 1, "body": {"instance": "x"}}).status == 422
        answer = hub.post("/v1/connector/hello", {"id": 1, "body": {"instance": "x", "connector": "nobody"}})
        assert answer.status == 404 and "not loaded as a remote" in answer.json["detail"]


def test_what_it_is_loaded_with_is_checked(hub):
    assert hub.request("PUT", "/v1/connectors/land", {"remote": []}).status == 422
    for remote, part in (({"credits": 0}, "credits"), ({"lease_ms": 1}, "lease_ms"), ({"net": []}, "unknown")):
        answer = hub.request("PUT", "/v1/connectors/land", {"remote": remote})
        assert answer.status == 422 and part in answer.json["errors"][0]["detail"], answer.raw
        assert answer.json["errors"][0]["pointer"] == "/remote"
    assert hub.load("land", remote=REMOTE)["state"] == "starting"


def test_disabled_and_enabled(hub):
    """It says hello until it may come back; what was submitted meanwhile waits for it."""
    hub.water()
    first = hub.submit(hub.example("quick")).json["number"]
    hub.wait_for(first, decided)
    assert hub.post("/v1/connectors/water/disable").status == 202
    wait_until(lambda: hub.show_connector()["state"] == "disabled", 15, "its session ends, whether it heeds the stop or not")
    second = hub.submit(hub.example("quick")).json["number"]
    time.sleep(1)
    assert hub.show(second)["tasks"][0]["state"] == "queued"
    assert hub.post("/v1/connectors/water/enable").status == 202
    hub.wait_for(second, decided)
    assert len(hub.book()) == 2


def test_the_clock_jumps(tmp_path):
    """On a virtual clock a remote connector is told the time, as a module is."""
    with Hub("--clock", "virtual", data=str(tmp_path)) as hub:
        department = hub.get("/v1/connectors").json["items"][0]["id"]
        assert hub.request("DELETE", f"/v1/connectors/{department}").status == 202
        wait_until(lambda: hub.get(f"/v1/connectors/{department}").status == 404, 10, "unloaded")
        assert hub.request("PUT", f"/v1/connectors/{department}", {"remote": {"lease_ms": 1500}}).status == 202
        client = Client(hub)
        client.post = lambda request, message, timeout=30: hub.post(f"/v1/connector/{request}", message)
        welcome = client.ask("hello", {"instance": "x", "connector": department})
        assert welcome["virtual"] is True
        client.session = {"session": welcome["session"], "epoch": welcome["epoch"]}
        client.poll(want=0)
        jump = threading.Thread(target=hub.post, args=("/v1/test/clock", {"now": "2027-03-01T09:00:00+08:00"}))
        jump.start()
        item, = client.poll(want=0)
        assert item["kind"] == "time" and item["payload"]["now_ms"] == 1772326800000 + 31536000000
        client.post = lambda request, message, timeout=30: hub.post(f"/v1/connector/{request}", message, timeout=1)
        try:
            client.poll(want=0)
        except OSError:
            pass  # it waits
        jump.join(10)
        assert not jump.is_alive(), "it was seen by everybody"


def test_people_see_it(hub):
    """State and kind in the console and on the command line, away as well as here."""
    client = Client(hub)
    client.hello()
    client.poll()
    client.ask("bye", {"reason": "closing time"})
    wait_until(lambda: hub.show_connector()["state"] == "absent", 5, "it said bye")
    environment = {**os.environ, "ONEDOOR_URL": hub.address, "ONEDOOR_KEY": hub.SECRET, "LC_ALL": "C.UTF-8", "LANG": "en"}
    shown = subprocess.run([str(BUILD / "bin" / "onedoor"), "plugin", "show", "water", "--lang", "en"], env=environment,
                           capture_output=True, text=True, check=True).stdout
    assert "away" in shown and "said bye: closing time" in shown
    loaded = subprocess.run([str(BUILD / "bin" / "onedoor"), "plugin", "load", "land", "--remote", json.dumps(REMOTE), "--json"],
                            env=environment, capture_output=True, text=True, check=True).stdout
    assert json.loads(loaded)["kind"] == "remote"
