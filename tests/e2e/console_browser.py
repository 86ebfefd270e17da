# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium that looks at the console the way people do, and tells what it complained about."""
import functools
import gzip
import shutil
import tempfile
import urllib.request

from hub import BUILD

SHOTS = BUILD / "screenshots"
PHONE, DESK = 390, 1280
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]


def missing():
    """Why there can be no browser here, or None."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "python3-selenium is not installed"
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        return "chromium and chromedriver are not installed"
    return None


@functools.lru_cache(maxsize=64)
def fetched(url):
    """A static file; its address changes with its content."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read()


class Browser:
    def __init__(self, address, language, width, is_dark=False, has_script=True):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
        self.address, self.language, self.width, self.is_dark = address, language, width, is_dark
        self.has_script = has_script
        self.profile = tempfile.mkdtemp(prefix="onedoor-browser-")
        options = webdriver.ChromeOptions()
        for flag in [*FLAGS, f"--user-data-dir={self.profile}", f"--lang={language}", f"--window-size={width},900"]:
            options.add_argument(flag)
        preferences = {"intl.accept_languages": language}
        if not has_script:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", preferences)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.resize(900)
        if is_dark:
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                        {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def resize(self, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": self.width, "height": height, "deviceScaleFactor": 1, "mobile": self.width <= PHONE})

    def open(self, path):
        self.driver.get(self.address + path)
        return self

    @property
    def path(self):
        return self.driver.current_url[len(self.address):]

    @property
    def text(self):
        return self.driver.find_element("css selector", "body").text

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def fill(self, name, value):
        """Into the input, select or radio of a form by its name."""
        fields = self.all(f"main [name='{name}']")
        assert fields, f"there is no field {name} on {self.path}"
        field = fields[0]
        kind = field.get_attribute("type")
        if field.tag_name == "select":
            field.find_element("css selector", f"option[value='{value}']").click()
        elif kind == "radio":
            next(item for item in fields if item.get_attribute("value") == value).click()
        elif kind == "checkbox":
            if field.is_selected() != bool(value):
                field.click()
        elif kind in ("date", "month"):  # typed in the order of the locale otherwise
            self.driver.execute_script("arguments[0].value = arguments[1]", field, value)
        else:
            field.clear()
            field.send_keys(value)

    def press(self, selector):
        """Click a button that leads to another page, and wait for that page."""
        from selenium.webdriver.support.ui import WebDriverWait
        before = self.one("html").id
        self.one(selector).click()
        WebDriverWait(self.driver, 15, 0.05).until(
            lambda driver: driver.find_element("css selector", "html").id != before and
            (not self.has_script or driver.execute_script("return document.readyState") == "complete"))

    def wait_text(self, word, seconds=20):
        from selenium.webdriver.support.ui import WebDriverWait
        WebDriverWait(self.driver, seconds, 0.1, ignored_exceptions=(Exception,)).until(lambda _: word in self.text)

    def forget(self):
        """As a person who has never been here."""
        self.open("/static/icon.svg").driver.delete_all_cookies()
        self.driver.get_log("browser")

    def complaints(self):
        """What the browser logged: errors of the script, refusals of the content policy, missing files. That a
        page itself has a status of 4xx, as a refused form has, is no fault."""
        page, refused = self.driver.current_url.split("?")[0], " - Failed to load resource: the server responded with a status of 4"
        return [line["message"] for line in self.driver.get_log("browser")
                if line["level"] in ("SEVERE", "WARNING") and not (line["message"].startswith(page) and refused in line["message"])]

    def overflow(self):
        """Pixels by which the page is wider than the screen."""
        return self.driver.execute_script("return document.documentElement.scrollWidth") - self.width

    def weight(self):
        """Bytes of the page and all it loads, as gzip has them: what goes over the line behind a proxy that compresses."""
        loaded = self.driver.execute_script(
            "return performance.getEntriesByType('resource').filter(e => e.initiatorType != 'fetch').map(e => e.name)")
        page = self.driver.execute_script("return document.documentElement.outerHTML").encode()
        return len(gzip.compress(page)) + sum(len(gzip.compress(fetched(url))) for url in sorted(set(loaded)))

    def tab_stops(self, count):
        """What the keyboard reaches: the texts or names of the first stops."""
        from selenium.webdriver.common.keys import Keys
        stops = []
        for _ in range(count):
            self.driver.switch_to.active_element.send_keys(Keys.TAB)
            stops.append(self.driver.execute_script(
                "const e = document.activeElement; return e.name || e.textContent.trim() || e.tagName"))
        return stops

    def faint(self):
        """Texts whose contrast with what is behind them is below 4.5 : 1 (3 : 1 when large)."""
        return self.driver.execute_script(FAINT)

    def shoot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        height = min(self.driver.execute_script("return document.documentElement.scrollHeight"), 6000)
        self.resize(height)
        tail = "-dark" if self.is_dark else ""
        path = SHOTS / f"{name}-{self.language}-{self.width}{tail}.png"
        self.driver.save_screenshot(str(path))
        self.resize(900)
        return path


FAINT = r"""
const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return {r: m[0], g: m[1], b: m[2], a: m.length > 3 ? m[3] : 1}; };
const light = c => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : Math.pow((v + .055) / 1.055, 2.4); };
  return .2126 * f(c.r) + .7152 * f(c.g) + .0722 * f(c.b); };
const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a > .99) return c; }
  return {r: 255, g: 255, b: 255, a: 1}; };
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode.textContent.trim(), e = walker.currentNode.parentElement;
  if (!text || !e.offsetParent || e.closest('[aria-hidden], [disabled], .skip, script, option')) continue;
  const style = getComputedStyle(e), a = light(parse(style.color)), b = light(behind(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
  if (ratio < (isLarge ? 3 : 4.5)) found.push(text.slice(0, 40) + ' ' + ratio.toFixed(2));
}
return found;
"""
