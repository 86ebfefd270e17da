# SPDX-License-Identifier: Apache-2.0
"""Large text: every page half as large again, on a phone and at a desk, kept by the browser until it is put back."""
import pytest

from console_browser import DESK, PHONE, Browser, missing
from hub import Hub

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
LETTERS = "return parseFloat(getComputedStyle(document.documentElement).fontSize)"


@pytest.fixture(scope="module")
def hub():
    with Hub() as made:
        made.wait_connectors()
        yield made


@pytest.mark.parametrize("language, width", [("zh-CN", PHONE), ("en", DESK), ("en", PHONE)])
def test_every_page_in_large_letters(hub, language, width):
    number = hub.submit(hub.example("open-restaurant")).json["number"]
    hub.wait_for(number, lambda application: application["decision"] is not None)
    with Browser(hub.address, language, width) as browser:
        before = browser.open("/").driver.execute_script(LETTERS)
        browser.press("a[href*='size=large']")
        for path in ("/", "/guide", "/guide/open-restaurant", "/apply/open-restaurant", "/track", "/worklist", "/applications", f"/applications/{number}",
                     f"/tasks/{number}.1", "/alerts", "/calendars", "/statistics", "/connectors", "/catalog", f"/paper/{number}", "/ask", "/complain", "/reply", f"/evaluate/{number}",
                     "/concerns", "/messages", "/register"):
            browser.open(path)
            assert browser.driver.execute_script(LETTERS) == pytest.approx(1.5 * before), path
            assert browser.overflow() <= 0, f"{path} is wider than the screen"
            assert browser.faint() == [] and browser.complaints() == [], path
        browser.open("/guide?q=a").press("a[href*='size=normal']")
        assert browser.path.endswith("/guide?q=a&size=normal"), "the page stays the same"
        assert browser.open("/track").driver.execute_script(LETTERS) == before
