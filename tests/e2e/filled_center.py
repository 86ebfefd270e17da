# SPDX-License-Identifier: Apache-2.0
"""The sample center after some months: applications in every state, letters, ratings, payments, messages, alerts, keys.
What stands in it is named, so that a page can be asked for by name."""
import datetime
import json
import zoneinfo

import pages
from hub import BUILD, ROOT, Hub
from notice_parts import Gateway, Part, put_secret, sms

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
QUICK = ("open-restaurant", "food-licence", "fire-check", "special-equipment", "shop-sign", "open-hotel", "nurse")


class FilledCenter(Hub):
    """A demonstration whose clock the test moves, with a notifier beside the departments' connectors."""

    def __init__(self, folder):
        sample = ROOT / "configs" / "sample"
        self.gateway = Part(Gateway)
        put_secret(folder / "secrets", "sms", "token", b"t0k3n")
        config = json.loads((sample / "onedoor.json").read_text())
        config |= {"listen": "127.0.0.1:0", "catalog": str(sample / "catalog"), "modules": str(BUILD / "modules"),
                   "secrets": str(folder / "secrets"), "data": "data"}
        for each in config["connectors"]:
            each["config"] |= {"accept": False, "delay_ms": 0}
        config["connectors"].append(sms(self.gateway))
        super().__init__("--demo", "--clock", "virtual", config=config, data=str(folder))
        self.names = {}  # set by fill()

    def __exit__(self, *rest):
        super().__exit__(*rest)
        self.gateway.close()

    def command(self):
        words = super().command()
        return [word for i, word in enumerate(words) if word != "--listen" and words[i - 1] != "--listen"] + ["--listen", "127.0.0.1:0"]

    def clock(self, month, day, hour=10):
        at = datetime.datetime(2026, month, day, hour, 20, tzinfo=ZONE)
        assert self.post("/v1/test/clock", {"now": int(at.timestamp() * 1000)}).status == 200

    def make(self, path, body, status=201, method="POST"):
        answer = self.request(method, path, body)
        assert answer.status == status, (path, answer.raw)
        return answer.json

    def apply(self, service, change=None):
        body = self.example(service)
        if change:
            change(body)
        return self.make("/v1/applications", body)

    def answer(self, number, opinion="approve", but=(), **more):
        """Every open task that an officer owns gets its opinion, until there is none."""
        for _ in range(8):
            mine = [task for task in self.show(number)["tasks"] if task["state"] in ("offered", "accepted") and task["owner"] == "officer"
                    and task["matter"] not in but]
            if not mine:
                return
            for task in mine:
                if task["state"] == "offered":
                    self.make(f"/v1/tasks/{task['id']}/take", {}, 200)
                self.make(f"/v1/tasks/{task['id']}/opinion", {"opinion": opinion, **more}, 200)

    def settle(self, numbers):
        """Every connector has said what it says: nothing hangs on how fast this machine is."""
        for number in numbers:
            self.wait_for(number, lambda a: all(task["owner"] != "connector" for task in a["tasks"]), timeout=60)

    def fill(self):
        """Names of what is there, for pages.pages()."""
        self.wait_connectors()
        for month in (3, 5, 8):
            self.clock(month, 12)
            made = [self.apply(service)["number"] for service in QUICK]
            for number in made:
                self.settle([number])
                self.answer(number)
            self.settle(made)
        self.clock(10, 12)
        self.settle([self.apply(service)["number"] for service in ("build-factory", "livestock-farm", "road-freight", "bookshop", "commercial-show")])
        self.clock(11, 10)
        refused = self.apply("entertainment-venue")["number"]
        self.answer(refused, "reject", reasons=["营业场所距学校不足二百米。The premises are less than 200 m from a school."])
        names = pages.filled(self)
        self.pay(names["fee"])
        self.make(f"/v1/applications/{names['closed']}/evaluation", {"attitude": 5, "ability": 4, "window": "3"})
        names |= self.letters(names["decided"], names["decided.code"])
        self.settle(item["number"] for item in self.get("/v1/applications?limit=200").json["items"])
        self.clock(11, 24)
        self.make("/v1/checkpoints", {})
        self.make("/v1/keys", {"id": "anna", "roles": ["officer", "head"], "department": "fire", "note": "Anna Wang, window 3"})
        self.make("/v1/keys", {"id": "old", "roles": ["front_desk"]})
        self.make("/v1/keys/old/revoke", {}, 200)
        self.names = names
        return names

    def pay(self, number):
        line = self.get(f"/v1/applications/{number}/fees").json["lines"][0]
        self.make(f"/v1/applications/{number}/payments", {"fee": line["fee"], "amount": line["due"], "receipt": "No.0001234", "method": "card"})

    def letters(self, number, code):
        """A complaint and an inquiry that the citizen can follow; the inquiry has its reply."""
        asked = {"text": "窗口工作人员态度生硬，材料退了三次，每次理由都不一样。The clerk sent me away three times.", "number": number, "code": code,
                 "contact": {"name": "王小明", "phone": "+8613800000000"}, "about": {"window": "3"}}
        complaint = self.make("/v1/complaints", asked)
        inquiry = self.make("/v1/inquiries", {"text": "周六开门吗？Are you open on Saturdays?"})
        self.make(f"/v1/inquiries/{inquiry['id']}/reply", {"text": "周一至周五九点至十七点。Monday to Friday, nine to five."}, 200)
        return {"complaint": complaint["id"], "replied": inquiry["id"], "replied.code": inquiry["code"]}
