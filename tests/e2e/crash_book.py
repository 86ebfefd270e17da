# SPDX-License-Identifier: Apache-2.0
"""A department that writes down what it is shown: the module is built here, its book is read here."""
import json
import os
import shutil
import subprocess
from pathlib import Path

from hub import BUILD, ROOT, SIM

REDELIVERED = 1  # OD_OFFER_REDELIVERED
NUMBER = {"type": "integer", "minimum": 0}
SCHEMA = {"required": ["book", "accept_delay_ms", "delay_ms"],
          "properties": {"book": {"type": "string"}, "accept_delay_ms": NUMBER, "delay_ms": NUMBER, "open_ms": NUMBER}}


def build(modules, id, dedupe, source, schema=None, version="1.0.0"):
    """Compile source, a path or a text, into the module folder."""
    place = Path(modules) / f"{id}-{version}"
    place.mkdir()
    path = place / "module.c"
    path.write_text(source.read_text() if isinstance(source, Path) else source)
    subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
                    "-D_GNU_SOURCE", f'-DBOOK_ID="{id}"', f'-DBOOK_VERSION="{version}"', "-I", str(ROOT / "sdk" / "include"), str(path),
                    "-o", str(place / "module.so")], check=True)
    (place / "manifest.json").write_text(json.dumps({
        "id": id, "version": version, "abi": [1, 0], "matters": ["*"], "submit_dedupe": dedupe, "capabilities": {"fields": ["*"], "applicant": ["*"]},
        "config_schema": {"type": "object", "additionalProperties": False, **(schema or {})}}))


def modules(folder, *books):
    """A module folder with sim and the given books, each an (id, submit_dedupe)."""
    folder = Path(folder) / "modules"
    shutil.copytree(BUILD / "modules" / SIM, folder / SIM)
    for id, dedupe in books:
        build(folder, id, dedupe, ROOT / "tests" / "e2e" / "crash_book.c", SCHEMA)
    return folder


def connector(id, module, book, accept_delay_ms, delay_ms=0):
    return {"id": id, "module": f"{module}-1.0.0",
            "config": {"book": str(book), "accept_delay_ms": accept_delay_ms, "delay_ms": delay_ms}}


def lines(book):
    """(what, task, attempt, flags) in the order in which the department saw them."""
    rows = (line.split() for line in Path(book).read_text().splitlines())
    return [(what, task, int(attempt), int(flags)) for what, task, attempt, flags in rows]
