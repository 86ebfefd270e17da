# SPDX-License-Identifier: Apache-2.0
"""The console's gettext catalogue: whole, in order, every text named by a page, every fault told."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "hub" / "console"))
texts = pytest.importorskip("texts", reason="python3-polib is not installed")


def test_the_catalogue_has_no_fault_and_is_in_order():
    assert texts.faults(texts.SOURCE) == []
    for path in Path(texts.FOLDER).glob("*.po"):
        assert path.read_text() == texts.form(texts.read(str(path))), "run script/texts tidy"


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


@pytest.fixture
def console(tmp_path):
    """The scripts and the catalogues in a folder that may be spoilt; returns (folder, run)."""
    (tmp_path / "hub/console/templates").mkdir(parents=True)
    (tmp_path / "script").mkdir()
    for name in ("embed.py", "texts.py"):
        shutil.copy(ROOT / "hub/console" / name, tmp_path / "hub/console")
    shutil.copy(ROOT / "script/texts", tmp_path / "script")
    shutil.copytree(ROOT / "hub/console/po", tmp_path / "hub/console/po")
    shutil.copy(ROOT / "hub/console/templates/hall.html", tmp_path / "hub/console/templates")

    def run(program, *words):
        return subprocess.run(["/usr/bin/python3", str(tmp_path / program), *map(str, words)], capture_output=True, text=True,
                              cwd=tmp_path, env={"PATH": os.environ["PATH"]}, timeout=60)
    return tmp_path, run


def embed(console):
    folder, run = console
    done = run("hub/console/embed.py", folder / "out.c", folder / "hub/console/po/LINGUAS")
    assert (done.returncode == 0) == (folder / "out.c").exists(), "no half file"
    return done.stderr


def test_the_build_stops_at_a_fault(console):
    path = console[0] / "hub/console/po/zh_CN.po"
    path.write_text(path.read_text().replace('msgstr "办事指南"', 'msgstr ""', 1))
    assert "a language is missing" in embed(console)


def test_another_language_is_one_file_and_one_line(console):
    folder, run = console
    path, linguas = folder / "hub/console/po/bo.po", folder / "hub/console/po/LINGUAS"
    told = run("script/texts", "new", "bo", "བོད་སྐད།", "zh-CN")
    assert told.returncode == 0 and told.stdout.endswith("bo bo.po zh-CN བོད་སྐད།\n")
    assert run("script/texts", "new", "bo", "x", "en").returncode == 1, "nothing is written over"
    assert embed(console) == "" and "bo" not in texts.languages(linguas)[-1].tag, "not listed, not built"
    linguas.write_text(linguas.read_text() + told.stdout.splitlines()[-1] + "\n")
    (folder / "out.c").unlink()
    assert "a language is missing" in embed(console), "half a language is none"
    catalogue = texts.read(str(path))
    for one in catalogue:
        one.msgstr = "༼" + one.msgid + "༽"
    path.write_text(texts.form(catalogue))
    assert embed(console) == ""
    assert '{"bo", "བོད་སྐད།", FRONT_ZH_CN},' in (folder / "out.c").read_text()
    assert texts.texts(texts.languages(str(linguas)))["nav.guide"] == {"zh-CN": "办事指南", "en": "Service guide", "bo": "༼Service guide༽"}

    for of, told in (("add nav.rooms Rooms 房间", "nav.rooms is missing"), ("add nav.guide Guides 办事指南", "others by now"), (None, "no such text")):
        before = {p: p.read_text() for p in (path, path.with_name("zh_CN.po"))}
        (folder / "out.c").unlink(missing_ok=True)
        if of:
            assert run("script/texts", *of.split()).returncode == 0
        else:
            source = texts.read(str(path.with_name("zh_CN.po")))
            source.remove(next(e for e in source if e.msgctxt == "nav.guide"))
            path.with_name("zh_CN.po").write_text(texts.form(source))
        assert told in embed(console)
        assert run("script/texts", "update").returncode == 0
        assert ("fuzzy" in embed(console)) == (of == "add nav.guide Guides 办事指南"), "left to be read again"
        for p, words in before.items():
            p.write_text(words)


@pytest.mark.parametrize("line", ["bo bo.po zh-CN", "bo bo.po fr x", "BO! bo.po en x", "zh-CN zh_CN.po zh-CN 中文"])
def test_a_line_of_linguas_that_says_too_little_is_refused(console, line):
    path = console[0] / "hub/console/po/LINGUAS"
    path.write_text(path.read_text() + line + "\n")
    assert "LINGUAS" in embed(console)


def test_the_script_adds_checks_and_tidies(console):
    folder, run = console
    path = folder / "hub/console/po/zh_CN.po"
    before = path.read_text()
    assert run("script/texts", "add", "nav.rooms", "Rooms {{n}}", "房间").returncode == 1 and path.read_text() == before
    assert run("script/texts", "add", "Nav", "Rooms", "房间").returncode == 1
    assert run("script/texts", "add", "nav.rooms", "Rooms", "房间").returncode == 0
    added = path.read_text()
    assert added.replace('msgctxt "nav.rooms"\nmsgid "Rooms"\nmsgstr "房间"\n\n', "") == before, "its entry alone, in its place"
    path.write_text(before + 'msgctxt "nav.rooms"\nmsgid "Rooms"\nmsgstr "房间"\n')
    assert "is not in order" in run("script/texts", "check").stdout
    assert run("script/texts", "tidy").returncode == 0 and path.read_text() == added
    assert "nobody names the text nav.rooms" in run("script/texts", "check").stdout
    assert run("script/texts").returncode == 2 and run("script/texts", "--help").returncode == 0


def test_the_terminal_says_what_the_pages_say():
    """One word for one thing: states, outcomes and opinions have the same Chinese name in both."""
    rows = re.findall(r'\{"([a-z_]+)", "([^"]+)", "[^"]+", CLI_TONE', (ROOT / "hub/cli/words.c").read_text())
    assert len(rows) > 100, "the table in hub/cli/words.c is not read any more"
    catalogue = texts.texts()
    assert [(section, word, said, catalogue[f"{section}.{word}"]["zh-CN"]) for word, said in rows for section in ("status", "state", "outcome", "opinion")
            if catalogue.get(f"{section}.{word}", {"zh-CN": said})["zh-CN"] != said] == []
