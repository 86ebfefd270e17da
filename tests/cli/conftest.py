# SPDX-License-Identifier: Apache-2.0
"""The program under test, and a hub that answers by a script of the test."""
import json
import os
import pathlib
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

SOURCE = pathlib.Path(os.environ.get("OD_SOURCE", pathlib.Path(__file__).parents[2]))
SHARED = pathlib.Path(os.environ.get("OD_SHARED", SOURCE / ".." / "shared"))
TIMEOUT_S = 60
# A password is hashed with 1 GiB of memory, as minisign demands: a minute beside other work, more under a sanitizer.
PASSWORD_TIMEOUT_S = 240
PASSWORD_VERBS = {("plugin", "key"), ("plugin", "sign")}
PROGRAM = pathlib.Path(os.environ.get("OD_BUILD", SOURCE / "build" / "dev")) / "bin" / "onedoor"


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def onedoor(tmp_path):
    """onedoor(*arguments, url=None, stdin=None, env={}) -> Result, in an English environment."""
    if not PROGRAM.exists():
        pytest.skip(f"no program at {PROGRAM}")

    def run(*arguments, url=None, stdin=None, env=None):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(("LC_", "LANG", "ONEDOOR", "http_proxy", "HTTP_PROXY", "NO_COLOR", "COLUMNS"))}
        environment.update({"LC_ALL": "C", **(env or {})})
        if url is not None:
            environment["ONEDOOR_URL"] = url
        done = subprocess.run([str(PROGRAM), *map(str, arguments)], input=stdin, capture_output=True, text=True,
                              env=environment, cwd=SOURCE, check=False,
                              timeout=PASSWORD_TIMEOUT_S if arguments[:2] in PASSWORD_VERBS else TIMEOUT_S)
        assert "Sanitizer" not in done.stderr, done.stderr
        return Result(done)

    return run


@pytest.fixture
def shared():
    if not SHARED.exists():
        pytest.skip("no shared data")
    return SHARED


class Hub:
    """Answers are taken from the list of the route, the last one again and again."""

    def __init__(self, url):
        self.url, self.answers, self.seen = url, {}, []

    def on(self, route, *answers):
        self.answers[route] = list(answers)

    def next(self, route):
        answers = self.answers.get(route)
        if answers is None:
            return answer(404, {"title": "Not found", "status": 404}, problem=True)
        return answers.pop(0) if len(answers) > 1 else answers[0]


def answer(status, body, headers=None, problem=False):
    text = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    media = "application/problem+json" if problem else "application/json"
    return {"status": status, "body": text, "headers": {"Content-Type": media, **(headers or {})}}


def stream(*events):
    """An event stream: (id, type, data) each, then its end."""
    text = "".join(f"id: {number}\nevent: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
                   for number, kind, data in events)
    return {"status": 200, "body": (": hello\n\n" + text).encode(), "headers": {"Content-Type": "text/event-stream"}}


class Handler(BaseHTTPRequestHandler):
    def perform(self):
        hub = self.server.hub
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        hub.seen.append({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body})
        path = self.path.split("?")[0]
        reply = hub.next(f"{self.command} {path}")
        if reply == "hang up":
            self.close_connection = True
            return
        self.send_response(reply["status"])
        for name, value in reply["headers"].items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply["body"])))
        self.end_headers()
        self.wfile.write(reply["body"])

    do_GET = do_POST = do_PUT = do_DELETE = perform

    def log_message(self, *arguments):
        pass


@pytest.fixture
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.hub = Hub(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.hub
    server.shutdown()
    server.server_close()
    thread.join()
