# SPDX-License-Identifier: Apache-2.0
"""The rules of the house, seen from outside: layers, libraries, prefixes, purity, lengths, words."""
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("OD_BUILD", ROOT / "build" / "release"))

# A layer may include itself and those named; siblings never meet below the engine.
MAY_INCLUDE = {
    "base": set(),
    "core": set(),
    "catalog": {"base", "core"},
    "store": {"base", "core"},
    "package": {"base"},
    "connect": {"base", "core", "package"},
    "front": {"base", "core", "console"},
    "console": set(),
    "gateway": {"base"},
    "egress": {"base"},
    "journal": {"base", "core"},
    "evidence": {"base", "core", "journal", "catalog", "store"},
    "engine": {"base", "core", "journal", "evidence", "package", "catalog", "store", "connect", "front"},
    "simulate": {"base", "core", "journal", "catalog", "store"},
    "cli": {"base", "core", "package", "catalog", "simulate", "check", "store", "evidence"},
    "bin": {"base", "engine"},
    "host": {"base"},
    "check": {"base", "package", "host"},
}

# Every outside library stops at one or two files (and their headers).
LIBRARY_FILES = {
    "uv.h": r"hub/base/bell\.h|hub/(store/store|connect/connect|front/front|engine/(engine|internal))\.h|hub/bin/onedoord\.c"
            r"|hub/(front|connect|store|egress)/.*|hub/simulate/journal\.c",
    "nng/": r"hub/gateway/.*\.[ch]",
    "llhttp.h": r"hub/front/http_parse\.[ch]",
    "sqlite3.h": r"hub/store/sqlite.*\.[ch]",
    "cJSON.h": r"hub/base/json\.c",
    "cjson/cJSON.h": r"hub/base/json\.c",
    "sodium.h": r"hub/base/(hash|sign)\.c|hub/package/minisign\.c",
    "archive.h": r"hub/base/archive\.c",
    "archive_entry.h": r"hub/base/archive\.c",
    "curl/": r"hub/cli/http\.c|hub/egress/(call\.h|client\.c|hop\.c|main\.c)",
    "libical/": r"hub/catalog/ical_(rule|zone)\.c",
    "qrencode.h": r"hub/front/qr\.c",
    "dlfcn.h": r"sdk/host/.*\.c",
    "openssl/": r"plugins/email/tls\.c",
    "seccomp.h": r"sdk/host/confine_(calls|report)\.c|hub/egress/confine\.c",
}

# The civil calendar is arithmetic: of the base the core uses that, and nothing else.
CORE_MAY_INCLUDE = {"base/time.h"}
CORE_MAY_CALL = {"base_day_from_civil", "base_day_to_civil"}

PURE = {"memcpy", "memmove", "memset", "memcmp", "strlen", "bsearch", "__assert_fail",
        "__memcpy_chk", "__memmove_chk", "__memset_chk", "__stack_chk_fail", "__fprintf_chk"} - {"__fprintf_chk"}


def sources(*folders, suffixes=(".c", ".h")):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and "/build/" not in str(path):
                yield path


def layer_of(path):
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] in ("hub", "sdk") else None


def includes(path):
    return re.findall(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', path.read_text(), re.M)


def test_a_layer_includes_only_layers_above_it():
    wrong = []
    for path in sources("hub", "sdk/host", "sdk/check"):
        layer = layer_of(path)
        for name in includes(path):
            target = name.split("/")[0]
            if layer == "core" and name in CORE_MAY_INCLUDE:
                continue
            if target in MAY_INCLUDE and target != layer and target not in MAY_INCLUDE[layer]:
                wrong.append(f"{path.relative_to(ROOT)} includes {name}")
    assert wrong == []


def test_outside_libraries_stop_at_their_files():
    wrong = []
    for path in sources("hub", "sdk/host", "sdk/check"):
        place = str(path.relative_to(ROOT))
        for name in includes(path):
            for library, allowed in LIBRARY_FILES.items():
                if (name == library or (library.endswith("/") and name.startswith(library))) \
                        and not re.fullmatch(allowed, place):
                    wrong.append(f"{place} includes {name}")
    assert wrong == []


def test_installed_headers_need_nothing_but_the_standard():
    allowed = {"stddef.h", "stdint.h", "stdbool.h", "string.h"}
    wrong = [f"{p.name}: {i}" for p in sources("sdk/include") for i in includes(p)
             if i not in allowed and not i.startswith("onedoor/")]
    assert wrong == []


def archives():
    found = {p.parent.name: p for p in (BUILD / "hub").rglob("libod_*.a")}
    if not found:
        pytest.skip("no build at " + str(BUILD))
    return found


def nm(path, *flags):
    out = subprocess.run(["nm", *flags, str(path)], capture_output=True, text=True, check=True).stdout
    return [line.split() for line in out.splitlines() if line and not line.endswith(":")]


def test_external_names_carry_their_layer():
    wrong = []
    for layer, path in archives().items():
        for row in nm(path, "--defined-only", "--extern-only"):
            if len(row) == 3 and not row[2].startswith(layer + "_") and not row[2].startswith(("__asan", "__odr", "_binary")):
                wrong.append(f"{layer}: {row[2]}")
    assert wrong == []


def test_the_core_is_pure():
    path = archives()["core"]
    defined = {row[-1] for row in nm(path, "--defined-only")}
    undefined = {row[-1] for row in nm(path, "--undefined-only")}
    outside = {name for name in undefined - defined if not name.startswith(("__asan", "__ubsan", "__gcov", "_GLOBAL_"))}
    assert outside <= PURE | CORE_MAY_CALL, sorted(outside - PURE - CORE_MAY_CALL)
    # Constant tables of pointers lie in .data.rel.ro, which is read-only once loaded.
    headers = subprocess.run(["objdump", "-h", str(path)], capture_output=True, text=True, check=True).stdout
    writable = [line for line in headers.splitlines()
                if re.match(r"\s*\d+ \.(data|bss)\s", line) and int(line.split()[2], 16) > 0]
    assert writable == []


def functions(path):
    """(lines, start) of each function, by braces at column 0."""
    lines = path.read_text().split("\n")
    start = None
    for number, line in enumerate(lines):
        if start is None and line.rstrip() == "{" and number and re.search(r"\)\s*$", lines[number - 1]):
            start = number
        elif start is not None and line.startswith("}"):
            yield number - start, start
            start = None


def test_functions_and_files_are_short():
    lengths, wrong = [], []
    for path in sources("hub", "sdk", "plugins", suffixes=(".c",)):
        count = path.read_text().count("\n")
        if count > 500:
            wrong.append(f"{path.relative_to(ROOT)}: {count} lines")
        for length, start in functions(path):
            lengths.append(length)
            if length > 70:
                wrong.append(f"{path.relative_to(ROOT)}:{start}: {length} lines")
    assert wrong == []
    lengths.sort()
    assert lengths[len(lengths) // 2] <= 12
    assert lengths[int(len(lengths) * 0.99)] <= 70


def test_every_rule_is_cited_in_code_and_test():
    rules = set()
    for path in (ROOT / "docs" / "rules").glob("*.md"):
        rules |= set(re.findall(r"^\W*\**([A-Z]-\d+)\b", path.read_text(), re.M))
    assert rules
    code = "".join(p.read_text() for p in sources("hub/core", "hub/catalog", "hub/engine"))
    tests = "".join(p.read_text() for p in sources("tests"))
    missing = [r for r in sorted(rules) if not re.search(rf"\b{r}\b", code) or not re.search(rf"\b{r}\b", tests)]
    assert missing == []


def test_no_work_is_left_behind():
    word = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    wrong = [str(p.relative_to(ROOT)) for p in sources("hub", "sdk", "plugins", "tests", "cmake",
             suffixes=(".c", ".h", ".py", ".cmake", ".txt", ".js", ".css", ".html"))
             if p != Path(__file__).resolve() and word.search(p.read_text())]
    assert wrong == []


def test_every_file_names_its_licence():
    wrong = [str(p.relative_to(ROOT)) for p in sources("hub", "sdk", "plugins", "tests", suffixes=(".c", ".h"))
             if "SPDX-License-Identifier: Apache-2.0" not in p.read_text()[:300]]
    assert wrong == []


def test_limits_have_tests():
    limits = re.findall(r"^#define (BASE_\w+_MAX)\b", (ROOT / "hub/base/limits.h").read_text(), re.M)
    tests = "".join(p.read_text() for p in sources("tests", suffixes=(".c", ".h", ".py")))
    missing = [name for name in limits if name not in tests]
    assert missing == []
