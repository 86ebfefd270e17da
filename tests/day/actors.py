# SPDX-License-Identifier: Apache-2.0
"""Those who act in the story, each before a browser; and the commands that docs/a-day.md gives to its readers, run as they stand."""
import os
import re
import subprocess
import urllib.parse

from console_browser import DESK, PHONE, Browser
from town import BUILD, PDF, ROOT, secret_of

PAGE = ROOT / "docs" / "a-day.md"


class Citizen(Browser):
    """At home, with a telephone."""

    def __init__(self, address):
        super().__init__(address, "zh-CN", PHONE)


class Staff(Browser):
    """A machine in the center, at which one after the other signs in."""

    def __init__(self, address):
        super().__init__(address, "en", DESK)

    def sign_in(self, name, next="/"):
        self.forget()
        self.open("/sign-in?next=" + urllib.parse.quote(next))
        self.fill("key", secret_of(name))
        self.press("main form button.main")
        assert self.path == next, self.text
        return self

    def unfold(self, form):
        """Open the fold that a form is in."""
        details = self.one(form).find_element("xpath", "ancestor::details")
        if details.get_attribute("open") is None:
            details.find_element("css selector", "summary").click()

    def choose(self, form, name, value):
        """A field of one form, where several have it."""
        field = self.one(f"{form} [name='{name}']")
        if field.tag_name == "select":
            field.find_element("css selector", f"option[value='{value}']").click()
        else:
            field.clear()
            field.send_keys(value)


def filled_in(browser, example, folder, without=()):
    """The form of a service, as an example says it, with documents but for those that were left at home."""
    for name, value in example["applicant"].items():
        browser.fill(name, value)
    for field, value in example["form"].items():
        browser.fill(f"f.{field}", {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value))
    for item in example["materials"]:
        if item["material"] not in without:
            (folder / item["name"]).write_bytes(PDF.replace(b"1.4\n", f"1.4\n% {item['name']}\n".encode()))
            browser.one(f"[name='d.{item['material']}']").send_keys(str(folder / item["name"]))


def commands(title):
    """The block of commands below a heading of the page."""
    section = re.split(r"^## ", PAGE.read_text(), flags=re.M)
    found = [part for part in section if part.split("\n")[0].split(". ")[-1] == title]
    assert len(found) == 1, f"{PAGE}: {title}"
    blocks = re.findall(r"^```sh\n(.*?)^```", found[0], re.M | re.S)
    assert blocks, f"{PAGE}: no commands below {title}"
    return "".join(blocks)


def as_the_page_says(title, folder, **words):
    """Run the commands below a heading, and give what they print."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "PATH": f"{BUILD / 'bin'}:{os.environ['PATH']}", "SDK": str(ROOT / "sdk"), **words}
    prelude = commands("Before the doors open") if title != "Before the doors open" else ""
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", prelude + commands(title)], capture_output=True, text=True, timeout=60, cwd=folder,
                          env=environment, check=False)
    assert done.returncode == 0, f"{PAGE}, {title}:\n{done.stdout}{done.stderr}"
    return done.stdout
