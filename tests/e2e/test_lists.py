# SPDX-License-Identifier: Apache-2.0
"""Lists come in pages: nothing is lost between two of them, nothing comes twice, and the programs and pages go on."""
import json
import os
import re
import subprocess

import pytest

from hub import BUILD, Hub, center, connector, matter, service
from people import People, secret_of
from test_center import DemoOf


@pytest.fixture(scope="module")
def demo():
    with Hub() as hub:
        hub.wait_connectors()
        body = hub.example("open-restaurant")
        number = hub.post("/v1/applications", {**body, "materials": []}).json["number"]
        hub.number = number
        yield hub


def following(answer):
    link = re.fullmatch(r'<([^<>\s]+)>; rel="next"', answer.headers.get("Link", ""))
    assert (link is None) == (answer.json["next_cursor"] is None)
    return link and link[1]


def walk(ask, path, limit):
    items, path = [], f"{path}{'&' if '?' in path else '?'}limit={limit}"
    while path:
        answer = ask(path)
        assert answer.status == 200 and len(answer.json["items"]) <= limit, answer.raw
        items += answer.json["items"]
        path = following(answer)
        assert path is None or f"limit={limit}" in path
    return items


@pytest.mark.parametrize("path", ["/v1/connectors", "/v1/modules", "/v1/calendars", "/v1/applications/{}/events", "/v1/applications/{}/notices"])
def test_pages_of_a_list_are_the_list(demo, path):
    path = path.format(demo.number)
    whole = demo.get(path)
    names = [json.dumps({key: item.get(key) for key in ("id", "version", "module", "seq", "type")}) for item in whole.json["items"]]
    assert len(names) == len(set(names)) > 0 and following(whole) is None
    for limit in {1, max(1, len(names) - 1), len(names), 200}:
        paged = [json.dumps({key: item.get(key) for key in ("id", "version", "module", "seq", "type")}) for item in walk(demo.get, path, limit)]
        assert paged == names, "limit and limit + 1"
    assert demo.get(f"{path}?limit={len(names)}").json["next_cursor"] is None


@pytest.mark.parametrize("path", ["/v1/connectors", "/v1/modules", "/v1/calendars", "/v1/sessions", "/v1/incidents", "/v1/applications/{}/events",
                                  "/v1/applications/{}/notices"])
@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=", "cursor=%2F..%2F", "cursor=", "cursor=" + "x" * 256])
def test_what_a_list_does_not_take(demo, path, query):
    answer = demo.get(f"{path.format(demo.number)}?{query}")
    assert answer.status == 422 and answer.json["detail"], answer.raw


def test_a_cursor_behind_the_end_is_an_empty_page(demo):
    for path, cursor in (("/v1/connectors", "zzz"), ("/v1/modules", "zzz"), ("/v1/calendars", "9999"), ("/v1/sessions", "1024"),
                         ("/v1/incidents", "9.zzz"), (f"/v1/applications/{demo.number}/events", "9999")):
        answer = demo.get(f"{path}?cursor={cursor}")
        assert (answer.status, answer.json["items"], answer.json["next_cursor"]) == (200, [], None), path
    assert demo.get("/v1/applications/2026-000000-0/events?limit=x").status == 404


def test_connectors_that_go_leave_no_gap(tmp_path):
    ids = ["a", "b", "c", "d"]
    made = center(tmp_path, ids, [matter("m", "a")], [service("one", ["m"])])
    made["connectors"] = [connector(id) for id in ids]
    with DemoOf(tmp_path, made) as hub:
        hub.wait_connectors()
        first = hub.get("/v1/connectors?limit=2")
        assert [item["id"] for item in first.json["items"]] == ["a", "b"]
        assert hub.request("DELETE", "/v1/connectors/b").status == 202
        assert [item["id"] for item in hub.get(following(first)).json["items"]] == ["c", "d"], "though the cursor's own has gone"
        page = hub.get("/connectors?cursor=b").raw.decode()
        assert 'href="/connectors/c"' in page and 'href="/connectors/a"' not in page


def test_sessions_are_paged(tmp_path):
    with People(tmp_path) as hub:
        for _ in range(5):
            assert hub.ask(None, "POST", "/v1/sessions", {"key": secret_of("officer")}).status == 201
        every = hub.ask("admin", "GET", "/v1/sessions").json["items"]
        assert len(every) == 5
        for limit in (1, 4, 5, 6):
            paged = walk(lambda path: hub.ask("admin", "GET", path), "/v1/sessions", limit)
            assert [item["id"] for item in paged] == [item["id"] for item in every]
        second = hub.ask("admin", "GET", "/v1/sessions?limit=2")
        assert hub.ask("admin", "DELETE", f"/v1/sessions/{every[2]['id']}").status == 204
        rest = hub.ask("admin", "GET", following(second)).json["items"]
        assert [item["id"] for item in rest] == [item["id"] for item in every[3:]]


def test_what_stands_still_is_paged(tmp_path):
    ids = ["a", "b", "c"]
    made = center(tmp_path, ids, [matter("m", "a")], [service("one", ["m"])])
    made["connectors"] = [connector(id) for id in ids]
    with DemoOf(tmp_path, made) as hub:
        hub.wait_connectors()
        for id in ids:
            assert hub.post(f"/v1/connectors/{id}/disable", {}).status == 202
        hub.wait_connectors("disabled")
        every = [item["id"] for item in hub.get("/v1/incidents").json["items"]]
        assert len(every) == 3
        for limit in (1, 2, 3):
            assert [item["id"] for item in walk(hub.get, "/v1/incidents?kind=connector", limit)] == every


def test_a_long_history_is_read_from_its_end(tmp_path):
    made = center(tmp_path, ["a"], [matter("m", "a")], [service("one", ["m"])])
    with DemoOf(tmp_path, made) as hub:
        number = hub.post("/v1/applications", hub.example("one")).json["number"]
        for i in range(210):
            assert hub.post(f"/v1/tasks/{number}.1/{'release' if i % 2 else 'claim'}", {}).status == 200
        events = hub.events(number)
        assert len(events) > 210 and len(hub.get(f"/v1/applications/{number}/events").json["items"]) == 200
        page = hub.get(f"/applications/{number}").raw.decode()
        before = re.search(r'href="\?events=(\d+)"', page)
        assert before and page.count("<li") > 200
        older = hub.get(f"/applications/{number}?events={before[1]}").raw.decode()
        assert re.search(r'href="\?events=', older) is None and "/events?" not in older, "its beginning"
        env = {**os.environ, "ONEDOOR_URL": hub.address, "ONEDOOR_KEY": hub.key}
        done = subprocess.run([BUILD / "bin/onedoor", "incidents", "--json"], env=env, capture_output=True, text=True, timeout=20)
        assert done.returncode == 0 and json.loads(done.stdout)["items"] == []
