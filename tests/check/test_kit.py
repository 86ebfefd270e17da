# SPDX-License-Identifier: Apache-2.0
"""The installed SDK and the templates: each builds outside the tree, by every way that is promised."""
import ctypes
import json
import os

import pytest

from kit import BUILD, ROOT, must, run

STYLES = ["sync", "poll", "callback"]
SOURCE = (ROOT / "plugins/hello/hello.c").read_text()
MANIFEST = (ROOT / "plugins/hello/manifest.json").read_text()


def is_module(path):
    """Does it export the constant that a host looks for?"""
    return ctypes.c_uint32.in_dll(ctypes.CDLL(str(path)), "od_plugin_entry").value == 0x4E50444F


@pytest.fixture
def outside(tmp_path):
    (tmp_path / "hello.c").write_text(SOURCE)
    (tmp_path / "manifest.json").write_text(MANIFEST)
    return tmp_path


def write_cmake(folder, version="1.0.0", more=""):
    (folder / "CMakeLists.txt").write_text(f"""cmake_minimum_required(VERSION 3.22)
project(outside C)
find_package(onedoor 0.1 REQUIRED)
onedoor_module(hello VERSION {version} SOURCES hello.c MANIFEST manifest.json {more})
""")


def test_find_package_builds_a_module_outside_the_tree(prefix, outside):
    write_cmake(outside)
    must("cmake", "-S", outside, "-B", outside / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    must("cmake", "--build", outside / "build")
    module = outside / "build/hello-1.0.0"
    assert json.loads((module / "manifest.json").read_text())["id"] == "hello"
    assert is_module(module / "module.so")
    cache = (outside / "build/CMakeCache.txt").read_text()
    assert f"onedoor_DIR:PATH={prefix}" in cache


def test_a_version_that_differs_from_the_manifest_is_told_when_configuring(prefix, outside):
    write_cmake(outside, version="1.0.1")
    code, _, err = run("cmake", "-S", outside, "-B", outside / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    assert code != 0 and 'is "1.0.0", onedoor_module says "1.0.1"' in " ".join(err.split())


def test_an_argument_that_is_none_is_told(prefix, outside):
    write_cmake(outside, more="SOURCE other.c")
    code, _, err = run("cmake", "-S", outside, "-B", outside / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    assert code != 0 and "onedoor_module(id VERSION v SOURCES file..." in " ".join(err.split())


def test_pkg_config_builds_a_module_outside_the_tree(prefix, outside):
    flags = must("pkg-config", "--cflags", "onedoor", PKG_CONFIG_PATH=str(prefix / "share/pkgconfig")).split()
    include = os.path.normpath(flags[0][2:])
    assert include == str(prefix / "include")
    must("cc", "-std=c11", "-shared", "-fPIC", "-fvisibility=hidden", *flags, "-o", outside / "module.so", outside / "hello.c")
    assert is_module(outside / "module.so")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("way", ["make", "pkg-config", "cmake", "build-folder"])
def test_a_c_template_builds(prefix, tmp_path, style, way):
    path = BUILD / "bin" if way == "build-folder" else prefix / "bin"
    folder = tmp_path / "gov.water"
    must("onedoor", "plugin", "new", "gov.water", "--lang", "c", "--style", style, cwd=tmp_path, path=path)
    if way == "cmake":
        must("cmake", "-S", folder, "-B", folder / "build", path=path)
        must("cmake", "--build", folder / "build", path=path)
        module = folder / "build/gov.water-1.0.0"
    else:
        more = {"PKG_CONFIG_PATH": str(prefix / "share/pkgconfig")} if way == "pkg-config" else {}
        out = must("make", "-C", folder, "CFLAGS=-O1 -Werror", path=path, **more)
        assert "warning" not in out
        module = folder / "gov.water-1.0.0"
    assert sorted(p.name for p in module.iterdir()) == ["manifest.json", "module.so"]
    assert is_module(module / "module.so")


@pytest.mark.parametrize("style", STYLES)
def test_a_python_template_needs_the_standard_library_alone(prefix, tmp_path, style):
    must("onedoor", "plugin", "new", "gov.water", "--lang", "python", "--style", style, tmp_path / "desk", path=prefix / "bin")
    must("/usr/bin/python3", "-I", "-S", "-c", f"import sys; sys.path.insert(0, '{tmp_path}/desk'); import connector")
    remote = json.loads((tmp_path / "desk/remote.json").read_text())
    assert remote["id"] == "gov.water" and remote["command"] == ["python3", "connector.py"]


def test_no_placeholder_is_left(prefix, tmp_path):
    for language in ("c", "python"):
        for style in STYLES:
            folder = tmp_path / f"{language}-{style}"
            must("onedoor", "plugin", "new", "7-seas.water", "--lang", language, "--style", style, folder, path=prefix / "bin")
            for file in folder.iterdir():
                assert "@" not in file.name
                assert "SPDX" not in file.read_text()  # it is the author's now
                assert "@ID@" not in file.read_text() and "@NAME@" not in file.read_text()
    assert (tmp_path / "c-sync/m7_seas_water.c").exists()


@pytest.mark.parametrize("words, code, says", [
    (["Gov"], 2, "an id is 1 to 64"),
    ([".gov"], 2, "an id is 1 to 64"),
    (["g" * 65], 2, "an id is 1 to 64"),
    (["gov", "--lang", "cobol"], 2, "allowed: c, python"),
    (["gov", "--style", "push"], 2, "allowed: sync, poll, callback"),
    (["gov", "full"], 5, "has something in it"),
    (["gov", "no/such/folder"], 1, "No such file"),
])
def test_what_plugin_new_refuses(tmp_path, words, code, says):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("mine")
    have, out, err = run("onedoor", "plugin", "new", *words, cwd=tmp_path)
    assert (have, out) == (code, "") and says in err
    assert [p.name for p in tmp_path.iterdir()] == ["full"] and [p.name for p in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_an_id_of_64_and_an_empty_folder_are_fine(tmp_path):
    (tmp_path / "empty").mkdir()
    out = must("onedoor", "plugin", "new", "g" * 64, "empty", "--json", cwd=tmp_path)
    assert json.loads(out) == {"id": "g" * 64, "folder": "empty"}
    assert (tmp_path / "empty/manifest.json").exists()
