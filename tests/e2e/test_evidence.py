# SPDX-License-Identifier: Apache-2.0
"""What the journal proves: to the center, to an auditor who kept a checkpoint, and to a stranger with a file."""
import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hub import BUILD, ROOT, DemoOf, Hub, center, matter, service

sys.path.insert(0, str(ROOT / "sdk" / "evidence"))
import verify_evidence as stranger  # noqa: E402

ONEDOOR = BUILD / "bin" / "onedoor"


def onedoor(*words, url=None, key=None):
    environment = {**os.environ, "LC_ALL": "C", "NO_COLOR": "1"}
    environment.update({"ONEDOOR_URL": url} if url else {})
    environment.update({"ONEDOOR_KEY": key} if key else {})
    return subprocess.run([str(ONEDOOR), *map(str, words), "--lang", "en"], capture_output=True, text=True, timeout=120, env=environment, check=False)


def verify(*words, code=0):
    done = onedoor(*words, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def faults(report):
    return {finding["fault"] for finding in report["findings"]}


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A center after some days: decided and open applications, and what somebody kept of them."""
    folder = tmp_path_factory.mktemp("evidence")
    with Hub("--clock", "virtual", data=folder) as hub:
        hub.wait_connectors()
        services = [item["id"] for item in hub.get("/v1/services").json["items"]][:6]
        now = 1795000000000  # 2026-11-18
        numbers = []
        for day in range(4):
            hub.post("/v1/test/clock", {"now": now + day * 86400000})
            for index, name in enumerate(services):
                numbers.append(hub.submit(hub.example(name), f"{day}-{index}").json["number"])
        for number in numbers[:3]:
            hub.post(f"/v1/applications/{number}/withdraw", {"reason": "moved away"})
        kept = hub.post("/v1/checkpoints").json
        hub.post("/v1/test/clock", {"now": now + 9 * 86400000})
        events = {number: hub.events(number) for number in numbers}
        shown = {number: hub.show(number) for number in numbers}
        hub.stop()
    (folder / "kept.json").write_text(json.dumps(kept))
    return {"data": folder / "data", "kept": folder / "kept.json", "numbers": numbers, "events": events, "shown": shown, "folder": folder}


def test_a_store_is_sound_and_sealed_day_by_day(lived):
    report = verify("journal", "verify", "--data", lived["data"], "--against", lived["kept"])
    assert report["sound"] and report["against"] == 1
    assert report["records"] == report["last_seq"] > len(lived["numbers"])
    assert report["applications"] == report["documents"] == len(lived["numbers"])
    assert report["checkpoints"] >= 4  # the days that are over, and the one that was asked for
    assert report["key"] == json.loads(lived["kept"].read_text())["key"]


def test_every_application_replays_to_the_same(lived):
    done = onedoor("journal", "replay", "--all", "--data", lived["data"], "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"replayed": len(lived["numbers"]), "same": len(lived["numbers"])}
    one = verify("journal", "replay", lived["numbers"][0], "--data", lived["data"])
    shown = lived["shown"][lived["numbers"][0]]
    assert one["same"] and one["state"]["status"] == shown["status"] == "withdrawn"
    assert one["state"]["promised_date"] == shown["promised_date"]


def copy_of(lived, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(lived["data"], data)
    db = sqlite3.connect(data / "hub.db")
    db.executescript("DROP TRIGGER journal_is_not_updated; DROP TRIGGER journal_is_not_deleted")
    return data, db


@pytest.mark.parametrize("sql, fault", [
    ("UPDATE journal SET record = replace(record, 'withdrawn', 'withdrawm') WHERE record LIKE '%withdrawn%'", "hash"),
    ("DELETE FROM journal WHERE seq = 5", "seq"),
    ("DELETE FROM journal WHERE seq > 12", "truncated"),
    ("UPDATE journal SET at_ms = at_ms - 86400000 WHERE seq = 9", "hash"),
    ("UPDATE document SET body = replace(body, '}', ' }') WHERE application = 2", "document"),
    ("DELETE FROM entry WHERE kind = 11 AND id = 2", "sequence"),
    ("UPDATE application SET last_seq = 1 WHERE id = 1", "head"),
])
def test_what_is_done_to_the_database_shows(lived, tmp_path, sql, fault):
    data, db = copy_of(lived, tmp_path)
    with db:
        assert db.execute(sql).rowcount > 0
    db.close()
    report = verify("journal", "verify", "--data", data, "--against", lived["kept"], code=5)
    assert fault in faults(report) and not report["sound"]


def test_a_key_that_nobody_trusts_shows(lived):
    other = base64.b64encode(bytes(range(32))).decode()
    assert faults(verify("journal", "verify", "--data", lived["data"], "--key", other, code=5)) == {"key"}
    assert onedoor("journal", "verify", "--data", lived["data"], "--key", "no key").returncode == 5
    assert onedoor("journal", "verify", "--data", lived["folder"] / "nowhere").returncode == 3
    assert onedoor("journal", "verify").returncode == 2


def test_a_stranger_verifies_a_bundle_offline(lived, tmp_path):
    number = lived["numbers"][0]
    file = tmp_path / "one.evidence"
    assert onedoor("journal", "export", number, "--data", lived["data"], "--documents", "--output", file).returncode == 0
    public = tmp_path / "evidence.pub"
    shutil.copy(lived["data"] / "keys" / "evidence.pub", public)
    report = verify("bundle", "verify", file, "--key", public)
    assert report["sound"] and report["replayed"] and report["number"] == number
    found = stranger.verify(file, stranger.read_key(str(public)))
    assert found.records == report["records"] == len({event["seq"] for event in lived["events"][number]})
    done = subprocess.run([sys.executable, "-I", str(ROOT / "sdk/evidence/verify_evidence.py"), str(file), "--key", str(public)],
                          capture_output=True, text=True, cwd="/", env={}, check=False)
    assert done.returncode == 0 and done.stdout.startswith("sound: "), done.stdout + done.stderr
    lines = file.read_bytes().split(b"\n")
    for index in range(len(lines) - 1):
        line = bytearray(lines[index])
        line[len(line) // 2] ^= 1
        file.write_bytes(b"\n".join([*lines[:index], bytes(line), *lines[index + 1:]]))
        with pytest.raises((stranger.Fault, UnicodeDecodeError)):
            stranger.verify(file)
        assert onedoor("bundle", "verify", file).returncode == 5, index
    for other in ([*lines[:3], *lines[4:]], [*lines[:4], lines[3], *lines[4:]], lines[:-2] + [b""], lines + [b"{}"], [lines[1], lines[0], *lines[2:]]):
        file.write_bytes(b"\n".join(other))
        with pytest.raises(stranger.Fault):
            stranger.verify(file)
        assert onedoor("bundle", "verify", file).returncode == 5


def test_the_whole_journal_as_a_file(lived, tmp_path):
    file = tmp_path / "all.evidence"
    assert onedoor("journal", "export", "--all", "--data", lived["data"], "--output", file).returncode == 0
    report = verify("journal", "verify", "--file", file, "--against", lived["kept"])
    assert report["against"] == 1 and report["applications"] == len(lived["numbers"])
    assert stranger.verify(file).records == report["records"]
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-1]))
    assert faults(verify("journal", "verify", "--file", file, code=5)) == {"file"}


def test_python_knows_the_vectors_of_rfc_8032():
    vectors = [
        ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ]
    for key, message, signature in (tuple(map(bytes.fromhex, vector)) for vector in vectors):
        assert stranger.is_signed(key, message, signature)
        assert not stranger.is_signed(key, message + b"x", signature)
        assert not stranger.is_signed(key, message, signature[:40] + bytes([signature[40] ^ 1]) + signature[41:])
        large = (int.from_bytes(signature[32:], "little") + stranger.L).to_bytes(32, "little")
        assert not stranger.is_signed(key, message, signature[:32] + large)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_openssl_checks_a_checkpoint(lived, tmp_path):
    kept = json.loads(lived["kept"].read_text())
    (tmp_path / "note").write_text(kept["note"])
    (tmp_path / "sig").write_bytes(base64.b64decode(kept["signature"]))
    words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(lived["data"] / "keys" / "evidence.pub"), "-rawin",
             "-in", str(tmp_path / "note"), "-sigfile", str(tmp_path / "sig")]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    (tmp_path / "note").write_text(kept["note"].replace("number", "numbre"))
    assert subprocess.run(words, capture_output=True, check=False).returncode != 0


# -- A hub that answers ---------------------------------------------------------------------------

def small(folder, years=None):
    """One department at its worklist; a field of the form is personal."""
    config = center(folder, ["land"], [matter("permit", "land", fields=["name"])],
                    [service("permit", [{"matter": "permit"}], form=[{"id": "name", "label": {"zh-CN": "姓名", "en": "Name"}, "type": "text", "required": True}],
                             example_form={"name": "Wang Xiaoming"})])
    catalog = Path(folder) / "catalog" / "all.json"
    tree = json.loads(catalog.read_text())
    if years:
        tree["center"]["retention"] = {"documents_years": years}
    catalog.write_text(json.dumps(tree))
    return config


def test_the_key_and_the_checkpoints_are_public(demo):
    number = demo.submit(demo.example(demo.get("/v1/services").json["items"][0]["id"])).json["number"]
    key = demo.get("/v1/evidence/key").json
    assert key["algorithm"] == "Ed25519" and stranger.read_key(key["pem"]) == base64.b64decode(key["key"]) == bytes.fromhex(key["hex"])
    assert demo.get("/v1/checkpoints").json == {"items": [], "next_cursor": None}
    assert 'id="checkpoint"' not in demo.get("/register").raw.decode(), "there is none yet"
    made = demo.post("/v1/checkpoints")
    assert made.status == 201 and made.headers["Location"] == "/v1/checkpoints/1"
    assert stranger.is_signed(base64.b64decode(key["key"]), made.json["note"].encode(), base64.b64decode(made.json["signature"]))
    assert demo.get("/v1/checkpoints/1").json == made.json
    assert demo.get("/v1/checkpoints/9").status == demo.get("/v1/checkpoints/x").status == 404
    assert demo.get("/v1/checkpoints?limit=0").status == 422
    bundle = demo.get(f"/v1/applications/{number}/bundle")
    assert bundle.status == 200 and bundle.headers["Content-Type"] == "application/jsonl"
    page = demo.get("/evidence")
    assert page.status == 200 and key["hex"] in page.raw.decode() and made.json["hash"] in page.raw.decode()
    newest = demo.get("/v1/checkpoints").json["items"][0]
    for language, word in (("en", "The newest checkpoint"), ("zh-CN", "最新检查点")):
        part = demo.get("/register", headers={"Accept-Language": language}).raw.decode().split('<section id="checkpoint">')[1].split("</section>")[0]
        assert word in part and newest["hash"] in part and 'href="/evidence"' in part
        assert f'href="/v1/checkpoints/{newest["number"]}">{newest["number"]}<' in part and f'>{newest["last"]}<' in part
    assert bundle.headers["Content-Disposition"] == f'attachment; filename="{number}.evidence"'
    assert demo.get(f"/v1/applications/{number}/bundle?documents=yes").status == 422
    assert demo.get("/v1/applications/20260101-000009-9/bundle").status == 404
    assert demo.get("/v1/checkpoints").json["items"][0]["last"] >= made.json["last"]
    keys = demo.folder / "data" / "keys"
    assert (keys / "evidence.key").stat().st_mode & 0o777 == 0o600 and keys.stat().st_mode & 0o777 == 0o700


def test_an_application_as_of_any_record(tmp_path):
    with DemoOf(tmp_path, small(tmp_path)) as hub:
        number = hub.submit(hub.example("permit")).json["number"]
        views = {}
        task = number + ".1"
        views[hub.events(number)[-1]["seq"]] = hub.show(number)
        assert hub.post(f"/v1/tasks/{task}/take").status == 200
        views[hub.events(number)[-1]["seq"]] = hub.show(number)
        assert hub.post(f"/v1/tasks/{task}/opinion", {"opinion": "approve", "reasons": ["in order"]}).status == 200
        views[hub.events(number)[-1]["seq"]] = hub.show(number)
        assert len(views) == 3
        for seq, then in views.items():
            answer = hub.get(f"/v1/applications/{number}?as_of={seq}").json
            assert answer.pop("as_of")["seq"] == seq
            for view in (answer, then):
                view["tasks"][0].pop("note", None)
            assert answer == then, seq
        assert hub.get(f"/v1/applications/{number}?as_of=0").status == hub.get(f"/v1/applications/{number}?as_of=x").status == 422
        shown = onedoor("show", number, "--as-of", min(views), "--json", url=hub.address, key=hub.key)
        assert json.loads(shown.stdout)["as_of"]["seq"] == min(views)


def test_personal_documents_are_erased_in_time_and_the_journal_stays_sound(tmp_path):
    year = 366 * 86400000
    with DemoOf(tmp_path, small(tmp_path, years=2), "--demo", "--clock", "virtual") as hub:
        now = 1795000000000

        def pass_to(ms):
            assert hub.post("/v1/test/clock", {"now": ms}, timeout=60).json["quiet"]

        pass_to(now)
        body = {**hub.example("permit"), "form": {"name": "Zhao Wenqing"}}
        ended, open_one = (hub.submit(body, key).json["number"] for key in ("a", "b"))
        assert hub.post(f"/v1/applications/{ended}/withdraw", {"reason": "x"}).status == 200
        kept = hub.post("/v1/checkpoints").json
        name = body["applicant"]["name"]
        assert name in hub.get(f"/applications/{ended}").raw.decode(), "the desk sees whose it is"
        pass_to(now + year)
        assert "erased" not in [event["type"] for event in hub.events(ended)]
        pass_to(now + 2 * year + 86400000)
        assert hub.events(ended)[-1]["type"] == "erased"
        assert "erased" not in [event["type"] for event in hub.events(open_one)]
        assert hub.show(ended)["status"] == "withdrawn"
        assert name not in hub.get(f"/applications/{ended}").raw.decode() and name in hub.get(f"/applications/{open_one}").raw.decode()
        assert hub.get(f"/v1/applications?number={ended}").json["items"], "its number stays"
        report = verify("journal", "verify", "--data", tmp_path / "data")
        assert report["sound"] and report["documents_erased"] == 1 and report["documents"] == 2
        replayed = onedoor("journal", "replay", "--all", "--data", tmp_path / "data")
        assert replayed.returncode == 0, replayed.stderr
        bundle = hub.get(f"/v1/applications/{ended}/bundle?documents=true")
        assert b"Zhao Wenqing" not in bundle.raw
        assert b"Zhao Wenqing" in hub.get(f"/v1/applications/{open_one}/bundle?documents=true").raw
        pass_to(now + 2 * year + 3 * 86400000)
        assert [event["type"] for event in hub.events(ended)].count("erased") == 1
    (tmp_path / "kept.json").write_text(json.dumps(kept))
    assert verify("journal", "verify", "--data", tmp_path / "data", "--against", tmp_path / "kept.json")["against"] == 1
    assert (tmp_path / "data" / "hub.db").read_bytes().count(b"Zhao Wenqing") == 1


def test_uploaded_documents_are_erased_with_their_last_application(tmp_path):
    year, now, plan = 366 * 86400000, 1795000000000, b"a plan of Zhao Wenqing's house"
    config = small(tmp_path, years=1)
    catalog = tmp_path / "catalog" / "all.json"
    tree = json.loads(catalog.read_text())
    tree["matters"][0]["materials"] = [{"id": "plan", "name": {"zh-CN": "图纸", "en": "Plan"}}]
    tree["services"][0]["example"]["materials"] = [{"material": "plan"}]
    catalog.write_text(json.dumps(tree))
    with DemoOf(tmp_path, config, "--demo", "--clock", "virtual") as hub:
        def pass_to(ms):
            assert hub.post("/v1/test/clock", {"now": ms}, timeout=60).json["quiet"]

        def stored():
            return [path.name for path in (tmp_path / "data" / "materials").glob("[0-9a-f][0-9a-f]/*")]

        pass_to(now)
        digits = hub.request("POST", "/v1/materials?name=zhao.txt", plan, headers={"Content-Type": "text/plain"}).json["sha256"]
        body = {**hub.example("permit"), "form": {"name": "Zhao Wenqing"}, "materials": [{"material": "plan", "name": "zhao.txt", "sha256": digits}]}
        first, second = (hub.submit(body, key).json["number"] for key in ("a", "b"))
        assert hub.post(f"/v1/applications/{first}/withdraw", {"reason": "x"}).status == 200
        pass_to(now + 30 * 86400000)
        assert hub.post(f"/v1/applications/{second}/withdraw", {"reason": "x"}).status == 200
        pass_to(now + year + 86400000)
        path = f"/v1/applications/{first}/materials"
        (item,) = hub.get(path).json["items"]
        assert (item["id"], item["state"], item["sha256"], item["name"]) == ("plan.1", "erased", digits, None)
        gone = hub.get(path + "/plan.1/content")
        assert gone.status == 410 and gone.json["type"].endswith("/erased") and item["erased_at"][:10] in gone.json["detail"], gone.raw
        assert hub.get(f"/v1/applications/{second}/materials/plan.1/content").raw == plan, "the other one needs it still"
        assert stored() == [digits]
        pass_to(now + year + 40 * 86400000)
        assert hub.get(f"/v1/applications/{second}/materials/plan.1/content").status == 410
        assert stored() == []
        figures = hub.get("/metrics").raw.decode()
        assert "onedoor_documents_erased_total 1" in figures and f"onedoor_documents_erased_bytes_total {len(plan)}" in figures
        page = hub.get(f"/applications/{first}/documents").raw.decode()
        assert item["erased_at"][:10] in page and hub.get(f"/applications/{first}").status == 200
        paper = hub.get(f"/paper/{first}/acceptance")
        assert paper.status == 200 and item["erased_at"][:10] in paper.raw.decode()
        report = verify("journal", "verify", "--data", tmp_path / "data")
        assert report["sound"] and report["documents_erased"] == 2, report
        replayed = onedoor("journal", "replay", "--all", "--data", tmp_path / "data")
        assert replayed.returncode == 0, replayed.stderr
        bundle = hub.get(f"/v1/applications/{first}/bundle?documents=true").raw
        assert b"zhao" not in bundle.lower() and digits.encode() in bundle
        (tmp_path / "f.evidence").write_bytes(bundle)
        assert verify("bundle", "verify", tmp_path / "f.evidence")["sound"]
        again = hub.submit(body, "a")
        assert (again.status, again.json["number"]) == (201, first) and stored() == []
    for name in ("hub.db", "hub.db-wal"):
        assert not (tmp_path / "data" / name).exists() or b"zhao.txt" not in (tmp_path / "data" / name).read_bytes(), name


def test_as_many_keys_and_bytes_as_there_may_be(lived, tmp_path):
    def keys(count):
        return [word for i in range(count) for word in ("--key", base64.b64encode(bytes([i + 1] * 32)).decode())]

    assert faults(verify("journal", "verify", "--data", lived["data"], *keys(16), code=5)) == {"key"}
    refused = onedoor("journal", "verify", "--data", lived["data"], *keys(17))
    assert refused.returncode == 2 and "at most 16 keys" in refused.stderr
    file = tmp_path / "long"
    limit = 64 * 1024 * 1024
    for size, is_read in ((limit, True), (limit + 1, False)):  # with its LF
        with open(file, "wb") as out:
            out.write(b"{" + b" " * (size - 3) + b"}\n")
        done = onedoor("bundle", "verify", file)
        assert done.returncode == (5 if is_read else 1), (size, done.stdout[-300:], done.stderr[-300:])
