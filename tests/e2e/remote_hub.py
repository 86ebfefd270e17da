# SPDX-License-Identifier: Apache-2.0
"""A hub whose department `water` is served from elsewhere: a client that speaks for it, and the shipped programs."""
import hashlib
import json
import secrets
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

from hub import ROOT, DemoOf, center, matter, service
from nng_desk import Desk

PROGRAMS = ROOT / "plugins" / "remote-python"
WATER_KEY = "water-key-0123456789"
LAND_KEY = "land-key-0123456789"
REMOTE = {"submit_dedupe": "native", "fields": ["*"], "applicant": ["*"], "lease_ms": 3000}


def key_of(id, secret, **more):
    return {"id": id, "hash": "sha256:" + hashlib.sha256(secret.encode()).hexdigest(), **more}


class RemoteHub(DemoOf):
    def __init__(self, folder, remote=REMOTE, nng=None, secrets=None):
        config = center(folder, ["water", "land"], [matter("w", "water"), matter("l", "land", pauses=["hearing"])],
                        [service("both", ["w", "l"]), service("quick", ["w"])])
        config["nng"] = nng or {"front_desk": f"ipc://{folder}/desk", "connectors": f"ipc://{folder}/connectors"}
        if secrets:
            config["secrets"] = secrets
        super().__init__(folder, config)
        self.config["keys"] += [key_of("water", WATER_KEY, roles=["connector"], connector="water"),
                                key_of("land", LAND_KEY, roles=["connector"], connector="land"),
                                key_of("loose", "loose-key-0123456789", roles=["connector"])]
        self.remote = remote
        self.children = []

    def __exit__(self, *more):
        for program in self.children:
            program.kill()
            program.wait()
        super().__exit__(*more)

    def load(self, id="water", expect=202, query="", **body):
        answer = self.request("PUT", f"/v1/connectors/{id}{query}", body or {"remote": self.remote})
        assert answer.status == expect, answer.raw
        return answer.json

    def show_connector(self, id="water"):
        return self.get(f"/v1/connectors/{id}").json

    def program(self, name, *arguments):
        """One of plugins/remote-python, started; arguments follow its name."""
        program = subprocess.Popen([sys.executable, str(PROGRAMS / name), *map(str, arguments)],
                                   stderr=open(self.folder / f"{name}.log", "ab"))
        self.children.append(program)
        return program

    def water(self, address=None):
        return self.program("water.py", address or self.address, WATER_KEY, self.folder / "book.sqlite")

    def water_nng(self, url=None):
        return self.program("water_nng.py", url or f"ipc://{self.folder}/connectors", WATER_KEY, self.folder / "book.sqlite")

    def book(self):
        """Key -> reference of every record that the department holds."""
        with sqlite3.connect(self.folder / "book.sqlite") as book:
            return dict(book.execute("select key, ref from water"))


class Client:
    """A connector that does what the test says, over HTTP; each request is one call."""

    def __init__(self, hub, key=WATER_KEY, instance=None):
        self.hub, self.key, self.instance = hub, key, instance or secrets.token_hex(8)
        self.session, self.id, self.report_id, self.seq = {}, 0, 0, 0

    def post(self, request, message, timeout=30):
        return self.hub.request("POST", f"/v1/connector/{request}", message,
                                headers={"Authorization": "Bearer " + self.key}, timeout=timeout)

    def ask(self, request, body, id=None, **more):
        if id is None:
            self.id += 1
        message = {"id": id or self.id, **self.session, "body": body}
        answer = self.post(request, message, **more)
        assert answer.status == 200, answer.raw
        return answer.json["body"]

    def hello(self):
        self.session = {}
        welcome = self.ask("hello", {"protocol": [1, 1], "instance": self.instance})
        self.session, self.seq = {"session": welcome["session"], "epoch": welcome["epoch"]}, 0
        return welcome

    def poll(self, want=32, **more):
        """Items of one kind of answer or another; taken over at once."""
        answer = self.ask("poll", {"ack": self.seq, "want": want, "ready": True}, **more)
        items = answer.get("items", [])
        self.seq = max([self.seq, *(item["seq"] for item in items)])
        return items

    def report(self, kind, item, **payload):
        self.report_id += 1
        answer = self.ask("report", {"items": [{"kind": kind, "id": self.report_id, "task": item["task"], "payload": payload}]})
        return answer["items"][0]["answer"] if "items" in answer else answer["error"]["code"]


class NngClient(Client):
    """The same over the connectors' nng door."""

    def __init__(self, hub, **more):
        super().__init__(hub, **more)
        self.wire = Desk(hub.folder / "connectors", timeout=30)

    def post(self, request, message, timeout=30):
        answer = self.wire.ask_bytes(json.dumps({"request": request, "key": self.key, "language": "en", **message}).encode())
        return Reply(answer)


class Reply:
    def __init__(self, answer):
        self.status = answer.get("status", 200)
        self.json = answer["body"] if "status" in answer else answer
        self.raw = json.dumps(answer)
