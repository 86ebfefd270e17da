# SPDX-License-Identifier: Apache-2.0
"""The connector courier before a carrier: one order for one parcel whatever gets lost, its states as progress, its end as it was."""
import pytest
from carrier import TOKEN, Carrier, call_back
from crash_life import wait_until
from hub import DemoOf, center, connector, matter, service, text

FIELDS = ("recipient_name", "recipient_phone", "recipient_address", "number")
RECIPIENT = {"recipient_name": "王小明", "recipient_phone": "13800000000", "recipient_address": "滨河县江边路 1 号", "number": "A-1"}
CALLBACK = "callback-secret-0123456789"


class Post(DemoOf):
    """A center in which a matter is nothing but a parcel: the same protocol, and every state of a task can be looked at."""

    def __init__(self, folder, settings):
        fields = [{"id": name, "type": "text", "label": text(name), "required": False, "min_length": 1, "max_length": 200} for name in FIELDS]
        config = center(folder, ["post"], [matter("p", "post", fields=list(FIELDS))], [service("send", ["p"], form=fields, example_form=RECIPIENT)])
        secrets = folder / "secrets" / "post"
        secrets.mkdir(parents=True, exist_ok=True)
        for name, value in (("token", TOKEN), ("callback", CALLBACK)):
            (secrets / name).write_text(value)
            (secrets / name).chmod(0o600)
        super().__init__(folder, {**config, "secrets": str(folder / "secrets"),
                                  "connectors": [{"id": "post", "module": "courier-1.0.0", "config": settings}]})

    def send(self):
        answer = self.submit(self.example("send"))
        assert answer.status in (200, 201, 202), answer.raw
        return answer.json["number"]

    def task(self, number):
        return self.show(number)["tasks"][0]

    def opinion(self, number, timeout=30):
        return self.wait_for(number, lambda a: a["status"] == "decided", timeout)["tasks"][0]["opinion"]


class Center(DemoOf):
    """A center that sends its results by courier; its one department approves at once."""

    def __init__(self, folder, settings):
        config = center(folder, ["land"], [matter("l", "land")], [service("plot", ["l"])])
        secrets = folder / "secrets" / "ems"
        secrets.mkdir(parents=True, exist_ok=True)
        (secrets / "token").write_text(TOKEN)
        (secrets / "token").chmod(0o600)
        ems = {"id": "ems", "module": "courier-1.0.0", "serves": "parcels", "config": settings}
        super().__init__(folder, {**config, "secrets": str(folder / "secrets"), "connectors": [connector("land"), ems]})

    def result(self):
        """An application that is decided and handed to the courier."""
        number = self.submit(self.example("plot")).json["number"]
        self.wait_for(number, lambda a: a["status"] == "decided")
        sent = self.post(f"/v1/applications/{number}/delivery",
                         {"way": "courier", "recipient": {"name": "王小明", "phone": "13800000000", "address": "滨河县江边路 1 号"}})
        assert sent.status in (200, 202), sent.raw
        return number

    def delivery(self, number):
        return self.get(f"/v1/applications/{number}/delivery").json


def test_a_parcel_is_carried_and_its_application_closed(tmp_path):
    with Carrier() as carrier, Center(tmp_path, carrier.settings()) as hub:
        hub.wait_connectors()
        number = hub.result()
        wait_until(lambda: carrier.parcels, timeout=15)
        assert carrier.parcels[0]["order"] == {"to": "王小明", "phone": "13800000000", "address": "滨河县江边路 1 号", "reference": number}
        key = carrier.parcels[0]["key"]
        wait_until(lambda: "EX-1" in str(hub.delivery(number)), timeout=15)
        carrier.move(key, "OUT", place="派送中")
        wait_until(lambda: "派送中" in str(hub.delivery(number)), timeout=15)
        hub.kill()
        hub.start()
        assert hub.show(number)["status"] == "decided", "on its way is not delivered"
        carrier.move(key, "SIGNED", receipt="R-9")
        hub.wait_for(number, lambda a: a["status"] == "closed")
        assert len(carrier.parcels) == 1


def test_a_parcel_whose_order_got_no_answer_is_ordered_once_and_one_that_comes_back_is_told(tmp_path):
    with Carrier(knows_keys=False) as carrier, Center(tmp_path, carrier.settings()) as hub:
        hub.wait_connectors()
        carrier.lose = 1
        number = hub.result()
        wait_until(lambda: "EX-1" in str(hub.delivery(number)), timeout=30)
        carrier.move(carrier.parcels[0]["key"], "BACK", why="查无此人")
        wait_until(lambda: number in [a["number"] for a in hub.get("/v1/alerts?kind=parcel_returned").json["items"]], timeout=15)
        assert hub.show(number)["status"] == "decided" and len(carrier.parcels) == 1


def test_states_are_progress_and_the_end_is_what_the_carrier_says(tmp_path):
    with Carrier() as carrier, Post(tmp_path, carrier.settings()) as hub:
        hub.wait_connectors()
        ends = {"SIGNED": {}, "NOT_TAKEN": {}, "BACK": {"why": "查无此人"}, "LOST": {}}
        parcels = {end: hub.send() for end in ends}
        for number in parcels.values():
            hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "accepted")
        assert carrier.parcels[0]["order"] == {"to": "王小明", "phone": "13800000000", "address": "滨河县江边路 1 号", "reference": "A-1"}
        first = f"{parcels['SIGNED']}.1"
        for state, percent, place in (("PICKED", 30, "Binhe"), ("TRANSIT", 60, "Wuhan"), ("OUT", 90, "派送中")):
            carrier.move(first, state, place=place)
            seen = hub.wait_for(parcels["SIGNED"], lambda a: (a["tasks"][0].get("note") or {}).get("percent") == percent)
            assert seen["tasks"][0]["note"]["text"] == place and seen["tasks"][0].get("opinion") is None
        carrier.move(first, "SOMEWHERE")  # a word that was not agreed says nothing
        asked = carrier.asked
        wait_until(lambda: carrier.asked > asked + 3, timeout=15)
        assert hub.task(parcels["SIGNED"]).get("opinion") is None
        for end, more in ends.items():
            carrier.move(f"{parcels[end]}.1", end, receipt="R-9", **more)
        assert hub.opinion(parcels["SIGNED"])["opinion"] == "approve"
        reasons = {end: hub.opinion(parcels[end])["reasons"] for end in ("NOT_TAKEN", "BACK", "LOST")}
        assert reasons == {"NOT_TAKEN": ["The recipient did not take it."], "BACK": ["查无此人"], "LOST": ["The carrier has lost it."]}
        assert len(carrier.parcels) == 4 and carrier.strangers == 0


@pytest.mark.parametrize("knows_keys", [True, False])
def test_a_lost_answer_makes_one_order(tmp_path, knows_keys):
    """A carrier that cannot tell repeats apart is asked for the key first."""
    with Carrier(knows_keys) as carrier, Post(tmp_path, carrier.settings()) as hub:
        hub.wait_connectors()
        carrier.lose = 2
        number = hub.send()
        hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "accepted", timeout=30)
        hub.kill()
        hub.start()
        carrier.move(f"{number}.1", "SIGNED")
        assert hub.opinion(number)["opinion"] == "approve"
        assert len(carrier.parcels) == 1, carrier.parcels


def test_a_carrier_that_calls_back_is_not_waited_for(tmp_path):
    with Carrier() as carrier, Post(tmp_path, carrier.settings(mode="callback")) as hub:
        hub.wait_connectors()
        number = hub.send()
        hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "accepted")
        waybill = carrier.parcels[0]["no"]
        assert call_back(hub, waybill, {"no": "EX-99", "state": "SIGNED"}, event="e-0", secret=CALLBACK, connector="post") == 202
        assert call_back(hub, waybill, {"no": waybill, "state": "SIGNED"}, event="e-1", secret="wrong", connector="post") == 401
        assert hub.task(number).get("opinion") is None, "another parcel's news, or a stranger's, are no news"
        assert call_back(hub, waybill, {"no": waybill, "state": "SIGNED"}, event="e-2", secret=CALLBACK, connector="post") == 202
        assert hub.opinion(number)["opinion"] == "approve"


def test_a_withdrawn_parcel_is_cancelled_at_the_carrier(tmp_path):
    with Carrier() as carrier, Post(tmp_path, carrier.settings()) as hub:
        hub.wait_connectors()
        number = hub.send()
        hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "accepted")
        assert hub.post(f"/v1/applications/{number}/withdraw", {"reason": "no more"}).status in (200, 202)
        wait_until(lambda: carrier.parcels[0]["state"] == "VOID", timeout=15)
        assert hub.task(number)["state"] == "cancelled"
