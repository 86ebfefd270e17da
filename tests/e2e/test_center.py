# SPDX-License-Identifier: Apache-2.0
"""The center under the sun: its guide, its own numbers and its register of decisions, for everybody."""
import re
import time
from urllib.parse import quote

import pytest

from crash_life import wait_until
from hub import DemoOf, Hub, center, connector, matter, service

PEOPLE = {"approved": ("person", "王小明"), "rejected": ("organization", "滨河餐饮有限公司")}


def public(hub, path):
    """As anybody sees it, without a key."""
    key, hub.key = hub.key, None
    try:
        return hub.get(path)
    finally:
        hub.key = key


@pytest.fixture(scope="module")
def demo():
    with Hub() as hub:
        hub.wait_connectors()
        yield hub


@pytest.fixture
def decided(tmp_path):
    """One approved for a person, one refused to an organization, one that is open."""
    made = center(tmp_path, ["a", "b", "c"], [matter("m", "a"), matter("n", "b"), matter("o", "c")],
                  [service("one", ["m"]), service("two", ["n"]),
                   service("three", ["o"])])
    made["connectors"] = [connector("a"), connector("b", opinion="reject", reasons=["the kitchen has no second exit"])]
    with DemoOf(tmp_path, made) as hub:
        hub.wait_connectors()
        numbers = {}
        for name, id in (("approved", "one"), ("rejected", "two"), ("open", "three")):
            body = hub.example(id)
            body["applicant"]["id_number"] = "11010519491231002X"
            if name in PEOPLE:
                kind, person = PEOPLE[name]
                body["applicant"].update(kind=kind, name=person)
            numbers[name] = hub.submit(body).json["number"]
            if name in PEOPLE:
                hub.wait_for(numbers[name], lambda a: a["status"] == "decided")
        yield hub, numbers


def test_the_register_shows_decisions_and_no_more_of_people_than_the_surname(decided):
    hub, numbers = decided
    answer = public(hub, "/v1/register")
    items = {item["number"]: item for item in answer.json["items"]}
    assert set(items) == {numbers["approved"], numbers["rejected"]}
    assert answer.json["items"][0]["number"] == numbers["rejected"], "newest first"
    assert items[numbers["approved"]]["applicant"] == {"kind": "person", "name": "王**"}
    assert items[numbers["rejected"]]["applicant"] == {"kind": "organization", "name": "滨河餐饮有限公司"}
    assert items[numbers["rejected"]]["outcome"] == "rejected"
    assert [m["opinion"] for m in items[numbers["rejected"]]["matters"]] == ["reject"]
    for word in ("小明", "11010519491231002X"):
        assert word not in answer.raw.decode()


@pytest.mark.parametrize("query,found", [
    ("service=one", ["approved"]), ("outcome=rejected", ["rejected"]), ("service=one&outcome=rejected", []), ("limit=1", ["rejected"]),
])
def test_the_register_is_parted(decided, query, found):
    hub, numbers = decided
    assert [i["number"] for i in hub.get(f"/v1/register?{query}").json["items"]] == [numbers[name] for name in found]


def test_the_register_goes_on_where_a_page_ended(decided):
    hub, numbers = decided
    first = hub.get("/v1/register?limit=1")
    assert f"cursor={first.json['next_cursor']}" in first.headers["Link"]
    second = hub.get(f"/v1/register?limit=1&cursor={first.json['next_cursor']}").json
    assert [i["number"] for i in second["items"]] == [numbers["approved"]]


@pytest.mark.parametrize("query", ["service=nowhere", "outcome=perhaps", "limit=0", "limit=201", "cursor=x"])
def test_what_the_register_does_not_take(demo, query):
    assert demo.get(f"/v1/register?{query}").status == 422


def test_the_numbers_are_live_and_public(decided):
    hub, numbers = decided
    shown = wait_until(lambda: (c := public(hub, "/v1/center").json)["year"]["decided"] == 2 and c, timeout=15)
    for span in (shown["year"], shown["month"]):
        assert (span["received"], span["accepted"], span["decided"]) == (3, 3, 2)
        assert span["on_time"] == {"count": 2, "of": 2, "percent": "100.0", "level": "good"}
    assert (shown["services"], shown["matters"], shown["departments"]) == (3, 3, 3)
    assert shown["catalog_version"] == hub.show(numbers["open"])["catalog_version"] and shown["catalog_since"]


def test_many_who_ask_at_once_are_told_by_few_readings(decided):
    hub, _ = decided
    began = time.monotonic()
    assert all(hub.get("/v1/center").status == 200 for _ in range(300))
    assert time.monotonic() - began < 20


def test_visits_of_the_guide_are_counted(decided):
    hub, numbers = decided
    hub.stop()
    hub.start()  # what was counted before stands in the store; the first visit is put down at once
    for _ in range(3):
        assert public(hub, "/guide/one").status == 200
    assert hub.get("/v1/services/two").status == 200  # of staff: no visit
    wait_until(lambda: hub.get("/v1/center").json["year"]["guide_visits"] >= 1, timeout=90)
    told = {i["service"]: i["guide_visits"] for i in hub.get("/v1/statistics?by=service").json["items"]}
    assert told["one"] >= 1 and told["two"] == 0
    assert hub.get("/v1/statistics?verify=true").status == 200
    wait_until(lambda: hub.get("/v1/statistics?verify=status").json["verify"]["state"] == "done", timeout=30)
    assert hub.get("/v1/statistics?verify=status").json["verify"]["is_equal"]


@pytest.mark.parametrize("query,why", [
    ("q=餐饮", "a word"), ("q=cy", "initials"), ("q=canyin", "pinyin"), ("q=RESTAURANT", "English"),
    ("q=消防", "a matter"), ("initial=k&q=cyd", "both"), ("department=fire", "a department"),
])
def test_the_guide_finds(demo, query, why):
    found = demo.get("/v1/services?limit=200&" + quote(query, safe="=&")).json
    assert "open-restaurant" in [item["id"] for item in found["items"]], why
    assert found["count"] == len(found["items"])


def test_the_guide_is_parted_by_initials(demo):
    every = demo.get("/v1/services?limit=200").json
    assert every["initials"] == sorted({item["initials"][0] for item in every["items"] if item["initials"][0].isalpha()})
    met = [item["id"] for letter in every["initials"] for item in demo.get(f"/v1/services?limit=200&initial={letter}").json["items"]]
    assert sorted(met) == sorted(item["id"] for item in every["items"] if item["initials"][0].isalpha())


@pytest.mark.parametrize("path", ["/v1/services?limit=9&for=person", "/v1/services?limit=200", "/v1/matters?limit=20", "/v1/departments?limit=4",
                                  "/v1/matters?department=market-regulation&limit=3", "/v1/matters?department=market-regulation"])
def test_pages_of_a_list_go_on(demo, path):
    ids, following = [], path
    while following:
        answer = demo.get(following)
        assert len(answer.json["items"]) <= int((re.search(r"limit=(\d+)", path) or [0, 200])[1])
        ids += [item["id"] for item in answer.json["items"]]
        link = re.fullmatch(r'<([^<>\s]+)>; rel="next"', answer.headers.get("Link", ""))
        assert (link is None) == (answer.json["next_cursor"] is None)
        following = link and link[1]
    assert len(ids) == len(set(ids)) == answer.json["count"] > 3


@pytest.mark.parametrize("path", ["/v1/matters?limit=0", "/v1/matters?limit=201", "/v1/matters?cursor=x", "/v1/matters?department=nowhere",
                                  "/v1/matters?department=fire&limit=x", "/v1/departments?limit=201", "/v1/departments?cursor=-1"])
def test_what_the_lists_do_not_take(demo, path):
    assert demo.get(path).status == 422


@pytest.mark.parametrize("query", ["initial=K", "initial=ka", "for=dog", "department=nowhere", "q=" + "x" * 201, "limit=0", "cursor=x"])
def test_what_the_guide_does_not_take(demo, query):
    assert demo.get(f"/v1/services?{query}").status == 422


def test_the_pages_need_no_script(decided):
    hub, numbers = decided
    page = public(hub, "/register").raw.decode()
    assert numbers["rejected"] in page and numbers["open"] not in page and "王**" in page and "小明" not in page
    hall = public(hub, "/hall").raw.decode()
    assert numbers["approved"] in hall and 'http-equiv="refresh"' in hall and "王" not in hall
    guide = public(hub, "/guide?initial=k").raw.decode()
    assert 'class="letters' in guide
    for name in ("/register", "/hall", "/guide"):
        assert not re.search(r"<script(?! src)|style=|onclick", public(hub, name).raw.decode())
