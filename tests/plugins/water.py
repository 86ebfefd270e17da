# SPDX-License-Identifier: Apache-2.0
"""A center whose one department is a real HTTP service, and the configuration that connects it."""
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from hub import DemoOf, center, matter, service, text

HTTP = "http-1.0.0"
TOKEN = "water-token-0123456789"
CALLBACK = "callback-secret-0123456789"


class Department:
    """department.py as a process of its own: it can be killed, and comes back with its records."""

    def __init__(self, folder, *options, port=0):
        self.database, self.options, self.port = Path(folder) / "department.db", options, port
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    def start(self):
        self.process = subprocess.Popen([sys.executable, str(Path(__file__).parent / "department.py"), str(self.database),
                                         "--port", str(self.port), *self.options], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().split()
        assert line and line[0] == "ready", line
        self.port = int(line[1])
        return self

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def state(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/state", timeout=5) as answer:
            return json.load(answer)

    def counts(self):
        """key -> records"""
        return self.state()["counts"]


def settings(base_url, **more):
    """What docs/connectors/http.md builds up, step by step."""
    return {
        "base_url": base_url, "mode": "poll", "timeout_ms": 500, "auth": {"type": "bearer"},
        "idempotency_header": "Idempotency-Key",
        "submit": {"path": "/cases", "body": {"key": "{{idempotency_key}}", "area": "{{form.area?}}", "fault": "{{form.fault?}}",
                                              "matter": "{{matter}}", "applicant": "{{applicant.name}}", "number": "{{application}}"}},
        "status": {"path": "/cases/{{external_ref}}"},
        "lookup": {"path": "/cases?key={{idempotency_key}}", "record": "/items/0"},
        "cancel": {"path": "/cases/{{external_ref}}"},
        "input": {"path": "/cases/{{external_ref}}/input", "body": {"area": "{{input.area}}"}},
        "poll": {"interval_ms": 100, "interval_max_ms": 400, "safety_ms": 60000},
        "answer": {
            "external_ref": "/id", "status": "/status", "reasons": "/reasons", "conditions": "/conditions", "document_no": "/document",
            "percent": "/percent", "fields": "/missing", "question": "/question", "field_names": {"surface": "area"}, "message": "/error",
            "values": {"open": "pending", "ask": "need_input", "granted": "approve", "granted_if": "approve_with_conditions",
                       "refused": "reject"}},
        **more}


def water_center(folder, configuration):
    field = {"id": "area", "type": "integer", "label": text("面积", "Area"), "required": False, "min": 1, "max": 9999}
    fault = {"id": "fault", "type": "text", "label": text("故障", "Fault"), "required": False, "min_length": 1, "max_length": 60}
    config = center(folder, ["water"], [matter("w", "water", fields=["area", "fault"])],
                    [service("pipe", ["w"], form=[field, fault], example_form={"area": 100})])
    secrets = Path(folder) / "secrets" / "water"
    secrets.mkdir(parents=True, exist_ok=True)
    for name, value in (("token", TOKEN), ("sign", "sign-key"), ("callback", CALLBACK)):
        (secrets / name).write_text(value)
        os.chmod(secrets / name, 0o600)
    return {**config, "secrets": str(Path(folder) / "secrets"),
            "connectors": [{"id": "water", "module": HTTP, "config": configuration}]}


class Water(DemoOf):
    """The hub of that center."""

    def __init__(self, folder, configuration):
        super().__init__(folder, water_center(folder, configuration))

    def apply(self, key=None, **form):
        body = {**self.example("pipe"), "form": form}
        answer = self.submit(body, key)
        assert answer.status in (200, 201, 202), answer.raw
        return answer.json["number"]

    def opinion(self, number, timeout=30):
        return self.wait_for(number, lambda a: a["status"] == "decided", timeout)["tasks"][0]["opinion"]

    def wait_state(self, number, *states, timeout=30):
        return self.wait_for(number, lambda a: a["tasks"][0]["state"] in states, timeout)["tasks"][0]


def call_back(hub, reference, body, event="e-1", secret=CALLBACK, at=None, connector="water"):
    """What a department does when it has news: POST, signed."""
    data = json.dumps(body, ensure_ascii=False).encode()
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), f"{stamp}.{event}.{connector}.{reference}.".encode() + data, hashlib.sha256).hexdigest()
    connection = hub.connection()
    connection.request("POST", f"/v1/callbacks/{connector}/{reference}", data,
                       {"Content-Type": "application/json", "Onedoor-Timestamp": stamp, "Onedoor-Event": event,
                        "Onedoor-Signature": "v1=" + mac})
    status = connection.getresponse().status
    connection.close()
    return status
