# SPDX-License-Identifier: Apache-2.0
"""A page that changes of itself never moves what a person is about to press, nor takes what he types."""
import time

import pytest

from console_browser import DESK, PHONE, Browser, missing
from hub import Hub

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

WITHDRAW = "details:has(form[action$='/withdraw']) summary"
TOP = "return document.querySelector(arguments[0]).getBoundingClientRect().top"


@pytest.fixture(scope="module")
def hub():
    with Hub() as hub:
        hub.wait_connectors()
        yield hub


@pytest.fixture(scope="module", params=[DESK, PHONE])
def started(request, hub):
    with Browser(hub.address, "en", request.param) as browser:
        yield browser


def quiet(hub, number):
    """The departments' connectors have answered, and nothing has happened for a second."""
    deadline, since, count = time.monotonic() + 30, time.monotonic(), -1
    while time.monotonic() - since < 1 or any(task["owner"] == "connector" and task["state"] in ("queued", "offered", "accepted")
                                              for task in hub.show(number)["tasks"]):
        assert time.monotonic() < deadline, hub.show(number)["tasks"]
        events = len(hub.events(number))
        since, count = since if events == count else time.monotonic(), events
        time.sleep(0.1)


@pytest.fixture
def desk(started, hub):
    """The page of an application that changes no more until news() is called."""
    number = hub.submit(hub.example("build-house")).json["number"]
    quiet(hub, number)
    started.resize(900)
    started.open("/applications/" + number)
    mark(started)
    return started, number


def mark(browser):
    """What is gone once the page has taken news in."""
    browser.driver.execute_script("document.getElementById('before') ||"
                                  " document.getElementById('live').insertAdjacentHTML('beforeend', '<i id=before></i>')")


def news(hub, number):
    task = next(task["id"] for task in hub.show(number)["tasks"] if task["owner"] == "officer")
    hub.post(f"/v1/tasks/{task}/take")
    assert hub.post(f"/v1/tasks/{task}/opinion", {"opinion": "approve"}).status in (200, 201)


def is_told(browser):
    return not browser.all("#before")


def is_offered(browser):
    return browser.one("#news").is_displayed()


def wait(check, what):
    deadline = time.monotonic() + 10
    while not check():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def top(browser, selector):
    return browser.driver.execute_script(TOP, selector)  # in one step, for the next news may replace the node


def grow(browser):
    """What comes is far longer than what it replaces, in this page as it is served from now on."""
    browser.driver.execute_script("""const fetched = window.fetch;
        window.fetch = (...rest) => fetched(...rest).then(answer => answer.text()).then(text =>
          new Response(text.replace(/<div id="live"[^>]*>/, '$&<p>' + 'More than there was before. '.repeat(60) + '</p>')));""")


def shrink(browser):
    """The page holds more at its beginning than what comes."""
    browser.driver.execute_script("""const more = document.createElement('p');
        more.textContent = 'More than there will be. '.repeat(60);
        document.getElementById('live').prepend(more);""")


@pytest.mark.parametrize("change", [grow, shrink])
@pytest.mark.parametrize("height", [900, 6000], ids=["scrolled", "whole"])
def test_button_below_stays_in_its_place(desk, hub, change, height):
    browser, number = desk
    browser.resize(height)
    change(browser)
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", browser.one(WITHDRAW))
    before = top(browser, WITHDRAW)
    news(hub, number)
    wait(lambda: is_told(browser), "nobody points anywhere: it comes at once")
    assert abs(top(browser, WITHDRAW) - before) <= 1
    assert not is_offered(browser) and browser.complaints() == []


@pytest.mark.parametrize("change", [grow, shrink])
def test_link_within_keeps_its_place_and_the_focus(desk, hub, change):
    browser, number = desk
    change(browser)
    link = f"#live a[href='/applications/{number}/documents']"
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'}); arguments[0].focus({preventScroll: true})",
                                  browser.one(link))
    before = top(browser, link)
    news(hub, number)
    wait(lambda: is_told(browser), "a link may be replaced by itself")
    assert browser.driver.execute_script("return document.activeElement.href").endswith(f"/{number}/documents")
    assert abs(top(browser, link) - before) <= 1


def test_what_is_pointed_at_keeps_its_place(desk, hub):
    from selenium.webdriver.common.action_chains import ActionChains
    browser, number = desk
    grow(browser)
    link = f"#live a[href='/paper/{number}']"
    ActionChains(browser.driver).move_to_element(browser.one(link)).perform()
    before = top(browser, link)
    news(hub, number)
    wait(lambda: is_told(browser), "it comes while the pointer rests")
    assert abs(top(browser, link) - before) <= 1
    ActionChains(browser.driver).click().perform()  # where the pointer rests: as a person does, who looks for nothing anew
    assert browser.path == f"/paper/{number}"


def test_what_is_gone_in_the_news_waits_for_the_pointer(desk, hub):
    from selenium.webdriver.common.action_chains import ActionChains
    browser, number = desk
    browser.driver.execute_script("document.getElementById('live').insertAdjacentHTML('afterbegin', '<a id=gone href=/guide>Gone</a>')")
    ActionChains(browser.driver).move_to_element(browser.one("#gone")).perform()
    mark(browser)
    news(hub, number)
    wait(lambda: is_offered(browser), "the page says that there is news")
    assert browser.all("#gone") and not is_told(browser)
    ActionChains(browser.driver).move_to_element(browser.one("h1")).perform()
    wait(lambda: is_told(browser), "the pointer has left")
    assert not browser.all("#gone") and not is_offered(browser)


def test_nothing_changes_while_something_is_pressed(desk, hub):
    browser, number = desk
    mouse = {"x": 5, "y": 5, "button": "left", "clickCount": 1}
    browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mousePressed", **mouse})
    mark(browser)
    news(hub, number)
    wait(lambda: is_offered(browser), "the page says that there is news")
    assert not is_told(browser)
    browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseReleased", **mouse})
    wait(lambda: is_told(browser), "the button is up again")
    assert not is_offered(browser)


def test_form_that_is_filled_in_is_told_and_asked(desk, hub):
    browser, number = desk
    browser.one(WITHDRAW).click()
    browser.fill("confirmed", True)
    browser.one("#reason").send_keys("kept")
    mark(browser)
    before = top(browser, "#reason")
    news(hub, number)
    wait(lambda: is_offered(browser), "the page says that there is news")
    assert not is_told(browser) and top(browser, "#reason") == before
    assert browser.overflow() <= 0 and browser.faint() == []
    time.sleep(1.1)  # while it appears it takes no press
    browser.one("#news button").click()
    wait(lambda: is_told(browser), "who asks for it gets it")
    assert browser.one("#reason").get_attribute("value") == "kept" and browser.one("[name='confirmed']").is_selected()
    assert not is_offered(browser) and browser.complaints() == []


def test_what_was_typed_within_is_kept_when_news_is_asked_for(desk, hub):
    browser, number = desk
    field = '<form action="/x"><input name="typed" aria-label="x"></form>'
    browser.driver.execute_script("""const fetched = window.fetch, field = arguments[0];
        document.getElementById('live').insertAdjacentHTML('beforeend', field);
        window.fetch = (...rest) => fetched(...rest).then(answer => answer.text()).then(text =>
          new Response(text.replace(/<div id="live"[^>]*>/, '$&' + field)));""", field)
    browser.one("[name='typed']").send_keys("kept")
    mark(browser)
    news(hub, number)
    wait(lambda: is_offered(browser), "the page says that there is news")
    time.sleep(1.1)  # while it appears it takes no press
    browser.one("#news button").click()
    wait(lambda: is_told(browser), "who asks for it gets it")
    assert [each.get_attribute("value") for each in browser.all("[name='typed']")] == ["kept"]


def test_going_back_to_the_first_choice_is_a_choice(desk, hub):
    """A list that came with another one chosen: the first one that somebody chose instead is not taken from him."""
    browser, number = desk
    browser.driver.execute_script("""document.getElementById('live').insertAdjacentHTML('beforeend',
        '<form><select id=choice aria-label=to><option value=a>A<option value=b selected>B</select></form>');""")
    browser.driver.execute_script("document.getElementById('choice').selectedIndex = 0")
    mark(browser)
    news(hub, number)
    wait(lambda: is_offered(browser), "it waits, and says so")
    assert not is_told(browser) and browser.driver.execute_script("return document.getElementById('choice').value") == "a"


def test_page_goes_on_while_events_do_not_end(started, hub):
    """Events that come closer than the page waits for more of them: it shows them all the same."""
    started.open("/operations")
    first = started.one("#live").text
    body, until, seen = hub.example("build-house"), time.monotonic() + 15, first
    while seen == first:
        assert time.monotonic() < until, "it stands still"
        for _ in range(3):
            assert hub.submit(body).status == 201
            time.sleep(0.05)
        seen = started.one("#live").text
