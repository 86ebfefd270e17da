# SPDX-License-Identifier: Apache-2.0
"""A walk through every page of a filled center in one browser: what axe-core, the keyboard and narrow screens find.

axe-core is injected through the debugging protocol, which the content policy of the pages does not concern; the pages
themselves are as everybody gets them."""
import json
from collections import defaultdict

import sent_forms
from console_browser import DESK, PHONE, Browser
from hub import BUILD, ROOT

AXE = BUILD.parent / "npm" / "node_modules" / "axe-core" / "axe.min.js"
KEYBOARD = (ROOT / "tests" / "e2e" / "keyboard.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW, ZOOMED = 320, 640  # CSS pixels: a desk of 1280 at 400 % (WCAG 1.4.10) and at 200 % (1.4.4)
KIOSK, HALL = (1080, 1920), (1920, 1080)

CHECK = """
const done = arguments[arguments.length - 1], rules = arguments[1];
axe.run(document, {runOnly: rules ? {type: 'rule', values: rules} : {type: 'tag', values: arguments[0]}, resultTypes: ['violations'], elementRef: false, preload: false})
  .then(r => done(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.any.concat(n.all, n.none).map(c => c.message).join('; ')).join(' | '))))
  .catch(e => done(['axe: ' + e]));
"""
# Everything that is wider than its page, by name.
WIDE = """
const most = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth <= most) return [];
return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > most + 1 && !e.closest('.scroll, .skip'))
  .slice(0, 3).map(e => e.tagName + '.' + e.className + ' ' + Math.round(e.getBoundingClientRect().right)).concat('wider than ' + most);
"""
# What a finger meets on the kiosk's screen, the label in the place of its radio button.
SMALL = """
return [...document.querySelectorAll('a, button, input:not([type=hidden])')].map(e => e.type === 'radio' ? e.labels[0] : e)
  .filter(e => e.checkVisibility() && !e.matches('.skip')).filter(e => { const r = e.getBoundingClientRect(); return r.width < 48 || r.height < 48; })
  .map(e => e.outerHTML.slice(0, 80));
"""
SEND = """
const form = document.querySelector(arguments[0]), button = arguments[2];
for (const [name, value] of Object.entries(arguments[1]))
  for (const e of form.elements) {
    if (e.name !== name && !(name === 'm.*' && e.name.startsWith('m.'))) continue;
    if (e.type === 'radio') e.checked = e.value === value;
    else if (e.type === 'checkbox') e.checked = value !== '';
    else e.value = value;
  }
if (button) { const e = document.createElement('input'); e.type = 'hidden'; e.name = button[0]; e.value = button[1]; form.append(e); }
form.submit();
"""


def missing():
    """Why axe-core cannot be run here, or None."""
    return None if AXE.exists() else f"axe-core is not installed: npm ci --prefix {AXE.parents[2]} with tests/e2e/package-lock.json"


class Walker:
    def __init__(self, hub, language):
        self.hub, self.names, self.language = hub, {**hub.names, "language": language.lower()}, language
        self.browser = Browser(hub.address, language, DESK)
        self.driver = self.browser.driver
        self.driver.set_script_timeout(60)
        self.driver.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})  # as the window in front

    def close(self):
        self.browser.__exit__()

    def resize(self, width, height=900):
        self.browser.width = width
        self.browser.resize(height)

    def open(self, path):
        self.browser.open(path)
        return self

    def page(self, page):
        """One of pages.pages(), as somebody who has its cookies."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        for name, value in page.cookies.items():
            self.driver.execute_cdp_cmd("Network.setCookie", {"url": self.browser.address, "name": name, "value": value})
        return self.open(page.path)

    def send(self, name):
        """The page that a sent form shows."""
        from selenium.webdriver.support.ui import WebDriverWait
        _, path, selector, values, button = sent_forms.SENT[name]
        values = {sent_forms.named(key, self.names): sent_forms.named(value, self.names) for key, value in values.items()}
        if values.pop("f.*", None):
            values |= {f"f.{field}": value if isinstance(value, str) else json.dumps(value)
                       for field, value in self.hub.example(path.rsplit("/", 1)[1])["form"].items()}
        self.open(sent_forms.named(path, self.names))
        before = self.browser.one("html").id
        self.driver.execute_script(SEND, selector, values, button)
        WebDriverWait(self.driver, 15, 0.02).until(
            lambda driver: driver.find_element("css selector", "html").id != before and driver.execute_script("return document.readyState") == "complete")
        return self

    def check(self, rules=None):
        """What axe-core finds on the page as it is now."""
        if missing():
            return []
        if not self.driver.execute_script("return typeof axe === 'object'"):
            self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text()})
        return self.driver.execute_async_script(CHECK, TAGS, rules)

    def wide(self, width):
        """What is wider than a screen of that width."""
        self.resize(width)
        return self.driver.execute_script(WIDE)

    def tab(self):
        """What the Tab key does not reach in the order of the document, or reaches without showing it."""
        from selenium.webdriver.common.keys import Keys
        self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": KEYBOARD})
        count = self.driver.execute_script("return keyboard.begin()")
        self.browser.one("body").send_keys(Keys.TAB * count)
        return self.driver.execute_script("return keyboard.end()")

    def dark(self, is_dark):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if is_dark else ""}]})

    def large(self):
        """Large letters, as the cookie of the link on each page brings them (test_large_letters_are_kept)."""
        self.driver.execute_script("document.documentElement.classList.add('large')")

    def walk(self, rows, few=frozenset(), extra=()):
        """{check: {page: findings}}. The pages of these few names are also looked at with what extra names:
        "keyboard", "dark", "large"."""
        found = defaultdict(dict)
        for kind, name, visit in rows:
            def note(check, findings, name=name):
                if findings:
                    found[check][name] = findings
            self.resize(DESK)
            visit(self)
            note("desk", self.check())
            if name in few and "keyboard" in extra:
                note("keyboard", self.tab())
            if name in few and "dark" in extra:
                self.dark(True)
                note("dark", self.browser.faint())
                self.dark(False)
            if kind == "kiosk":
                self.resize(*(HALL if name == "hall" else KIOSK))
                note("screen", self.check() + self.driver.execute_script(SMALL))
            note("narrow", self.wide(ZOOMED) + self.wide(NARROW))
            self.resize(PHONE)
            note("phone", self.check())
            if name in few and "large" in extra:
                self.large()
                note("large", self.check() + self.wide(NARROW))
            note("log", self.browser.complaints())
        return found
