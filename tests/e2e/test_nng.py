# SPDX-License-Identifier: Apache-2.0
"""The nng doors from outside: front desks by REQ/REP, the event feed by SUB, and the gateway killed under load."""
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub import BUILD, SHARED, DemoOf, center, connector, free_port, matter, service
from nng_desk import Cut, Desk

SOAK = os.environ.get("OD_SOAK") == "true"
PARALLEL = 16  # nngcat processes at once


class NngHub(DemoOf):
    """A hub with both doors, departments `water` (a connector) and `land` (officers)."""

    def __init__(self, folder, **more):
        config = center(folder, ["water", "land"], [matter("w", "water"), matter("l", "land", pauses=["hearing"])],
                        [service("both", ["w", "l"]), service("quick", ["w"])])
        config["connectors"] = [connector("water")]
        config["nng"] = {"front_desk": f"ipc://{folder}/desk", "events": f"ipc://{folder}/events", **more}
        super().__init__(folder, config)

    def __enter__(self):
        super().__enter__()
        self.wait_connectors()
        wait_until(lambda: self.is_served(), 5, "the gateway serves")
        return self

    def is_served(self):
        try:
            with Desk(self.folder / "desk", timeout=1) as desk:
                return desk.ask("GET", "/v1/services", key=self.SECRET)["status"] == 200
        except Cut:
            return False

    def desk(self):
        return Desk(self.folder / "desk")

    def message(self, body, idempotency_key=None, **more):
        return {"method": "POST", "path": "/v1/applications", "key": self.SECRET,
                **({"idempotency_key": idempotency_key} if idempotency_key else {}), "body": body, **more}

    def nngcat_command(self, message):
        return ["nngcat", "--req", "--dial", f"ipc://{self.folder}/desk", "--raw", "--recv-timeout", "20",
                "--data", json.dumps(message)]

    def nngcat(self, message):
        done = subprocess.run(self.nngcat_command(message), capture_output=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def gateway(self):
        """Pid of the gateway process, or None between two of them."""
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, rest = path.read_text().split("(", 1)[1].rsplit(")", 1)
            except OSError:
                continue
            state, parent = rest.split()[:2]
            if name == "onedoor-nng" and int(parent) == self.process.pid and state != "Z":
                return int(path.parent.name)
        return None

    def numbers(self):
        found, path = set(), "/v1/applications?limit=200"
        while path:
            answer = self.get(path)
            found |= {item["number"] for item in answer.json["items"]}
            link = re.search(r'<([^>]+)>; *rel="next"', answer.headers.get("Link", ""))
            path = link and link.group(1)
        return found


def wait_until(predicate, seconds, what):
    until = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < until, what
        time.sleep(0.01)


@pytest.fixture
def hub(tmp_path):
    with NngHub(tmp_path) as running:
        yield running


def test_nngcat_submits(hub):
    answer = hub.nngcat(hub.message(hub.example("both"), "desk-1"))
    assert answer["status"] == 201
    shown = hub.nngcat({"method": "GET", "path": "/v1/applications/" + answer["body"]["number"], "key": hub.SECRET})
    assert shown["status"] == 200
    assert hub.show(answer["body"]["number"])["number"] == shown["body"]["number"]


def test_three_doors_one_application(hub, tmp_path):
    body = hub.example("both")
    (tmp_path / "body.json").write_text(json.dumps(body, indent=2))
    curl = json.loads(subprocess.run(
        ["curl", "-sS", "--fail-with-body", hub.address + "/v1/applications", "-H", "Content-Type: application/json",
         "-H", "Authorization: Bearer " + hub.SECRET, "-H", "Idempotency-Key: same", "--data-binary",
         "@" + str(tmp_path / "body.json")], capture_output=True, check=True, timeout=30).stdout)
    nngcat = hub.nngcat(hub.message(body, "same"))
    cli = json.loads(subprocess.run(
        [str(BUILD / "bin" / "onedoor"), "submit", str(tmp_path / "body.json"), "--key", "same", "--json",
         "--url", hub.address, "--api-key", hub.SECRET], capture_output=True, check=True, timeout=30).stdout)
    assert nngcat["status"] == 201
    seen = {(a["number"], a["code"]) for a in (curl, nngcat["body"], cli)}
    assert len(seen) == 1, seen
    assert hub.numbers() == {curl["number"]}
    other = hub.nngcat(hub.message({**body, "applicant": {**body["applicant"], "name": "李小红"}}, "same"))
    assert (other["status"], other["body"]["type"]) == (422, "/problems/key_reused")


def test_keys_and_members(hub):
    rows = [
        ({"key": "wrong"}, 401, "a wrong key"),
        ({"key": None}, 401, "no key"),
        ({"key": 7}, 400, "a key that is no text"),
        ({"path": "/v1/nothing"}, 404, "no such route"),
        ({"path": None}, 400, "no path"),
        ({"path": "http://else/v1/applications"}, 400, "another server's path"),
        ({"method": "PATCH"}, 405, "a method the route has not"),
        ({"body": {"service": "unknown"}}, 422, "a body that is no submission"),
        ({"body": None}, 422, "no body"),
    ]
    with hub.desk() as desk:
        for change, status, why in rows:
            message = {**hub.message(hub.example("both")), "language": "en", **change}
            answer = desk.ask_bytes(json.dumps(message).encode())
            assert answer["status"] == status, (why, answer)
            assert answer["body"]["status"] == status
            assert answer["body"]["remedy"], why
    assert hub.numbers() == set()


@pytest.mark.skipif(not (SHARED / "data" / "json-parsing").is_dir(), reason="the 159 JSON texts are not here")
def test_every_json_text_as_a_message(hub):
    files = sorted((SHARED / "data" / "json-parsing").glob("*.json"))
    assert len(files) == 159
    decided = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
               "y_object_escaped_null_in_key.json", "y_string_null_escape.json"}
    gateway = hub.gateway()
    refused = set()
    with hub.desk() as desk:
        for file in files:
            answer = desk.ask_bytes(file.read_bytes())
            assert answer["status"] == 400, file.name  # none is a request
            is_gate = answer["body"]["type"] == "/problems/malformed"
            if is_gate:
                refused.add(file.name)
                place = answer["body"]["errors"][0]
                assert place["line"] >= 1 and place["column"] >= 1, file.name
    assert {f.name for f in files if f.name.startswith("n_")} <= refused
    wrongly = {name for name in refused if name.startswith("y_")} - decided
    assert wrongly == set()
    assert {name for name in decided if (SHARED / "data" / "json-parsing" / name).exists()} <= refused
    assert hub.numbers() == set()
    assert hub.gateway() == gateway
    assert hub.nngcat(hub.message(hub.example("both")))["status"] == 201


def test_nngcat_follows_one_application(hub, tmp_path):
    number = hub.nngcat(hub.message(hub.example("both")))["body"]["number"]
    other = hub.nngcat(hub.message(hub.example("both")))["body"]["number"]
    with open(tmp_path / "feed", "wb") as feed:
        follower = subprocess.Popen(["nngcat", "--sub", "--dial", f"ipc://{hub.folder}/events", "--raw",
                                     "--subscribe", f"application.{number} "], stdout=feed)
    try:
        task = {n: next(t["id"] for t in hub.show(n)["tasks"] if t["department"] == "land") for n in (number, other)}
        assert hub.post(f"/v1/tasks/{task[number]}/take").status == 200
        # A subscription takes effect in its own time: something is made to happen until the follower hears it.
        until = time.monotonic() + 10
        while not (tmp_path / "feed").read_bytes():
            assert time.monotonic() < until, "the follower hears nothing"
            assert hub.post(f"/v1/tasks/{task[number]}/pause", {"kind": "hearing", "reason": "a hearing"}).status == 200
            assert hub.post(f"/v1/tasks/{task[number]}/resume", {}).status == 200
            time.sleep(0.05)
        for each in (other, number):
            assert hub.post(f"/v1/tasks/{task[each]}/opinion", {"opinion": "approve"}).status == 200
            hub.wait_for(each, lambda a: a["status"] == "decided")
        wait_until(lambda: b"decided" in (tmp_path / "feed").read_bytes(), 5, "the follower sees the decision")
    finally:
        follower.kill()
        follower.wait()
    text = (tmp_path / "feed").read_text()
    assert other not in text
    bodies = [json.loads(body) for body in re.split(rf"application\.{number} ", text) if body]
    assert any("decided" in body["type"] for body in bodies)
    for body in bodies:
        assert body["specversion"] == "1.0"
        assert body["data"]["number"] == number
        assert "王小明" not in json.dumps(body, ensure_ascii=False)


class Load:
    """Submissions through every door at once, with every 201 written down."""

    def __init__(self, hub):
        self.hub = hub
        self.body = hub.example("quick")
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.acknowledged = {}  # idempotency key -> number
        self.http_failed = []
        self.http_count = self.desk_count = self.cat_killed = 0

    def note(self, key, answer):
        with self.lock:
            assert self.acknowledged.setdefault(key, answer["number"]) == answer["number"]

    def run_http(self, name):
        for turn in range(10**9):
            if self.stop.is_set():
                return
            key = f"http-{name}-{turn}"
            try:
                answer = self.hub.submit(self.body, key)
            except OSError as error:
                self.http_failed.append(repr(error))
                continue
            if answer.status == 201:
                self.http_count += 1
                self.note(key, answer.json)
            else:
                self.http_failed.append(answer.status)

    def run_desk(self, name):
        """A front desk that asks again with the same key when its line breaks."""
        desk, turn = None, 0
        while not self.stop.is_set():
            key = f"desk-{name}-{turn}"
            try:
                desk = desk or self.hub.desk()
                answer = desk.ask("POST", "/v1/applications", self.hub.SECRET, self.body, key)
            except Cut:
                if desk:
                    desk.close()
                desk = None
                time.sleep(0.02)
                continue
            assert answer["status"] == 201, answer
            self.desk_count += 1
            self.note(key, answer["body"])
            turn += 1
        if desk:
            desk.close()

    def run_cat(self, turn):
        """One nngcat, killed at a random instant; if it was faster, its answer counts."""
        key = f"cat-{turn}"
        patience = random.Random(turn).uniform(0, 0.06)
        cat = subprocess.Popen(self.hub.nngcat_command(self.hub.message(self.body, key)), stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
        try:
            cat.wait(patience)
        except subprocess.TimeoutExpired:
            cat.kill()
            self.cat_killed += 1
        output = cat.communicate()[0]
        try:
            answer = json.loads(output)
        except ValueError:
            return
        if answer["status"] == 201:
            self.note(key, answer["body"])


def kill_gateway(hub):
    """kill -9; seconds until a new client is served again."""
    wait_until(hub.gateway, 5, "a gateway runs")
    pid = hub.gateway()
    os.kill(pid, signal.SIGKILL)
    started = time.monotonic()
    wait_until(lambda: hub.gateway() not in (None, pid) and hub.is_served(), 10, "the gateway is back")
    return time.monotonic() - started


def test_killed_clients_and_gateways_lose_nothing(hub):
    clients, kills = (1000, 20) if SOAK else (200, 5)
    load, pid = Load(hub), hub.process.pid
    back = []
    with ThreadPoolExecutor(PARALLEL + 6) as pool:
        steady = [pool.submit(load.run_http, i) for i in range(2)] + [pool.submit(load.run_desk, i) for i in range(2)]
        cats = [pool.submit(load.run_cat, i) for i in range(clients)]
        for _ in range(kills):
            time.sleep(random.uniform(0.05, 0.5))
            back.append(kill_gateway(hub))
        for cat in cats:
            cat.result()
        time.sleep(0.5)
        load.stop.set()
        for each in steady:
            each.result()
    assert hub.process.pid == pid and hub.process.poll() is None
    assert load.http_failed == []
    assert back[0] < 2 and max(back) < 8, back  # a gateway that ends again and again is started after longer pauses
    assert load.cat_killed > 0  # how many depends on how fast the machine answers
    assert load.desk_count > kills
    missing = set(load.acknowledged.values()) - hub.numbers()
    assert missing == set()
    assert len(set(load.acknowledged.values())) == len(load.acknowledged)
    for key, number in random.sample(sorted(load.acknowledged.items()), 50):
        assert hub.submit(load.body, key).json["number"] == number
    wait_until(lambda: len(list(Path(f"/proc/{hub.gateway()}/fd").iterdir())) < 64, 10, "descriptors are given back")
    wedged = (hub.folder / "hub.log").read_text().count("nng is wedged")
    print(f"clients {clients} killed {load.cat_killed}, gateway kills {kills}, back in {max(back):.2f} s at most, "
          f"HTTP {load.http_count}, desks {load.desk_count}, acknowledged {len(load.acknowledged)}, "
          f"ended by its watchdog {wedged}")


def test_a_client_that_dies_before_the_handshake_shuts_nothing(hub):
    gateway = hub.gateway()
    for turn in range(200):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(hub.folder / ("desk" if turn % 2 else "events")))
            if turn % 3 == 0:
                client.sendall(Desk.HELLO[:turn % 8])
    wait_until(hub.is_served, 5, "others are served")
    assert hub.gateway() == gateway


def test_a_lost_socket_file_is_there_again(hub):
    """Whoever cleans /tmp takes the door away; the gateway notices as a client would."""
    (hub.folder / "desk").unlink()
    assert not hub.is_served()
    wait_until(hub.is_served, 10, "the watchdog restarts the gateway")
    assert hub.nngcat(hub.message(hub.example("both")))["status"] == 201


def test_interrupt_of_the_whole_group_still_drains(hub):
    os.kill(hub.gateway(), signal.SIGTERM)
    assert hub.nngcat(hub.message(hub.example("both")))["status"] == 201
    gateway = hub.gateway()
    assert hub.stop() == 0
    wait_until(lambda: not Path(f"/proc/{gateway}").exists(), 5, "the gateway goes with the hub")


def frames(link):
    """(id, payload) of each request that the gateway sends; pings left out."""
    data = b""
    while True:
        while len(data) >= 32 and len(data) >= 32 + struct.unpack_from("<I", data)[0]:
            size, kind, request_id = struct.unpack_from("<IB3xQ", data)
            if kind == 64:
                yield request_id, data[32:32 + size]
            data = data[32 + size:]
        more = link.recv(65536)
        assert more, "the gateway is gone"
        data += more


def certify(folder):
    """Certificate and key of localhost in one PEM file; the certificate alone is cert.pem."""
    pem = folder / "both.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    pem.write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return pem


def test_a_hub_with_tls_from_its_configuration(tmp_path):
    certify(tmp_path)
    port = free_port()
    with NngHub(tmp_path, events=f"tls+tcp://127.0.0.1:{port}", certificate="both.pem") as hub:
        follower = subprocess.Popen(["nngcat", "--sub", "--dial", f"tls+tcp://localhost:{port}", "--cacert",
                                     tmp_path / "cert.pem", "--subscribe", "application.", "--raw"], stdout=subprocess.PIPE)
        try:
            until = time.monotonic() + 15
            os.set_blocking(follower.stdout.fileno(), False)
            told = b""
            while b"onedoor" not in told:
                assert time.monotonic() < until, told
                assert hub.submit(hub.example("quick")).status == 201
                time.sleep(0.1)
                told += follower.stdout.read() or b""
        finally:
            follower.kill()
            follower.communicate()


def test_addresses_are_checked_at_start(tmp_path):
    hub = NngHub(tmp_path, events="tcp://127.0.0.1:7001")
    with pytest.raises(RuntimeError) as refused:
        hub.start()
    assert re.search(r"onedoor\.json:1:\d+: .*never goes in the clear.*\(/nng/events\)", str(refused.value))


def test_front_desk_over_tls(tmp_path):
    """The gateway alone, with this test as its hub: nngcat trusts the certificate and is answered."""
    pem, port = certify(tmp_path), free_port()
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    gateway = subprocess.Popen(
        ["bash", "-c", f'exec 3<&{theirs.fileno()}; exec "$0" "$@"', BUILD / "bin" / "onedoor-nng", "--front-desk",
         f"tls+tcp://127.0.0.1:{port}", "--certificate", pem], pass_fds=[theirs.fileno()])
    theirs.close()
    try:
        ours.recv(32)  # its first ping: it listens
        cat = subprocess.Popen(["nngcat", "--req", "--dial", f"tls+tcp://localhost:{port}", "--cacert",
                                tmp_path / "cert.pem", "--raw", "--recv-timeout", "10", "--data", "{}"],
                               stdout=subprocess.PIPE)
        request_id, payload = next(frames(ours))
        assert payload == b"{}"
        ours.sendall(struct.pack("<IBBHQQII", 14, 64, 1, 0, request_id, 0, 0, 0) + b'{"status":200}')
        assert cat.communicate(timeout=15)[0] == b'{"status":200}'
    finally:
        ours.close()
        assert gateway.wait(10) == 0
