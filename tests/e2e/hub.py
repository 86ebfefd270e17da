# SPDX-License-Identifier: Apache-2.0
"""A real hub in a temporary folder, driven from outside: its processes, its files, its HTTP door."""
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlparse

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("OD_BUILD", ROOT / "build" / "release"))
SHARED = Path(os.environ.get("OD_SHARED", ROOT.parent / "shared"))
SIM = "sim-1.0.0"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.raw = status, headers, body

    @property
    def json(self):
        return json.loads(self.raw)


class Hub:
    """`with Hub() as hub:` starts onedoord and ends it; kill() and start() in between are a crash."""

    def __init__(self, *arguments, config=None, data=None, environment=None):
        self.folder = Path(data or tempfile.mkdtemp(prefix="onedoor-test-"))
        self.arguments = list(arguments)
        self.config = config
        self.environment = environment or {}
        self.process = None
        self.address = None
        self.keep = data is not None
        self.key = None
        self.programs = BUILD / "bin"
        self.prefix = []         # a program before the hub's, with its arguments

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def command(self):
        words = [*self.prefix, str(self.programs / "onedoord")]
        if self.config is not None:
            path = self.folder / "onedoor.json"
            path.write_text(json.dumps(self.config))
            words += ["--config", str(path)]
        else:
            words += ["--demo"]
        return words + ["--data", str(self.folder / "data"), "--listen", "127.0.0.1:0"] + self.arguments

    def start(self, timeout=20):
        self.log = open(self.folder / "hub.log", "ab")
        self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=self.log,
                                        env={**os.environ, **self.environment})
        started = time.monotonic()
        line = self.process.stdout.readline().decode()
        if not line.startswith("ready "):
            self.process.wait(timeout)
            raise RuntimeError("the hub did not start:\n" + (self.folder / "hub.log").read_text()[-2000:])
        self.ready_s = time.monotonic() - started
        self.address = line.split()[1]
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def stop(self, timeout=20):
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the hub did not drain:\n" + (self.folder / "hub.log").read_text()[-2000:])

    def connection(self, timeout=20):
        url = urlparse(self.address)
        return http.client.HTTPConnection(url.hostname, url.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, timeout=20):
        connection = self.connection(timeout)
        try:
            head = {"Accept-Language": "en", **(headers or {})}
            if self.key:
                head.setdefault("Authorization", "Bearer " + self.key)
            data = None
            if body is not None:
                data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
                head.setdefault("Content-Type", "application/json")
            connection.request(method, path, data, head)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, {} if body is None else body, **more)

    def submit(self, body, key=None):
        return self.post("/v1/applications", body, headers={"Idempotency-Key": key} if key else None)

    def example(self, service):
        return self.get(f"/v1/services/{service}/example").json

    def show(self, number):
        return self.get(f"/v1/applications/{number}").json

    def wait_for(self, number, predicate, timeout=15):
        """The application once predicate holds; a bounded wait."""
        until = time.monotonic() + timeout
        while True:
            application = self.show(number)
            if predicate(application):
                return application
            assert time.monotonic() < until, json.dumps(application, ensure_ascii=False)[:3000]
            time.sleep(0.02)

    def events(self, number):
        items, cursor = [], ""
        while cursor is not None:
            page = self.get(f"/v1/applications/{number}/events{cursor and '?cursor=' + cursor}").json
            items, cursor = items + page["items"], page["next_cursor"]
        return items

    def hosts(self):
        """Pids of the connector processes by connector id."""
        return {c["id"]: c["pid"] for c in self.get("/v1/connectors").json["items"] if c["pid"]}

    def wait_connectors(self, state="active", timeout=10):
        until = time.monotonic() + timeout
        while any(c["state"] != state for c in self.get("/v1/connectors").json["items"]):
            assert time.monotonic() < until, self.get("/v1/connectors").raw
            time.sleep(0.02)

    def rss_mib(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0


class DemoOf(Hub):
    """A hub of a test's own center, with one key that may do everything."""

    SECRET = "test-key-0123456789abcdef"

    def __init__(self, folder, config, *arguments):
        config = {**config, "keys": [{"id": "all", "hash": "sha256:" + hashlib.sha256(self.SECRET.encode()).hexdigest(),
                                      "roles": ["front_desk", "head", "supervisor", "admin"]}]}
        super().__init__(*arguments, config=config, data=str(folder))
        self.key = self.SECRET


def programs(folder, arguments, modules="*"):
    """The hub's programs in folder/bin, where the hosts of modules (a shell pattern) get more arguments."""
    place = Path(folder) / "bin"
    place.mkdir()
    for program in (BUILD / "bin").iterdir():
        if program.name not in ("onedoord", "onedoor-host"):
            (place / program.name).symlink_to(program)
    shutil.copy(BUILD / "bin" / "onedoord", place)  # it finds the others beside itself
    host = place / "onedoor-host"
    host.write_text(f'''#!/bin/sh
unset PWD OLDPWD
case "$*" in
{modules}) exec {BUILD}/bin/onedoor-host "$@" {arguments} ;;
*) exec {BUILD}/bin/onedoor-host "$@" ;;
esac
''')
    host.chmod(0o755)
    return place


def text(zh, en=None):
    return {"zh-CN": zh, "en": en or zh}


def matter(id, department, promised=5, statutory=20, unit="working_day", **more):
    return {"id": id, "department": department, "name": text(id), "kind": "promised",
            "legal_basis": [{"title": text("行政许可法", "Licensing Law"), "article": "42"}],
            "procedure": [text("审查", "Review")], "materials": [],
            "limits": {"statutory": {"unit": unit, "length": statutory}, "promised": {"unit": unit, "length": promised}},
            "fees": [], "fields": [], "expiry": "none", "pauses": [], **more}


def service(id, matters, policy=None, form=None, example_form=None, unit="working_day", promised=10, statutory=45, **more):
    return {"id": id, "name": text(id), "summary": text(id), "applicant_kinds": ["person", "organization"],
            "matters": matters, "policy": policy or {"kind": "all"}, "stops_on_veto": False,
            "limits": {"statutory": {"unit": unit, "length": statutory}, "promised": {"unit": unit, "length": promised}},
            "form": form or [],
            "example": {"service": id, "applicant": {"kind": "person", "name": "王小明"}, "form": example_form or {}, "materials": []},
            **more}


def center(folder, departments, matters, services, zone="Asia/Shanghai", calendar=None, rolls_receipt=False):
    """Write a catalogue into folder/catalog and return a configuration for it."""
    catalog = Path(folder) / "catalog"
    catalog.mkdir(parents=True, exist_ok=True)
    (catalog / "all.json").write_text(json.dumps({
        "center": {"id": "test", "name": text("测试中心", "Test center"), "time_zone": zone, "calendar": "test",
                   "office_hours": {"opens": "09:00", "closes": "17:00", "rolls_receipt": rolls_receipt}},
        "calendars": [calendar or {"id": "test", "name": text("日历", "Calendar"), "weekend": ["saturday", "sunday"],
                                   "published_until": "2026-12-31", "holidays": [], "working_days": []}],
        "departments": [{"id": d, "name": text(d)} for d in departments],
        "matters": matters, "services": services}, ensure_ascii=False))
    return {"listen": "127.0.0.1:0", "data": "data", "catalog": "catalog", "modules": str(BUILD / "modules"), "modules_unsigned": True,
            "connectors": []}


def connector(id, **config):
    return {"id": id, "module": SIM, "config": config}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
