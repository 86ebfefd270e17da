# SPDX-License-Identifier: Apache-2.0
"""The hub's side of onedoor-egress, and departments for it to reach."""
import base64
import gzip
import json
import os
import select
import socket
import ssl
import struct
import subprocess
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("OD_BUILD", ROOT / "build" / "release"))
PROGRAM = BUILD / "bin" / "onedoor-egress"

PING, PROFILE, EGRESS, SENT = 66, 68, 69, 70
REPLY = 1
HEADER = struct.Struct("<IBBHQQII")
PATIENCE_S = 20


def b64(data):
    return base64.b64encode(data).decode()


class Hub:
    """One onedoor-egress on a socketpair."""

    def __init__(self, secrets=None, ca=None, env=None, within=()):
        ours, theirs = socket.socketpair()
        arguments = [*within, str(PROGRAM)]
        if secrets:
            arguments += ["--secrets", str(secrets)]
        if ca:
            arguments += ["--ca", str(ca)]

        def child():
            os.dup2(theirs.fileno(), 3, inheritable=True)

        self.process = subprocess.Popen(arguments, preexec_fn=child, close_fds=False, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, env=env or {})
        theirs.close()
        self.socket = ours
        self.bytes = b""
        self.id = 0
        self.answers, self.sent = {}, set()
        self.pings = 0

    def put(self, kind, payload=b"", id=0, task=0):
        self.socket.sendall(HEADER.pack(len(payload), kind, 0, 0, id, task, 0, 0) + payload)

    def profile(self, number, **rules):
        self.put(PROFILE, json.dumps({"connector": "water", **rules}).encode(), task=number)

    def forget(self, number):
        self.put(PROFILE, task=number)

    def ask(self, number, **body):
        self.id += 1
        self.put(EGRESS, json.dumps(body).encode(), id=self.id, task=number)
        return self.id

    def http(self, number, url, method="GET", headers=(), body=None, **more):
        if body is not None:
            more["body"] = b64(body)
        return self.ask(number, service="http", method=method, url=url, headers=list(headers), **more)

    def _read(self, deadline):
        ready, _, _ = select.select([self.socket], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        block = self.socket.recv(1 << 20)
        if not block:
            raise EOFError
        self.bytes += block
        while len(self.bytes) >= HEADER.size:
            length, kind, flags, count, id, task, epoch, reserved = HEADER.unpack_from(self.bytes)
            if len(self.bytes) < HEADER.size + length:
                break
            payload = self.bytes[HEADER.size:HEADER.size + length]
            self.bytes = self.bytes[HEADER.size + length:]
            self._take(kind, flags, id, payload)
        return True

    def _take(self, kind, flags, id, payload):
        if kind == PING:
            self.pings += 1
        elif kind == SENT:
            self.sent.add(id)
        else:
            assert (kind, flags) == (EGRESS, REPLY)
            assert id not in self.answers, "one answer a request"
            self.answers[id] = json.loads(payload)

    def wait(self, id, patience_s=PATIENCE_S):
        deadline = time.monotonic() + patience_s
        while id not in self.answers:
            assert self._read(deadline), f"no answer to {id}"
        return self.answers[id]

    def get(self, number, url, **more):
        return self.wait(self.http(number, url, **more))

    def wait_sent(self, id):
        deadline = time.monotonic() + PATIENCE_S
        while id not in self.sent:
            assert self._read(deadline), f"{id} was not sent"

    def close(self):
        self.socket.close()
        status = self.process.wait(timeout=PATIENCE_S)
        self.log = self.process.stderr.read().decode()
        self.process.stderr.close()
        return status


def error(answer):
    return answer["error"]["code"], answer["error"].get("effect")


def body(answer):
    assert "error" not in answer, answer
    return base64.b64decode(answer["body"])


class Department(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def reply(self, status, content=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def take(self):
        size = int(self.headers.get("Content-Length", 0))
        content = self.rfile.read(size)
        with self.server.lock:
            self.server.seen.append({"method": self.command, "path": self.path, "headers": self.headers.items(),
                                     "body": content, "peer": self.client_address})
        path = self.path.split("?")[0]
        act = getattr(self, "act_" + path.strip("/").split("/")[0].replace("-", "_"), None)
        if act is None:
            self.reply(200, self.command.encode() + b" " + self.path.encode() + b" " + content, [("X-Seen", "yes")])
        else:
            act(path)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = take

    def act_redirect(self, path):
        """/redirect/<status>/<where, escaped as in a query>"""
        status = int(path.split("/")[2])
        self.reply(status, b"go", [("Location", self.path.split("?to=", 1)[1])])

    def act_loop(self, path):
        self.reply(302, b"", [("Location", "/loop")])

    def act_large(self, path):
        size = int(path.split("/")[2])
        self.reply(200, b"x" * size)

    def act_endless(self, path):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        try:
            while True:
                self.wfile.write(b"y" * 65536)
        except OSError:
            pass

    def act_bomb(self, path):
        self.reply(200, gzip.compress(b"\0" * (64 << 20)), [("Content-Encoding", "gzip")])

    def act_gzip(self, path):
        self.reply(200, gzip.compress(b"unfolded"), [("Content-Encoding", "gzip")])

    def act_headers(self, path):
        count, size = (int(part) for part in path.split("/")[2:4])
        self.reply(200, b"", [(f"X-{i}", "v" * size) for i in range(count)])

    def act_silent(self, path):
        self.server.release.wait(PATIENCE_S)
        self.close_connection = True

    def act_drip(self, path):
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.close_connection = True
        try:
            while not self.server.release.wait(0.1):
                self.wfile.write(b".")
                self.wfile.flush()
        except OSError:
            pass

    def act_cut(self, path):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def act_drop(self, path):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def act_garbage(self, path):
        self.connection.sendall(b"\x00\x01\x02 this is no HTTP\r\n\r\n")
        self.close_connection = True

    def act_cookie(self, path):
        self.reply(200, b"", [("Set-Cookie", "a=b")])

    def act_early(self, path):
        self.connection.sendall(b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
        self.reply(200, b"late", [("X-Late", "1")])

    def act_once(self, path):
        """Answer, then close the kept connection without a word."""
        self.reply(200, b"once")
        self.close_connection = True


class Server:
    """A department on a port of its own."""

    def __init__(self, certificate=None, host="127.0.0.1", versions=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        kind = type("Threads", (ThreadingHTTPServer,), {"address_family": family, "daemon_threads": True, "request_queue_size": 512})
        self.http = kind((host, 0), Department)
        self.http.seen, self.http.lock, self.http.release = [], threading.Lock(), threading.Event()
        self.http.handle_error = lambda *arguments: None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            if versions:
                context.set_ciphers("ALL:@SECLEVEL=0")
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is wanted here
                    context.minimum_version, context.maximum_version = versions
            context.load_cert_chain(certificate)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.http.server_address[1]
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def seen(self):
        with self.http.lock:
            return list(self.http.seen)

    def close(self):
        self.http.release.set()
        self.http.shutdown()
        self.http.server_close()


def rule(*targets, methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"), paths=("/*",), private=True, plain=True):
    return [{"target": target, "methods": list(methods), "paths": list(paths), "private": private, "plain": plain}
            for target in targets]
