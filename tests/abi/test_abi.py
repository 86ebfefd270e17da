# SPDX-License-Identifier: Apache-2.0
"""What was released stays: the present headers against those of each released ABI, by a compiler and by abidiff."""
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

import layout

ROOT = Path(__file__).resolve().parents[2]
PRESENT = ROOT / "sdk" / "include"
RELEASED = sorted(path for path in Path(__file__).parent.iterdir() if re.fullmatch(r"\d+\.\d+", path.name))
COMPILERS = [("gcc", "c11"), ("gcc", "c17"), ("clang", "c11"), ("g++", "c++17"), ("clang++", "c++17")]

released = pytest.mark.parametrize("home", RELEASED, ids=lambda home: home.name)
compilers = pytest.mark.parametrize("compiler,standard", COMPILERS)


def need(program):
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on this machine")


def test_the_first_abi_is_kept():
    assert [home.name for home in RELEASED][:1] == ["1.0"]
    for home in RELEASED:
        rows = layout.read(home / "layout.txt")
        assert f"{rows['constant OD_ABI_MAJOR'].rstrip('u')}.{rows['constant OD_ABI_MINOR'].rstrip('u')}" == home.name


def test_the_table_names_every_type():
    """What the reader of the headers overlooks, no test would miss."""
    text = layout.preprocessed(PRESENT)
    assert set(layout.structs(text)) == set(re.findall(r"\bstruct (od_\w+) \{", text))
    assert len(layout.enumerators(text)) == len(re.findall(r"\bOD_\w+ = -?\d+", text))
    for name, fields in layout.structs(text).items():
        body = re.search(rf"^struct {name} \{{(.*?)^\}};", text, re.M | re.S).group(1)
        assert len(fields) == body.count(";") + sum(len(part.split(",")) - 1 for part in body.split(";") if "(" not in part)
    assert len([row for row in layout.declarations(text) if row.startswith("function")]) == text.count("static inline")


@released
@compilers
def test_a_released_table_is_that_of_its_headers(home, compiler, standard):
    need(compiler)
    if struct.calcsize("P") != 8:
        pytest.skip("the kept table is of 64-bit machines")
    assert layout.measured(home / "include", compiler, standard) == layout.read(home / "layout.txt")


@released
@compilers
def test_the_present_headers_only_grow(home, compiler, standard):
    need(compiler)
    old = layout.measured(home / "include", compiler, standard)
    assert layout.growth(old, layout.measured(PRESENT, compiler, standard)) == []


def test_what_grew_has_a_later_minor():
    latest = RELEASED[-1]
    old, new = layout.measured(latest / "include"), layout.measured(PRESENT)
    if new["constant OD_ABI_MINOR"] == old["constant OD_ABI_MINOR"]:
        assert new == old, f"the ABI changed: raise OD_ABI_MINOR; tests/abi/{latest.name} stays as it is"


# Each breaks a module that somebody has built. old text, new text, what they do
BREAKS = [
    ("    const char *application;     /*", "    uint64_t inserted; const char *application; /*", "a field in the middle"),
    ("    uint32_t attempt; /* from 1 */\n    uint32_t flags;   /* OD_OFFER_ */",
     "    uint32_t flags;\n    uint32_t attempt;", "two fields of a size change places"),
    ("    od_task task;\n    uint32_t attempt;", "    uint32_t attempt;", "a field goes"),
    ("    size_t materials_size;\n", "", "the last field goes"),
    ("    int64_t retry_after_ms;", "    uint64_t retry_after_ms;", "a sign changes, no size does"),
    ("    const char *document_no;", "    const char *document_number;", "a field has another name"),
    ("    char note[128];", "    char note[256];", "an array grows"),
    ("OD_REJECT = 3,", "OD_REJECT = 5,", "a number changes its meaning"),
    ("    OD_EFFECT_DONE = 2,    /*", "    OD_EFFECT_THERE = 2,    /*", "an enumerator has another name"),
    ("int (*accept)(void *context, od_task task, const char *external_ref);",
     "int (*accept)(void *context, const char *external_ref, od_task task);", "a call has other arguments"),
    ("void (*cancel)(void *self, od_task task, const char *reason);",
     "int (*cancel)(void *self, od_task task, const char *reason);", "a callback returns something"),
    ("typedef uint64_t od_task;", "typedef uint32_t od_task;", "handles shrink"),
    ("#define OD_CHECKPOINT_MAX (64 * 1024)", "#define OD_CHECKPOINT_MAX (32 * 1024)", "a limit sinks"),
    ("#define OD_ABI_MAJOR 1u", "#define OD_ABI_MAJOR 2u", "another major"),
    ("X(OD_ESTALE, -4,", "X(OD_ESTALE, -40,", "an error has another number"),
    ("    const char *secret; /*", "    const char *secret, *added; /*", "a struct without a size grows"),
    ("typedef void (*od_timer_cb)(void *self, od_task task, void *arg);",
     "typedef void (*od_timer_cb)(void *self, void *arg);", "a callback type changes"),
    ("static inline int64_t od_now_ms(const struct od_host *host)", "static inline int64_t od_time(const struct od_host *host)",
     "a function that sources call goes"),
]
# Each is what a later minor may do.
GROWTH = [
    ("    size_t materials_size;\n", "    size_t materials_size;\n    const char *added;\n", "an offer grows at its end"),
    ("    const void *(*extension)(void *self, const char *id);\n};",
     "    const void *(*extension)(void *self, const char *id);\n    void (*added)(void *self);\n};", "another callback"),
    ("    OD_NOT_APPLICABLE = 4,\n", "    OD_NOT_APPLICABLE = 4,\n    OD_ADDED = 5,\n", "another enumerator"),
    ("#define OD_ABI_MINOR 0u", "#define OD_ABI_MINOR 1u", "a later minor"),
    ('    X(OD_EEXIST, -18, "it exists already")', '    X(OD_EEXIST, -18, "it exists already") X(OD_EADDED, -19, "new")',
     "another error"),
]


def mutated(folder, old, new):
    """A copy of the present headers with one change."""
    include = folder / "include"
    shutil.copytree(PRESENT, include)
    changed = 0
    for path in include.rglob("*.h"):
        text = path.read_text()
        changed += text.count(old)
        path.write_text(text.replace(old, new, 1))
    assert changed == 1, f"{changed} places read: {old}"
    return include


@pytest.mark.parametrize("old,new,why", BREAKS, ids=[row[2] for row in BREAKS])
def test_a_break_is_seen(tmp_path, old, new, why):
    before = layout.measured(PRESENT)
    assert layout.growth(before, layout.measured(mutated(tmp_path, old, new))) != []


@pytest.mark.parametrize("old,new,why", GROWTH, ids=[row[2] for row in GROWTH])
def test_growth_is_no_break(tmp_path, old, new, why):
    before = layout.measured(PRESENT)
    after = layout.measured(mutated(tmp_path, old, new))
    assert layout.growth(before, after) == []
    assert after != before


def test_a_field_put_into_padding_is_a_break():
    """An older side would claim, by its size, to have filled it."""
    old = {"struct od_x": "16", "field od_x.size": "0 8 size_t", "field od_x.a": "8 4 uint32_t"}
    assert layout.growth(old, {**old, "field od_x.b": "12 4 uint32_t"}) == ["field od_x.b is new, in the middle"]
    assert layout.growth(old, {**old, "struct od_x": "24", "field od_x.b": "16 4 uint32_t"}) == []


def test_every_frozen_field_is_guarded():
    """Take each row out of the table, and change each: none goes unseen."""
    old = layout.read(RELEASED[0] / "layout.txt")
    for name, value in old.items():
        without = {key: have for key, have in old.items() if key != name}
        assert layout.growth(old, without) != [], name
        if name != "constant OD_ABI_MINOR" and not name.startswith("struct "):
            assert layout.growth(old, {**old, name: value + "x"}) != [], name


def library(folder, include, name):
    path = folder / f"{name}.so"
    subprocess.run(["gcc", "-std=c11", "-w", "-g", "-shared", "-fPIC", f"-I{include}", "-x", "c", "-", "-o", str(path)],
                   input=layout.shape(include), text=True, check=True)
    return path


def abidiff(old, new):
    """The lines of its report that are more than members put behind the old end of a struct."""
    done = subprocess.run(["abidiff", "--leaf-changes-only", str(old), str(new)], capture_output=True, text=True)
    assert done.returncode & 3 == 0, done.stderr  # it ran
    breaks, end = [], 0
    for line in done.stdout.splitlines():
        size = re.match(r"  type size changed from (\d+) to \d+ \(in bits\)", line)
        member = re.match(r"    '.*', at offset (\d+) \(in bits\)", line)
        end = int(size.group(1)) if size else end
        if re.match(r"(Leaf changes|Changed leaf types) summary|Removed/Changed/Added .* 0 Removed, 0 Changed|$", line):
            continue
        if size or re.match(r"'struct od_\w+ at .*' changed:|  \d+ data member insertions?:", line):
            continue
        if member and int(member.group(1)) >= end:
            continue
        breaks.append(line)
    return breaks


@released
def test_abidiff_finds_no_break_between_then_and_now(tmp_path, home):
    need("abidiff")
    now = library(tmp_path, PRESENT, "now")
    assert abidiff(library(tmp_path, home / "include", "then"), now) == []
    assert abidiff(home / "shape.abi", now) == []  # as it was written down on the day of the release


@released
def test_abidiff_finds_no_break_in_a_module(tmp_path, home):
    """The same source built with the headers of then and of now."""
    need("abidiff")
    modules = []
    for name, include in (("then", home / "include"), ("now", PRESENT)):
        modules.append(tmp_path / f"{name}.so")
        subprocess.run(["gcc", "-std=c11", "-g", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{include}",
                        str(home / "museum.c"), "-o", str(modules[-1])], check=True)
    assert abidiff(*modules) == []


# A constant, a function and a name of the header are of no matter to built code, and a member behind the end
# of a struct without a size looks like any other to abidiff: the table guards them.
UNSEEN = {"a limit sinks", "another major", "a function that sources call goes", "a field has another name",
          "a struct without a size grows"}
SEEN = [row for row in BREAKS if row[2] not in UNSEEN]


@pytest.mark.parametrize("old,new,why", SEEN, ids=[row[2] for row in SEEN])
def test_abidiff_sees_a_break(tmp_path, old, new, why):
    need("abidiff")
    assert abidiff(library(tmp_path, PRESENT, "then"), library(tmp_path, mutated(tmp_path, old, new), "now")) != []


@pytest.mark.parametrize("old,new,why", GROWTH, ids=[row[2] for row in GROWTH])
def test_abidiff_lets_growth_pass(tmp_path, old, new, why):
    need("abidiff")
    assert abidiff(library(tmp_path, PRESENT, "then"), library(tmp_path, mutated(tmp_path, old, new), "now")) == []
