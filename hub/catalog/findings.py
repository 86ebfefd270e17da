# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a catalogue, said in other languages than English: gettext catalogues, read and checked.

po/zh_CN.po is the first. An entry is a sentence or a phrase of the sources: msgid is its English, which is the format that
the C code gives, msgstr the translation. po/LINGUAS lists the languages. In a format "%p" is a phrase, which is
translated by itself; a translation that needs another order says "%2$s"."""
import collections
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "console"))

import texts  # noqa: E402

FOLDER = os.path.join(HERE, "po")
LINGUAS = os.path.join(FOLDER, "LINGUAS")
SOURCE = os.path.join(FOLDER, "zh_CN.po")
LANGUAGES_MAX = 4  # CATALOG_FINDING_LANGUAGES_MAX, with English
ARGUMENTS_MAX = 8  # CATALOG_WORDING_ARGUMENTS_MAX
Language = collections.namedtuple("Language", "tag path")

CONVERSION = re.compile(r"%(?:(\d+)\$)?(?:\.(?:\d+|\*(?:\d+\$)?))?(zu|llu|lld|[sdup%])")

# -- What the sources say --

# Which argument, from 1, of what function is a format or a phrase: everywhere, and of those that hand it on in one file.
GIVEN = {
    "catalog_report": 3, "catalog_report_at": 4, "catalog_report_file": 3, "catalog_report_byte": 5, "catalog_report_byte_word": 5,
    "catalog_report_unknown": 3, "catalog_phrase_word": 2, "catalog_phrase_add": 2, "catalog_phrase_hint": 3, "CATALOG_PHRASE": 1,
}
GIVEN_IN = {
    "archive.c": {"refuse": 3},
    "chop.c": {"syntax_report": 2, "byte_take": 3},
    "ical_days.c": {"tell": 3},
    "ical_event.c": {"tell": 3, "missing_tell": 3},
    "ical_gate.c": {"tell": 3},
    "ical_lines.c": {"fault": 3},
    "limit_load.c": {"foreign_check": 4},
    "json_gate.c": {"refuse": 4, "refuse_byte": 2, "member_read": 2},
}
PIECE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\]|\\.)+\'|[A-Za-z_][A-Za-z0-9_]*|\s+|.', re.S)


def pieces(source):
    """The tokens of a C source; neighbouring strings are one."""
    found = []
    for piece in PIECE.findall(source):
        if piece.isspace() or piece.startswith(("/*", "//")):
            continue
        if piece[0] == '"' and found and found[-1][0] == '"':
            found[-1] = found[-1][:-1] + piece[1:]
        else:
            found.append(piece)
    return found


def unescaped(piece):
    return re.sub(r"\\(.)", lambda escape: {"n": "\n", "t": "\t"}.get(escape[1], escape[1]), piece[1:-1])


def argument(found, at, wanted):
    """The strings of the wanted argument of the call whose "(" stands at."""
    depth, number = 0, 1
    for piece in found[at:]:
        if piece in "([{":
            depth += 1
        elif piece in ")]}":
            depth -= 1
            if depth == 0:
                return
        elif piece == "," and depth == 1:
            number += 1
        elif piece[0] == '"' and number == wanted and depth == 1:
            yield unescaped(piece)


def needs_words(text):
    return re.search("[A-Za-z]{2}", CONVERSION.sub("", text)) is not None


def said(root=os.path.join(HERE, "..", "..")):
    """{text: file} of every format and phrase that the sources give to a finding."""
    found = {}
    files = [os.path.join(root, "hub", "catalog", name) for name in sorted(os.listdir(os.path.join(root, "hub", "catalog"))) if name.endswith(".c")]
    for path in files + [os.path.join(root, "hub", "base", "json_gate.c")]:
        with open(path, encoding="utf-8") as file:
            tokens = pieces(file.read())
        given = {**GIVEN, **GIVEN_IN.get(os.path.basename(path), {})}
        for at, token in enumerate(tokens[:-1]):
            if token in given and tokens[at + 1] == "(":
                for text in argument(tokens, at + 1, given[token]):
                    if needs_words(text):
                        found.setdefault(text, os.path.relpath(path, root))
    return found


# Those whose argument is a format, in which every conversion is looked at.
FORMATS = ("catalog_report", "catalog_report_at", "catalog_report_file", "catalog_report_byte", "catalog_phrase_add")
# English words that a format may be given as they stand: names of the files.
NAMES_GIVEN = {", supplement"}


def format_faults(text):
    """What the printer of hub/catalog/wording.c would not print."""
    if "%" in CONVERSION.sub("", text):
        yield "%r has a conversion that no finding knows; see hub/catalog/wording.h" % text
    if sum(1 + ("*" in found[0]) for found in CONVERSION.finditer(text) if found[0] != "%%") > ARGUMENTS_MAX:
        yield "%r has more than %d arguments" % (text, ARGUMENTS_MAX)


def slips(root=os.path.join(HERE, "..", "..")):
    """Calls whose format is no string of the source, or one that is not printed, and English words given to a "%s", which no
    catalogue translates."""
    found = []
    for name in sorted(os.listdir(os.path.join(root, "hub", "catalog"))):
        if not name.endswith(".c") or name in ("finding.c", "wording.c"):
            continue
        with open(os.path.join(root, "hub", "catalog", name), encoding="utf-8") as file:
            tokens = pieces(file.read())
        given = {**{function: GIVEN[function] for function in FORMATS}, **GIVEN_IN.get(name, {})}
        for at, token in enumerate(tokens[:-1]):
            if token not in given or tokens[at + 1] != "(" or tokens[at - 1] in ("void", "int"):
                continue
            formats = list(argument(tokens, at + 1, given[token]))
            if token in FORMATS and not formats:
                found.append("%s: %s has a format that is no string" % (name, token))
            found += ["%s: %s" % (name, fault) for text in formats for fault in format_faults(text)]
            found += ["%s: %s is given the words %r; use a phrase" % (name, token, text) for number in range(given[token] + 1, given[token] + 9)
                      for text in argument(tokens, at + 1, number) if needs_words(text) and text not in NAMES_GIVEN]
    return found


# -- What the catalogues say --

def needs_flag(text):
    return "%" in text


def entry_faults(entry):
    if entry.msgctxt is not None or entry.msgid_plural:
        yield "an entry is msgid and msgstr alone"
    if not entry.msgstr.strip():
        yield "no translation"
    if entry.msgid.startswith(" ") != entry.msgstr.startswith(" ") and entry.msgstr.startswith(" "):
        yield "a space at its begin that the English does not have"
    if entry.fuzzy:
        yield "fuzzy: read it again and take the mark out"
    if needs_flag(entry.msgid) != ("c-format" in entry.flags):
        yield "is marked c-format, or is not, against its English: script/findings update"
    for text in (entry.msgid, entry.msgstr):
        yield from format_faults(text)


def faults(path):
    """What is wrong with a catalogue by itself, as sentences with file and line."""
    checked = subprocess.run(["msgfmt", "--check", "--check-format", "--output-file=" + os.devnull, path], capture_output=True, text=True)
    if checked.returncode != 0 or checked.stderr:
        return checked.stderr.splitlines() or ["msgfmt refuses it"]
    found = []
    for entry in texts.read(path):
        where = "%s:%d: %s: " % (os.path.relpath(path), entry.linenum, entry.msgid)
        found.extend(where + fault for fault in (["obsolete: take it out"] if entry.obsolete else entry_faults(entry)))
    return found


def stale_and_missing(path, sources):
    """What a catalogue lacks, and what it has that the sources do not say any more."""
    known = {entry.msgid for entry in texts.read(path)}
    return sorted(known - set(sources)), sorted(set(sources) - known)


def languages(list_path=LINGUAS):
    """The rows of LINGUAS. Raises ValueError."""
    rows = []
    with open(list_path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            row = line.split()
            if not row or line.startswith("#"):
                continue
            if len(row) != 2 or not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", row[0]) or row[0] == "en":
                raise ValueError("%s:%d: a line says tag and catalogue" % (list_path, number))
            rows.append(Language(row[0], os.path.join(os.path.dirname(list_path), row[1])))
    if not rows or rows[0].tag != "zh-CN" or len({row.tag for row in rows}) != len(rows) or len(rows) >= LANGUAGES_MAX:
        raise ValueError("%s: zh-CN comes first, each language once, %d at most" % (list_path, LANGUAGES_MAX - 1))
    return rows


def table(rows):
    """(tags, [(English, ...)]) as the C table has them: zh-CN, English, the others; sorted by the English bytes. Raises ValueError with
    every fault."""
    found = [fault for row in rows for fault in faults(row.path)]
    if found:
        raise ValueError("\n".join(found))
    words = [{entry.msgid: entry.msgstr for entry in texts.read(row.path)} for row in rows]
    for row, one in zip(rows, words):
        found += ["%s: %s is missing" % (row.path, text) for text in words[0] if text not in one]
        found += ["%s: %s: there is no such text any more" % (row.path, text) for text in one if text not in words[0]]
    if found:
        raise ValueError("\n".join(found))
    return [rows[0].tag, "en"] + [row.tag for row in rows[1:]], [
        [words[0][text], text] + [one[text] for one in words[1:]] for text in sorted(words[0], key=lambda text: text.encode())]
