# SPDX-License-Identifier: Apache-2.0
"""What a first visit to each page costs: the page with the style sheets, icon and script that it links, each as gzip has it."""
import functools
import gzip
import re

import pytest
from hub import Hub
from pages import CLASSES, ROWS, open_page, pages, uncovered
from pages import filled as fill

MAX = {"citizen": 30_000, "kiosk": 30_000, "print": 30_000, "staff": 60_000}
FILES_MAX = 8  # linked from one page: each is a request of its own


@pytest.fixture(scope="module")
def center():
    with Hub() as hub:
        yield hub, fill(hub)


def weight(hub, answer, fetched):
    linked = sorted(set(re.findall(rb'(?:src|href)="(/static/[^"]+)"', answer.raw)))
    assert linked and len(linked) <= FILES_MAX, linked
    return len(gzip.compress(answer.raw)) + sum(fetched(path.decode()) for path in linked)


def test_every_page_weighs_little(center):
    hub, names = center

    @functools.lru_cache(maxsize=None)
    def fetched(path):
        answer = hub.get(path)
        assert answer.status == 200, path
        return len(gzip.compress(answer.raw))

    heavy, seen = [], []
    for language in ("en", "zh-CN"):
        for page in pages(names):
            answer = open_page(hub, page, language)
            assert answer.status == page.status, (page, answer.raw.decode()[-600:])
            bytes_ = weight(hub, answer, fetched)
            seen.append((bytes_, page.kind, page.name, language))
            if bytes_ > MAX[page.kind]:
                heavy.append(seen[-1])
    for kind in CLASSES:
        print(max(row for row in seen if row[1] == kind))
    assert heavy == []


def test_every_page_of_the_guide_weighs_little(center):
    hub, _ = center
    heavy = []
    for one in hub.get("/v1/services?limit=200").json["items"]:
        for of in ("guide", "apply"):
            answer = hub.get(f"/{of}/{one['id']}", headers={"Accept-Language": "zh-CN"})
            assert answer.status == 200
            if (found := weight(hub, answer, lambda path: len(gzip.compress(hub.get(path).raw)))) > MAX["citizen"]:
                heavy.append((of, one["id"], found))
    assert heavy == []


def test_full_lists_weigh_little(center):
    hub, names = center
    for _ in range(130):
        hub.submit(hub.example("build-house"))
    for language in ("en", "zh-CN"):
        for page in pages(names, "staff"):
            if page.path.split("?")[0] in ("/worklist", "/applications", "/connectors", "/statistics"):
                answer = open_page(hub, page, language)
                found = weight(hub, answer, lambda path: len(gzip.compress(hub.get(path).raw)))
                assert found <= MAX["staff"], (page, found)
    assert len(re.findall(rb'href="/tasks/', open_page(hub, next(p for p in pages(names) if p.name == "worklist")).raw)) >= 50


def test_no_page_is_left_out(center):
    _, names = center
    assert uncovered() == [], "give it a row in tests/e2e/pages.py"
    without = {row.name for row in ROWS} - {page.name for page in pages(names)}
    assert without == {"message"}, "the sample center has no messages: it has nobody to carry them"
