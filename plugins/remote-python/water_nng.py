#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same department over nng: `water_nng.py ipc:///run/onedoor/connectors KEY book.sqlite` or `tcp://127.0.0.1:7001`.

Needs Python alone: an nng REQ socket is 8 bytes of greeting and a length before each message (docs/connectors/remote.md)."""
import json, secrets, socket, sqlite3, struct, sys, time

url, key, path = sys.argv[1:4]
book = sqlite3.connect(path, isolation_level=None)  # the department's own register
book.execute("create table if not exists water (key text primary key, ref integer, answer text)")
is_ipc = url.startswith("ipc://")


class Wire:
    """One connection that asks one request at a time."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX if is_ipc else socket.AF_INET)
        self.socket.settimeout(30)  # longer than any poll
        host, _, port = url.removeprefix("tcp://").rpartition(":")
        self.socket.connect(url.removeprefix("ipc://") if is_ipc else (host, int(port)))
        self.socket.sendall(b"\0SP\0\0\x30\0\0")  # "SP", version 0, protocol 0x30: REQ
        if self.take(8) != b"\0SP\0\0\x31\0\0":  # 0x31: REP
            raise ConnectionError("this is no REP socket")

    def take(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise ConnectionError("the gateway closed the connection")
            data += piece
        return data

    def ask(self, message):
        number = secrets.randbits(31) | 0x80000000  # the request's own id for the wire, its highest bit set
        body = struct.pack(">I", number) + json.dumps(message).encode()
        self.socket.sendall((b"\x01" if is_ipc else b"") + struct.pack(">Q", len(body)) + body)
        while True:
            size = struct.unpack(">Q", self.take(9 if is_ipc else 8)[-8:])[0]
            answer = self.take(size)
            if struct.unpack(">I", answer[:4])[0] == number:
                return json.loads(answer[4:])


class Over(Exception):
    """The session has ended: say hello."""


session, ids, told, wire = {}, {"request": 0, "report": 0}, [], None


def ask(request, body):
    """One request until it is answered; the same id makes a repeat harmless."""
    global wire
    ids["request"] += 1
    message = {"request": request, "protocol": 1, "key": key, "id": ids["request"], "body": body,
               **({} if request == "hello" else session)}
    while True:
        try:
            wire = wire or Wire()
            answer = wire.ask(message)
            if "status" not in answer and "error" not in answer["body"]:
                return answer["body"]
            code = answer["body"].get("error", {}).get("code")
            if code == "stale":
                raise Over(answer)
            if code == "replaced":
                raise SystemExit("another copy of this connector has taken over")
            print("again:", answer, file=sys.stderr)
        except (OSError, ValueError) as error:  # the gateway is away, or was started anew
            print("again:", error, file=sys.stderr)
            wire = None
        time.sleep(0.5)


def report(kind, item, **payload):
    ids["report"] += 1
    told.append({"kind": kind, "id": ids["report"], "task": item["task"], "payload": payload})


def serve(item):
    if item["kind"] == "stop":
        ask("bye", {"reason": "asked to stop"})  # and hello again: perhaps it is enabled, or loaded, later
    if item["kind"] not in ("offer", "resume"):
        return  # cancel, input, release and the like: nothing waits here
    case = item["payload"]
    book.execute("insert or ignore into water values (?, (select count(*) + 1 from water), ?)",
                 (case["idempotency_key"], "approve"))  # once, however often it is offered
    ref, answer = book.execute("select ref, answer from water where key = ?", (case["idempotency_key"],)).fetchone()
    report("accept", item, external_ref=f"W-{ref}")
    report("opinion", item, opinion=answer, reasons=["The pipe is wide enough."], external_ref=f"W-{ref}")


def hello():
    welcome = ask("hello", {"protocol": [1, 1], "connector": "water", "instance": instance, "version": "1.0.0"})
    session.update(session=welcome["session"], epoch=welcome["epoch"])
    told.clear()  # what the last session did not answer is offered, or resumed, in this one


instance, seq = secrets.token_hex(8), None
while True:
    try:
        if seq is None:
            seq = hello() or 0
        for item in ask("poll", {"ack": seq, "want": 32, "open": 0, "ready": True})["items"]:
            serve(item)
            seq = item["seq"]
        while told:
            answers = {a["id"]: a["answer"] for a in ask("report", {"items": told[:128]})["items"]}
            told[:] = [r for r in told if answers.get(r["id"], "retry") == "retry"]
    except Over:
        seq = None
