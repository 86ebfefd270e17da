# SPDX-License-Identifier: Apache-2.0
"""A department behind a REST API, with a database of its own and every fault that a network has.

    python3 department.py DATABASE [--port N] [--tls CERTIFICATE] [--dedupe native|conflict|none] [--decide-after POLLS]

prints `ready PORT`. What goes wrong is said by the case itself: the member "fault" of its body, e.g. "timeout" or
"timeout*3,status:e500*2" (of its status requests). A record is committed before anything is answered.
"""
import argparse
import base64
import hashlib
import hmac
import json
import socket
import sqlite3
import ssl
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlparse

SLOW_S = 1.2    # longer than the timeout that the tests configure
REPLY_MAX = 3_000_000


class Book:
    """The department's records: one row a case. Nothing here knows of the hub."""

    def __init__(self, path, dedupe, decide_after):
        self.lock = threading.Lock()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.execute("CREATE TABLE IF NOT EXISTS cases (id INTEGER PRIMARY KEY, key TEXT, area REAL, fault TEXT, polls INTEGER,"
                        " input TEXT, cancelled INTEGER DEFAULT 0, body TEXT)")
        self.db.execute("CREATE TABLE IF NOT EXISTS seen (key TEXT, kind TEXT, count INTEGER, PRIMARY KEY (key, kind))")
        self.db.execute("CREATE TABLE IF NOT EXISTS played (kind TEXT, fault TEXT, UNIQUE (kind, fault))")
        self.dedupe, self.decide_after = dedupe, decide_after

    def seen(self, key, kind):
        """How often this kind of request came for the key, this one included."""
        with self.lock:
            self.db.execute("INSERT INTO seen VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1", (key, kind))
            return self.db.execute("SELECT count FROM seen WHERE key = ? AND kind = ?", (key, kind)).fetchone()[0]

    def fault(self, text, kind, key):
        """What goes wrong with this request, or ""; remembered, so that a test can see that it did."""
        fault = fault_of(text, kind, self.seen(key, kind))
        if fault:
            with self.lock:
                self.db.execute("INSERT OR IGNORE INTO played VALUES (?, ?)", (kind, fault))
        return fault

    def find(self, key):
        with self.lock:
            return [row[0] for row in self.db.execute("SELECT id FROM cases WHERE key = ? ORDER BY id", (key,))]

    def register(self, body):
        """-> (id, is new)"""
        with self.lock:
            found = self.db.execute("SELECT id FROM cases WHERE key = ?", (body["key"],)).fetchone()
            if found and self.dedupe != "none":
                return found[0], False
            cursor = self.db.execute("INSERT INTO cases (key, area, fault, polls, body) VALUES (?, ?, ?, 0, ?)",
                                     (body["key"], body.get("area"), body.get("fault") or "", json.dumps(body)))
            return cursor.lastrowid, True

    def show(self, id, is_poll=False):
        with self.lock:
            if is_poll:
                self.db.execute("UPDATE cases SET polls = polls + 1 WHERE id = ?", (id,))
            row = self.db.execute("SELECT id, key, area, fault, polls, input, cancelled FROM cases WHERE id = ?", (id,)).fetchone()
        return row and self.record(*row)

    def record(self, id, key, area, fault, polls, given, cancelled):
        record = {"id": f"W-{id}", "key": key, "fault": fault, "status": "open", "percent": min(90, polls * 30)}
        if given:
            area = json.loads(given)["area"]
        if cancelled:
            return {**record, "status": "withdrawn"}
        if area is None:
            return {**record, "status": "ask", "missing": ["surface"], "question": "How large are the premises?"}
        if polls < self.decide_after:
            return record
        if area > 1000:
            return {**record, "status": "refused", "reasons": ["Larger than the main can supply.", "第二条理由"]}
        if area > 500:
            return {**record, "status": "granted_if", "conditions": ["A pump of its own."], "document": f"D-{id}"}
        return {**record, "status": "granted", "document": f"D-{id}"}

    def change(self, id, column, value):
        with self.lock:
            self.db.execute(f"UPDATE cases SET {column} = ? WHERE id = ?", (value, id))

    def state(self):
        with self.lock:
            return {"counts": dict(self.db.execute("SELECT key, COUNT(*) FROM cases GROUP BY key")),
                    "cancelled": [row[0] for row in self.db.execute("SELECT key FROM cases WHERE cancelled")],
                    "played": [f"{kind}:{fault}" for kind, fault in self.db.execute("SELECT kind, fault FROM played")]}


def fault_of(text, kind, turn):
    """"timeout*3,status:e500" -> the fault of the turn-th request of this kind, or ""."""
    for part in filter(None, (text or "").split(",")):
        where, _, name = part.rpartition(":")
        name, _, times = name.partition("*")
        if (where or "submit") == kind and turn <= int(times or 1):
            return name
    return ""


class Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, type="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def hang_up(self, is_reset):
        if is_reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR) if not is_reset else None
        self.connection.close()

    def misbehave(self, fault, status, body):
        """Play the fault with what would have been answered. True: nothing is left to say."""
        data = json.dumps(body, ensure_ascii=False).encode()
        if fault == "timeout":
            time.sleep(SLOW_S)
        elif fault == "e500":
            self.answer(500, {"error": "broken"})
        elif fault == "garbage":
            self.answer(status, b"\x00\xff<<<not json>>>")
        elif fault == "truncated":
            self.answer(status, data[:len(data) * 2 // 3])
        elif fault == "wrong_schema":
            self.answer(status, {"id": body.get("id"), "status": "maybe tomorrow"})
        elif fault == "wrong_type":
            self.answer(200, b"<html><body>Please log in</body></html>", type="text/html")
        elif fault == "redirect":
            self.answer(302, b"", Location="http://127.0.0.1:1/elsewhere")
        elif fault == "oversize":
            self.answer(status, data[:-1] + b', "fill": "' + b"x" * REPLY_MAX + b'"}')
        elif fault in ("lost_reply", "reset"):
            self.hang_up(fault == "reset")
        elif fault in ("half", "half_reset"):
            self.wfile.write(b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(data))
                             + data[:len(data) // 2])
            self.hang_up(fault == "half_reset")
        elif fault == "drip":
            self.wfile.write(b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(data)))
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.05)
        else:
            return False
        return True

    def before(self, fault):
        """Faults that come before anything is registered. True: it was answered."""
        if fault == "too_many":
            self.answer(429, {"error": "slow down"}, Retry_After="1")
        elif fault == "busy":
            self.answer(503, {"error": "not now"}, Retry_After="1")
        elif fault == "refuse":
            self.answer(422, {"error": "the form is not as agreed"})
        elif fault.startswith("early_"):
            return self.misbehave(fault[6:], 200, {"id": "W-0", "status": "open"})
        else:
            return False
        return True

    def is_allowed(self, body):
        expected = self.server.token
        if expected is None:
            return True
        if self.server.sign is not None:
            mac = hmac.new(self.server.sign, body, hashlib.sha256).hexdigest()
            return hmac.compare_digest(self.headers.get("X-Signature", ""), "sha256=" + mac)
        return self.headers.get("Authorization") == expected

    def run(self, method):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlparse(self.path)
        parts = unquote(url.path).strip("/").split("/")
        try:
            if method == "GET" and parts == ["state"]:  # for the tests
                self.answer(200, self.server.book.state())
            elif not self.is_allowed(body):
                self.answer(401, {"error": "who are you?"})
            elif method == "POST" and parts == ["v1", "cases"]:
                self.submit(json.loads(body))
            elif method == "GET" and parts == ["v1", "cases"]:
                self.lookup(parse_qs(url.query).get("key", [""])[0])
            elif len(parts) >= 3 and parts[:2] == ["v1", "cases"] and parts[2].startswith("W-"):
                self.case(method, int(parts[2][2:]), parts[3:], body)
            else:
                self.answer(404, {"error": "no such thing"})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def submit(self, body):
        book = self.server.book
        fault = book.fault(body.get("fault"), "submit", body["key"])
        if self.headers.get("Idempotency-Key") != body["key"]:
            return self.answer(400, {"error": "the key is missing"})
        if self.before(fault):
            return None
        if fault == "late":  # registered when the other side has long given up
            time.sleep(SLOW_S)
        id, is_new = book.register(body)
        record = book.show(id)
        if fault == "duplicate" or (not is_new and book.dedupe == "conflict"):
            return self.answer(409, {"error": "duplicate"})
        if not self.misbehave(fault, 201, record):
            self.answer(201 if is_new else 200, record)
        return None

    def lookup(self, key):
        book = self.server.book
        found = [book.show(id) for id in book.find(key)]
        fault = book.fault(found[0]["fault"] if found else "", "lookup", key)
        if not self.misbehave(fault, 200, {"items": found}):
            self.answer(200, {"items": found})

    def case(self, method, id, rest, body):
        book = self.server.book
        record = book.show(id, is_poll=method == "GET")
        if record is None:
            return self.answer(404, {"error": "unknown"})
        kind = {"GET": "status", "DELETE": "cancel"}.get(method, "input")
        fault = book.fault(record["fault"], kind, record["key"])
        if method == "DELETE":
            if record["status"] not in ("open", "ask", "withdrawn"):
                return self.answer(409, {"error": "decided"})
            book.change(id, "cancelled", 1)
        if rest == ["input"]:
            book.change(id, "input", body.decode())
        if not self.misbehave(fault, 200, record) and not self.before(fault):
            self.answer(200, book.show(id))
        return None

    def do_GET(self):
        self.run("GET")

    def do_POST(self):
        self.run("POST")

    def do_DELETE(self):
        self.run("DELETE")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # a client that hung up


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls")
    parser.add_argument("--dedupe", default="native", choices=["native", "conflict", "none"])
    parser.add_argument("--decide-after", type=int, default=1)
    parser.add_argument("--bearer")
    parser.add_argument("--basic")
    parser.add_argument("--sign")
    options = parser.parse_args()
    server = Server(("127.0.0.1", options.port), Desk)
    server.book = Book(options.database, options.dedupe, options.decide_after)
    server.sign = options.sign.encode() if options.sign else None
    server.token = None
    if options.bearer:
        server.token = "Bearer " + options.bearer
    if options.basic:
        server.token = "Basic " + base64.b64encode(options.basic.encode()).decode()
    if options.sign:
        server.token = ""
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print("ready", server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
