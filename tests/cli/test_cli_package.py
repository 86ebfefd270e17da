# SPDX-License-Identifier: Apache-2.0
"""plugin pack, key, sign and verify: from a folder to a signed package, and each refusal with its own words."""
import gzip
import io
import json
import os
import pty
import shutil
import subprocess
import tarfile
import termios

import pytest
from conftest import PASSWORD_TIMEOUT_S, PROGRAM, SOURCE

BUILD = PROGRAM.parents[1]
TINY = BUILD / "tests" / "package" / "module.so"
MANIFEST = {"id": "gov.tiny", "version": "1.0.0", "sequence": 3, "abi": [1, 0], "matters": ["*"],
            "capabilities": {"fields": ["*"], "kv": {"quota": 4096}}}


@pytest.fixture
def folder(tmp_path):
    if not TINY.exists():
        pytest.skip("the smallest module is not built")
    place = tmp_path / "gov.tiny"
    (place / "vectors").mkdir(parents=True)
    shutil.copy(TINY, place / "module.so")
    (place / "manifest.json").write_text(json.dumps(MANIFEST))
    (place / "README.md").write_text("# tiny\n")
    (place / "vectors" / "one.json").write_text("{}\n")
    return place


@pytest.fixture
def key(onedoor, tmp_path):
    done = onedoor("plugin", "key", "new", "--no-password", "--output", tmp_path / "k")
    assert done.code == 0 and done.out.startswith("RW"), done.err
    return done.out.strip()


@pytest.fixture
def package(onedoor, folder, key, tmp_path):
    path = tmp_path / "tiny.odm"
    assert onedoor("plugin", "pack", folder, "--output", path).code == 0
    assert onedoor("plugin", "sign", path, "--key", tmp_path / "k.key").code == 0
    return path


def files_of(path):
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def write(path, files):
    """As pack writes it, with whatever content."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            tar.addfile(member, io.BytesIO(files[name]))
    path.write_bytes(gzip.compress(raw.getvalue(), mtime=0))


def test_pack_lists_the_files_and_is_the_same_each_time(onedoor, folder, tmp_path):
    (folder / "notes.txt").write_text("mine")
    one = onedoor("plugin", "pack", folder, "--output", tmp_path / "a.odm", "--json")
    assert one.code == 0 and "left out: notes.txt" in one.err
    two = onedoor("plugin", "pack", folder / "manifest.json", "--output", tmp_path / "b.odm")
    assert two.code == 0
    assert (tmp_path / "a.odm").read_bytes() == (tmp_path / "b.odm").read_bytes()
    files = files_of(tmp_path / "a.odm")
    assert list(files) == ["README.md", "manifest.json", "module.so", "vectors/one.json"]
    manifest = json.loads(files["manifest.json"])
    assert {name: manifest[name] for name in MANIFEST} == MANIFEST
    assert manifest["files"]["module.so"]["size"] == TINY.stat().st_size
    assert one.json["module"] == "gov.tiny-1.0.0" and one.json["address"] in two.out and one.json["signed_by"] is None


def test_the_usual_name_is_that_of_the_module(folder, tmp_path):
    done = subprocess.run([PROGRAM, "plugin", "pack", folder], cwd=tmp_path, env={**os.environ, "LC_ALL": "C"}, check=False)
    assert done.returncode == 0 and (tmp_path / "gov.tiny-1.0.0.odm").exists()


def test_what_cannot_be_packed(onedoor, folder, tmp_path):
    assert onedoor("plugin", "pack", tmp_path / "nowhere").code == 3
    manifest = folder / "manifest.json"
    for text, told in (("{", "manifest.json:1:2: "), ("[]", "a manifest is a JSON object."),
                       (json.dumps({**MANIFEST, "abi": [2, 0]}), "needs ABI 2.0"),
                       (json.dumps({**MANIFEST, "capabilities": {"root": True}}), "\"root\" is not known here"),
                       (json.dumps({**MANIFEST, "config_schema": {"pattern": "x"}}), "is a keyword that this hub does not check")):
        manifest.write_text(text)
        done = onedoor("plugin", "pack", folder, "--output", tmp_path / "x.odm")
        assert done.code == 5 and told in done.err and "(manifest)" in done.err, done.err
    manifest.write_text(json.dumps(MANIFEST))
    (folder / "module.so").write_text("no code")
    done = onedoor("plugin", "pack", folder, "--output", tmp_path / "x.odm", "--json")
    assert done.code == 5 and done.json["code"] == "elf" and "is no ELF file" in done.json["text"]
    (folder / "module.so").unlink()
    assert "has no module.so" in onedoor("plugin", "pack", folder).err
    assert not (tmp_path / "x.odm").exists()
    shutil.copy(TINY, folder / "module.so")
    assert onedoor("plugin", "pack", folder, "--output", tmp_path / "no" / "x.odm").code == 1


def test_a_signed_package_verifies(onedoor, package, key, tmp_path):
    done = onedoor("plugin", "verify", package, "--public-key", key)
    assert done.code == 0 and f"signed by: {key}" in done.out and "file:manifest.json hashed gov.tiny-1.0.0" in done.out
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps({"keys": [{"public_key": key, "name": "Gov key", "prefixes": ["gov"], "capabilities": ["*"]}]}))
    told = onedoor("plugin", "verify", package, "--trust", trust, "--json").json
    assert told["ok"] and told["signed_by"] == "Gov key" and told["sequence"] == 3 and told["capabilities"] == MANIFEST["capabilities"]
    with tarfile.open(package) as tar:
        tar.extractall(tmp_path / "out", filter="data") if hasattr(tarfile, "data_filter") else tar.extractall(tmp_path / "out")
    assert onedoor("plugin", "verify", tmp_path / "out", "--public-key", key).code == 0


def test_each_refusal_has_its_own_words(onedoor, package, key, tmp_path):
    whole = package.read_bytes()
    files = files_of(package)
    other = onedoor("plugin", "key", "new", "--no-password", "--output", tmp_path / "other").out.strip()
    spoilt = tmp_path / "spoilt.odm"

    def without(name):
        return {each: files[each] for each in files if each != name}

    def turned(name, old, new):
        assert old in files[name]
        return {**files, name: files[name].replace(old, new, 1)}

    module = bytearray(files["module.so"])
    module[len(module) // 2] ^= 1
    rows = [
        (without("manifest.json.minisig"), "unsigned", "is not signed"),
        (without("manifest.json"), "missing_file", "has no manifest.json"),
        (without("module.so"), "missing_file", "has no module.so"),
        (without("README.md"), "missing_file", "has no README.md"),
        ({**files, "module.so": bytes(module)}, "file_hash", "module.so is not the file that the manifest names"),
        ({**files, "module.so": files["module.so"] + b"x"}, "file_size", "the manifest says"),
        ({**files, "vectors/two.json": b"{}"}, "unknown_file", "vectors/two.json, which the manifest does not name"),
        ({**files, "evil.sh": b"#!/bin/sh"}, "unknown_file", "\"evil.sh\" is none that a package may hold"),
        (turned("manifest.json", b"\"sequence\":3", b"\"sequence\":4"), "altered", "is not the one that was signed"),
        (turned("manifest.json.minisig", b"hashed", b"hushed"), "altered_comment", "The trusted comment"),
        ({**files, "manifest.json.minisig": b"x"}, "signature_form", "is no minisign signature"),
    ]
    for content, code, text in rows:
        write(spoilt, content)
        done = onedoor("plugin", "verify", spoilt, "--public-key", key, "--json")
        assert (done.code, done.json["code"]) == (5, code) and text in done.json["text"], done.out
    for size in (10, len(whole) // 2):
        spoilt.write_bytes(whole[:size])
        done = onedoor("plugin", "verify", spoilt, "--public-key", key, "--json")
        assert done.code == 5 and done.json["code"] in ("truncated", "archive"), done.out
    done = onedoor("plugin", "verify", package, "--public-key", other)
    assert done.code == 5 and "which the trust file does not hold" in done.err and "(unknown_key)" in done.err
    zh = onedoor("plugin", "verify", package, "--public-key", other, "--lang", "zh-CN")
    assert zh.code == 5 and "签名密钥不在信任文件中（unknown_key）" in zh.err


@pytest.mark.parametrize("more, code, text", [
    ({"prefixes": ["org"]}, "prefix", "may not sign a module named gov.tiny"),
    ({"capabilities": ["fields"]}, "capability", "may not grant kv"),
    ({"expires": "2020-01-01"}, "expired", "was trusted up to 2020-01-01"),
    ({"revoked": "2020-01-01"}, "revoked", "was revoked on 2020-01-01"),
    ({"min_sequence": {"gov.tiny": 4}}, "sequence_minimum", "asks for 4 at least"),
])
def test_a_trust_file_refuses(onedoor, package, key, tmp_path, more, code, text):
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps({"keys": [{"public_key": key, "name": "Gov key", "prefixes": ["gov"], "capabilities": ["*"], **more}]}))
    done = onedoor("plugin", "verify", package, "--trust", trust, "--json")
    assert (done.code, done.json["code"]) == (5, code) and text in done.json["text"]


def test_wrong_words(onedoor, package, key, tmp_path):
    assert onedoor("plugin", "verify", package, "--trust", tmp_path / "none.json").code == 3
    (tmp_path / "bad.json").write_text("{\"keys\": 1}")
    done = onedoor("plugin", "verify", package, "--trust", tmp_path / "bad.json")
    assert done.code == 5 and "bad.json:1:10: keys must be an array" in done.err
    assert onedoor("plugin", "verify", package, "--public-key", "RWx").code == 2
    assert onedoor("plugin", "verify", package, "--public-key", key, "--trust", "x").code == 2
    assert onedoor("plugin", "verify", tmp_path / "nowhere.odm").code == 3
    assert onedoor("plugin", "sign", package).code == 2
    assert onedoor("plugin", "sign", package, "--key", tmp_path / "nowhere.key").code == 3
    done = onedoor("plugin", "sign", package, "--key", tmp_path / "k.pub")
    assert done.code == 5 and "is no secret key of minisign" in done.err
    assert onedoor("plugin", "sign", package, "--key", tmp_path / "k.key", "--comment", "a\nb").code == 2
    assert onedoor("plugin", "key", "old").code == 2
    done = onedoor("plugin", "key", "new", "--no-password", "--output", tmp_path / "k")
    assert done.code == 1 and "k.key cannot be written: File exists" in done.err
    assert (tmp_path / "k.key").stat().st_mode & 0o777 == 0o600


def test_what_is_not_packed_cannot_be_signed(onedoor, folder, key, tmp_path):
    done = onedoor("plugin", "sign", folder, "--key", tmp_path / "k.key")
    assert done.code == 5 and "(unlisted)" in done.err and not (folder / "manifest.json.minisig").exists()


def test_a_folder_is_signed_beside_its_manifest(onedoor, package, key, tmp_path):
    out = tmp_path / "gov.tiny-1.0.0"
    for name, content in files_of(package).items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    (out / "manifest.json.minisig").unlink()
    assert onedoor("plugin", "verify", out, "--unsigned").code == 0
    assert onedoor("plugin", "sign", out, "--key", tmp_path / "k.key", "--comment", "by hand").code == 0
    assert "trusted comment: by hand" in onedoor("plugin", "verify", out, "--public-key", key).out


def test_a_key_with_a_password(onedoor, package, tmp_path):
    done = onedoor("plugin", "key", "new", "--output", tmp_path / "p", stdin="four words of mine\n")
    assert done.code == 0, done.err
    public = done.out.strip()
    wrong = onedoor("plugin", "sign", package, "--key", tmp_path / "p.key", stdin="other words\n")
    assert wrong.code == 5 and "does not open this key" in wrong.err
    assert onedoor("plugin", "sign", package, "--key", tmp_path / "p.key", stdin="four words of mine\n").code == 0
    assert onedoor("plugin", "verify", package, "--public-key", public).code == 0


def test_the_terminal_does_not_show_the_password(onedoor, tmp_path):
    master, slave = pty.openpty()
    process = subprocess.Popen([PROGRAM, "plugin", "key", "new", "--output", tmp_path / "t"], stdin=slave, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}, start_new_session=True)
    said = b""
    for question in (b"Password of the key: ", b"The same again: "):
        while not said.endswith(question):
            byte = os.read(process.stderr.fileno(), 1)
            assert byte, said
            said += byte
        assert not termios.tcgetattr(slave)[3] & termios.ECHO
        os.write(master, b"hidden\n")
    out, err = process.communicate(timeout=PASSWORD_TIMEOUT_S)
    assert process.returncode == 0 and out.startswith(b"RW") and b"hidden" not in said + err + out, err
    os.close(master)
    os.close(slave)


@pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not installed")
def test_minisign_and_this_program_read_each_other(onedoor, package, key, tmp_path):
    out = tmp_path / "out"
    for name, content in files_of(package).items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    assert subprocess.run(["minisign", "-Vm", out / "manifest.json", "-P", key], check=False, capture_output=True).returncode == 0
    for legacy in ([], ["-l"]):
        (out / "manifest.json.minisig").unlink()
        subprocess.run(["minisign", "-S", *legacy, "-m", out / "manifest.json", "-s", tmp_path / "k.key", "-t", "signed by minisign"], check=True,
                       capture_output=True)
        assert "trusted comment: signed by minisign" in onedoor("plugin", "verify", out, "--public-key", key).out
    subprocess.run(["minisign", "-G", "-W", "-p", tmp_path / "m.pub", "-s", tmp_path / "m.key"], check=True, capture_output=True)
    assert onedoor("plugin", "sign", package, "--key", tmp_path / "m.key").code == 0
    assert onedoor("plugin", "verify", package, "--public-key", (tmp_path / "m.pub").read_text().split("\n")[1]).code == 0


def test_help_and_completion_know_the_verbs(onedoor):
    for verb in ("pack", "key", "sign", "verify"):
        assert f"onedoor plugin {verb}" in onedoor("plugin", verb, "--help").out
        assert f"onedoor plugin {verb}" in onedoor("plugin", verb, "--help", "--lang", "zh-CN").out
        assert f"{verb}\t" in onedoor("completion", "words", "--", "plugin", verb).out
    assert SOURCE.exists()
