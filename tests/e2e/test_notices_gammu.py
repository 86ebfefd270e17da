# SPDX-License-Identifier: Apache-2.0
"""Text messages through gammu-smsd itself, with its own dummy phone: what the modem would send, once."""
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from hub import BUILD
from notice_parts import NoticeHub, body, notice_center

pytestmark = [pytest.mark.skipif(not (BUILD / "modules" / "gammu-1.0.0" / "module.so").exists(), reason="the module gammu is not built"),
              pytest.mark.skipif(shutil.which("gammu-smsd") is None, reason="gammu-smsd is not installed")]
NOBODY = 65534


class Modem:
    """gammu-smsd over a spool, as the one user that the folder belongs to."""

    def __init__(self, place):
        self.place, self.process = place, None
        for name in ("inbox", "outbox", "sent", "error", "dummy"):
            (place / name).mkdir(parents=True)
        (place.parent.parent / "smsdrc").write_text(f"""[gammu]
model = dummy
connection = none
device = {place}/dummy
[smsd]
service = files
logfile = {place}/log
inboxpath = {place}/inbox/
outboxpath = {place}/outbox/
sentsmspath = {place}/sent/
errorsmspath = {place}/error/
transmitformat = auto
loopsleep = 1
commtimeout = 1
sendtimeout = 5
checksecurity = 0
checksignal = 0
checkbattery = 0
""")
        if os.getuid() == 0:  # under root a module is never root: the folder is nobody's
            for path in [place, *place.iterdir()]:
                os.chown(path, NOBODY, NOBODY)
        for path in [place, *place.iterdir()]:
            path.chmod(0o2770 if path.is_dir() else 0o660)

    def start(self):
        self.process = subprocess.Popen(["gammu-smsd", "-c", str(self.place.parent.parent / "smsdrc")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def transmitted(self):
        """One line for each part of a message."""
        log = self.place / "log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return [line.split("Transmitted ")[1].split()[0] for line in lines if "Transmitted " in line]

    def names(self, folder):
        return sorted(p.name for p in (self.place / folder).iterdir() if not p.name.startswith("."))


@pytest.fixture
def stage(tmp_path):
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if str(parent).startswith("/tmp/pytest"):
            parent.chmod(0o755)
    modem = Modem(tmp_path / "folders" / "modem")
    connector = {"id": "modem", "module": "gammu-1.0.0", "serves": "messages", "config": {"poll_ms": 200}}
    hub = NoticeHub(tmp_path, {**notice_center(tmp_path, [connector]), "folders": str(tmp_path / "folders")}).start()
    hub.wait_connectors()
    yield hub, modem
    hub.stop()
    modem.stop()


def sent(messages):
    return len(messages) >= 2 and all(m["state"] == "sent" for m in messages)


def test_sent_by_the_modem(stage):
    hub, modem = stage
    modem.start()
    number = hub.submit(body(locale="zh-CN")).json["number"]
    messages = hub.wait_messages(number, sent, timeout=40)
    assert all(m["channel"] == "sms" and m["delivered_at"] is None for m in messages), "sent, and nobody says delivered"
    names = set(modem.transmitted())
    assert len(names) == 2 and all(name.startswith("OUTC") and "_+8613800000001_msg-" in name for name in names), names
    until = time.monotonic() + 10
    while modem.names("sent"):
        assert time.monotonic() < until, "a file goes once the hub has its end"
        time.sleep(0.1)


def test_nothing_twice_after_deaths(stage):
    """The hub and the module die while the daemon rests: each message is in the outbox once, and is sent once."""
    hub, modem = stage
    number = hub.submit(body(name="L")).json["number"]
    hub.wait_messages(number, lambda ms: len(ms) >= 2 and all(m["state"] == "accepted" for m in ms))
    os.kill(hub.hosts()["modem"], signal.SIGKILL)
    hub.kill()
    hub.start()
    hub.wait_connectors()
    assert len(modem.names("outbox")) == 2
    texts = [(modem.place / "outbox" / name).read_text() for name in modem.names("outbox")]
    assert all(number in text and len(text) <= 160 for text in texts), "one part each"
    modem.start()
    hub.wait_messages(number, sent, timeout=40)
    assert len(modem.transmitted()) == len(set(modem.transmitted())) == 2


def test_not_a_number(stage):
    hub, modem = stage
    number = hub.submit(body(phone="911 (12")).json.get("number")
    messages = hub.wait_messages(number, lambda ms: len(ms) >= 2 and all(m["state"] in ("accepted", "failed") for m in ms))
    assert messages and modem.names("outbox") and all("_91112_" in name for name in modem.names("outbox"))
