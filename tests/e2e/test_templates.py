# SPDX-License-Identifier: Apache-2.0
"""What `plugin new` makes, in a real center with a real department behind it: submitted once, asked until it has
decided, and not again after the connector was killed."""
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hub import BUILD, Hub


class Department:
    """POST /v1/permits with a key -> 201 {"id"}; GET /v1/permits/<id> -> pending until it may decide."""

    def __init__(self):
        self.keys, self.asked, self.may_decide = [], 0, threading.Event()
        department = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body):
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                department.keys.append(self.headers["Idempotency-Key"])
                self.answer(201, {"id": f"P-{department.keys.index(self.headers['Idempotency-Key'])}"})

            def do_GET(self):
                department.asked += 1
                decided = department.may_decide.is_set()
                self.answer(200, {"status": "approved" if decided else "pending", "reason": "Seen on site."})

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def wait(holds, timeout_s=30):
    until = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def onedoor(*words, **more):
    env = {**os.environ, "PATH": f"{BUILD / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    return subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True, env=env, **more).stdout


@pytest.fixture
def folder(tmp_path):
    yield tmp_path / "desk"
    shutil.rmtree(BUILD / "modules/gov.fire-1.0.0", ignore_errors=True)


def load(hub, language, folder, url):
    """Put it in the place of the department fire; returns how to start and kill what runs."""
    onedoor("onedoor", "plugin", "new", "gov.fire", "--lang", language, "--style", "poll", folder)
    config = {"base_url": url, "poll_ms": 50}
    if language == "c":
        manifest = folder / "manifest.json"
        text = json.loads(manifest.read_text())
        text["capabilities"]["http"][0].update(private=True, plain=True)  # this department has neither TLS nor a public address
        manifest.write_text(json.dumps(text, indent=2))
        onedoor("make", "-C", folder)
        shutil.copytree(folder / "gov.fire-1.0.0", BUILD / "modules/gov.fire-1.0.0")
        body = {"module": "gov.fire-1.0.0"}
    else:
        body = {"remote": json.loads((folder / "remote.json").read_text())["remote"]}
    answer = hub.request("PUT", "/v1/connectors/fire", {**body, "config": config, "approve": True, "bake_ms": 1})
    assert answer.status == 202, answer.raw


def start(hub, folder):
    return subprocess.Popen(["/usr/bin/python3", "connector.py"], cwd=folder, env={
        **os.environ, "ONEDOOR_URL": hub.address, "ONEDOOR_KEY": "demo", "ONEDOOR_CONNECTOR": "fire"})


@pytest.mark.parametrize("language", ["c", "python"])
def test_a_template_works_in_a_center(language, folder):
    department, process = Department(), None
    try:
        with Hub() as hub:
            hub.wait_connectors()
            load(hub, language, folder, department.url)
            process = start(hub, folder) if language == "python" else None
            show = lambda: hub.get("/v1/connectors/fire").json  # noqa: E731
            wait(lambda: show()["kind"] == ("remote" if process else "module") and show()["state"] == "active" and
                 show()["rollout"] is None and (process or show()["module"] == "gov.fire-1.0.0"))
            number = hub.submit(hub.example("open-restaurant")).json["number"]
            fire = lambda: next(t for t in hub.show(number)["tasks"] if t["department"] == "fire")  # noqa: E731
            wait(lambda: fire()["state"] == "accepted" and department.asked > 2)
            assert fire()["external_ref"] == "P-0"
            asked = department.asked
            if process:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process = start(hub, folder)
            else:
                os.kill(show()["pid"], signal.SIGKILL)
            wait(lambda: department.asked > asked + 2)
            department.may_decide.set()
            wait(lambda: fire()["opinion"] is not None)
            assert fire()["opinion"]["opinion"] == "approve" and fire()["opinion"]["reasons"] == ["Seen on site."]
            assert len(department.keys) == 1
    finally:
        if process:
            process.kill()
            process.wait()
        department.close()
