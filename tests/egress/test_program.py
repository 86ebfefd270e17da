# SPDX-License-Identifier: Apache-2.0
"""The process itself: secrets, what it gives up, how it ends."""
import hashlib
import hmac
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from egress_stage import PATIENCE_S, PROFILE, PROGRAM, Hub, b64, error, rule
import base64

HASH = hashlib.sha256


@pytest.fixture
def granted(hub, secrets):
    secrets("token", b"k3y\n")
    secrets("db", b"pa55")
    hub.profile(1, secrets=[{"name": "token"}, {"name": "db", "reveal": True}, {"name": "absent"}])
    return hub


def secret(hub, op, name, number=1, **more):
    return hub.wait(hub.ask(number, service="secret", op=op, name=name, **more))


def test_check(granted):
    assert secret(granted, "check", "token") == {}
    assert error(secret(granted, "check", "absent")) == ("not_found", None)
    assert error(secret(granted, "check", "other")) == ("denied", None)
    assert error(secret(granted, "check", "token", number=2)) == ("denied", "none")


@pytest.mark.parametrize("size", [0, 1, 64 * 1024])
def test_hmac(granted, size):
    data = os.urandom(size)
    answer = secret(granted, "hmac", "token", data=b64(data))
    assert base64.b64decode(answer["value"]) == hmac.new(b"k3y", data, HASH).digest()


def test_reveal_needs_the_word(granted):
    assert base64.b64decode(secret(granted, "reveal", "db")["value"]) == b"pa55"
    assert error(secret(granted, "reveal", "token")) == ("denied", None)


@pytest.mark.parametrize("body,code", [({"op": "hmac", "name": "token"}, "invalid"), ({"op": "hmac", "name": "token", "data": "!"}, "invalid"),
                                       ({"op": "steal", "name": "token", "data": ""}, "invalid"), ({"op": "check"}, "denied"),
                                       ({"op": "hmac", "name": "token", "data": b64(b"x" * (72 * 1024 + 1))}, "limit"),
                                       ({"op": "verify", "name": "token", "data": "", "mac": "0" * 64}, "denied")])
def test_requests_that_are_none(granted, body, code):
    assert error(granted.wait(granted.ask(1, service="secret", **body)))[0] == code


def test_verify_is_for_callbacks_of_those_with_events(hub, secrets):
    secrets("callback", b"k3y")
    mac = hmac.new(b"k3y", b"1.e.{}", HASH).hexdigest()
    hub.profile(1, events=True)
    hub.profile(2, secrets=[{"name": "callback"}])
    assert secret(hub, "verify", "callback", data=b64(b"1.e.{}"), mac=mac) == {"is_valid": True}
    assert secret(hub, "verify", "callback", data=b64(b"1.e.{}"), mac=mac.replace(mac[0], "0" if mac[0] != "0" else "1", 1)) == {"is_valid": False}
    assert secret(hub, "verify", "callback", data=b64(b"1.f.{}"), mac=mac) == {"is_valid": False}
    assert error(secret(hub, "verify", "callback", data="", mac="xyz"))[0] == "invalid"
    assert error(secret(hub, "verify", "callback", number=2, data="", mac=mac))[0] == "denied"
    assert error(secret(hub, "check", "callback"))[0] == "denied", "events alone grant the module nothing"


def test_no_secret_reaches_the_log_or_a_detail(secrets, server):
    value = b"verysecretvalue"
    secrets("token", value)
    secrets("broken", value + b"\nx")
    secrets("open", value, 0o644)
    hub = Hub(secrets=secrets.folder)
    hub.profile(1, http=rule(f"http://127.0.0.1:{server.port}"), secrets=[{"name": name} for name in ("token", "broken", "open")])
    answers = []
    for path in ("/a", "/drop", "/garbage", "/loop", "/silent", "/large/200000"):
        answers.append(hub.get(1, f"http://127.0.0.1:{server.port}{path}", timeout_ms=300,
                               headers=[{"name": "X", "value": "v", "secret": "token"}]))
    for name in ("broken", "open", "token"):
        answers.append(secret(hub, "reveal", name))
        answers.append(hub.get(1, f"http://127.0.0.1:{server.port}/a", headers=[{"name": "X", "secret": name}]))
    status = hub.close()
    assert value.decode() not in str(answers) and b64(value) not in str(answers)
    assert value.decode() not in hub.log
    assert status == 5


def status_of(pid):
    return dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)


def test_what_it_gives_up(hub):
    hub.profile(1)
    hub.get(1, "http://127.0.0.1/")
    status = status_of(hub.process.pid)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    limits = Path(f"/proc/{hub.process.pid}/limits").read_text()
    assert next(line for line in limits.splitlines() if line.startswith("Max core")).split()[4] == "0"


def test_it_is_alive_by_its_pings(hub):
    while hub.pings < 3:
        assert hub._read(time.monotonic() + 2)


def test_it_ends_with_the_hub(secrets):
    hub = Hub(secrets=secrets.folder)
    hub.wait(hub.http(1, "http://127.0.0.1/"))
    assert hub.close() == 5


def test_signals_of_a_terminal_do_not_end_it(hub):
    hub.profile(1)
    hub.get(1, "http://127.0.0.1/")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        hub.process.send_signal(number)
    assert error(hub.get(1, "http://127.0.0.1/")) == ("denied", "none")


@pytest.mark.parametrize("bytes", [b"\xff" * 32, b"\x00" * 32, b"GET / HTTP/1.1\r\n\r\n" + b" " * 32])
def test_what_is_no_frame_ends_it(secrets, bytes):
    hub = Hub(secrets=secrets.folder)
    hub.socket.sendall(bytes)
    assert hub.process.wait(timeout=PATIENCE_S) == 3
    hub.close()


@pytest.mark.parametrize("arguments,status", [([], 2), (["--unknown", "x"], 2), (["--secrets"], 2)])
def test_people_are_told_that_it_is_not_for_them(arguments, status):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, close_fds=True)
    assert done.returncode == status
    assert "onedoor-egress:" in done.stderr


def test_rules_that_cannot_be_read_grant_nothing(hub, server):
    hub.put(PROFILE, b'{"connector":"../x","http":[]}', task=1)
    hub.put(PROFILE, b"no json", task=2)
    for number in (1, 2):
        answer = hub.get(number, f"http://127.0.0.1:{server.port}/a")
        assert error(answer) == ("unavailable", "none")
        assert answer["error"]["detail"].startswith("the rules of the connector were not taken: "), answer
    assert server.seen == []


def test_so_many_connectors(hub, server):
    url = f"http://127.0.0.1:{server.port}"
    for number in range(1, 4096 + 2):
        hub.profile(number, http=rule(url))
    assert hub.get(4096, url + "/a")["status"] == 200, "the limit"
    answer = hub.get(4097, url + "/a")
    assert error(answer) == ("unavailable", "none") and "too many connectors" in answer["error"]["detail"], "limit + 1"
    hub.forget(1)
    for _ in range(100):  # once what it used is closed
        hub.profile(4097, http=rule(url))
        answer = hub.get(4097, url + "/a")
        if answer.get("status") == 200:
            break
        time.sleep(0.05)
    assert answer.get("status") == 200, "there is room again"


def test_it_does_not_grow(hub, server):
    base = f"http://127.0.0.1:{server.port}"
    hub.profile(1, http=rule(base))

    def rounds(count):
        for i in range(count):
            hub.profile(2, http=rule(base))
            hub.get(1, base + "/a", method="POST", body=b"x" * 1000)
            hub.get(2, base + "/a")
            hub.get(1, base + "/drop")
            hub.get(1, base.replace("127.0.0.1", "127.0.0.9") + "/a")

    def figures():
        status = status_of(hub.process.pid)
        return int(status["VmRSS"].split()[0]), len(os.listdir(f"/proc/{hub.process.pid}/fd"))

    rounds(50)
    hub.get(1, base + "/a")
    before = figures()
    rounds(300)
    time.sleep(0.3)
    after = figures()
    assert after[1] <= before[1] + 4
    assert after[0] <= before[0] + 4096, (before, after)
