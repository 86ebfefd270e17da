# SPDX-License-Identifier: Apache-2.0
"""Documents through the real doors: streamed in, kept once, pinned as versions, read by those who may; hostile ones refused
with nothing left of them."""
import base64
import contextlib
import hashlib
import io
import json
import os
import socket
import sqlite3
import struct
import subprocess
import threading
import time
import zipfile
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import crash_raw as raw
import pytest
from hub import BUILD, DemoOf, Hub, center, matter, service, text
from remote_hub import Client
from test_contract import Contract
from test_disk import small_disk

PDF = b"%PDF-1.7\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100)
KEYS = {"scanner": (["connector"], None), "brigade": (["connector"], None), "desk": (["front_desk"], None), "fire": (["officer"], "fire"), "water": (["officer"], "water"), "boss": (["supervisor"], None),
        "root": (["admin"], None)}


def document(size=20000, seed=1):
    return PDF + hashlib.sha256(b"%d" % seed).digest() * (size // 32)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def material(id, **more):
    return {"id": id, "name": text(id), **more}


def example_of(of, *materials):
    of["example"]["materials"] = [{"material": id} for id in materials]
    return of


def a_center(folder, **more):
    return center(folder, ["fire", "water"],
                  [matter("f", "fire", materials=[material("plan"), material("photo", types=["png", "jpeg"], max_bytes=5000)]),
                   matter("w", "water", materials=[material("plan"), material("meter", required=False)])],
                  [example_of(service("two", ["f", "w"]), "plan", "photo")], **more)


class Desk(DemoOf):
    """A hub with a key of each role; `as_` takes another one for what follows."""

    def __init__(self, folder, config, *arguments):
        super().__init__(folder, config, *arguments)
        self.config["keys"] += [{"id": id, "hash": "sha256:" + sha256(self.secret_of(id).encode()), "roles": roles,
                                 **({"department": department} if department else {}), **({"connector": id} if "connector" in roles else {})}
                                for id, (roles, department) in KEYS.items()]

    @staticmethod
    def secret_of(id):
        return f"{id}-key-0123456789abcdef"

    def as_(self, id):
        return {"Authorization": "Bearer " + self.secret_of(id)}

    def upload(self, path, content, media_type="application/pdf", name="a.pdf", headers=None, **query):
        query = {"name": name, **query}
        words = "&".join(f"{key}={quote(value)}" for key, value in query.items() if value is not None)
        return self.request("POST", f"{path}?{words}", content, headers={"Content-Type": media_type, **(headers or {})})

    def parts(self):
        return list((self.folder / "data" / "materials").glob(".part/*"))

    def contents(self):
        return sorted(p.name for p in (self.folder / "data" / "materials").glob("[0-9a-f][0-9a-f]/*"))

    def nothing_is_left(self, *contents):
        until = time.monotonic() + 10
        while self.parts() and time.monotonic() < until:
            time.sleep(0.02)
        assert self.parts() == []
        assert self.contents() == sorted(contents)


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, a_center(tmp_path)) as hub:
        yield hub
        assert hub.stop() == 0
        log = (hub.folder / "hub.log").read_text(errors="replace")
        assert "Sanitizer" not in log and "Assertion" not in log, log[-3000:]


def submit(hub, materials=None):
    body = {"service": "two", "applicant": {"kind": "person", "name": "王小明"}, "form": {}, "materials": materials or []}
    answer = hub.submit(body)
    assert answer.status == 201, answer.raw
    return answer.json


def test_the_notice_says_in_which_form(desk):
    """What, and in which form: in the one notice as the API, the page and the paper tell it."""
    application = submit(desk)
    plan, photo = application["notice"]["missing"]
    assert plan["material"] == "plan" and not {"types", "max_bytes", "form_text"} & set(plan), "nothing is limited there"
    assert (photo["types"], photo["max_bytes"]) == (["png", "jpeg"], 5000)
    assert photo["form_text"] == {"zh-CN": "PNG 或 JPEG 格式，不超过 5 KB", "en": "as PNG or JPEG, at most 5 KB"}
    number = application["number"]
    for path in (f"/applications/{number}", f"/paper/{number}/notice"):
        for language, words in photo["form_text"].items():
            page = desk.get(path, headers={"Accept-Language": language, "Accept": "text/html"}).raw.decode()
            assert page.count(words) >= 1, path


def test_a_document_on_its_whole_way(desk):
    """Uploaded first and named in the submission; supplied later; seen by each role as far as it may."""
    plan = document()
    first = desk.upload("/v1/materials", plan, name="图纸 🗺️.pdf")
    assert first.status == 201 and first.json["sha256"] == sha256(plan) and first.json["size"] == len(plan)
    application = submit(desk, [{"material": "plan", "name": "图纸 🗺️.pdf", "media_type": "application/pdf", "size": len(plan),
                                 "sha256": sha256(plan)}])
    path = f"/v1/applications/{application['number']}/materials"
    assert application["status"] == "incomplete", "the photo is missing"
    photo = desk.upload(path, PNG, "image/png", "p.png", material="photo")
    assert photo.status == 201, photo.raw
    assert (photo.json["id"], photo.json["version"], photo.json["supplied"]) == ("photo.1", 1, True)
    assert desk.show(application["number"])["status"] == "in_review", "an upload of what was missing is the supplement"
    items = desk.get(path).json["items"]
    assert [(i["id"], i["state"], i["newest"]) for i in items] == [("plan.1", "stored", True), ("photo.1", "stored", True)]
    contract = Contract(desk)
    contract.check("Upload", first, 201)
    contract.check("Upload", photo, 201)
    contract.items("Version", path)
    assert items[1]["by"] == "all" and items[1]["size"] == len(PNG)
    content = desk.get(path + "/plan.1/content")
    assert content.raw == plan and content.headers["Content-Type"] == "application/pdf"
    assert content.headers["X-Content-Type-Options"] == "nosniff" and "no-store" in content.headers["Cache-Control"]
    disposition = content.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''") and disposition.endswith(quote("图纸 🗺️.pdf", safe="-._"))
    event = next(e for e in desk.events(application["number"]) if e["type"] == "material_uploaded")
    assert event["sha256"] == sha256(PNG) and "p.png" not in json.dumps(event), "a name is no business of the journal"
    desk.kill()
    desk.start()
    assert desk.get(path).json["items"] == items
    assert desk.get(path + "/photo.1/content").raw == PNG


def test_versions_are_kept_and_equal_ones_are_one(desk):
    number = submit(desk)["number"]
    path = f"/v1/applications/{number}/materials"
    for seed in (1, 2):
        assert desk.upload(path, document(seed=seed), material="plan").status == 201
    again = desk.upload(path, document(seed=2), material="plan")
    assert (again.status, again.json["id"]) == (200, "plan.2"), "the same once more is no new version"
    assert again.headers["Idempotency-Replayed"] == "true"
    back = desk.upload(path, document(seed=1), material="plan")
    assert (back.status, back.json["id"]) == (201, "plan.3")
    items = desk.get(path).json["items"]
    assert [(i["id"], i["newest"], i["sha256"]) for i in items] == [
        ("plan.1", False, sha256(document(seed=1))), ("plan.2", False, sha256(document(seed=2))), ("plan.3", True, sha256(document(seed=1)))]
    assert desk.get(path + "/plan.1/content").raw == desk.get(path + "/plan.3/content").raw == document(seed=1)
    other = submit(desk)["number"]
    assert desk.upload(f"/v1/applications/{other}/materials", document(seed=1), material="plan").status == 201
    desk.nothing_is_left(sha256(document(seed=1)), sha256(document(seed=2)))


def test_a_number_means_one_document(desk):
    """Eight at once, a supplement between them, a crash: what was answered as plan.3 is plan.3."""
    number = submit(desk)["number"]
    path = f"/v1/applications/{number}/materials"
    first = document(seed=1)
    assert desk.upload("/v1/materials", first).status == 201
    named = {"material": "plan", "name": "a.pdf", "media_type": "application/pdf", "size": len(first), "sha256": sha256(first)}
    assert desk.post(f"/v1/applications/{number}/supplement", {"materials": [named]}).json["status"] == "incomplete"
    given, start = {"plan.1": sha256(first)}, threading.Barrier(8)

    def hand_in(seed):
        start.wait()
        answer = desk.upload(path, document(seed=seed), material="plan")
        assert answer.status == 201 and answer.headers["Location"] == f"{path}/{answer.json['id']}/content", answer.raw
        assert answer.json["id"] not in given, "given once"
        given[answer.json["id"]] = sha256(document(seed=seed))

    for round in range(3):
        threads = [threading.Thread(target=hand_in, args=(10 + 8 * round + i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(given) == 25
    assert desk.post(f"/v1/applications/{number}/supplement", {"materials": [named]}).json["status"] == "incomplete"
    given["plan.26"] = sha256(first)
    desk.kill()
    desk.start()
    items = desk.get(path).json["items"]
    assert {i["id"]: i["sha256"] for i in items} == given
    assert [i["version"] for i in items] == list(range(1, 27)) and [i["id"] for i in items if i["newest"]] == ["plan.26"]
    assert (items[0]["by"], items[25]["by"]) == ("all", "all") and items[0]["at"] < items[25]["at"]
    assert desk.get(f"{path}/plan.1/content").raw == desk.get(f"{path}/plan.26/content").raw == first
    told = {f"plan.{e['version']}": e["sha256"] for e in desk.events(number) if e["type"] == "material_uploaded"}
    assert told == {id: digits for id, digits in given.items() if id not in ("plan.1", "plan.26")}, "the journal says the same"


def test_who_may_see_and_hand_in(desk):
    application = submit(desk)
    number, code = application["number"], application["code"]
    path = f"/v1/applications/{number}/materials"
    assert desk.upload(path, PNG, "image/png", "p.png", material="photo").status == 201
    assert desk.upload(path, document(), material="plan").status == 201
    one = path + "/photo.1/content"
    for id, status in (("desk", 200), ("fire", 200), ("water", 403), ("boss", 200), ("root", 200)):
        assert desk.get(one, headers=desk.as_(id)).status == status, id
    seen = {id: [i["id"] for i in desk.get(path, headers=desk.as_(id)).json["items"]] for id in ("desk", "fire", "water")}
    assert seen == {"desk": ["photo.1", "plan.1"], "fire": ["photo.1", "plan.1"], "water": ["plan.1"]}
    for seed, (id, status) in enumerate((("desk", 201), ("root", 201), ("fire", 403), ("boss", 403)), start=10):
        answer = desk.upload(path, document(seed=seed), material="plan", headers=desk.as_(id))
        assert answer.status == status, (id, answer.raw)
        assert desk.upload("/v1/materials", document(), headers=desk.as_(id)).status == status, id
    desk.key = None
    assert desk.get(path).status == desk.get(one).status == desk.upload(path, PNG, material="photo").status == 401
    assert desk.upload("/v1/materials", document()).status == 401
    mine = {"Look-Up-Code": code}
    assert desk.get(one, headers=mine).raw == PNG
    assert len(desk.get(path, headers=mine).json["items"]) >= 2
    unasked = desk.upload(path, document(seed=7), material="plan", headers=mine)
    assert unasked.status == 422 and unasked.json["errors"][0]["code"] == "not_asked", "an applicant hands in what is asked for"
    desk.key = desk.secret_of("root")
    asked = submit(desk)
    desk.key = None
    theirs = {"Look-Up-Code": asked["code"]}
    uploaded = desk.upload(f"/v1/applications/{asked['number']}/materials", document(seed=7), material="plan", headers=theirs)
    assert uploaded.status == 201
    again = desk.upload(f"/v1/applications/{asked['number']}/materials", document(seed=7), material="plan", headers=theirs)
    assert (again.status, again.json["id"]) == (200, uploaded.json["id"]), "whose answer was lost sends it once more"
    last = desk.get(f"/v1/applications/{asked['number']}/materials", headers=theirs).json["items"][-1]
    assert last["by"] == "citizen" and last["id"] == uploaded.json["id"]
    for _ in range(10):
        assert desk.get(path, headers={"Look-Up-Code": "WRONGCODE0"}).status in (404, 429)
    assert desk.get(path, headers={"Look-Up-Code": "WRONGCODE0"}).status == 429, "a code is not to be found by trying"


def test_what_is_asked_for_no_more_when_it_is_there(desk):
    """The applicant's upload began while it was asked for; meanwhile another one was the supplement."""
    asked, content = submit(desk, [{"material": "photo"}]), document(seed=20)
    path, mine = f"/v1/applications/{asked['number']}/materials", {"Look-Up-Code": asked["code"]}
    with raw.connect(desk, timeout=20) as client:
        client.sendall(f"POST {path}?name=a.pdf&material=plan HTTP/1.1\r\nHost: localhost\r\nLook-Up-Code: {asked['code']}\r\n"
                       f"Content-Type: application/pdf\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content[:1000])
        until = time.monotonic() + 10
        while not desk.parts() and time.monotonic() < until:
            time.sleep(0.01)
        desk.key, key = None, desk.key
        assert desk.upload(path, document(seed=21), material="plan", headers=mine).json["supplied"]
        client.sendall(content[1000:])
        answer = client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 422 "), answer
    assert [i["id"] for i in desk.get(path, headers=mine).json["items"]] == ["photo.1", "plan.1"]
    desk.key = key


def archive(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return stream.getvalue()


def test_wrong_documents_are_refused_clearly(desk):
    number = submit(desk)["number"]
    path = f"/v1/applications/{number}/materials"
    bomb = archive([(f"lib{i}.zip", bytes(1 << 20)) for i in range(4)])
    rows = [
        (415, "application/pdf", b"MZ\x90\0" + bytes(500), "a program that is said to be a letter"),
        (415, "application/pdf", PNG, "a picture that is said to be a letter"),
        (415, "image/png", document(), "a letter that is said to be a picture"),
        (415, "application/zip", bomb, "an archive, which is not among the kinds"),
        (415, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", bomb, "a zip bomb that is said to be a letter"),
        (415, "application/pdf", bomb, "a zip bomb that is said to be a letter of another kind"),
        (415, "text/html", b"<script>alert(1)</script>", "a kind that is never taken"),
        (415, "text/plain", b"plain" * 2000 + b"\0", "a text that is none to its end"),
        (415, "application/octet-stream", b"\x7fELF" + bytes(500), "a program without a word"),
        (415, "application/x-www-form-urlencoded", b"a=b", "a form"),
        (415, "application/json", b"{}", "JSON"),
        (422, "application/pdf", b"", "0 bytes"),
    ]
    for status, media_type, content, why in rows:
        for place, more in ((path, {"material": "plan"}), ("/v1/materials", {})):
            answer = desk.upload(place, content, media_type, **more)
            assert answer.status == status, (why, answer.raw)
            assert answer.json["remedy"] and answer.json["title"], why
    docx = archive([("[Content_Types].xml", "<Types/>"), ("_rels/.rels", "<x/>"), ("word/document.xml", bytes(1 << 22))])
    kept = desk.upload(path, docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docx", material="plan")
    assert kept.status == 201 and kept.json["size"] == len(docx), "a real one is kept as it is, and nothing of it is unpacked"
    assert desk.upload(path, document(), material="photo").status == 415, "the material takes pictures alone"
    assert "png, jpeg" in desk.upload(path, document(), material="photo").json["detail"]
    assert desk.upload(path, PNG + bytes(4000), "image/png", material="photo").status == 201
    assert desk.upload(path, PNG + bytes(5001 - len(PNG)), "image/png", material="photo").status == 413, "the material's limit + 1"
    assert desk.upload(path, PNG + bytes(5000 - len(PNG)), "image/png", material="photo").status == 201, "the limit"
    assert desk.upload(path, document(), material="nonesuch").status == 422
    assert desk.upload(path, document()).status == 422, "which material?"
    assert desk.upload("/v1/applications/20260101-1/materials", document(), material="plan").status == 404
    desk.post(f"/v1/applications/{number}/withdraw")
    assert desk.upload(path, document(), material="plan").status == 409
    assert desk.parts() == []


def test_names_are_data(desk):
    fine = ["營業執照（副本）.pdf", "👨‍👩‍👧.pdf", "שלום.pdf", "a" * 251 + ".pdf", "%2e%2e%2fx.pdf", "CON", "$(reboot).pdf", "'; drop table.pdf"]
    for name in fine:
        answer = desk.upload("/v1/materials", document(), name=name)
        assert answer.status == 201 and answer.json["name"] == name, name
    wrong = ["../../etc/passwd", "..", ".", " ", "a/b.pdf", "C:\\x.pdf", "a\nb.pdf", "a\x7f.pdf", "invoice\u202efdp.exe", "a\u2066.pdf", "\ufeff.pdf",
             "a" * 256, None]
    number = submit(desk)["number"]
    for name in wrong:
        is_control = name is not None and any(ord(c) < 32 or ord(c) == 127 for c in name)  # no query holds these at all
        for place, more in (("/v1/materials", {}), (f"/v1/applications/{number}/materials", {"material": "plan"})):
            assert desk.upload(place, document(), name=name, **more).status == (400 if is_control else 422), name
    for name in ("../x", "a\u202eb"):
        refused = desk.submit({"service": "two", "applicant": {"kind": "person", "name": "王"}, "form": {}, "materials": [{"material": "plan", "name": name}]})
        assert refused.status == 422 and refused.json["errors"][0]["pointer"] == "/materials/0/name"
    assert raw.status(desk, b"POST /v1/materials?name=%00 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na") == 400
    assert not list(desk.folder.rglob("passwd*")) and desk.contents() == [sha256(document())]


def open_upload(hub, length, content_type="application/pdf", more=b"", path=b"/v1/materials?name=a.pdf"):
    client = raw.connect(hub, timeout=20)
    client.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + hub.key.encode() +
                   b"\r\nContent-Type: " + content_type.encode() + b"\r\nAccept-Language: en\r\n" +
                   (b"Content-Length: %d\r\n" % length if length is not None else b"Transfer-Encoding: chunked\r\n") + more + b"\r\n")
    return client


def answer_of(client):
    data = b""
    while b"\r\n\r\n" not in data and (piece := client.recv(65536)):
        data += piece
    return data


def test_five_gigabytes_are_refused_before_a_byte_is_read(desk):
    with open_upload(desk, 5 << 30, more=b"Expect: 100-continue\r\n") as client:
        answer = answer_of(client)
        assert answer.startswith(b"HTTP/1.1 413 ") and b"Connection: close" in answer and b"100 Continue" not in answer
    with open_upload(desk, 1 << 63) as client:
        assert answer_of(client).startswith(b"HTTP/1.1 413 ")
    assert desk.parts() == []


def test_lies_about_the_size_are_found_out(tmp_path):
    config = a_center(tmp_path)
    catalog = tmp_path / "catalog" / "all.json"
    all_of_it = json.loads(catalog.read_text())
    all_of_it["center"]["materials"] = {"max_bytes": 300000}
    catalog.write_text(json.dumps(all_of_it))
    with Desk(tmp_path, config) as hub:
        assert hub.upload("/v1/materials", document(299000)).status == 201
        assert hub.upload("/v1/materials", document(301000)).status == 413
        with open_upload(hub, None) as client:
            client.sendall(b"%x\r\n" % 200000 + document(200000)[:200000] + b"\r\n%x\r\n" % 200000)
            client.sendall(document(200000)[:200000])
            assert answer_of(client).startswith(b"HTTP/1.1 413 "), "in chunks nothing is announced; the limit holds all the same"
        hub.nothing_is_left(sha256(document(299000)))


def test_what_breaks_off_leaves_nothing(desk):
    for cut in (0, 5, 5000, 70000):
        with open_upload(desk, 200000) as client:
            client.sendall(document(200000)[:cut])
            if cut:
                until = time.monotonic() + 10
                while not desk.parts() and time.monotonic() < until:
                    time.sleep(0.01)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
        desk.nothing_is_left()
    with open_upload(desk, None) as client:
        client.sendall(b"5\r\n%PDF-\r\nzz\r\n")
        assert answer_of(client).startswith(b"HTTP/1.1 400 ")
    desk.nothing_is_left()
    assert desk.upload("/v1/materials", document()).status == 201


def test_parts_of_a_hub_that_was_killed_are_removed(desk):
    client = open_upload(desk, 20000000)
    client.sendall(document(500000))
    until = time.monotonic() + 10
    while not desk.parts() and time.monotonic() < until:
        time.sleep(0.01)
    assert len(desk.parts()) == 1
    desk.kill()
    client.close()
    assert len(desk.parts()) == 1
    desk.start()
    desk.nothing_is_left()


def test_a_file_that_a_killed_hub_left_without_a_record_goes_in_its_time(tmp_path):
    """Killed between the file and the commit of its record; nobody was told that it is here."""
    kept, left = document(seed=1), document(seed=2)
    with Desk(tmp_path, a_center(tmp_path), "--demo", "--clock", "virtual") as hub, sqlite3.connect(tmp_path / "data" / "hub.db", isolation_level=None) as lock:
        def pass_days(days):
            assert hub.post("/v1/test/clock", {"now": int((time.time() + days * 86400) * 1000)}).status == 200

        def wait(name, value):
            until = time.monotonic() + 20
            while raw.metric(hub, name) != value:
                assert time.monotonic() < until, (name, raw.metric(hub, name))
                time.sleep(0.05)

        assert hub.upload("/v1/materials", kept).status == 201
        number = submit(hub, [{"material": "plan", "sha256": sha256(kept)}])["number"]
        lock.execute("BEGIN IMMEDIATE")
        with open_upload(hub, len(left)) as client:
            client.sendall(left)
            until = time.monotonic() + 10
            while len(hub.contents()) < 2:
                assert time.monotonic() < until
                time.sleep(0.01)
            hub.kill()
            with contextlib.suppress(ConnectionError):
                assert client.recv(100) == b"", "nothing was said"
        lock.execute("ROLLBACK")
        (tmp_path / "data" / "materials" / "readme.txt").write_text("somebody's own")
        hub.start()
        nobodys = tmp_path / "data" / "materials" / sha256(left)[:2] / sha256(left)
        assert nobodys.exists() and hub.parts() == []
        pass_days(6.9)
        wait("documents_unnamed", 1)
        assert nobodys.exists() and raw.metric(hub, "documents_foreign") == 1
        pass_days(8)
        wait("documents_swept_total", 1)
        wait("documents_unnamed", 0)
        hub.nothing_is_left(sha256(kept))
        assert raw.metric(hub, "documents_swept_bytes_total") == len(left) and raw.metric(hub, "documents_not_swept") == 0
        assert "not the hub's, left alone: readme.txt" in (tmp_path / "hub.log").read_text()
        assert (tmp_path / "data" / "materials" / "readme.txt").read_text() == "somebody's own"
        assert hub.get(f"/v1/applications/{number}/materials/plan.1/content").raw == kept
        assert hub.upload("/v1/materials", left).status == 201, "it may come again"
        hub.nothing_is_left(*sorted((sha256(kept), sha256(left))))


def test_figures_count_documents(desk):
    names = ("uploads", "uploads_total", "uploads_refused_total", "uploads_bytes_total", "documents_loose")
    assert [raw.metric(desk, name) for name in names] == [0] * 5
    assert desk.upload("/v1/materials", document()).status == 201
    assert desk.upload("/v1/materials", PNG).status == 415
    assert [raw.metric(desk, name) for name in names] == [0, 1, 1, len(document()), 1]
    submit(desk, [{"material": "plan", "sha256": sha256(document())}])
    assert raw.metric(desk, "documents_loose") == 0


def test_uploads_at_once_are_limited(desk):
    clients = [open_upload(desk, 100000) for _ in range(64)]
    for client in clients:
        client.sendall(PDF)
    until = time.monotonic() + 10
    while len(desk.parts()) < 64 and time.monotonic() < until:
        time.sleep(0.02)
    refused = desk.upload("/v1/materials", document())
    assert refused.status == 503 and int(refused.headers["Retry-After"]) > 0
    assert desk.get("/v1/services").status == 200, "everything else goes on"
    for client in clients:
        client.close()
    desk.nothing_is_left()
    assert desk.upload("/v1/materials", document()).status == 201


def test_memory_does_not_grow_with_a_document(tmp_path):
    """40 MB up and down: a few pieces of it are in memory at a time."""
    desk = Desk(tmp_path, a_center(tmp_path))
    desk.environment = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}  # else freed memory stays
    with desk:
        watch_memory(desk)


def watch_memory(desk):
    size = 40 << 20
    content = PDF + os.urandom(1 << 20) * 40
    content = content[:size]
    assert desk.upload("/v1/materials", document()).status == 201
    before = desk.rss_mib()
    peak = [before]
    watching = threading.Event()

    def watch():
        while not watching.wait(0.01):
            peak.append(desk.rss_mib())

    watcher = threading.Thread(target=watch)
    watcher.start()
    number = submit(desk)["number"]
    path = f"/v1/applications/{number}/materials"
    assert desk.upload(path, content, material="plan").status == 201
    assert desk.get(path + "/plan.1/content").raw == content
    watching.set()
    watcher.join()
    assert max(peak) - before < 16, (before, max(peak))


def test_a_full_disk_takes_no_document_and_goes_on(tmp_path):
    config = a_center(tmp_path)
    with small_disk(tmp_path / "data", "24m") as disk, Desk(tmp_path, config) as hub:
        refused, kept = None, []
        for seed in range(30):
            answer = hub.upload("/v1/materials", document(2 << 20, seed))
            if answer.status != 201:
                refused = answer
                break
            kept.append(sha256(document(2 << 20, seed)))
        assert refused is not None and refused.status == 503 and int(refused.headers["Retry-After"]) > 0, refused.raw
        assert len(kept) >= 2
        hub.nothing_is_left(*kept)
        assert submit(hub)["status"] == "incomplete", "what documents leave free is enough to work with"
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert hub.upload("/v1/materials", document(2 << 20, 99)).status == 201


def test_an_application_takes_so_many_documents(desk):
    number = submit(desk)["number"]
    path = f"/v1/applications/{number}/materials"
    for i in range(200):
        assert desk.upload(path, document(64, i), material="plan").status == 201, i
    more = desk.upload(path, document(64, 201), material="plan")
    assert more.status == 422 and more.json["errors"][0]["code"] == "limit"
    items = desk.get(path).json["items"]
    assert len(items) == 200 and items[-1]["version"] == 200


def test_what_nobody_submits_goes_after_its_time():
    with Hub("--clock", "virtual") as hub:
        contents = [document(seed=seed) for seed in (1, 2)]
        for content in contents:
            answer = hub.request("POST", "/v1/materials?name=a.pdf", content, headers={"Content-Type": "application/pdf"})
            assert answer.status == 201, answer.raw
        example = hub.example("open-restaurant")
        example["materials"] = [{"material": example["materials"][0]["material"], "sha256": sha256(contents[0])}]
        assert hub.submit(example).status == 201
        folder = hub.folder / "data" / "materials"
        now = hub.get("/v1/applications").json["items"][0]["received_at"]
        later = datetime.fromisoformat(now) + timedelta(days=31)
        assert hub.post("/v1/test/clock", {"now": later.isoformat()}).status == 200
        until = time.monotonic() + 20
        while len(list(folder.glob("??/*"))) > 1 and time.monotonic() < until:
            time.sleep(0.05)
        assert [p.name for p in folder.glob("??/*")] == [sha256(contents[0])], "the one that was submitted stays"
        again = hub.request("POST", "/v1/materials?name=a.pdf", contents[1], headers={"Content-Type": "application/pdf"})
        assert again.status == 201 and len(list(folder.glob("??/*"))) == 2, "and the other may come again"


def test_a_submission_must_say_what_the_document_is(desk):
    content = document()
    assert desk.upload("/v1/materials", content).status == 201
    for wrong in ({"size": 1}, {"media_type": "image/png"}):
        refused = desk.submit({"service": "two", "applicant": {"kind": "person", "name": "王"}, "form": {},
                               "materials": [{"material": "plan", "sha256": sha256(content), **wrong}]})
        assert refused.status == 422 and refused.json["errors"][0]["code"] == "other_document", refused.raw
    number = submit(desk, [{"material": "plan", "sha256": sha256(content)}])["number"]
    items = desk.get(f"/v1/applications/{number}/materials").json["items"]
    assert (items[0]["state"], items[0]["size"], items[0]["media_type"]) == ("stored", len(content), "application/pdf")
    declared = submit(desk, [{"material": "plan", "name": "x.pdf", "sha256": "0" * 64}])["number"]
    item = desk.get(f"/v1/applications/{declared}/materials").json["items"][0]
    assert item["state"] == "declared" and item["size"] is None
    assert desk.get(f"/v1/applications/{declared}/materials/plan.1/content").status == 404


EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Scanner(Client):
    """Reads each document that it is offered, and looks for the harmless test virus in it."""

    def __init__(self, hub):
        super().__init__(hub, key=hub.secret_of("scanner"))
        self.seen = []

    def read(self, item):
        digits, content, total = item["payload"]["form"]["sha256"], b"", 1
        while len(content) < total:
            piece = self.ask("service", {"service": "material", "op": "read", "task": item["task"], "sha256": digits, "offset": len(content), "size": 65536})
            content, total = content + base64.b64decode(piece["bytes"]), piece["total"]
        assert sha256(content) == digits and item["payload"]["form"]["size"] == total
        return content

    def work(self, count):
        until = time.monotonic() + 20
        while count > 0:
            assert time.monotonic() < until, "it is offered nothing"
            for item in self.poll():
                if item["kind"] != "offer":
                    continue
                is_bad = EICAR in self.read(item)
                self.seen.append(item["payload"]["form"]["sha256"])
                verdict = {"opinion": "reject", "reasons": ["EICAR test file"]} if is_bad else {"opinion": "approve"}
                assert self.report("opinion", item, **verdict) == "ok"
                count -= 1


def test_a_document_passes_the_virus_scan_first(tmp_path):
    with Desk(tmp_path, a_center(tmp_path)) as hub:
        before = submit(hub)["number"]
        assert hub.upload(f"/v1/applications/{before}/materials", document(seed=9), material="plan").json["state"] == "stored", "there is no scanner yet"
        put = hub.request("PUT", "/v1/connectors/scanner", {"serves": "scans", "remote": {"submit_dedupe": "native", "fields": ["*"], "materials": True}})
        assert put.status == 202, put.raw
        scanner = Scanner(hub)
        scanner.hello()
        clean, bad = document(200000, seed=3), document(150000, seed=4) + EICAR
        first = hub.upload("/v1/materials", clean)
        assert first.status == 201 and first.json["state"] == "scanning"
        number = submit(hub)["number"]
        path = f"/v1/applications/{number}/materials"
        photo = hub.upload(path, PNG, "image/png", material="photo")
        plan = hub.upload(path, bad, material="plan")
        assert (photo.json["state"], photo.json["supplied"]) == (plan.json["state"], plan.json["supplied"]) == ("scanning", False)
        assert hub.get(path + "/photo.1/content").status == hub.get(path + "/plan.1/content").status == 409, "handed to nobody yet"
        assert hub.show(number)["status"] == "incomplete"
        scanner.work(3)
        assert sorted(scanner.seen) == sorted([sha256(clean), sha256(PNG), sha256(bad)]), "each once"
        items = {i["id"]: i["state"] for i in hub.get(path).json["items"]}
        assert items == {"photo.1": "stored", "plan.1": "infected"}
        assert hub.get(path + "/photo.1/content").raw == PNG
        assert hub.get(path + "/plan.1/content").status == 409
        assert [m["material"] for m in hub.show(number)["notice"]["missing"]] == ["plan"], "the photo was supplied once it was clean"
        alerts = [a for a in hub.get("/v1/alerts").json["items"] if a["kind"] == "document_infected"]
        assert len(alerts) == 1, alerts
        again = hub.upload(path, bad, material="plan")
        assert again.status == 422 and again.json["errors"][0]["code"] == "infected"
        good = hub.upload(path, clean, material="plan")
        assert (good.json["state"], good.json["supplied"]) == ("stored", True), "that content was looked at before"
        assert hub.show(number)["status"] == "in_review"
        hub.kill()
        hub.start()
        assert {i["id"]: i["state"] for i in hub.get(path).json["items"]} == {**items, "plan.2": "stored"}
        assert hub.get(path + "/plan.2/content").raw == clean


def offers(client, count):
    until, found = time.monotonic() + 20, []
    while len(found) < count:
        assert time.monotonic() < until, found
        found += [item for item in client.poll() if item["kind"] == "offer"]
    return found


def test_no_department_is_handed_what_was_not_scanned(tmp_path):
    remote = {"submit_dedupe": "native", "fields": ["*"], "materials": True}
    with Desk(tmp_path, a_center(tmp_path)) as hub:
        assert hub.request("PUT", "/v1/connectors/scanner", {"serves": "scans", "remote": remote}).status == 202
        assert hub.request("PUT", "/v1/connectors/brigade", {"department": "fire", "remote": remote}).status == 202
        scanner, brigade = Scanner(hub), Client(hub, key=hub.secret_of("brigade"))
        scanner.hello()
        brigade.hello()
        contents = {"clean": document(seed=1), "bad": document(seed=2) + EICAR, "unseen": document(seed=3)}
        asked = {}
        for name, content in contents.items():
            assert hub.upload("/v1/materials", content).json["state"] == "scanning"
            submit(hub, [{"material": "plan", "sha256": sha256(content)}, {"material": "photo"}])
            (offer,) = offers(brigade, 1)
            asked[name] = {"service": "material", "op": "read", "task": offer["task"], "sha256": sha256(content), "offset": 0, "size": 65536}
            assert brigade.ask("service", asked[name])["error"]["code"] == "unavailable", name
        scans = {item["payload"]["form"]["sha256"]: item for item in offers(scanner, 3)}
        for name, kind, verdict in (("clean", "opinion", {"opinion": "approve"}), ("bad", "opinion", {"opinion": "reject", "reasons": ["EICAR"]}),
                                    ("unseen", "fail", {"effect": "none", "retry_after_ms": -2})):
            assert scanner.report(kind, scans[sha256(contents[name])], **verdict) == "ok"
        assert base64.b64decode(brigade.ask("service", asked["clean"])["bytes"]) == contents["clean"]
        assert brigade.ask("service", asked["bad"])["error"]["code"] == "not_found"
        assert brigade.ask("service", asked["unseen"])["error"]["code"] == "unavailable", "a scanner that cannot look lets nothing pass"


PERSON = {"kind": "person", "name": "王小明", "id_type": "resident_id", "id_number": "330102199001011234"}


FEES = [{"id": "survey", "name": text("测绘费", "Survey"), "currency": "CNY", "standard": {"kind": "per_unit", "field": "area", "unit_amount": "0.50"},
         "exemptions": [{"when": {"field": "area", "op": "<", "value": 150}, "share": "100%",
                         "legal_basis": {"title": text("减免办法", "Exemptions"), "article": "3"}}],
         "legal_basis": {"title": text("收费目录", "Tariff"), "article": "12"}}]


def preview_center(folder):
    area = {"id": "area", "type": "integer", "label": text("面积", "Area"), "required": True, "min": 0, "max": 10000, "unit": "m2"}
    matters = [matter("f", "fire", materials=[material("plan", valid_for={"months": 12})], fields=["area"],
                      when={"field": "area", "op": ">", "value": 300}),
               matter("w", "water", materials=[material("plan", valid_for={"months": 12}), material("meter", required=False)],
                      opinion_valid_for={"months": 24}, fees=FEES),
               matter("l", "land", after=["f", "w"])]
    return center(folder, ["fire", "water", "land"], matters, [example_of(service("three", ["f", "w", "l"], form=[area], example_form={"area": 312}), "plan")])


def preview(hub, area=312, materials=(), applicant=PERSON, **more):
    answer = hub.post("/v1/services/three/preview", {"service": "three", "applicant": applicant, "form": {"area": area}, "materials": list(materials)}, **more)
    assert answer.status == 200, answer.raw
    return answer.json


def test_a_preview_says_what_the_submission_becomes(tmp_path):
    with Desk(tmp_path, preview_center(tmp_path)) as hub:
        seen = preview(hub, materials=[{"material": "plan"}])
        body = {"service": "three", "applicant": PERSON, "form": {"area": 312}}
        Contract(hub).check("Preview", hub.post("/v1/services/three/preview", body))
        assert seen["outcome"] == "complete" and seen["errors"] == seen["missing"] == []
        assert [(t["matter"], t["order"], t["after"]) for t in seen["tasks"]] == [("f", 1, []), ("w", 1, []), ("l", 2, ["f", "w"])]
        assert "312" in seen["tasks"][0]["reason_text"]["en"]
        assert seen["words"]["en"].startswith("This goes to fire and water, then land; promised for ")
        assert seen["words"]["zh-CN"].startswith("本申请送交fire、water，再交land；承诺于")
        made = hub.submit({"service": "three", "applicant": PERSON, "form": {"area": 312}, "materials": [{"material": "plan"}]}).json
        for date in ("promised_date", "statutory_date", "dates_provisional"):
            assert seen[date] == made[date], date
        assert [t["promised_date"] for t in seen["tasks"]] == [t["promised_date"] for t in made["tasks"]]
        assert [(line["fee"], line["standard"], line["due"], line["how"]) for line in seen["fees"]["lines"]] == [("survey", "156.00", "156.00", "0.50 × 312")]
        assert seen["fees"]["totals"] == [{"currency": "CNY", "standard": "156.00", "exempted": "0.00", "due": "156.00"}] and seen["fees"]["is_complete"]
        charged = hub.get(f"/v1/applications/{made['number']}/fees").json
        assert [line["standard"] for line in charged["lines"]] == ["156.00"], "what is asked for in the end is what was shown before"
        page = hub.request("POST", "/apply/three", urlencode({"key": "0" * 32, "kind": "person", "name": "王", "f.area": "312", "look": "1"}).encode(),
                           headers={"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"}).raw.decode()
        assert "<b>156.00</b> CNY" in page and "0.50 × 312" in page
        told = tmp_path / "application.json"
        told.write_text(json.dumps(body))
        line = subprocess.run([str(BUILD / "bin" / "onedoor"), "--url", hub.address, "--lang", "en", "preview", str(told)], capture_output=True, text=True,
                              env={**os.environ, "ONEDOOR_KEY": hub.secret_of("desk")})
        assert "156.00" in line.stdout, (line.stdout, line.stderr)
        small = preview(hub, area=100)
        assert [(line["exempted"], line["due"]) for line in small["fees"]["lines"]] == [("50.00", "0.00")]
        assert small["outcome"] == "incomplete" and [m["material"] for m in small["missing"]] == ["plan"]
        assert [t["matter"] for t in small["tasks"]] == ["w", "l"] and [t["matter"] for t in small["excluded"]] == ["f"]
        assert "100" in small["excluded"][0]["reason_text"]["en"]
        assert small["duplicate"]["number"] == made["number"], "it is open"
        empty = hub.post("/v1/services/three/preview", {})
        assert [(line["due"], line["needs"]) for line in empty.json["fees"]["lines"]] == [(None, "area")] and not empty.json["fees"]["is_complete"]
        assert empty.status == 200 and {e["pointer"] for e in empty.json["errors"]} >= {"/applicant", "/form/area"}
        assert hub.post("/v1/services/nonesuch/preview", {}).status == 404
        before = raw.metric(hub, "journal_seq")
        preview(hub)
        assert raw.metric(hub, "journal_seq") == before, "nothing is kept"
        hub.key = None
        anonymous = preview(hub)
        assert "duplicate" not in anonymous and "reuse" not in anonymous, "who has applied is nobody else's business"


def test_what_is_still_valid_need_not_be_handed_in_again(tmp_path):
    with Desk(tmp_path, preview_center(tmp_path)) as hub:
        plan = document()
        assert hub.upload("/v1/materials", plan).status == 201
        first = hub.submit({"service": "three", "applicant": PERSON, "form": {"area": 100},
                            "materials": [{"material": "plan", "name": "plan.pdf", "sha256": sha256(plan)}]}).json
        task = next(t["id"] for t in first["tasks"] if t["matter"] == "w")
        assert hub.post(f"/v1/tasks/{task}/take").status == 200
        assert hub.post(f"/v1/tasks/{task}/opinion", {"opinion": "approve", "document_no": "W-7"}).status == 200
        seen = preview(hub)
        assert seen["duplicate"]["number"] == first["number"]
        (offer,) = seen["reuse"]["materials"]
        assert (offer["material"], offer["sha256"], offer["number"], offer["name"]) == ("plan", sha256(plan), first["number"], "plan.pdf")
        (opinion,) = seen["reuse"]["opinions"]
        assert opinion["matter"] == "w" and opinion["opinion"]["document_no"] == "W-7" and opinion["valid_until"] > offer["valid_until"]
        again = hub.submit({"service": "three", "applicant": PERSON, "form": {"area": 100},
                            "materials": [{"material": "plan", "name": offer["name"], "sha256": offer["sha256"]}]}).json
        assert again["status"] == "in_review" and again["duplicate_of"] == first["number"]
        assert hub.get(f"/v1/applications/{again['number']}/materials/plan.1/content").raw == plan
        hub.nothing_is_left(sha256(plan))
        other = preview(hub, applicant={**PERSON, "id_number": "330102199001019999"})
        assert other["duplicate"] is None and other["reuse"] == {"materials": [], "opinions": []}
        hub.kill()
        hub.start()
        assert preview(hub)["duplicate"]["number"] == again["number"], "the newest one, after a restart, too"


def test_an_agent_shows_a_power_of_attorney(desk):
    power = document(seed=5)
    assert desk.upload("/v1/materials", power).status == 201

    def apply(**applicant):
        return desk.submit({"service": "two", "applicant": {"kind": "organization", "name": "某公司", **applicant}, "form": {}, "materials": []})

    agent = {"name": "李四", "phone": "+86 571 8888", "power_of_attorney": {"name": "委托书.pdf", "sha256": sha256(power)}}
    made = apply(agent=agent, representative={"name": "张三", "id_number": "33010219"})
    assert made.status == 201, made.raw
    path = f"/v1/applications/{made.json['number']}/materials"
    assert desk.get(path + "/power-of-attorney.1/content").raw == power
    assert desk.get(path, headers=desk.as_("fire")).json["items"] == [], "no matter asks for it"
    for wrong, pointer in (({"agent": {**agent, "name": ""}}, "/applicant/agent/name"),
                           ({"agent": {"name": "李四"}}, "/applicant/agent/power_of_attorney"),
                           ({"agent": {**agent, "power_of_attorney": {}}}, "/applicant/agent/power_of_attorney"),
                           ({"agent": {**agent, "power_of_attorney": {"name": "../x"}}}, "/applicant/agent/power_of_attorney"),
                           ({"agent": {**agent, "phone": "call me"}}, "/applicant/agent/phone"),
                           ({"agent": {**agent, "email": "a@b"}}, "/applicant/agent/email"),
                           ({"agent": "李四"}, "/applicant/agent"),
                           ({"representative": {"name": "\u202e"}}, "/applicant/representative/name"),
                           ({"kind": "person", "representative": {"name": "张三"}}, "/applicant/representative")):
        refused = apply(**wrong)
        assert refused.status == 422 and refused.json["errors"][0]["pointer"] == pointer, (wrong, refused.raw)


def test_the_page_shows_it_without_a_script():
    with Hub() as hub:
        example = hub.example("open-restaurant")
        fields = {"kind": "person", "name": "王小明", "look": "1", "key": "0" * 32,
                  **{"f." + name: str(value).lower() if isinstance(value, bool) else value for name, value in example["form"].items()
                     if not isinstance(value, list)}}
        body = "&".join(f"{k}={quote(str(v))}" for k, v in fields.items()).encode()
        answer = hub.request("POST", "/apply/open-restaurant", body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        page = answer.raw.decode()
        assert answer.status == 200 and 'id="preview"' in page and "What would happen" in page and "This goes to " in page
        assert 'value="王小明"' in page, "what was typed stays"
        assert hub.get("/v1/applications").json["items"] == [], "and nothing was submitted"


def test_the_console_lists_and_hands_out_documents(desk):
    number = submit(desk, [{"material": "meter", "name": "meter.pdf"}])["number"]
    assert desk.upload(f"/v1/applications/{number}/materials", document(100000), material="plan", name="图 1.pdf").status == 201
    page = desk.get(f"/applications/{number}/documents")
    text = page.raw.decode()
    assert page.status == 200 and "图 1.pdf" in text and "Declared, not uploaded" in text
    assert f'href="/applications/{number}/documents/plan.1"' in text and 'documents/meter.1"' not in text
    assert f'href="/applications/{number}/documents"' in desk.get(f"/applications/{number}").raw.decode()
    got = desk.get(f"/applications/{number}/documents/plan.1")
    assert got.status == 200 and got.raw == document(100000) and got.headers["Content-Disposition"].startswith("attachment")
    assert desk.get(f"/applications/{number}/documents/plan.9").status == 404
    assert desk.get(f"/applications/{number}/documents/plan.1", headers=desk.as_("water")).status == 200
    desk.key = None
    for path in (f"/applications/{number}/documents", f"/applications/{number}/documents/plan.1"):
        assert "图 1.pdf".encode() not in desk.get(path).raw and PDF not in desk.get(path).raw, "who has not signed in sees nothing"
