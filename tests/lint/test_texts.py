# SPDX-License-Identifier: Apache-2.0
"""The console's gettext catalogue: whole, in order, every text named by a page, every fault told."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "hub" / "console"))
texts = pytest.importorskip("texts", reason="python3-polib is not installed")


def test_the_catalogue_has_no_fault_and_is_in_order():
    assert texts.faults(texts.SOURCE) == []
    assert Path(texts.SOURCE).read_text() == texts.form(texts.read(texts.SOURCE)), "run script/texts tidy"


def test_no_page_names_a_text_that_is_not_there_and_none_is_left_over():
    missing, unused = texts.missing_and_unused(ROOT)
    assert missing == []
    assert unused == []


def test_every_template_is_embedded():
    listed = (ROOT / "hub/console/embed.cmake").read_text().replace(")", " ").split()
    assert [p.name for p in Path(texts.TEMPLATES).iterdir() if "templates/" + p.name not in listed] == []


HEAD = 'msgid ""\nmsgstr ""\n"Project-Id-Version: onedoor\\n"\n"Language: zh_CN\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n' \
       '"PO-Revision-Date: 2026-01-01 00:00+0800\\n"\n"Last-Translator: a\\n"\n"Language-Team: a\\n"\n' \
       '"MIME-Version: 1.0\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'


def entry(key='msgctxt "nav.guide"\n', msgid="Guide", msgstr="指南", above=""):
    return f'{above}{key}msgid "{msgid}"\nmsgstr "{msgstr}"\n\n'


FAULTS = [
    (entry(), "", "a sound catalogue"),
    (entry(key=""), "no key", "an entry without a key"),
    (entry(key='msgctxt "Nav Guide"\n'), "no key", "a key that is none"),
    (entry(msgstr=""), "a language is missing", "no Chinese"),
    (entry(msgid=" "), "a language is missing", "no English"),
    (entry(above="#, fuzzy\n"), "fuzzy", "a guess of a tool"),
    (entry() + entry(), "duplicate", "twice the same"),
    (entry() + entry(msgid="Other"), "is used in line", "one key, two texts"),
    (entry(msgid="By {{name}}"), "shows ['name'] here and [] there", "a value lost in translation"),
    (entry(msgid="{{d:due}}", msgstr="{{m:due}}"), "", "the same value in another form"),
    (entry(msgid="{{#a}}x{{/}}{{n}}", msgstr="{{n}}"), "", "grammar asks for another section"),
    (entry(msgid="{{t:month.@month}}", msgstr="{{month}}月"), "", "a value and a text about it"),
    (entry(msgid="By {{name}}", above="#. other names: why\n"), "", "a difference that is meant"),
    (entry(above="#~ "), "obsolete", "left behind"),
    ('msgctxt "nav.guide"\nmsgid "Guide"\nmsgstr "指南\n', "end-of-line", "a quote not closed"),
]


@pytest.mark.parametrize("body, told, why", FAULTS, ids=[row[2] for row in FAULTS])
def test_faults_are_told(tmp_path, body, told, why):
    if body.startswith("#~"):
        body = "".join("#~ " + line + "\n" for line in body.replace("#~ ", "").splitlines() if line)
    path = tmp_path / "zh_CN.po"
    path.write_text(HEAD + body, encoding="utf-8")
    found = texts.faults(str(path))
    if told == "":
        assert found == []
    else:
        assert len(found) >= 1 and any(told in fault for fault in found), found


def test_the_build_stops_at_a_fault(tmp_path):
    broken = Path(texts.SOURCE).read_text().replace('msgstr "办事指南"', 'msgstr ""', 1)
    (tmp_path / "po").mkdir()
    for name in ("embed.py", "texts.py"):
        (tmp_path / name).write_bytes((ROOT / "hub/console" / name).read_bytes())
    (tmp_path / "po/zh_CN.po").write_text(broken)
    out = subprocess.run([sys.executable, str(tmp_path / "embed.py"), str(tmp_path / "out.c"), str(tmp_path / "po/zh_CN.po")],
                         capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert out.returncode != 0 and "a language is missing" in out.stderr and not (tmp_path / "out.c").exists()
