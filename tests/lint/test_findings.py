# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a catalogue, in other languages: every sentence has its words, none is left over, every fault told."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "hub" / "catalog"))
pytest.importorskip("polib", reason="python3-polib is not installed")
import findings  # noqa: E402
import texts  # noqa: E402


def test_every_sentence_has_its_words_and_none_is_left_over():
    sources = findings.said(ROOT)
    assert len(sources) > 300, "the sources are not read any more"
    for path in Path(findings.FOLDER).glob("*.po"):
        assert findings.faults(str(path)) == []
        assert findings.stale_and_missing(str(path), sources) == ([], []), "run script/findings update"
        assert path.read_text() == texts.form(texts.read(str(path))), "run script/findings update"


def test_no_english_words_get_into_a_sentence_by_another_way():
    assert findings.slips(ROOT) == []


def test_the_limits_are_those_of_the_sources():
    assert f"#define CATALOG_FINDING_LANGUAGES_MAX {findings.LANGUAGES_MAX} " in (ROOT / "hub/catalog/catalog.h").read_text()
    assert f"#define CATALOG_WORDING_ARGUMENTS_MAX {findings.ARGUMENTS_MAX}\n" in (ROOT / "hub/catalog/wording.h").read_text()


def test_all_functions_that_tell_are_known():
    """Whoever hands a format or phrase on to a finding is in the tables of findings.py."""
    for name, given in findings.GIVEN_IN.items():
        path = ROOT / "hub" / ("base" if name == "json_gate.c" else "catalog") / name
        assert [function for function in given if function not in path.read_text()] == []


SLIPS = [
    ('catalog_report(l, s, "is %s", has ? "an id" : "no id");', "use a phrase", "words for a %s"),
    ("catalog_report(l, s, text);", "no string", "a format from elsewhere"),
    ('catalog_report(l, s, "is %p", catalog_phrase_word(&p, "an id"));', None, "a phrase"),
    ('catalog_report(l, s, "is %s%s", id, x ? ", " : "");', None, "no words"),
    ('catalog_report(l, s, "%04d", year);', "no finding knows", "a conversion that is not printed"),
    ('catalog_report(l, s, "%.*s%s%s%s%s%s%s", 1, a, b, c, d, e, f, g);', None, "8 arguments"),
    ('catalog_report(l, s, "%.*s%s%s%s%s%s%s%s", 1, a, b, c, d, e, f, g, h);', "more than 8", "one more"),
]


@pytest.mark.parametrize("call, told, why", SLIPS, ids=[row[2] for row in SLIPS])
def test_slips_are_told(tmp_path, call, told, why):
    (tmp_path / "hub/catalog").mkdir(parents=True)
    (tmp_path / "hub/catalog/x.c").write_text(f"static void tell(void)\n{{\n    {call}\n}}\n")
    found = findings.slips(tmp_path)
    assert (told is None and found == []) or (len(found) >= 1 and told in found[0])


HEAD = 'msgid ""\nmsgstr ""\n"Project-Id-Version: onedoor\\n"\n"Language: zh_CN\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n' \
       '"PO-Revision-Date: 2026-01-01 00:00+0800\\n"\n"Last-Translator: a\\n"\n"Language-Team: a\\n"\n' \
       '"MIME-Version: 1.0\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
FAULTS = [
    ('msgid "a value"\nmsgstr "一个值"\n', "", "sound"),
    ('#, c-format\nmsgid "%s of %d"\nmsgstr "%2$d 之 %1$s"\n', "", "another order"),
    ('msgid "a value"\nmsgstr ""\n', "no translation", "none"),
    ('#, fuzzy\nmsgid "a value"\nmsgstr "值"\n', "fuzzy", "a guess of a tool"),
    ('#, c-format\nmsgid "%s of %d"\nmsgstr "%s"\n', "number of format specifications", "an argument lost"),
    ('#, c-format\nmsgid "%d"\nmsgstr "%s"\n', "not the same", "another type"),
    ('msgid "%s is"\nmsgstr "为 %s"\n', "c-format", "a format that is not marked"),
    ('#, c-format\nmsgid "%x is"\nmsgstr "为 %x"\n', "no finding knows", "a conversion that is not written"),
    ('msgctxt "k"\nmsgid "a value"\nmsgstr "值"\n', "alone", "a key"),
    ('#~ msgid "a value"\n#~ msgstr "值"\n', "obsolete", "left behind"),
    ('msgid "a value"\nmsgstr "值"\n\nmsgid "a value"\nmsgstr "值"\n', "duplicate", "twice"),
]


@pytest.mark.parametrize("body, told, why", FAULTS, ids=[row[2] for row in FAULTS])
def test_faults_are_told(tmp_path, body, told, why):
    path = tmp_path / "zh_CN.po"
    path.write_text(HEAD + body, encoding="utf-8")
    found = findings.faults(str(path))
    if told == "":
        assert found == []
    else:
        assert len(found) >= 1 and any(told in fault for fault in found), found


@pytest.fixture
def sources(tmp_path):
    """The scripts, catalogues and sources in a folder that may be spoilt; returns (folder, run)."""
    for folder in ("script", "hub/base", "hub/console/po"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copytree(ROOT / "hub/catalog", tmp_path / "hub/catalog")
    shutil.copy(ROOT / "hub/base/json_gate.c", tmp_path / "hub/base")
    shutil.copy(ROOT / "hub/console/texts.py", tmp_path / "hub/console")
    shutil.copy(ROOT / "script/findings", tmp_path / "script")

    def run(program, *words):
        return subprocess.run(["/usr/bin/python3", str(tmp_path / program), *map(str, words)], capture_output=True, text=True,
                              cwd=tmp_path, env={"PATH": os.environ["PATH"]}, timeout=60)
    return tmp_path, run


def embed(sources):
    folder, run = sources
    done = run("hub/catalog/embed_findings.py", folder / "out.c", folder / "hub/catalog/po/LINGUAS")
    assert (done.returncode == 0) == (folder / "out.c").exists(), "no half file"
    return done.stderr


def test_another_language_is_one_file_and_one_line(sources):
    folder, run = sources
    path, linguas = folder / "hub/catalog/po/bo.po", folder / "hub/catalog/po/LINGUAS"
    told = run("script/findings", "new", "bo")
    assert told.returncode == 0 and told.stdout.endswith("bo bo.po\n"), told
    assert run("script/findings", "new", "bo").returncode == 1, "nothing is written over"
    assert embed(sources) == "", "not listed, not built"
    linguas.write_text(linguas.read_text() + told.stdout.splitlines()[-1] + "\n")
    (folder / "out.c").unlink()
    assert "no translation" in embed(sources), "half a language is none"
    catalogue = texts.read(str(path))
    for one in catalogue:
        one.msgstr = one.msgid + "༽" if not one.msgid.startswith(" ") else one.msgid
    path.write_text(texts.form(catalogue))
    assert embed(sources) == ""
    table = (folder / "out.c").read_text()
    assert '{"zh-CN", "en", "bo"};' in table and '"a value\\340\\274\\275"' in table
    whole = path.read_text()
    (folder / "out.c").unlink()
    path.write_text(whole.replace('msgid "a value"\n', 'msgid "a worth"\n'))
    assert "a value is missing" in embed(sources), "it is held against the first"


@pytest.mark.parametrize("line", ["bo", "en en.po", "zh-CN zh_CN.po", "BO! bo.po", "bo bo.po\nug ug.po\nmn mn.po"])
def test_a_line_of_linguas_that_says_too_little_is_refused(sources, line):
    path = sources[0] / "hub/catalog/po/LINGUAS"
    path.write_text(path.read_text() + line + "\n")
    assert "LINGUAS" in embed(sources)


def test_the_script_follows_the_sources(sources):
    folder, run = sources
    path = folder / "hub/catalog/po/zh_CN.po"
    before = path.read_text()
    assert run("script/findings", "check").returncode == 0
    read = folder / "hub/catalog/read.c"
    read.write_text(read.read_text().replace('"\\"%s\\" is missing; add it"', '"\\"%s\\" is not there; add it"'))
    told = run("script/findings", "check").stdout
    assert "nobody says any more" in told and "has no translation" in told
    assert run("script/findings", "update").returncode == 0
    assert 'msgid "\\"%s\\" is not there; add it"\nmsgstr ""' in path.read_text() and "is missing; add it" not in path.read_text()
    assert "no translation" in run("script/findings", "check").stdout, "the translator's turn"
    path.write_text(before)
    assert run("script/findings").returncode == 2 and run("script/findings", "--help").returncode == 0
