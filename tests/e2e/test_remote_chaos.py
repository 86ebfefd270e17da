# SPDX-License-Identifier: Apache-2.0
"""The shipped programs behind a proxy that loses, doubles, delays and reorders, while they and the hub are killed:
one record and one opinion of each task."""
import os
import random
import sys
import threading
import time
from pathlib import Path

import pytest

from hub import ROOT
from remote_hub import RemoteHub

sys.path.insert(0, str(ROOT / "tests" / "remote"))
from chaos_proxy import HttpProxy, NngProxy  # noqa: E402

SOAK = os.environ.get("OD_SOAK") == "true"
SEEDS = range(1, 13) if SOAK else range(1, 2)
APPLICATIONS = 60


def submit_all(hub, numbers):
    """Again under the same key until it is taken: the hub is killed meanwhile."""
    for index in range(APPLICATIONS):
        while True:
            try:
                answer = hub.submit(hub.example("quick"), key=f"key-{index}")
                if answer.status == 201:
                    numbers.append(answer.json["number"])
                    break
            except OSError:
                pass
            time.sleep(0.05)
        time.sleep(0.05)


def opinions_of(hub, number):
    return [event for event in hub.events(number) if event["type"] == "opined"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("way", ["http", "nng"])
def test_one_record_and_one_opinion(tmp_path, way, seed):
    with RemoteHub(tmp_path) as hub:
        hub.load()
        proxy = HttpProxy(seed, lambda: hub.address) if way == "http" \
            else NngProxy(seed, tmp_path / "proxy", tmp_path / "connectors")
        start = (lambda: hub.water(proxy.url)) if way == "http" else (lambda: hub.water_nng(proxy.url))
        dice, numbers = random.Random(seed), []
        program = start()
        submitter = threading.Thread(target=submit_all, args=(hub, numbers))
        submitter.start()
        for kill in ["water", "hub", "water", "both", "water"]:
            time.sleep(dice.uniform(0.4, 1.4))
            if kill in ("water", "both"):
                program.kill()
                program.wait()
            if kill in ("hub", "both"):
                hub.kill()
                hub.start()
            if kill in ("water", "both"):
                program = start()
        submitter.join(60)
        assert len(numbers) == APPLICATIONS
        time.sleep(1)
        proxy.trouble = 0
        for number in numbers:
            application = hub.wait_for(number, lambda a: a["status"] == "decided", timeout=40)
            assert application["decision"]["outcome"] == "approved" and not application["flagged"]
        book = hub.book()
        assert set(book) == {number + ".1" for number in numbers} and len(set(book.values())) == APPLICATIONS
        for number in numbers:
            assert hub.show(number)["tasks"][0]["external_ref"] == f"W-{book[number + '.1']}"
            assert len(opinions_of(hub, number)) == 1, hub.events(number)
        assert all(proxy.counts[name] > 0 for name in ("lost", "doubled", "mute")), proxy.counts
        proxy.close()
