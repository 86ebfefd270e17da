# SPDX-License-Identifier: Apache-2.0
"""Checkpoints told by notice: whoever keeps the letter or the event finds out when the journal was cut."""
import json
import sqlite3
import time

import pytest

from hub import BUILD, center, connector, free_port, matter, service
from notice_parts import SIGN, Mailbox, NoticeHub, Part, Receiver, body, put_secret, verified
from test_evidence import faults, onedoor, verify

controller = pytest.importorskip("aiosmtpd.controller", reason="python3-aiosmtpd is not installed")

pytestmark = pytest.mark.skipif(not (BUILD / "modules" / "email-1.0.0" / "module.so").exists(), reason="the notifiers are not built")


@pytest.fixture
def receiver():
    part = Part(Receiver)
    yield part
    part.close()


@pytest.fixture
def box():
    mailbox = Mailbox()
    mailbox.port = free_port()
    server = controller.Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    server.start()
    yield mailbox
    server.stop()


def witnessed(folder, connectors, notify, rules=None):
    config = center(folder, ["water"], [matter("w", "water")], [service("one", ["w"])])
    path = folder / "catalog" / "all.json"
    catalog = json.loads(path.read_text())
    catalog["center"]["evidence"] = {"notify": notify}
    if rules:
        catalog["center"]["notices"] = rules
    path.write_text(json.dumps(catalog, ensure_ascii=False))
    put_secret(folder / "secrets", "hook", "sign", SIGN)
    return config | {"secrets": str(folder / "secrets"), "connectors": [connector("water"), *connectors]}


def parts(box, receiver):
    return [{"id": "mail", "module": "email-1.0.0", "serves": "messages", "config": {
                "from": "notices@riverside.test", "server": f"127.0.0.1:{box.port}", "tls": "none"}},
            {"id": "hook", "module": "webhook-1.0.0", "serves": "messages", "config": {"url": receiver.url + "/in"}}]


def letters(box):
    return [text for text in (letter.get_content() for _, to, letter, _ in box.letters if to == ["audit@city.test"])]


def events(receiver):
    return [(headers, content) for headers, content in receiver.seen if json.loads(content)["type"] == "onedoor.notice.checkpoint"]


def test_who_keeps_the_letter_finds_the_cut(tmp_path, box, receiver):
    hub = NoticeHub(tmp_path, witnessed(tmp_path, parts(box, receiver), [{"email": "audit@city.test"}, {"webhook": "hook"}])).start()
    try:
        hub.wait_connectors()
        if next(c for c in hub.get("/v1/connectors").json["items"] if c["id"] == "mail")["tier"] != "full":
            pytest.skip("no user namespaces here: a module has no sockets (tier filtered)")
        hub.submit(body())
        made = hub.post("/v1/checkpoints").json
        until = time.monotonic() + 20
        while not letters(box) or not events(receiver):
            assert time.monotonic() < until, (tmp_path / "hub.log").read_text()[-3000:]
            time.sleep(0.05)
        messages = hub.get("/v1/messages").json["items"]
        assert {m["channel"] for m in messages if m["notice"] == "checkpoint"} == {"email", "webhook"}
    finally:
        hub.stop()
    data = tmp_path / "data"
    (tmp_path / "letter.txt").write_text(letters(box)[0])
    headers, content = events(receiver)[0]
    assert verified(headers, content)
    (tmp_path / "event.json").write_bytes(content)
    for kept in ("letter.txt", "event.json"):
        report = verify("journal", "verify", "--data", data, "--against", tmp_path / kept)
        assert report["sound"] and report["against"] == 1 and report["key"] == made["key"]
    with sqlite3.connect(data / "hub.db") as db:  # who has the store cuts its end, and what attested it
        db.executescript("DROP TRIGGER journal_is_not_updated; DROP TRIGGER journal_is_not_deleted")
        db.execute("DELETE FROM journal WHERE seq >= ?", [made["last"]])
        db.execute("DELETE FROM entry WHERE kind = 11")
    db.close()
    for kept in ("letter.txt", "event.json"):
        assert "truncated" in faults(verify("journal", "verify", "--data", data, "--against", tmp_path / kept, code=5))
    (tmp_path / "letter.txt").write_text(letters(box)[0].replace("root " + made["root"], "root " + made["hash"]))
    assert not verify("journal", "verify", "--data", data, "--against", tmp_path / "letter.txt", code=5)["sound"]
    (tmp_path / "letter.txt").write_text("Dear auditor, all is well.")
    assert onedoor("journal", "verify", "--data", data, "--against", tmp_path / "letter.txt").returncode not in (0, 3)


@pytest.mark.parametrize("notify, says", [
    ([{"email": "nobody"}], "no address"),
    ([{}], "a receiver is"),
    ([{"email": "a@b.c", "webhook": "hook"}], "a receiver is"),
    ([{"email": f"a{i}@b.c"} for i in range(9)], "8"),
    ([], "notify"),
])
def test_receivers_that_cannot_be(tmp_path, notify, says):
    hub = NoticeHub(tmp_path, witnessed(tmp_path, [], notify))
    with pytest.raises(RuntimeError) as refused:
        hub.start()
    assert says in str(refused.value), refused.value
