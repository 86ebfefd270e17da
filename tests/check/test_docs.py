# SPDX-License-Identifier: Apache-2.0
"""The pages for authors: complete against the sources, with code that compiles and links that lead somewhere."""
import json
import re
import subprocess

import pytest

from kit import ROOT, must

PAGES = ROOT / "docs/connectors"
ERRORS = (PAGES / "errors.md").read_text()


def literals(pattern, paths):
    """String literals of each call of a function in the sources, joined as the compiler joins them."""
    for path in paths:
        for call in re.findall(pattern + r'\s*\(((?:[^;"]|"(?:[^"\\]|\\.)*")*?)\);', path.read_text(), re.S):
            for text in re.findall(r'"(?:[^"\\]|\\.)*"(?:\s*(?:PRIu64|PRIx64)?\s*"(?:[^"\\]|\\.)*")*', call):
                yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)).replace('\\"', '"').replace("\\n", "")


def fragments(text):
    """What stands between conversions, where it says something."""
    return [part.strip() for part in re.split(r"%[-+ #0-9.*]*(?:hh|h|ll|l|z|t|j)?[a-zA-Z]|%", text) if len(re.sub(r"\W", "", part)) >= 5]


def missing(texts):
    return sorted({part for text in texts for part in fragments(text) if part not in ERRORS})


HOST = sorted((ROOT / "sdk/host").glob("*.c"))


def test_every_code_stands_in_the_catalogue():
    rows = re.findall(r'X\((OD_E\w+), (-\d+), "([^"]+)"\)', (ROOT / "sdk/include/onedoor/error.h").read_text())
    assert len(rows) >= 18
    assert [r for r in rows if f"| `{r[0]}` | {r[1]} | {r[2]} |" not in ERRORS] == []


def test_every_line_of_the_contract_stands_in_the_catalogue():
    texts = list(literals("host_trap", HOST))
    assert len(texts) >= 25
    assert missing(texts) == []


def test_every_hint_of_a_state_stands_in_the_catalogue():
    text = (ROOT / "sdk/host/report.c").read_text()
    hints = re.findall(r'"([^"]{8,})"\}', text[text.index("ops[] = {"):text.index("};", text.index("ops[] = {"))])
    assert len(hints) >= 5 and [h for h in hints if h not in ERRORS] == []


def test_every_end_of_a_host_stands_in_the_catalogue():
    rows = re.findall(r"(HOST_EXIT_\w+) = (\d+),", (ROOT / "sdk/host/exit.h").read_text())
    assert len(rows) >= 13
    assert [r for r in rows if f"| {r[1]} | `{r[0]}` |" not in ERRORS] == []
    texts = [t for name in ("host_break", "break_protocol", "break_item") for t in literals(name, HOST)]
    assert len(texts) >= 25 and missing(texts) == []


def test_every_refusal_at_the_load_stands_in_the_catalogue():
    module = [ROOT / "sdk/host" / name for name in ("module.c", "manifest.c")]
    texts = [t for name in ("refuse", "snprintf") for t in literals(name, module)]
    assert len(texts) >= 15
    assert [part for part in missing(texts) if part not in ("/module.so", "/proc/self/fd/")] == []


def anchors(page):
    text = (PAGES / page).read_text()
    heads = {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in re.findall(r"^#+ (.*)$", text, re.M)}
    return heads | set(re.findall(r'<a id="([^"]+)">', text))


def test_every_fix_leads_to_a_place():
    """"(cookbook.md#lookup)" in the checker's words, and links between the pages."""
    found = set()
    for path in [*sorted((ROOT / "sdk/check").glob("*.c")), *sorted(PAGES.glob("*.md"))]:
        text = re.sub(r'"\s*\n\s*"', "", path.read_text())
        found |= set(re.findall(r"\b([a-z]+\.md)(?:#([\w-]+))?", text))
    assert {("cookbook.md", "lookup"), ("errors.md", "stale"), ("check.md", "in-process")} <= found
    wrong = [(page, anchor) for page, anchor in found
             if (PAGES / page).exists() and anchor and anchor not in anchors(page)]
    assert wrong == []
    gone = [page for page, _ in found if not (PAGES / page).exists() and not (ROOT / "docs" / page).exists()]
    assert set(gone) <= {"operations.md", "guarantees.md", "a.md"} or gone == []


def blocks(page, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```", (PAGES / page).read_text(), re.M | re.S)


def test_the_pieces_of_the_cookbook_compile(tmp_path):
    first, *pieces = blocks("cookbook.md", "c")
    assert len(pieces) >= 6
    for number, piece in enumerate(pieces):
        (tmp_path / f"{number}.c").write_text(first + piece)
        done = subprocess.run(["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-fsyntax-only",
                               "-I", str(ROOT / "sdk/include"), str(tmp_path / f"{number}.c")], capture_output=True, text=True)
        undefined = [line for line in done.stderr.splitlines() if "error:" in line and "used but never defined" not in line]
        assert undefined == [], done.stderr
    assert blocks("cookbook.md", "c")


def test_the_python_of_the_cookbook_keeps_the_contract(tmp_path):
    """The connector of the nightly file, with its nights a moment long and a department that answers them."""
    must("onedoor", "plugin", "new", "gov.fire", "--lang", "python", tmp_path / "desk")
    source = blocks("cookbook.md", "python")[0]
    folder = tmp_path / "desk"
    source = source.replace("/srv/fire/", str(tmp_path) + "/").replace("time.sleep(60)", "time.sleep(0.02)")
    source = source.replace("            if time.localtime().tm_hour == 1:\n                self.write(", "            if True:\n                self.write(")
    department = '''
    def department(self):
        while True:
            time.sleep(0.02)
            try:
                rows = list(csv.reader(open("%s/questions.csv", newline="")))
            except OSError:
                continue
            with open("%s/answers.part", "w", newline="") as file:
                csv.writer(file).writerows([ref, "approve", ""] for ref, _ in rows)
            os.replace("%s/answers.part", "%s/answers.csv")

''' % ((tmp_path,) * 4)
    source = source.replace("    def nights(self):", department.lstrip("\n") + "    def nights(self):")
    source = source.replace("    night.run()", "    threading.Thread(target=night.department, daemon=True).start()\n    night.run()")
    (folder / "connector.py").write_text(source)
    (folder / "check.json").write_text(json.dumps({"forms": [{"premises_area_m2": 120}]}))
    for only in ("contract.", "resume.", "kill.unanswered"):
        result = json.loads(must("onedoor", "plugin", "check", folder, "--only", only, "--json"))
        assert result["failed"] == 0 and result["passed"] >= 1, result


def test_the_example_of_check_json_is_read():
    example = blocks("check.md", "json")[0]
    assert set(json.loads(example)) == {"config", "matter", "forms", "input", "secrets", "department"}


def test_the_example_of_check_json_is_taken(tmp_path):
    must("onedoor", "plugin", "new", "gov.fire", "--style", "poll", tmp_path / "desk")
    must("make", "-C", tmp_path / "desk")
    (tmp_path / "desk/check.json").write_text(blocks("check.md", "json")[0])
    result = json.loads(must("onedoor", "plugin", "check", tmp_path / "desk", "--only", "contract.", "--json"))
    assert (result["failed"], result["passed"]) == (0, 6)


@pytest.mark.parametrize("group", ["manifest", "load", "contract", "input", "pause", "clock", "duplicates", "resume", "cancel",
                                   "release", "department", "kill", "drain", "resources", "sandbox", "fuzz", "protocol"])
def test_every_group_is_described(group):
    listed = json.loads(must("onedoor", "plugin", "check", "--list", "--json"))
    assert any(c["case"].startswith(group + ".") for c in listed)
    assert f"`{group}`" in (PAGES / "check.md").read_text()
    assert {c["case"].split(".")[0] for c in listed} <= set(re.findall(r"`(\w+)`", (PAGES / "check.md").read_text()))
