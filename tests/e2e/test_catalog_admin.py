# SPDX-License-Identifier: Apache-2.0
"""A catalogue is sent in, looked at, put in force and taken back, through the API and on the page; bad archives are refused by
name; whenever the hub dies, the one before or the new one is in force, and the record says which."""
import gzip
import html
import io
import json
import random
import re
import tarfile
import threading
import time
import zipfile

import pytest
from pages import unpacked
from people import People
from test_forms import FORM, form, part
from test_incidents import Reader


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    with People(tmp_path_factory.mktemp("catalog")) as hub:
        yield hub
        assert hub.stop() == 0
        log = hub.log_text()
        assert "Sanitizer" not in log and "Assertion" not in log, log[-3000:]


class Admin:
    def __init__(self, hub):
        self.hub = hub

    def get(self, path):
        return self.hub.ask("admin", "GET", path)

    def post(self, path, body=None, headers=None):
        return self.hub.ask("admin", "POST", path, body, headers)

    def send(self, archive, name="guide.zip"):
        return self.post("/v1/catalog/candidates?name=" + name, archive, {"Content-Type": "application/octet-stream"})

    def versions(self):
        return self.get("/v1/catalog/versions").json

    def recorded(self):
        """The versions, once the one of the start is among them: it is put on record beside the start."""
        until = time.monotonic() + 5
        while not self.versions()["items"]:
            assert time.monotonic() < until
        return self.versions()

    def in_force(self):
        return self.versions()["version"]

    def take(self, version, reason="why", seen=None):
        return self.post("/v1/catalog/reload", {"version": version, "reason": reason}, {"If-Match": f'"{seen or self.in_force()}"'})


def catalogue(hub, summary):
    """The files of the center's folder with another text."""
    files = {"all.json": (hub.folder / "catalog" / "all.json").read_text()}
    made = json.loads(files["all.json"])
    made["services"][0]["summary"] = {"zh-CN": summary, "en": summary}
    return {"guide/全部.json": json.dumps(made, ensure_ascii=False, indent=1)}


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def tarred(*members, mode="w:gz"):
    """members: (name, bytes, {attribute of TarInfo: value})."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode, compresslevel=1) if mode == "w:gz" else tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, content, more in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for attribute, value in more.items():
                setattr(member, attribute, value)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def bomb(name, mib):
    """A file of so many MiB in a few KiB: the parts of a gzip file may be repeated."""
    head = tarfile.TarInfo(name)
    head.size = mib << 20
    return gzip.compress(head.tobuf()) + gzip.compress(bytes(1 << 20)) * mib + gzip.compress(bytes(1024))


def bad_archives(hub):
    good = catalogue(hub, "x")["guide/全部.json"].encode()
    fine = ("a.json", good, {})
    link = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("a.json", good)
        with pytest.warns(UserWarning):
            archive.writestr("a.json", good)
    broken = good.replace(b'"time_zone"', b'"time_zones"')
    return {
        "0 bytes": (b"", "archive: the file is empty; send the archive"),
        "no archive": (good, "put the catalogue's *.json files into a .zip, .tar or .tar.gz"),
        "cut off": (tarred(fine)[:-200], "cut off"),
        "no catalogue": (zipped({"README.md": "x"}), "archive: there is no *.json file in the archive; pack the catalogue's folder"),
        "a way out": (tarred(fine, ("../b.json", good, {})), '../b.json: its path leads out of the archive ("..")'),
        "a way out of a zip": (zipped({"a/../../b.json": "{}"}), 'leads out of the archive'),
        "absolute": (tarred(("/etc/onedoor.json", good, {})), "/etc/onedoor.json: its path is absolute"),
        "a link": (tarred(fine, ("b.json", b"", link)), "b.json: it is a link or a special file; pack the file itself"),
        "a name twice": (twice.getvalue(), "a.json: the archive has it twice; keep one"),
        "a name that turns": (zipped({"a\u202egnp.json": "{}"}), "turn the writing"),
        "a bomb": (bomb("a.json", 65), "a.json: the file has more than 67108864 bytes; split it into several files"),
        "a bomb beside": (bomb("b.bin", 257), "b.bin: unpacked, the archive has more than 268435456 bytes"),
        "too many": (gzip.compress(tarfile.TarInfo("a").tobuf() * 20001, 1), "the archive has more than 20000 files and folders"),
        "packed twice": (gzip.compress(tarred(fine)), "packed more than once"),
        "a zip that is packed": (gzip.compress(zipped({"a.json": good.decode()})), "packed more than once"),
        "what a folder may not hold": (zipped({"guide/all.json": broken}), re.compile(r'^guide/all\.json:\d+:\d+: unknown member "time_zones"; did you mean "time_zone"')),
    }


def test_bad_archives_are_refused_by_name(people):
    admin = Admin(people)
    before = admin.recorded()
    for why, (archive, says) in bad_archives(people).items():
        answer = admin.send(archive)
        assert answer.status == 422, (why, answer.raw)
        found = answer.json["errors"][0]
        assert found["code"] == "catalog", why
        assert re.search(says, found["detail"]) if isinstance(says, re.Pattern) else says in found["detail"], (why, found)
    assert admin.send(b"x", "..%2Fa.zip").status == 422, "a name is no path"
    assert admin.send(b"x", "").status == 422, "and is due"
    connection = people.connection()
    connection.putrequest("POST", "/v1/catalog/candidates?name=a.zip")
    for name, value in (("Authorization", "Bearer secret-of-admin-0123456789"), ("Content-Length", (64 << 20) + 1)):
        connection.putheader(name, str(value))
    connection.endheaders()
    assert connection.getresponse().status == 413, "more is announced than may come"
    connection.close()
    assert admin.get("/v1/catalog/candidates").json == {"items": []} and admin.versions() == before


def told(admin, archive, language):
    """What is wrong with an archive, in a language of the API."""
    answer = admin.post("/v1/catalog/candidates?name=a.zip", archive, {"Content-Type": "application/octet-stream", "Accept-Language": language})
    assert answer.status == 422, answer.raw
    return [(found["pointer"], found.get("line"), found.get("column"), found["detail"]) for found in answer.json["errors"]]


def test_what_is_wrong_is_told_in_the_readers_language(people):
    admin, reader = Admin(people), Reader(people, "admin")
    made = json.loads(catalogue(people, "x")["guide/全部.json"])
    made["services"][0]["matters"] = [{"matter": "no-such-matter"}]
    made["center"]["time_zones"] = made["center"].pop("time_zone")
    archive = zipped({"guide/all.json": json.dumps(made, ensure_ascii=False, indent=1)})
    chinese, english = told(admin, archive, "zh-CN"), told(admin, archive, "en")
    assert [row[:3] for row in chinese] == [row[:3] for row in english] and len(english) > 1, "the same places"
    said = html.unescape(upload(reader, archive, language="zh-CN")[2])
    for zh, en in zip(chinese, english):
        at = re.escape(en[3].split(": ")[0]) + r": "
        assert re.match(at + r"[\u4e00-\u9fff“]", zh[3]) and re.match(at + r"[a-z\"]", en[3]), (zh, en)
        assert not re.search(" (is|are|the|to be|has|of) ", zh[3]), "no half sentence"
        assert zh[3] in said, "and on the page"
    assert re.search(r"guide/all\.json:\d+:\d+: 没有成员“time_zones”；是否为“time_zone”？（允许：", said), said
    assert told(admin, tarred(("../b.json", b"{}", {})), "zh-CN")[0][3] == "../b.json: 路径指向压缩包之外（“..”）"
    zone = catalogue(people, "x")
    zone = {name: text.replace('"Asia/Shanghai"', '"Europe/Berlin"') for name, text in zone.items()}
    assert "时区由 Asia/Shanghai 改为 Europe/Berlin" in told(admin, zipped(zone), "zh-CN")[0][3]
    assert "the time zone changed from Asia/Shanghai" in told(admin, zipped(zone), "en")[0][3]


def test_sent_in_looked_at_and_put_in_force(people):
    admin, first = Admin(people), Admin(people).in_force()
    files = catalogue(people, "said anew")
    sent = admin.send(zipped({**files, "guide/README.md": "x", "__MACOSX/guide/._全部.json": "x"}), "guide-2027.zip")
    assert sent.status == 201 and sent.json["files"] == 1 and sent.json["left_out"] == 2, sent.raw
    version = sent.json["version"]
    again = admin.send(tarred(*((name, text.encode(), {}) for name, text in files.items())))
    assert again.status == 200 and again.json["version"] == version, "another archive of the same"
    people.kill()
    people.start()
    assert [c["version"] for c in admin.get("/v1/catalog/candidates").json["items"]] == [version], "it waits, whoever dies"
    assert admin.in_force() == first
    plan = admin.post("/v1/catalog/reload?dry_run=true", {"version": version}).json
    assert plan["from_version"] == first and [s["members"] for s in plan["diff"]["services"]] == [["summary"]]
    assert admin.take(version, seen=version).status == 412, "two admins do not cross"
    assert admin.take(version, reason=" ").status == 422
    assert admin.take(version, reason="指南改版").status == 200
    row = admin.versions()["items"][0]
    assert (row["version"], row["from_version"], row["source"], row["by"]) == (version, first, "upload", "admin")
    assert row["reason"] == "指南改版" and row["file"] == "guide-2027.zip" and row["changes"]["services"] == {"added": 0, "removed": 0, "changed": 1}
    number = people.apply("fire-only")
    assert number["catalog_version"] == version and admin.versions()["items"][0]["open_applications"] == 1
    bytes_of = [admin.get(f"/v1/catalog/versions/{version}/sources").raw for _ in range(2)]
    assert unpacked_of(people, version) == files and bytes_of[0] == bytes_of[1]
    assert admin.take(first, reason="zurück").status == 200, "and back"
    people.kill()
    people.start()
    assert admin.in_force() == first and admin.versions()["items"][0]["source"] == "earlier"
    assert admin.get(f"/v1/catalog/versions/{version}/sources").raw == bytes_of[0], "the same bytes ever after"
    assert admin.send(bytes_of[0]).json["version"] == version, "which can be sent in again"
    assert people.ask("admin", "DELETE", f"/v1/catalog/candidates/{version}").status == 204


def unpacked_of(people, version):
    people.key = "secret-of-admin-0123456789"
    try:
        return unpacked(people, version)
    finally:
        people.key = None


def test_killed_on_the_way(people):
    """The old or the new one, never half: at any moment of the change."""
    admin, dice = Admin(people), random.Random(7)
    seen = set()
    for turn in range(4):
        before = admin.in_force()
        version = admin.send(zipped(catalogue(people, f"turn {turn}"))).json["version"]
        asker = threading.Thread(target=lambda: quietly(lambda: admin.take(version, seen=before)))
        asker.start()
        time.sleep(dice.random() * 0.012)
        people.kill()
        asker.join()
        people.start()
        listed = admin.versions()
        waits = [c["version"] for c in admin.get("/v1/catalog/candidates").json["items"]]
        assert listed["version"] in (before, version) and listed["items"][0]["version"] == listed["version"]
        assert (version in waits) == (listed["version"] == before), "it waits, or it is in force"
        assert people.get("/v1/center").json["catalog_version"] == listed["version"]
        seen.add(listed["version"] == version)
        if version in waits:
            assert people.ask("admin", "DELETE", f"/v1/catalog/candidates/{version}").status == 204


def quietly(ask):
    try:
        return ask()
    except OSError:
        return None
    except Exception:  # the answer was cut
        return None


def upload(reader, archive, name="guide.zip", language="en"):
    answer = reader.hub.request("POST", "/catalog/upload?lang=" + language, form(part("d.catalog", archive, name, "application/zip")),
                                {"Cookie": reader.cookie, "Content-Type": FORM, "Origin": reader.hub.address})
    return answer.status, answer.headers.get("Location"), answer.raw.decode()


def hidden(page, name):
    return re.search(f'name="{name}" value="([^"]*)"', page)[1]


def test_the_page_without_a_script(people):
    admin, reader = Admin(people), Reader(people, "admin")
    first = admin.in_force()
    broken = zipped({"guide/a.json": '{"center": {\n "id": 7}}'})
    status, _, page = upload(reader, broken, "broken <b>.zip")
    assert status == 422 and re.search(r"guide/a\.json:2:\d+: ", html.unescape(page)) and "broken &lt;b&gt;.zip" in page
    assert upload(reader, b"", "")[0] == 422, "no file was chosen"
    status, where, _ = upload(reader, zipped(catalogue(people, "by the page")))
    version = where.split("look=")[1]
    assert (status, where) == (303, f"/catalog?done=candidate&look={version}")
    status, page = reader.get(where + "&lang=en")
    assert status == 200 and (hidden(page, "look"), hidden(page, "from")) == (version, first) and "summary" in page and "guide.zip" in page
    assert "<small>1 file</small>" in page, "none was left out, so nothing is said of it"
    assert "<script" not in page.replace('<script src="/static', "") and 'style="' not in page
    wish = {"look": version, "from": first, "version": version}
    assert reader.send("/catalog", wish)[0] == 422, "a reason is due"
    assert reader.send("/catalog", {**wish, "from": version, "reason": "r"})[0] == 412, "another was first"
    assert reader.send("/catalog", {**wish, "reason": "new <guide>"})[0] == 303
    status, page = reader.get("/catalog?lang=en")
    assert status == 200 and admin.in_force() == version and "new &lt;guide&gt;" in page and f"look={first}" in page
    status, page = reader.get(f"/catalog?look={first}&lang=zh-CN")
    assert reader.send("/catalog", {"look": first, "from": hidden(page, "from"), "reason": "恢复"})[0] == 303
    assert admin.in_force() == first
    upload(reader, zipped(catalogue(people, "not wanted")))
    waiting = admin.get("/v1/catalog/candidates").json["items"]
    assert reader.send(f"/catalog/{waiting[0]['version']}/remove", {})[0] == 303 and admin.get("/v1/catalog/candidates").json["items"] == []
    archive = people.request("GET", f"/catalog/{first}/sources", None, {"Cookie": reader.cookie})
    assert archive.status == 200 and archive.headers["Content-Type"] == "application/gzip"
    officer = Reader(people, "supervisor")
    assert officer.get("/catalog")[0] == 403 and officer.get(f"/catalog/{first}/sources")[0] == 403
    assert upload(officer, zipped(catalogue(people, "x")))[0] == 403


def test_a_changed_folder_wins_at_the_start(people):
    """What an admin put in force outlives a restart; a folder that somebody changed is taken, and the log says so."""
    admin, first = Admin(people), Admin(people).in_force()
    version = admin.send(zipped(catalogue(people, "stays"))).json["version"]
    assert admin.take(version).status == 200
    people.stop()
    people.start()
    assert admin.in_force() == version and "as an admin decided" in people.log_text()
    people.reload()
    assert admin.in_force() == version, "SIGHUP for other things does not take it back"
    path = people.folder / "catalog" / "all.json"
    path.write_text(catalogue(people, "from the folder")["guide/全部.json"])
    people.stop()
    people.start()
    until = time.monotonic() + 5
    while admin.versions()["items"][0]["source"] != "start":  # put on record beside the start
        assert time.monotonic() < until, admin.versions()
    row = admin.versions()["items"][0]
    assert row["version"] == admin.in_force() not in (first, version) and (row["by"], row["from_version"]) == ("hub", version)
    assert f"takes the place of {version}" in people.log_text()


VERSIONS_IN_MEMORY = 64


def test_any_number_of_versions(people):
    """More versions than are kept in memory: each application stays with its own, before and after a restart."""
    admin, first = Admin(people), Admin(people).in_force()
    pinned = {}
    for turn in range(VERSIONS_IN_MEMORY + 6):
        version = admin.send(zipped(catalogue(people, f"turn {turn}"))).json["version"]
        taken = admin.take(version, reason=f"turn {turn}")
        assert taken.status == 200, (turn, taken.raw)
        pinned[people.apply("fire-only")["number"]] = version
    people.kill()
    people.start()
    for number in [*pinned, *reversed(pinned)]:
        shown = people.ask("admin", "GET", f"/v1/applications/{number}")
        assert (shown.status, shown.json["catalog_version"]) == (200, pinned[number]), shown.raw
    assert admin.take(first).status == 200 and people.apply("fire-only")["catalog_version"] == first


def test_another_spelling_of_the_same_is_no_change(people):
    """Letters as numbers, members in another order: only what says something else is told as changed."""
    def turned(value):
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return [turned(item) for item in value] if isinstance(value, list) else value

    admin = Admin(people)
    made = json.loads(catalogue(people, "spelt")["guide/全部.json"])
    first = admin.send(zipped({"all.json": json.dumps(made, ensure_ascii=False)})).json["version"]
    assert admin.take(first).status == 200
    made["services"][0]["summary"]["en"] = "spelt otherwise"
    other = admin.send(zipped({"all.json": json.dumps(turned(made), ensure_ascii=True, indent=2)})).json["version"]
    diff = admin.post("/v1/catalog/reload?dry_run=true", {"version": other}).json["diff"]
    assert [s["members"] for s in diff["services"]] == [["summary"]] and diff["matters"] == [], diff
    assert admin.take(other).status == 200
    assert admin.versions()["items"][0]["changes"] == {"services": {"added": 0, "removed": 0, "changed": 1},
                                                       "matters": {"added": 0, "removed": 0, "changed": 0}}
