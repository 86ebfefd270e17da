# SPDX-License-Identifier: Apache-2.0
"""Applications of many kinds through a real hub under the virtual clock: pauses, requests, silence, deemed effects, refusals,
withdrawals, lost connectors. What each does next is drawn from a seed."""
import json
import random

from hub import DemoOf, center, connector, matter, service

DAY, HOUR = 86400000, 3600000
START = 1799028000000  # 2027-01-04T10:00 in Shanghai, a Monday, after any wall clock that this runs by
PLAN = [{"id": "plan", "name": {"zh-CN": "图纸", "en": "Plan"}, "required": True, "tolerant": False}]
SIZE = {"id": "size", "type": "integer", "label": {"zh-CN": "面积", "en": "Size"}, "required": False, "min": 0, "max": 1000}


def limits(unit, promised, statutory):
    return {"promised": {"unit": unit, "length": promised}, "statutory": {"unit": unit, "length": statutory}}


def a_service(id, matters, promised, statutory, **more):
    made = service(id, matters, promised=promised, statutory=statutory, form=[SIZE], example_form={"size": 100}, **more)
    made["limits"]["supplement"] = {"unit": "working_day", "length": 5}
    if "advice" in matters:
        made["example"]["materials"] = [{"material": "plan", "name": "plan.pdf"}]
    return made


def config(folder, promised=10, more_matters=(), order=True):
    pauses = ["hearing", "inspection", "expert_review"]
    matters = [
        matter("advice", "paper", promised=3, statutory=6, pauses=pauses, materials=PLAN, fields=["size"]),
        matter("check", "house", promised=4, statutory=8, pauses=pauses, expiry="deemed_consent",
               when={"field": "size", "op": ">", "value": 10}, fields=["size"]),
        matter("permit", "desk", promised=5, statutory=10, pauses=pauses),
        matter("quick", "fast", promised=2, statutory=5),
        matter("slow", "late", promised=4, statutory=9, unit="calendar_day", expiry="deemed_refusal"),
        *more_matters,
    ]
    after = [{"matter": "permit", "after": ["advice", "check"]}] if order else ["permit"]
    services = [
        a_service("joint", ["advice", "check", *after, "quick"], promised, 20),
        a_service("silent", ["slow", "advice"], promised, 30),
        a_service("alone", ["quick"], min(promised, 5), 8),
    ]
    made = center(folder, ["paper", "house", "desk", "fast", "late"], matters, services, calendar={
        "id": "test", "name": {"zh-CN": "日历", "en": "Calendar"}, "weekend": ["saturday", "sunday"], "published_until": "2027-12-31",
        "holidays": [{"from": "2027-01-15", "to": "2027-01-15", "name": {"zh-CN": "假", "en": "Off"}}], "working_days": []})
    made["connectors"] = [connector("fast", accept=True, delay_ms=5, fail={"times": 1, "effect": "none"}), connector("house", accept=True, delay_ms=36 * HOUR)]
    return made


class Lives:
    def __init__(self, hub, seed):
        self.hub, self.random, self.now = hub, random.Random(seed), START
        self.numbers, self.refused = [], 0

    def pass_time(self, ms):
        self.now += ms
        answer = self.hub.post("/v1/test/clock", {"now": self.now})
        assert answer.status == 200, answer.raw

    def submit(self):
        is_first = not self.numbers  # it lacks its plan, and nobody ever supplies it
        body = self.hub.example("joint" if is_first else self.random.choice(["joint", "joint", "silent", "alone"]))
        body["form"]["size"] = self.random.choice([5, 100])
        if is_first or self.random.random() < 0.2:
            body["materials"] = []
        answer = self.hub.submit(body)
        assert answer.status == 201, answer.raw
        self.numbers.append(answer.json["number"])

    def act(self, path, body):
        self.refused += self.hub.post(path, body).status >= 400

    def work(self, number):
        application = self.hub.show(number)
        if application["status"] == "incomplete":
            if self.random.random() < 0.15:
                self.act(f"/v1/applications/{number}/supplement", {"materials": [{"material": "plan"}]})
            return
        if application["status"] == "decided" and self.random.random() < 0.4:
            self.act(f"/v1/applications/{number}/delivery", {})
        for task in application["tasks"]:
            self.work_on(f"/v1/tasks/{task['id']}", task, number)

    def work_on(self, path, task, number):
        chance = self.random.random()
        if task["owner"] == "applicant" and chance < 0.5:
            self.act(f"/v1/applications/{number}/supplement", {"form": {"size": 50}})
        elif task["owner"] != "officer" or chance < 0.3 or task["department"] == "late":
            return  # the department called late never answers
        elif task["state"] == "offered":
            self.act(path + "/take", {})
        elif task["state"] == "paused":
            self.act(path + "/resume", {})
        elif task["state"] == "accepted" and chance < 0.45:
            self.act(path + "/pause", {"kind": self.random.choice(["hearing", "inspection"])})
        elif task["state"] == "accepted" and chance < 0.6:
            self.act(path + "/ask", {"text": "How large?"})
        elif task["state"] == "accepted":
            self.act(path + "/opinion", self.random.choice([{"opinion": "approve"}] * 4 + [{"opinion": "reject", "reasons": ["No."]}]))

    def amend(self, folder, holidays):
        """Days off are added to the calendar; the hub reloads, or is started with them."""
        path = folder / "catalog" / "all.json"
        catalog = json.loads(path.read_text())
        catalog["calendars"][0]["holidays"] += [{"from": d, "to": d, "name": {"zh-CN": "补", "en": "Added"}} for d in holidays]
        path.write_text(json.dumps(catalog, ensure_ascii=False))

    def live(self, rounds, amendments=None, folder=None):
        """amendments: {turn: (days off, "reload" or "restart")}."""
        self.pass_time(0)
        for turn in range(rounds):
            if turn in (amendments or {}):
                holidays, how = amendments[turn]
                self.pass_time(1000)  # what has the same millisecond as the amendment cannot be told from what follows it
                self.amend(folder, holidays)
                if how == "reload":
                    assert self.hub.post("/v1/catalog/reload", {}).status == 200
                else:
                    self.hub.stop()
                    self.hub.start()
                    self.hub.wait_connectors()
                self.pass_time(60000)
            for _ in range(2):
                self.submit()
            if turn % 8 == 3:
                self.act(f"/v1/applications/{self.numbers[-1]}/withdraw", {})
            for number in self.numbers[1:][-40:]:
                self.work(number)
            self.pass_time(self.random.choice([HOUR, 5 * HOUR, DAY, 2 * DAY]) + self.random.randrange(60000))
            if turn == rounds // 2:  # a crash with a task in a connector's hand, and the hub sleeps through some days
                self.numbers.append(self.hub.submit(self.hub.example("joint")).json["number"])
                self.hub.wait_for(self.numbers[-1], lambda a: any(t["state"] == "accepted" for t in a["tasks"]))
                self.hub.kill()
                self.hub.start()
                self.hub.wait_connectors()
                self.pass_time(4 * DAY)


