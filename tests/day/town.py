# SPDX-License-Identifier: Apache-2.0
"""The town around the center: six departments, each with the software that it has, a gateway for text messages, a courier; and
the center's hub, whose wall clock is set once for each part of the day. `python3 tests/day/town.py` opens it for people to try."""
import datetime
import glob
import hashlib
import json
import os
import shlex
import shutil
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLACE = Path(__file__).resolve().parent
sys.path[:0] = [str(PLACE.parent / "e2e"), str(PLACE.parent / "oracle")]

from carrier import TOKEN as CARRIER_TOKEN  # noqa: E402
from carrier import Carrier  # noqa: E402
from hub import BUILD, ROOT, Hub, free_port  # noqa: E402
from notice_parts import Gateway, Handler, Part  # noqa: E402
from postgres import BINARIES, PASSWORD, Postgres  # noqa: E402,F401

FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
NOBODY = 65534
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
KEYS = {"window-3": {"roles": ["front_desk"]}, "window-5": {"roles": ["front_desk"]}, "li.na": {"roles": ["officer"], "department": "fire"},
        "watch": {"roles": ["supervisor"]}, "admin": {"roles": ["admin"]}, "water": {"roles": ["connector"], "connector": "water"}}
TABLES = """
CREATE TABLE onedoor_inbox (task_key text PRIMARY KEY, area integer, trade_name text, form jsonb, received timestamptz, withdrawn_at timestamptz);
CREATE TABLE onedoor_outbox (id bigserial PRIMARY KEY, task_key text NOT NULL, result text NOT NULL, reasons text, permit text,
                             taken_at timestamptz, note text);"""

CONDITION, REASONS = "后厨须公示操作流程。", "人行道净宽不足三米，不得占用。"


def secret_of(name):
    return f"key-of-{name}-0123456789"


def key_as_published(town):
    """The evidence key as anybody gets it."""
    return town.get("/v1/evidence/key").json["pem"]


class Cases(Handler):
    """The Market Regulation Office's REST service: POST /cases, once for each key; GET /cases/{id}."""

    def do_POST(self):
        office, body, key = self.server.part, json.loads(self.read()), self.headers["Idempotency-Key"]
        with office.lock:
            if key not in office.messages:
                office.messages[key] = {"id": f"M-{len(office.messages) + 1}", "status": "open", "asked": body}
            case = office.messages[key]
        self.answer(201, {"id": case["id"], "status": case["status"]})

    def do_GET(self):
        office, id = self.server.part, self.path.rsplit("/", 1)[-1]
        with office.lock:
            found = [{k: v for k, v in case.items() if k != "asked"} for case in office.messages.values() if case["id"] == id]
        self.answer(200 if found else 404, found[0] if found else {})


class Spool:
    """The Streets Office: batches in `out`, answers into `in`."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("in", "out", "done", "refused", "sent"):
            (folder / name).mkdir(parents=True)
        self.give()

    def give(self):
        """Under root a module is never root: the folder is nobody's."""
        for path in [self.folder, *self.folder.rglob("*")]:
            if os.getuid() == 0:
                os.chown(path, NOBODY, NOBODY)

    def rows(self):
        """Lines of all batches that are out, headers and trailers left away."""
        names = sorted(path for path in (self.folder / "out").iterdir() if not path.name.startswith("."))
        return [line for path in names for line in path.read_text().splitlines()[2:-1]]

    def answer(self, sequence, *rows):
        lines = [f"H,streets,{sequence}", "C,KEY,WORD,WHY", *(",".join(["D", *row]) for row in rows), f"T,{len(rows)}"]
        part = self.folder / "in" / f".{sequence}.csv"
        part.write_text("\n".join(lines) + "\n")
        self.give()
        part.rename(part.with_name(f"streets-{sequence}.csv"))


class Town(Hub):
    """`with Town(folder) as town:` everything works; town.at("2026-06-11T14:00") is a night's rest of the hub and another day."""

    def __init__(self, folder, now=None):
        super().__init__(config={}, data=str(folder))
        self.now = now
        self.port = free_port()  # one for the whole day: who was connected finds the hub again
        self.water_office = None

    def command(self):
        words = super().command()
        words[words.index("--listen") + 1] = f"127.0.0.1:{self.port}"
        return words

    def __enter__(self):
        self.gateway, self.market, self.carrier, self.postgres = Part(Gateway), Part(Cases), Carrier(), Postgres()
        try:
            self.carrier.__enter__()
            self.postgres.__enter__()
            self.postgres.sql(TABLES)
            self.spool = Spool(self.folder / "folders" / "streets")
            self.furnish()
            self.open_doors()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.water_office:
            self.water_office.kill()
            self.water_office.wait()
        try:
            self.stop()
        finally:
            for part in (self.gateway, self.market):
                part.close()
            self.carrier.__exit__()
            self.postgres.__exit__()

    def furnish(self):
        catalog = self.folder / "catalog"
        shutil.copytree(PLACE / "center" / "catalog", catalog)
        for file in ("calendars/cn.json", "rules/cn-licensing.json"):
            shutil.copy(ROOT / "configs" / file, catalog)
        for connector, name, value in (("sms", "token", "t0k3n"), ("market", "token", "m4rket"), ("health", "password", PASSWORD),
                                       ("post", "token", CARRIER_TOKEN)):
            secret = self.folder / "secrets" / connector / name
            secret.parent.mkdir(parents=True, exist_ok=True)
            secret.write_text(value)
            secret.chmod(0o600)
        words = string.Template((PLACE / "center" / "connectors.json").read_text())
        connectors = json.loads(words.substitute(postgres=self.postgres.port, market=self.market.url, gateway=self.gateway.url,
                                                 carrier=f"http://127.0.0.1:{self.carrier.port}"))
        self.config = {"listen": "127.0.0.1:0", "data": "data", "catalog": "catalog", "modules": str(BUILD / "modules"), "modules_unsigned": True,
                       "secrets": str(self.folder / "secrets"), "folders": str(self.folder / "folders"), "connectors": connectors,
                       "keys": [{"id": id, "hash": "sha256:" + hashlib.sha256(secret_of(id).encode()).hexdigest(), **more} for id, more in KEYS.items()]}

    def open_doors(self):
        """The hub, at self.now; then the Water Office's own program, on its own machine as it were."""
        if self.now:
            offset = datetime.datetime.fromisoformat(self.now + ":00+08:00").timestamp() - time.time()
            self.environment = {"LD_PRELOAD": FAKETIME, "FAKETIME": f"{offset:+.0f}", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
                                "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        self.start(60)
        if self.ask("admin", "GET", "/v1/connectors/water").status == 404:
            loaded = self.ask("admin", "PUT", "/v1/connectors/water", {"remote": {"submit_dedupe": "native", "fields": ["*"], "lease_ms": 3000}})
            assert loaded.status == 202, loaded.raw
        if self.water_office is None:
            with open(self.folder / "water.log", "ab") as log:
                self.water_office = subprocess.Popen([sys.executable, str(ROOT / "plugins/remote-python/water.py"), self.address, secret_of("water"),
                                                      str(self.folder / "water.sqlite")], stderr=log)
        self.wait_for_all()

    def wait_for_all(self, timeout=30):
        until = time.monotonic() + timeout
        while any(c["state"] != "active" for c in self.ask("admin", "GET", "/v1/connectors").json["items"]):
            assert time.monotonic() < until, self.ask("admin", "GET", "/v1/connectors").raw
            time.sleep(0.02)

    def at(self, now):
        self.stop()
        self.now = now
        self.open_doors()

    def die_and_come_back(self):
        """kill -9; the wall clock goes on meanwhile as it does."""
        self.kill()
        self.start(60)
        self.wait_for_all()

    def offices_answer(self, number):
        """The three that have software of their own, each by its own means: a row, a state, a file."""
        self.postgres.sql(f"INSERT INTO onedoor_outbox (task_key, result, permit) VALUES ('{number}.4', 'granted', 'WS-2026-17')")
        with self.market.lock:
            self.market.messages[f"{number}.6"].update(status="granted_if", conditions=[CONDITION], licence="SP-2026-88")
        self.spool.answer(1, (f"{number}.5", "refused", REASONS))

    def parcel_arrives(self):
        for parcel in self.carrier.parcels:
            self.carrier.move(parcel["key"], "SIGNED", receipt="R-9")

    def ask(self, who, method, path, body=None, headers=None):
        """As the holder of a key; None: as anybody."""
        return self.request(method, path, body, {**({"Authorization": "Bearer " + secret_of(who)} if who else {}), **(headers or {})})

    def act(self, who, path, body=None, status=(200, 201)):
        answer = self.ask(who, "POST", path, body if body is not None else {})
        assert answer.status in ((status,) if isinstance(status, int) else status), answer.raw
        return answer.json

    def show(self, number):
        return self.ask("watch", "GET", f"/v1/applications/{number}").json

    def applications(self):
        return self.ask("watch", "GET", "/v1/applications").json["items"]

    def events(self, number):
        return self.ask("watch", "GET", f"/v1/applications/{number}/events").json["items"]


def show_to_people():
    """The town for whoever reads docs/a-day.md: it stays open, and Enter goes on with the story."""
    folder = Path(tempfile.mkdtemp(prefix="onedoor-day-"))
    try:
        with Town(folder, "2026-06-09T09:30" if FAKETIME else None) as town:
            print(f'export ONEDOOR_URL={town.address} PATH={BUILD}/bin:$PATH SDK={ROOT}/sdk\n'
                  f'printf %s {shlex.quote(PDF.decode())} > plan.pdf\n'
                  'export INQUIRY=inq-1 COMPLAINT=cmp-1 RATING=evl-1   # NUMBER=... CODE=... from the receipt', flush=True)
            for what, act in (("the three offices answer", lambda: [town.offices_answer(a["number"]) for a in town.applications()[:1]]),
                              ("it is Thursday, 11 June, 14:00", lambda: town.at("2026-06-11T14:00")),
                              ("the parcel arrives", town.parcel_arrives),
                              ("it is Tuesday, 23 June, 10:00", lambda: town.at("2026-06-23T10:00")),
                              ("it is Wednesday, 1 July, 9:30", lambda: town.at("2026-07-01T09:30")), ("the town closes", lambda: None)):
                input(f"\nEnter: {what}. ")
                act()
    except (EOFError, KeyboardInterrupt):
        print()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    show_to_people()
