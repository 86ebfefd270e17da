# SPDX-License-Identifier: Apache-2.0
"""A department changes between worklist, module and remote connector while its applications are live: none is lost, and
each gets one opinion."""
import itertools
import threading
import time

from hub import SIM
from remote_hub import REMOTE, Client, RemoteHub

SLOW = {"module": SIM, "config": {"accept": True, "delay_ms": 400}}
FAST = {"module": SIM, "config": {"delay_ms": 30}}
WAYS = [SLOW, {"remote": REMOTE}, FAST, {"remote": REMOTE}, {"remote": {**REMOTE, "credits": 7}}, SLOW, {"worklist": True}, {"remote": REMOTE}]


class Front:
    """A front desk that submits all the time, and officers who answer whatever lies on the worklist."""

    def __init__(self, hub):
        self.hub, self.numbers, self.is_over, self.by_officers = hub, [], False, 0
        self.threads = [threading.Thread(target=self.submit), threading.Thread(target=self.opine)]
        for thread in self.threads:
            thread.start()

    def submit(self):
        for index in itertools.count():
            if self.is_over:
                return
            answer = self.hub.submit(self.hub.example("quick"), key=f"key-{index}")
            assert answer.status == 201, answer.raw
            self.numbers.append(answer.json["number"])
            time.sleep(0.02)

    def opine(self):
        while not self.is_over:
            for state in ("offered", "accepted"):  # the latter: a connector's, until the worklist took over
                for task in self.hub.get(f"/v1/tasks?department=water&state={state}&limit=50").json["items"]:
                    if task["owner"] == "officer":
                        done = self.hub.post(f"/v1/tasks/{task['id']}/opinion", {"opinion": "approve"})
                        self.by_officers += done.status == 200
            time.sleep(0.05)

    def close(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()


def is_served_by(hub, way):
    answer = hub.get("/v1/connectors/water")
    if "worklist" in way:
        return answer.status == 404 or answer.json["state"] == "unloaded"
    item = answer.json
    return answer.status == 200 and item["state"] == "active" and item["kind"] == ("remote" if "remote" in way else "module")


def switch(hub, way):
    answer = hub.request("PUT", "/v1/connectors/water", {**way, "approve": True, "bake_ms": 1, "reason": "for the test"})
    assert answer.status == 202, answer.raw
    until = time.monotonic() + 15
    while not (is_served_by(hub, way) and (hub.get("/v1/connectors/water").json.get("rollout")) is None):
        assert time.monotonic() < until, (way, hub.get("/v1/connectors/water").raw)
        time.sleep(0.05)


def test_live_at_every_switch(tmp_path):
    with RemoteHub(tmp_path) as hub:
        hub.water()  # runs all the time, and is heard when the department is remote
        front = Front(hub)
        try:
            time.sleep(0.5)
            for way in WAYS:
                before = len(front.numbers)
                switch(hub, way)
                time.sleep(0.6)
                assert len(front.numbers) > before, "people were served meanwhile"
        finally:
            front.is_over = True
        numbers = list(front.numbers)
        for number in numbers:
            hub.wait_for(number, lambda a: a["status"] == "decided", timeout=30)
        front.close()
        assert len(numbers) > 100 and front.by_officers > 0 and len(hub.book()) > 0
        served = {"officer": 0, "W": 0, "SIM": 0}
        for number in front.numbers:
            application = hub.wait_for(number, lambda a: a["status"] == "decided", timeout=30)
            task, = application["tasks"]
            assert task["state"] == "done" and not application["flagged"], application
            opined = [event for event in hub.events(number) if event["type"] == "opined"]
            assert len(opined) == 1, (number, hub.events(number))
            served[(task["external_ref"] or "officer").split("-")[0]] += 1
        assert all(count > 0 for count in served.values()), served
        verbs = [item["verb"] for item in hub.get("/v1/connectors/water/history").json["items"]]
        assert verbs.count("load") + verbs.count("upgrade") >= len(WAYS) - 1, verbs


def test_a_module_serves_until_the_remote_has_come(tmp_path):
    """The route changes when the remote connector is ready, and what it had accepted goes with it."""
    with RemoteHub(tmp_path) as hub:
        hub.load(**SLOW, expect=202)
        hub.wait_connectors()
        first = hub.submit(hub.example("quick")).json["number"]
        hub.wait_for(first, lambda a: a["tasks"][0]["state"] == "accepted")
        hub.request("PUT", "/v1/connectors/water", {"remote": REMOTE, "approve": True, "bake_ms": 1})
        second = hub.submit(hub.example("quick")).json["number"]
        assert hub.wait_for(second, lambda a: a["status"] == "decided")["tasks"][0]["external_ref"].startswith("SIM-")
        assert hub.show_connector()["kind"] == "module" and hub.show_connector()["rollout"]["step"] == "starting"
        hub.request("PUT", "/v1/connectors/water", {"remote": REMOTE, "approve": True, "bake_ms": 1})  # again: no change
        held = hub.submit(hub.example("quick")).json["number"]
        hub.wait_for(held, lambda a: a["tasks"][0]["state"] == "accepted")
        client = Client(hub)
        client.hello()
        items = client.poll()
        until = time.monotonic() + 5
        while not items and time.monotonic() < until:
            items = client.poll()
        resume, = items
        assert resume["kind"] == "resume" and resume["payload"]["external_ref"] == f"SIM-{held}.1"
        assert hub.show_connector()["kind"] == "remote"
        assert client.report("opinion", resume, opinion="approve", external_ref=f"SIM-{held}.1") == "ok"
        assert hub.wait_for(held, lambda a: a["status"] == "decided")
