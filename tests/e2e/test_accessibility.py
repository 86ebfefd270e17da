# SPDX-License-Identifier: Apache-2.0
"""Every page of a filled center, in both languages, on a phone, at a desk and on the screens of the hall: what axe-core finds,
what the keyboard reaches, what is too wide or too faint. docs/accessibility.md tells what is promised."""
import threading
import time

import pytest

import console_browser
import pages
import sent_forms
from console_browser import DESK, Browser
from filled_center import FilledCenter
from hub import Hub
from page_walk import Walker, missing

pytestmark = pytest.mark.skipif(console_browser.missing() is not None, reason=str(console_browser.missing()))
needs_axe = pytest.mark.skipif(missing() is not None, reason=str(missing()))
LANGUAGES = ("zh-CN", "en")
EXTRA = {"zh-CN": ("large",), "en": ("keyboard", "dark")}  # about as long as each other


def rows(names):
    """(class, name, visit) of every page: those with an address, and those that answer a form."""
    return [(page.kind, page.name, lambda walker, page=page: walker.page(page)) for page in pages.pages(names)] + [
        (sent[0], name, lambda walker, name=name: walker.send(name)) for name, sent in sent_forms.SENT.items()]


def one_of_each():
    """Names of pages, one for each row of hub/front/pages.c, and the answers to forms."""
    first = {}
    for row in pages.ROWS:
        first.setdefault(row.path.split("?")[0], row.name)
    return {*first.values(), *sent_forms.SENT}


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """{language: {check: {page: findings}}}; each language has a browser of its own, and both are under way at once."""
    found, failed = {}, []

    def go(hub, language):
        try:
            walker = Walker(hub, language)
            try:
                found[language] = walker.walk(rows(hub.names), one_of_each(), EXTRA[language])
            finally:
                walker.close()
        except Exception as error:  # noqa: BLE001  told below, by the thread that the test runs in
            failed.append(error)

    with FilledCenter(tmp_path_factory.mktemp("filled")) as hub:
        hub.fill()
        threads = [threading.Thread(target=go, args=(hub, language)) for language in LANGUAGES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if failed:
        raise failed[0]
    return found


@needs_axe
@pytest.mark.parametrize("view", ["desk", "phone", "screen"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(walked, language, view):
    assert walked[language].get(view, {}) == {}


@needs_axe
def test_large_letters_fit_and_axe_finds_nothing(walked):
    assert walked["zh-CN"].get("large", {}) == {}


def test_large_letters_are_kept():
    with Hub() as hub:
        first = hub.get("/guide?size=large")
        kept = first.headers["Set-Cookie"].split(";")[0]
        assert ' class="large"' in first.raw.decode() and ' class="large"' in hub.get("/track", headers={"Cookie": kept}).raw.decode()
        assert ' class="large"' not in hub.get("/track").raw.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wider_than_a_phone_or_a_zoomed_screen(walked, language):
    assert walked[language].get("narrow", {}) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_browser_complains_of_nothing(walked, language):
    refused = {row.name for row in pages.ROWS if row.status != 200}  # the browser logs their status, and what it thinks of the value
    assert {name: lines for name, lines in walked[language].get("log", {}).items() if name not in refused} == {}


def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(walked):
    assert walked["en"].get("keyboard", {}) == {}


def test_the_dark_is_readable(walked):
    assert walked["en"].get("dark", {}) == {}


def test_no_page_is_left_out(walked):
    assert pages.uncovered() == [], "give it a row in tests/e2e/pages.py"


# The page's time is a variable of the test.
CLOCK = """
let now = 0, next = 1;
const due = new Map();
window.setTimeout = (run, ms) => { due.set(next, [now + Number(ms), run]); return next++; };
window.clearTimeout = id => due.delete(id);
window.pass = seconds => { now += seconds * 1000; for (const [id, [at, run]] of [...due]) if (at <= now) { due.delete(id); run(); } };
"""


def test_the_kiosk_starts_anew_when_nobody_touches_it():
    """It asks first, a key keeps what was chosen, and nobody finds what somebody else has typed."""
    with Hub() as hub, Browser(hub.address, "en", DESK) as browser:
        browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": CLOCK})
        browser.open("/kiosk?window=3")

        def after(seconds):
            browser.driver.execute_script("pass(arguments[0])", seconds)
            return browser.one("#stay").is_displayed()

        assert browser.one("#stay").get_attribute("role") == "alert" and not after(99)
        browser.one("label[for=attitude-5]").click()
        assert not after(99), "a touch counts from its moment"
        browser.fill("number", "123")
        assert after(100)
        browser.one("#number").send_keys("4")
        assert not after(99), "a key keeps the page"
        assert browser.one("#number").get_attribute("value") == "1234" and browser.one("#attitude-5").is_selected()
        assert after(1) and after(19)
        before = browser.one("html").id
        browser.driver.execute_script("pass(1)")
        until = time.monotonic() + 20
        while browser.one("html").id == before:
            assert time.monotonic() < until, "it did not start anew"
            time.sleep(0.02)
        assert browser.path == "/kiosk?window=3" and browser.one("#number").get_attribute("value") == ""
        assert not browser.one("#attitude-5").is_selected()
