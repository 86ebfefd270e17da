# SPDX-License-Identifier: Apache-2.0
"""The man pages that the build made: they hold every verb and option, in both languages, and fit a terminal."""
import os
import pathlib
import shutil
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("OD_BUILD", pathlib.Path(__file__).parents[2] / "build" / "dev"))

pytestmark = pytest.mark.skipif(shutil.which("scdoc") is None, reason="scdoc is not installed, so the build has no man pages")


def page(place):
    path = BUILD / "man" / place
    assert path.exists(), f"{path}: the build is to make it"
    return path.read_text().replace("\\-", "-").replace("\\&", "").replace("\\", "")


@pytest.mark.parametrize("place, name", [("man1/onedoor.1", "one door to every department"), ("zh_CN/man1/onedoor.1", "一窗受理")])
def test_the_command_lines_page_holds_its_table(onedoor, place, name):
    text = page(place)
    assert '.TH "onedoor" "1"' in text and name in text
    for verb in onedoor("help", "--json").json["verbs"]:
        assert verb["name"] in text, verb["name"]
        for option in verb["options"]:
            assert option["name"] in text, option["name"]


def test_the_daemons_page_holds_its_options():
    text = page("man8/onedoord.8")
    said = subprocess.run([BUILD / "bin" / "onedoord", "--help"], capture_output=True, text=True, check=True).stdout
    options = {word.strip("[],") for word in said.split() if word.strip("[],").startswith("--")}
    assert len(options) >= 8 and '.TH "onedoord" "8"' in text
    assert [option for option in sorted(options) if option not in text] == []


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_shows_them_without_complaint():
    for place, width in (("man1/onedoor.1", "80"), ("man8/onedoord.8", "80"), ("zh_CN/man1/onedoor.1", "80"), ("zh_CN/man1/onedoor.1", "50")):
        shown = subprocess.run(["man", "--warnings", "-l", str(BUILD / "man" / place)], capture_output=True, text=True, timeout=60,
                               env={"MANWIDTH": width, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, check=False)
        assert shown.returncode == 0 and "EXIT STATUS" in shown.stdout and shown.stderr == "", shown.stderr
