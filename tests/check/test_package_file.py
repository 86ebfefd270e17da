# SPDX-License-Identifier: Apache-2.0
"""`plugin check` and `plugin run` of a package file: by the gate that a hub has, from a folder of its own."""
import json
import shutil

import pytest

from kit import BUILD, ROOT, must, run

# Loaded without a sandbox, it leaves a mark: did any of its code run?
SOURCE = (ROOT / "plugins/hello/hello.c").read_text() + """
#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void leave_mark(void)
{
    FILE *mark = fopen(getenv("MARK") != NULL ? getenv("MARK") : "/nonexistent/mark", "w");

    if (mark != NULL)
        fclose(mark);
}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder of sources with what make built in it, its package, signed, and the key."""
    place = tmp_path_factory.mktemp("shop")
    sources = place / "hello"
    (sources / "hello-1.0.0").mkdir(parents=True)
    for folder in (sources, sources / "hello-1.0.0"):
        shutil.copy(ROOT / "plugins/hello/manifest.json", folder)
    (sources / "hello.c").write_text(SOURCE)
    must("cc", "-shared", "-fPIC", "-I", ROOT / "sdk/include", "-o", sources / "hello-1.0.0/module.so", sources / "hello.c")
    must("onedoor", "plugin", "pack", ".", "--output", place / "hello-1.0.0.odm", cwd=sources)
    shutil.copy(place / "hello-1.0.0.odm", place / "unsigned.odm")
    key = must("onedoor", "plugin", "key", "new", "--no-password", "--output", place / "k").strip()
    must("onedoor", "plugin", "sign", place / "hello-1.0.0.odm", "--key", place / "k.key")
    whole = (place / "hello-1.0.0.odm").read_bytes()
    (place / "altered.odm").write_bytes(whole[:400] + bytes([whole[400] ^ 1]) + whole[401:])
    (place / "trust.json").write_text(json.dumps({"keys": [{"public_key": key, "name": "The maker", "prefixes": ["hello"], "capabilities": ["*"]}]}))
    (place / "stranger.json").write_text(json.dumps({"keys": [{"public_key": key, "name": "A stranger", "prefixes": ["gov"], "capabilities": ["*"]}]}))
    return place, key


def check(shop, tmp_path, name, *words, verb="check"):
    """(exit code, stdout, stderr, did its code run); nothing of it stays anywhere."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = run("onedoor", "plugin", verb, shop[0] / name, *words, TMPDIR=str(scratch), MARK=str(tmp_path / "mark"))
    assert list(scratch.iterdir()) == []
    return *done, (tmp_path / "mark").exists()


@pytest.mark.parametrize("name, words, code, says", [
    ("hello-1.0.0.odm", [], 5, "(unknown_key)"),
    ("hello-1.0.0.odm", ["--trust", "stranger.json"], 5, "(prefix)"),
    ("hello-1.0.0.odm", ["--unsigned"], 5, "(unknown_key)"),
    ("unsigned.odm", [], 5, "(unsigned)"),
    ("unsigned.odm", ["--trust", "trust.json"], 5, "(unsigned)"),
    ("altered.odm", ["--trust", "trust.json"], 5, ""),
    ("none.odm", ["--trust", "trust.json"], 3, "does not exist"),
    ("hello-1.0.0.odm", ["--trust", "none.json"], 3, "none.json"),
])
def test_nothing_runs_that_a_hub_would_not_load(shop, tmp_path, name, words, code, says):
    words = [str(shop[0] / word) if word.endswith(".json") else word for word in words]
    have, out, err, has_run = check(shop, tmp_path, name, "--in-process", "--only", "load.opens", *words)
    assert (have, out, has_run) == (code, "", False) and says in err


@pytest.mark.parametrize("name, says, words", [
    ("hello-1.0.0.odm", "signed by: The maker", ["--trust", "trust.json"]),
    ("hello-1.0.0.odm", "signed by: RW", ["--public-key", "KEY"]),
    ("unsigned.odm", "not signed", ["--unsigned"]),
])
def test_what_is_verified_is_checked(shop, tmp_path, name, says, words):
    words = [shop[1] if word == "KEY" else str(shop[0] / word) if word.endswith(".json") else word for word in words]
    code, out, err, has_run = check(shop, tmp_path, name, "--in-process", "--only", "load.opens", *words)
    assert (code, has_run) == (0, True) and "1 passed, 0 failed" in out and says in err


def test_in_the_sandbox_by_the_check_json_beside_it(shop, tmp_path):
    """In a process that gave up its rights, from a folder that only its maker may look into."""
    (shop[0] / "check.json").write_text(json.dumps({"forms": [{"premises_area_m2": 77, "mark": "of-this-script"}]}))
    code, out, err, _ = check(shop, tmp_path, "hello-1.0.0.odm", "--trust", shop[0] / "trust.json", verb="run")
    (shop[0] / "check.json").unlink()
    assert code == 0 and "of-this-script" in out, err


def test_a_package_is_not_watched(shop, tmp_path):
    code, out, err, _ = check(shop, tmp_path, "hello-1.0.0.odm", "--watch", "--unsigned", verb="run")
    assert (code, out) == (2, "") and "a package does not change" in err


def test_pack_finds_what_was_built(shop, tmp_path):
    """As plugin check does: the sources name it, make has put it beside them."""
    sources = tmp_path / "hello"
    sources.mkdir()
    shutil.copy(shop[0] / "hello/manifest.json", sources)
    code, _, err = run("onedoor", "plugin", "pack", sources, cwd=tmp_path)
    assert code == 5 and "no module.so" in err
    shutil.copytree(shop[0] / "hello/hello-1.0.0", sources / "build/hello-1.0.0")
    assert "packing" in run("onedoor", "plugin", "pack", sources, cwd=tmp_path)[2]
    assert (tmp_path / "hello-1.0.0.odm").exists()
