# SPDX-License-Identifier: Apache-2.0
"""The tutorial, followed word for word: every block of commands in its order, in one shell, against a hub that plays
./script/demo. What it prints is what docs/connectors/transcript-*.txt shows, but for times and numbers."""
import difflib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from hub import BUILD, ROOT, Hub

PAGE = ROOT / "docs/connectors/tutorial.md"
LIMIT_S = 600  # "in ten minutes"


def blocks(part):
    """The commands of one part: what is for both, and its own."""
    found = re.findall(r"^```(\w+) ?(\w*)\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    assert {(kind, name) for kind, name, _ in found} == {("sh", "hub"), ("sh", "both"), ("sh", "c"), ("sh", "python"), ("c", ""), ("python", "")}
    return [text for kind, name, text in found if kind == "sh" and name in ("both", part)]


def commands(text):
    """Whole commands: lines that end in a backslash belong together."""
    return [line for line in text.replace("\\\n", "").splitlines() if line.strip()]


def shown(text, checkout, address):
    """As the page shows it: this machine's places by names of their own."""
    text = text.replace(address, "http://127.0.0.1:8080").replace(str(checkout), "/root/onedoor")
    return text.replace(str(checkout.parent / "home"), "/root")


def normalised(text):
    """Without what differs from run to run: numbers and codes, days, the tier that this machine allows."""
    text = re.sub(r"(look-up code) +\w+", r"\1 CODE", text)
    text = re.sub(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b", "DAY", text)
    text = re.sub(r"\b(full|filtered|plain)\b", "TIER", text)
    text = re.sub(r"\d+", "N", text)
    return re.sub(r"[ \t]+", " ", text)


@pytest.fixture
def checkout(tmp_path):
    """A folder that looks like the top of the checkout after ./script/demo; modules that are put in are taken out."""
    def clean():
        for folder in (BUILD / "modules").glob("firedesk*"):
            shutil.rmtree(folder)

    clean()
    top = tmp_path / "checkout"
    (top / "build").mkdir(parents=True)
    (top / "script").symlink_to(ROOT / "script")
    (top / "build/release").symlink_to(BUILD)
    (tmp_path / "home").mkdir()
    yield top
    clean()


def follow(part, checkout, address):
    """(seconds, transcript) of the part, in one interactive-like shell."""
    script, lines = ["set -e -o pipefail", "shopt -s expand_aliases"], []
    for number, text in enumerate(blocks(part)):
        for line in commands(text):
            quoted = line.replace("'", "'\\''")
            script += [f"printf '%s\\n' '$ {quoted}'", line]
    env = {**os.environ, "HOME": str(checkout.parent / "home"), "ONEDOOR_URL": address, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    for name in ("PKG_CONFIG_PATH", "CFLAGS", "COLUMNS"):
        env.pop(name, None)
    started = time.monotonic()
    with open(checkout.parent / "out", "w+") as out, open(checkout.parent / "err", "w+") as err:
        code = subprocess.run(["bash", "-c", "\n".join(script)], cwd=checkout, env=env, stdout=out, stderr=err, stdin=subprocess.DEVNULL,
                              timeout=LIMIT_S).returncode
        out.seek(0), err.seek(0)
        text, talk = out.read(), err.read()
    assert code == 0, text[-3000:] + talk[-3000:]
    return time.monotonic() - started, text


@pytest.mark.parametrize("part", ["c", "python"])
def test_the_tutorial_leads_to_a_decision(part, checkout):
    page = ROOT / f"docs/connectors/transcript-{part}.txt"
    with Hub() as hub:
        hub.wait_connectors()
        took_s, text = follow(part, checkout, hub.address)
        text = shown(text, checkout, hub.address)
        assert took_s < LIMIT_S
        applications = hub.get("/v1/applications").json["items"]
        assert len(applications) == 1
        application = hub.show(applications[0]["number"])
        assert application["decision"] is not None
        fire = next(t for t in application["tasks"] if t["department"] == "fire")
        assert fire["opinion"]["opinion"] == "reject"
        assert fire["opinion"]["reasons"] == ["The premises are larger than a desk check allows."]
    assert "0 failed" in text and "\nnot ok" not in text.replace("not ok 1 - breaks no rule of the contract", "", 1)
    if os.environ.get("OD_TRANSCRIPT") == "write":
        page.write_text(text)
    shows, prints = normalised(page.read_text()).splitlines(), normalised(text).splitlines()
    assert list(difflib.unified_diff(shows, prints, "the page", "this run", lineterm="", n=0)) == []


def test_the_code_shown_is_the_templates():
    """The excerpts of the page stand in the templates as they are printed."""
    found = re.findall(r"^```(c|python)\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    assert len(found) == 2
    for kind, text in found:
        folder = ROOT / f"sdk/template/{kind}-sync"
        name = "@NAME@.c" if kind == "c" else "connector.py"
        assert text in (folder / name).read_text()


def test_every_command_of_the_page_is_installed_by_the_project():
    """What the blocks call beside onedoor itself: coreutils, and what script/common.sh installs."""
    text = "\n".join(t for p in ("c", "python") for t in blocks(p))
    common = (ROOT / "script/common.sh").read_text()
    for program, package in (("make", "make"), ("python3", "python3")):
        assert program in text and re.search(rf"list=\(.*\b{package}\b", common, re.S)
