# SPDX-License-Identifier: Apache-2.0
"""Backups of a hub that works, and the hub that is made of one: whole or not there, and nothing that was told is untold."""
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import pytest
from crash_life import hub_body, two_departments
from hub import BUILD, ROOT, DemoOf
from test_disk import small_disk
from test_evidence import small

ONEDOOR = BUILD / "bin" / "onedoor"
PDF = b"%PDF-1.7\n" + b"page " * 4000
GAP = 100000


def onedoor(*words, code=0):
    done = subprocess.run([str(ONEDOOR), *map(str, words), "--json", "--lang", "en"], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "LC_ALL": "C", "NO_COLOR": "1"}, check=False)
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def backups(folder):
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))


def begun(folder):
    return [name for name in os.listdir(folder) if name.startswith(".part-")]


def upload(hub, content):
    answer = hub.request("POST", "/v1/materials?name=a.pdf", content, headers={"Content-Type": "application/pdf"})
    assert answer.status == 201, answer.raw
    return answer.json["sha256"]


class Load:
    """Submissions from two threads until it is stopped; what was acknowledged, by key."""

    def __init__(self, hub):
        self.hub, self.done, self.acknowledged = hub, threading.Event(), {}
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(2)]

    def run(self, n):
        for i in range(100000):
            if self.done.is_set():
                return
            answer = self.hub.submit(hub_body("two"), f"{n}-{i}")
            if answer.status == 201:
                self.acknowledged[f"{n}-{i}"] = answer.json

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A center that is backed up while it works; one of the backups is killed."""
    folder = tmp_path_factory.mktemp("backup")
    data, to = folder / "hub" / "data", folder / "backups"
    (folder / "hub").mkdir()
    config = two_departments(folder / "hub")
    with DemoOf(folder / "hub", config) as hub:
        hub.wait_connectors()
        documents = [upload(hub, PDF + b"%d" % i) for i in range(3)]
        first = hub.submit(hub_body("two"), "first").json
        with Load(hub) as load:
            time.sleep(0.1)
            made = [onedoor("backup", to, "--data", data)]
            left = []
            for _ in range(20):  # one that is ended before the kill is a backup like the others
                killed = subprocess.Popen([str(ONEDOOR), "backup", str(to), "--data", str(data)], stdout=subprocess.DEVNULL)
                while not begun(to) and killed.poll() is None:
                    time.sleep(0.001)
                killed.kill()
                killed.wait()
                left = begun(to)
                if left:
                    break
            between = backups(to)
            before = dict(load.acknowledged)
            made.append(onedoor("backup", to, "--data", data))
        kept = hub.post("/v1/checkpoints").json
        late = hub.submit(hub_body("two"), "late").json
        hub.kill()  # what it had committed is in its log alone
    last = onedoor("backup", folder / "last", "--data", data)
    return {"last": folder / "last" / last["backup"] / "manifest.json",
            "folder": folder, "data": data, "to": to, "config": config, "made": made, "documents": documents, "first": first, "before": before,
            "kept": kept, "late": late, "left": left, "between": between}


def test_a_killed_backup_leaves_the_earlier_one_whole(lived):
    assert lived["left"] and lived["made"][0]["backup"] in lived["between"]
    assert not begun(lived["to"]), "the next one removed what it left"
    for name in backups(lived["to"]):
        assert onedoor("restore", lived["to"] / name, "--check")["journal_verified"]
    for made in lived["made"]:
        manifest = json.loads((lived["to"] / made["backup"] / "manifest.json").read_text())["backup"]
        assert manifest["center"]["id"] == "test" and manifest["head"]["seq"] == made["head"]["seq"] > 0
    assert lived["made"][1]["head"]["seq"] > lived["made"][0]["head"]["seq"]


def test_a_hub_that_was_killed_is_backed_up(lived):
    manifest = json.loads(lived["last"].read_text())["backup"]
    assert manifest["checkpoint"]["number"] == lived["kept"]["number"] and manifest["head"]["seq"] > lived["kept"]["last"]
    assert onedoor("restore", lived["last"].parent, "--check", "--against", lived["last"])["ok"]


def test_root_restores_for_the_owner_of_the_folder(lived, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root may give files away")
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    os.chown(data, 4321, 4321)
    onedoor("restore", lived["to"], "--data", data)
    assert {path.lstat().st_uid for path in [data, *data.rglob("*")]} == {4321} and (data / "hub.lock").exists()


def test_documents_are_shared_and_each_backup_is_complete(lived):
    first, second = (lived["to"] / made["backup"] for made in lived["made"])
    assert backups(lived["to"])[-1] == second.name
    assert lived["made"][1]["documents"]["count"] == lived["made"][1]["documents"]["shared"] == 3
    for digits in lived["documents"]:
        place = Path("materials") / digits[:2] / digits
        assert hashlib.sha256((second / place).read_bytes()).hexdigest() == digits
        assert (first / place).stat().st_ino == (second / place).stat().st_ino
    for path in [lived["to"], *lived["to"].rglob("*")]:
        assert path.name == "evidence.pub" or path.stat().st_mode & 0o077 == 0, f"{path}: others may read it"


def test_a_restored_hub_goes_on(lived, tmp_path):
    shutil.copytree(lived["folder"] / "hub" / "catalog", tmp_path / "catalog")
    (tmp_path / "kept.json").write_text(json.dumps(lived["kept"]))
    done = onedoor("restore", lived["to"], "--data", tmp_path / "data", "--against", tmp_path / "kept.json")
    assert done["head"] == lived["made"][1]["head"]
    assert done["lost_until"] == lived["kept"]["last"] > done["head"]["seq"], "what was written since is named"
    assert done["application_next"] == done["application_last"] + GAP + 1
    with DemoOf(tmp_path, lived["config"]) as hub:
        hub.wait_connectors()
        for key, told in [("first", lived["first"]), *lived["before"].items()]:
            answer = hub.submit(hub_body("two"), key)
            assert (answer.status, answer.json["number"], answer.json["code"]) == (201, told["number"], told["code"]), key
        assert hub.post("/v1/track", {"number": lived["first"]["number"], "code": lived["first"]["code"]}).status == 200
        assert hub.get("/v1/applications/" + lived["late"]["number"]).status == 404
        fresh = hub.submit(hub_body("two"), "late").json
        assert int(fresh["number"].split("-")[1]) >= done["application_next"], "no number is given to somebody else"
        assert upload(hub, PDF + b"0") == lived["documents"][0]
        newer = onedoor("backup", tmp_path / "again", "--data", tmp_path / "data")
        assert newer["ok"] and newer["documents"]["count"] == 3
        report = onedoor("journal", "verify", "--data", tmp_path / "data", "--against", lived["to"] / done["backup"].split("/")[-1] / "manifest.json")
        assert report["sound"] and report["against"] >= 1
        report = onedoor("journal", "verify", "--data", tmp_path / "data", "--against", lived["last"], code=5)
        assert {finding["fault"] for finding in report["findings"]} <= {"checkpoint", "truncated", "sequence"}, "the other way that it went"
        assert onedoor("restore", lived["to"], "--data", tmp_path / "data", code=5)["code"] == "in_use"
    assert onedoor("restore", lived["to"], "--data", tmp_path / "data", code=5)["code"] == "not_empty"
    for digits in lived["documents"]:
        assert hashlib.sha256((tmp_path / "data" / "materials" / digits[:2] / digits).read_bytes()).hexdigest() == digits


def test_what_is_done_to_a_backup_shows(lived, tmp_path):
    sound = lived["to"] / lived["made"][1]["backup"]

    def spoilt(act, code, end=5):
        copy = tmp_path / "copy"
        shutil.copytree(sound, copy)
        act(copy)
        for words in (["--check"], ["--data", tmp_path / "data"]):
            assert onedoor("restore", copy, *words, code=end)["code"] == code
        assert not (tmp_path / "data").exists(), "nothing half there"
        shutil.rmtree(copy)

    def turn(path, at=100):
        content = bytearray(path.read_bytes())
        content[at % len(content)] ^= 1
        path.write_bytes(content)

    def link(copy):
        path = next((copy / "materials").rglob("??*/" + "?" * 64))
        path.rename(copy / "elsewhere")
        path.symlink_to(copy / "elsewhere")

    spoilt(lambda copy: turn(copy / "hub.db"), "changed")
    spoilt(lambda copy: turn(copy / "keys" / "evidence.key", 5), "changed")
    spoilt(lambda copy: (copy / "keys" / "evidence.pub").unlink(), "missing", 3)
    spoilt(lambda copy: (copy / "hub.db").write_bytes(b""), "changed")
    spoilt(lambda copy: (copy / "manifest.json").write_text((copy / "manifest.json").read_text().replace('"seq":', '"seq":1')), "manifest")
    spoilt(lambda copy: (copy / "files.jsonl").write_text((copy / "files.jsonl").read_text().replace("keys/evidence.key", "../evidence.key")), "path")
    spoilt(link, "odd_file")
    spoilt(lambda copy: shutil.copy(lived["to"] / lived["made"][0]["backup"] / "manifest.json", copy / "manifest.json"), "list")
    assert onedoor("restore", tmp_path, "--check", code=3)["code"] == "not_found"
    assert "--data" in onedoor("restore", sound, code=2)


def test_documents_that_are_not_what_they_were(lived, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(lived["data"], data)
    lost, rotten, _ = lived["documents"]
    (data / "materials" / lost[:2] / lost).unlink()
    (data / "materials" / rotten[:2] / rotten).write_bytes(PDF + b"x")
    (data / "note.txt").write_text("of the administrator")
    done = onedoor("backup", tmp_path / "to", "--data", data, "--without-keys", code=1)
    assert done["documents"]["missing"] == [lost] and done["documents"]["damaged"] == [rotten] and done["left_out"] == ["note.txt"]
    with sqlite3.connect(data / "hub.db") as store:  # its file goes, and its entry has yet to
        store.execute("UPDATE entry SET state = 4 WHERE kind = 1 AND name = ?", (lost,))
    documents = onedoor("backup", tmp_path / "other", "--data", data, "--without-keys", code=1)["documents"]
    assert (documents["missing"], documents["erased"]) == ([], [])
    assert not (tmp_path / "to" / done["backup"] / "keys" / "evidence.key").exists()
    assert onedoor("restore", tmp_path / "to", "--check")["keys"] is False
    names = {done["backup"]}
    for _ in range(2):
        names.add(onedoor("backup", tmp_path / "to", "--data", data, "--keep", "2", code=1)["backup"])
    assert len(names) == 3 and set(backups(tmp_path / "to")) == names, "what these lack, an earlier one may have: none goes"
    checked = onedoor("restore", tmp_path / "to", "--check")
    assert checked["documents_missing"] + checked["documents_damaged"] > 0, "a backup says what it lacks"
    names.add(onedoor("backup", tmp_path / "to", "--data", lived["data"], "--keep", "2")["backup"])
    assert set(backups(tmp_path / "to")) < names and len(backups(tmp_path / "to")) == 2
    (data / "half").mkdir()
    (data / "half" / ".restore").mkdir()
    half = subprocess.run([BUILD / "bin" / "onedoord", "--demo", "--data", data / "half"], stderr=subprocess.PIPE, timeout=30)
    assert half.returncode != 0 and b"interrupted" in half.stderr and not (data / "half" / "hub.db").exists()
    shutil.rmtree(data / "half")
    assert onedoor("backup", data / "inside", "--data", data, code=2)["code"] == "inside"
    assert not (data / "inside").exists()
    assert onedoor("backup", tmp_path / "to", "--data", tmp_path / "none", code=3)["code"] == "missing"


def test_a_full_disk_leaves_the_earlier_backup(lived, tmp_path):
    with small_disk(tmp_path / "small", "2m") as disk:
        done = onedoor("backup", disk / "to", "--data", lived["data"])
        for _ in range(4):
            full = onedoor("backup", disk / "to", "--data", lived["data"], code=None)
            if not full["ok"]:
                break
        assert full["code"] == "full" and not begun(disk / "to")
        assert onedoor("restore", disk / "to" / done["backup"], "--check")["ok"]
        assert onedoor("restore", disk / "to", "--data", disk / "data", code=1)["code"] == "full"
        assert not (disk / "data").exists()


def test_a_backup_of_an_earlier_version(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    db = sqlite3.connect(data / "hub.db")
    for path in sorted((ROOT / "hub/store/schema").glob("00[1-5]_*.sql")):
        db.executescript(path.read_text())
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA user_version = 5")
    db.close()
    made = onedoor("backup", tmp_path / "to", "--data", data)
    checked = onedoor("restore", tmp_path / "to", "--check")
    assert checked["ok"] and not checked["journal_verified"]
    done = onedoor("restore", tmp_path / "to", "--data", tmp_path / "new")
    assert done["journal_verified"] and done["head"] == made["head"]
    assert sqlite3.connect(data / "hub.db").execute("PRAGMA user_version").fetchone() == (5,), "a backup changes nothing"
    assert sqlite3.connect(tmp_path / "new" / "hub.db").execute("PRAGMA user_version").fetchone() > (5,)


def test_what_was_erased_is_erased_again(tmp_path):
    now, later = 1795000000000, 1795000000000 + (2 * 366 + 1) * 86400000
    config = small(tmp_path, years=2)
    with DemoOf(tmp_path, config, "--demo", "--clock", "virtual") as hub:
        assert hub.post("/v1/test/clock", {"now": now}).json["quiet"]
        number = hub.submit(hub.example("permit"), "a").json["number"]
        assert hub.post(f"/v1/applications/{number}/withdraw", {"reason": "x"}).status == 200
        onedoor("backup", tmp_path / "to", "--data", tmp_path / "data")
        assert hub.post("/v1/test/clock", {"now": later}, timeout=60).json["quiet"]
        assert hub.events(number)[-1]["type"] == "erased"
    (tmp_path / "data").rename(tmp_path / "old")
    onedoor("restore", tmp_path / "to", "--data", tmp_path / "data")
    with DemoOf(tmp_path, config, "--demo", "--clock", "virtual") as hub:
        assert hub.events(number)[-1]["type"] == "withdrawn", "it is back"
        assert hub.post("/v1/test/clock", {"now": later}, timeout=60).json["quiet"]
        assert hub.events(number)[-1]["type"] == "erased"
