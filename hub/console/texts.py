# SPDX-License-Identifier: Apache-2.0
"""The console's words: gettext catalogues, read, checked and written in one form.

po/zh_CN.po is the source. One entry is one text: msgctxt is its key ("nav.guide"), msgid its English, msgstr its
Chinese. po/LINGUAS lists the languages; the catalogue of any other one has the same keys and English.
A text is itself a template; see hub/front/template.h for what {{...}} may say."""
import collections
import os
import re
import subprocess

import polib

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "po")
SOURCE = os.path.join(FOLDER, "zh_CN.po")
LINGUAS = os.path.join(FOLDER, "LINGUAS")
API = ("zh-CN", "en")  # the first two languages, in the order of enum front_language
Language = collections.namedtuple("Language", "tag path base name")
TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")

KEY = re.compile(r"[a-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-][A-Za-z0-9 _.-]*)?")
TAG = re.compile(r"\{\{(.*?)\}\}")
# Of an entry whose two sides rightly show different values: a comment "#. other names: why".
OTHER_NAMES = "other names: "
# Texts whose end no page and no source names.
ENDS_FROM_OUTSIDE = {
    "channel.post": "an application tells freely how it came in",
    "event.message_accepted": "an errand's kind and what became of it, joined",
    "event.message_cancelled": "the same",
    "event.message_delivered": "the same",
    "event.message_failed": "the same",
    "event.message_sent": "the same",
    "event.parcel_accepted": "the same",
    "event.parcel_cancelled": "the same",
    "event.parcel_failed": "the same",
    "event.scan_accepted": "the same",
    "event.scan_delivered": "the same",
    "event.scan_failed": "the same",
    "event.scan_sent": "the same",
}


def read(path):
    return polib.pofile(path, encoding="utf-8", wrapwidth=0)


def ordered(entries):
    """By key, section after section: two that add texts to different sections do not meet in a merge."""
    return sorted(entries, key=lambda entry: ((entry.msgctxt or "").split("."), entry.msgid))


def form(catalogue):
    """The one form of a catalogue: header, then the entries in order, no line broken."""
    tidy = polib.POFile(encoding="utf-8", wrapwidth=0)
    tidy.header, tidy.metadata = catalogue.header, catalogue.metadata
    tidy.extend(ordered(entry for entry in catalogue if not entry.obsolete))
    return str(tidy)


def names(text):
    """The values that a text shows; what its sections ask for may differ between languages, as their grammar does."""
    shown = set()
    for tag in TAG.findall(text):
        if tag[:1] in "#^/!>":
            continue
        name = re.sub(r"^[a-zA-Z]:", "", tag)
        if name == tag or "@" in name or tag[0] not in "tT":
            shown.add(name.split("@")[-1])
    return shown


def entry_faults(entry):
    if entry.msgctxt is None or not KEY.fullmatch(entry.msgctxt):
        yield "no key, or one that is not in small letters: section.name"
    if not entry.msgid.strip() or not entry.msgstr.strip():
        yield "a language is missing"
    if entry.fuzzy:
        yield "fuzzy: read it again and take the mark out"
    if entry.msgid_plural:
        yield "texts have no plural"
    if names(entry.msgid) != names(entry.msgstr) and OTHER_NAMES not in entry.comment:
        yield "shows %s here and %s there" % (sorted(names(entry.msgid)), sorted(names(entry.msgstr)))


def faults(path):
    """What is wrong with a catalogue, as sentences with file and line; [] when nothing is."""
    checked = subprocess.run(["msgfmt", "--check", "--output-file=" + os.devnull, path], capture_output=True, text=True)
    found = [] if checked.returncode == 0 and not checked.stderr else checked.stderr.splitlines() or ["msgfmt refuses it"]
    if checked.returncode != 0:
        return found
    seen = {}
    for entry in read(path):
        where = "%s:%d: %s: " % (os.path.relpath(path), entry.linenum, entry.msgctxt)
        if entry.obsolete:
            found.append(where + "obsolete: take it out")
            continue
        found.extend(where + fault for fault in entry_faults(entry))
        if entry.msgctxt in seen:
            found.append(where + "the key is used in line %d already" % seen[entry.msgctxt])
        seen[entry.msgctxt] = entry.linenum
    return found


def languages(list_path=LINGUAS):
    """The rows of LINGUAS. Raises ValueError."""
    rows = []
    with open(list_path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            row = line.split(None, 3)
            if len(row) != 4 or row[2] not in API or not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", row[0]):
                raise ValueError("%s:%d: a line says tag, catalogue, base (zh-CN or en), name" % (list_path, number))
            rows.append(Language(row[0], os.path.join(os.path.dirname(list_path), row[1]), row[2], row[3].strip()))
    if tuple((row.tag, row.base) for row in rows[:2]) != (("zh-CN", "zh-CN"), ("en", "en")) or len({row.tag for row in rows}) != len(rows):
        raise ValueError("%s: zh-CN and en come first, each language once" % list_path)
    return rows


def other_faults(language, source):
    """What is wrong with the catalogue of a third language, held against the source's entries."""
    found = faults(language.path)
    if found:
        return found
    entries = {entry.msgctxt: entry for entry in read(language.path)}
    found = ["%s: %s: there is no such text any more" % (language.path, key) for key in entries if key not in source]
    for key, entry in source.items():
        if key not in entries:
            found.append("%s: %s is missing" % (language.path, key))
        elif entries[key].msgid != entry.msgid:
            found.append("%s: %s: the English words are others by now: %s" % (language.path, key, entry.msgid))
    return found


def texts(rows=None):
    """{key: {"zh-CN": text, "en": text, ...}}. Raises ValueError with every fault of the catalogues."""
    rows = languages() if rows is None else rows
    found = faults(rows[0].path)
    if found:
        raise ValueError("\n".join(found))
    source = {entry.msgctxt: entry for entry in read(rows[0].path)}
    catalogue = {key: {"zh-CN": entry.msgstr, "en": entry.msgid} for key, entry in source.items()}
    for language in rows[2:]:
        found = other_faults(language, source)
        if found:
            raise ValueError("\n".join(found))
        for entry in read(language.path):
            catalogue[entry.msgctxt][language.tag] = entry.msgstr
    return catalogue


# -- Who uses them --

def tags(catalogue):
    """Every {{tag}} of the templates and of the texts, with the place where it stands."""
    for name in sorted(os.listdir(TEMPLATES)):
        with open(os.path.join(TEMPLATES, name), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                for tag in TAG.findall(line):
                    yield "templates/%s:%d" % (name, number), tag
    for key, languages in catalogue.items():
        for text in languages.values():
            for tag in TAG.findall(text):
                yield "text " + key, tag


def uses(catalogue):
    """({key: place}, {prefix: place}): texts named as they stand, and {{t:prefix@value}}, whose end is a value."""
    keys, prefixes = {}, {}
    for place, tag in tags(catalogue):
        if tag[:2] not in ("t:", "T:"):
            continue
        name, mark, _ = tag[2:].partition("@")
        (prefixes if mark else keys).setdefault(name, place)
    return keys, prefixes


def words(root):
    """Every word inside a string of the hub's sources and of the sample's files: what a value at the end of a key can be."""
    found = set()
    for folder, endings in (("hub", (".c", ".h")), ("sdk", (".c", ".h")), ("configs", (".json",))):
        for place, _, files in os.walk(os.path.join(root, folder)):
            for name in files:
                if name.endswith(endings):
                    with open(os.path.join(place, name), encoding="utf-8") as file:
                        for text in re.findall(r'"((?:[^"\\\n]|\\.)*)"', file.read()):
                            found.update(re.findall(r"[A-Za-z0-9_-]+", text))
    return found


def missing_and_unused(root):
    catalogue = texts()
    keys, prefixes = uses(catalogue)
    missing = ["%s: there is no text %s" % (place, key) for key, place in keys.items() if key not in catalogue]
    missing += ["%s: there is no text under %s" % (place, prefix) for prefix, place in prefixes.items()
                if not any(key.startswith(prefix) for key in catalogue)]
    ends = words(root)
    unused = [key for key in catalogue if key not in keys and key not in ENDS_FROM_OUTSIDE and not any(
        key.startswith(prefix) and set(key[len(prefix):].split()) <= ends for prefix in prefixes)]
    return missing, unused
