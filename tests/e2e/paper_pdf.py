# SPDX-License-Identifier: Apache-2.0
"""Papers as a printer gets them: the browser's PDF, read back as text, fonts, pictures and QR codes."""
import base64
import re
import shutil
import subprocess
import unicodedata

from hub import BUILD

PAPERS = BUILD / "papers"
TOOLS = ("pdftotext", "pdffonts", "pdfinfo", "pdftoppm", "zbarimg")


def missing():
    """Why there can be no PDF here, or None."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"{', '.join(absent)} are not installed" if absent else None


def run(*words):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, timeout=60).stdout


def plain(text):
    """As one reads it: compatibility forms folded, no white space, so that line ends do not matter."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def families(browser):
    """The fonts that the browser set the page in, by how many signs."""
    call = browser.driver.execute_cdp_cmd
    for part in ("DOM", "CSS"):
        call(f"{part}.enable", {})
    root = call("DOM.getDocument", {})["root"]["nodeId"]
    found = {}
    for node in call("DOM.querySelectorAll", {"nodeId": root, "selector": "main h1, main td, main p"})["nodeIds"]:
        for font in call("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
            found[font["familyName"]] = found.get(font["familyName"], 0) + font["glyphCount"]
    return found


class Paper:
    """The page that a browser shows, printed."""

    def __init__(self, browser, name):
        PAPERS.mkdir(parents=True, exist_ok=True)
        self.path = PAPERS / f"{name}.pdf"
        made = browser.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
        self.path.write_bytes(base64.b64decode(made["data"]))
        self.pages = [plain(page) for page in run("pdftotext", "-raw", self.path, "-").decode().split("\f")[:-1]]

    @property
    def text(self):
        return "".join(self.pages)

    def holds(self, *words):
        """Every one of the words stands on it."""
        absent = [word for word in words if plain(word) not in self.text]
        assert absent == [], f"{self.path}: {absent} in {self.text[:3000]}"
        return self

    def lacks(self, *words):
        present = [word for word in words if plain(word) in self.text]
        assert present == [], f"{self.path}: {present}"
        return self

    def sizes(self):
        """Width and height of each page in points."""
        info = run("pdfinfo", "-f", 1, "-l", len(self.pages), self.path).decode()
        return [(float(width), float(height)) for width, height in re.findall(r"size:\s+([\d.]+) x ([\d.]+) pts", info)]

    def has_all_fonts(self):
        """Is every font in the file, with the characters that its signs stand for?"""
        rows = [row.split() for row in run("pdffonts", self.path).decode().splitlines()[2:]]
        return rows != [] and all(row[-5] == "yes" and row[-3] == "yes" for row in rows)

    def pictures(self, dots=100):
        """Each page as a file."""
        for old in PAPERS.glob(f"{self.path.stem}-*.png"):
            old.unlink()
        run("pdftoppm", "-r", dots, "-png", self.path, PAPERS / self.path.stem)
        return sorted(PAPERS.glob(f"{self.path.stem}-*.png"))

    def codes(self, dots=150):
        """What a telephone reads from the first page."""
        run("pdftoppm", "-r", dots, "-png", "-l", 1, "-singlefile", self.path, PAPERS / f"{self.path.stem}.scan")
        picture = PAPERS / f"{self.path.stem}.scan.png"
        found = subprocess.run(["zbarimg", "--quiet", "--raw", str(picture)], capture_output=True, timeout=60).stdout
        picture.unlink()
        return found.decode().split()
