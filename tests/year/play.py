# SPDX-License-Identifier: Apache-2.0
"""A plan played at a hub through its HTTP door, under a virtual clock."""
import json
import time

from plan import CLOSES, OPENS

TICK = 15                 # minutes: what happens within one happens at its beginning
EVALUATED, BAD = 10, 40   # every so-manieth delivered application is rated; every so-manieth of these badly
PAID = 2                  # every so-manieth with a fee pays it through the hub
ASKED = 100               # every so-manieth arrival comes with an inquiry, replied to when it is delivered
WAIT_S = 120              # for the modules, at the end of a day


OPINIONS = {"approve": {"opinion": "approve"}, "reject": {"opinion": "reject", "reasons": ["材料与现场情况不符，不具备法定条件。"]}}


def stamp(day, minute):
    return f"{day}T{minute // 60:02}:{minute % 60:02}:00+08:00"


class Play:
    """Steps of every tick, in this order; each is a dictionary of lists by (day, minute)."""

    def __init__(self, plan, crowd, tick=TICK, say=lambda text: None, delivered=1.0):
        self.plan, self.crowd, self.tick, self.say, self.delivered = plan, crowd, tick, say, delivered
        self.numbers, self.inquiries = {}, {}
        self.arrivals, self.takes, self.opinions, self.ends = {}, {}, {}, {}
        self.counts = {"evaluations": 0, "payments": 0, "inquiries": 0}
        for case in plan.cases:
            self.schedule(case)

    def at(self, steps, day, minute, item):
        steps.setdefault((day, minute // self.tick * self.tick), []).append(item)

    def schedule(self, case):
        owners = [self.plan.center.owner[m] for m in case.service["matters"]]
        self.at(self.arrivals, case.day, case.minute, case)
        for task, owner in enumerate(owners):
            if owner in self.plan.center.served:
                continue
            day = self.day_of(case, case.service["matters"][task])
            if not case.is_spot and day > case.day:
                self.at(self.takes, case.day + 1, 9 * 60 + 20, (case, task))
            is_last = day == case.decided_day
            if not is_last or case.ending in ("approve", "reject"):
                self.at(self.opinions, day, case.decided_minute, (case, task, case.ending if is_last else "approve"))
        if case.ending != "open":
            self.at(self.ends, case.decided_day, case.decided_minute, case)

    def day_of(self, case, matter):
        """A department answers within its own promise; the slowest decides when the whole is decided."""
        if len(case.service["matters"]) == 1:
            return case.decided_day
        own = self.plan.center.promise_of[matter]
        return case.decided_day if own == self.plan.promise(case) else min(case.decided_day, case.day + own)

    # -- Playing --

    def run(self, first=0, begin=OPENS, until=CLOSES):
        """The days from first on, that one from a minute on; the last one until a minute."""
        last = len(self.plan.days) - 1
        for day in range(first, last + 1):
            start = begin if day == first else OPENS
            for minute in range(start // self.tick * self.tick, until if day == last else CLOSES, self.tick):
                self.step(day, minute)
            self.day_end(day)

    def step(self, day, minute):
        key = (day, minute)
        steps = [s.pop(key, ()) for s in (self.arrivals, self.takes, self.opinions, self.ends)]
        if not any(steps):
            return
        self.crowd.ask("POST", "/v1/test/clock", {"now": stamp(self.plan.days[day], minute)})
        arrivals, takes, opinions, ends = steps
        self.arrive(arrivals)
        self.crowd.post_all(((f"/v1/tasks/{self.task(c, t)}/take", {}) for c, t in takes), (200,))
        self.crowd.post_all(((f"/v1/tasks/{self.task(c, t)}/opinion", OPINIONS[o]) for c, t, o in opinions), (200,))
        self.end(ends)

    def task(self, case, index):
        return f"{self.numbers[case.number]}.{index + 1}"

    def arrive(self, arrivals):
        answers = self.crowd.post_all((("/v1/applications", self.plan.form(c)) for c in arrivals), (201,))
        for case, answer in zip(arrivals, answers):
            at = answer.index(b'"number":"') + 10
            self.numbers[case.number] = answer[at:answer.index(b'"', at)].decode()
        asked = [c for c in arrivals if c.number % ASKED == 0]
        answers = self.crowd.post_all((("/v1/inquiries" if c.number % (2 * ASKED) else "/v1/complaints",
                                        {"text": "请问需要带哪些材料？", "number": self.numbers[c.number],
                                         "contact": {"name": "王小明", "phone": "+8613800000000"}}) for c in asked), (201,))
        self.inquiries.update((c.number, json.loads(a)["id"]) for c, a in zip(asked, answers))
        self.counts["inquiries"] += len(asked)

    def end(self, ends):
        """Decided: what was asked is replied to, a fee is paid, the result handed over, a part of them rated."""
        self.modules_wait({self.plan.center.owner[c.service["matters"][0]] for c in ends} & self.plan.center.served)
        self.reply([c for c in ends if c.number in self.inquiries])
        self.post("withdraw", [c for c in ends if c.ending == "withdrawn"], lambda c: {"reason": "申请人主动撤回"})
        ends = [c for c in ends if c.ending != "withdrawn"]
        paid = [(c, m) for c in ends if c.number % PAID == 0 for m in c.service["matters"] if m in self.plan.center.fee_of]
        self.crowd.post_all(((f"/v1/applications/{self.numbers[c.number]}/payments",
                              {"matter": m, "fee": "fee", "amount": self.plan.center.fee_of[m], "method": "cash", "receipt": f"R{c.number}-{i}"})
                             for i, (c, m) in enumerate(paid)), (200, 201))
        ends = [c for c in ends if c.number % 100 < 100 * self.delivered]
        self.post("delivery", ends, lambda c: {})
        rated = [c for c in ends if c.number % EVALUATED == 0]
        self.post("evaluation", rated, lambda c: {"attitude": 2 if c.number % (EVALUATED * BAD) == 0 else 5, "ability": 4, "officer": c.officer})
        self.counts["payments"] += len(paid)
        self.counts["evaluations"] += len(rated)
        for case in ends:
            self.numbers.pop(case.number)

    def post(self, verb, cases, body):
        self.crowd.post_all(((f"/v1/applications/{self.numbers[c.number]}/{verb}", body(c)) for c in cases), (200, 201))

    def reply(self, cases):
        """Half of the complaints have been upheld."""
        wishes = []
        for case in cases:
            id = self.inquiries.pop(case.number)
            kind, more = ("complaints", {"upheld": case.number % (4 * ASKED) == 0}) if id.startswith("cmp") else ("inquiries", {})
            wishes.append((f"/v1/{kind}/{id}/reply", {"text": "请携带身份证件原件。", **more}))
        self.crowd.post_all(wishes, (200,))

    def modules_wait(self, departments):
        """Until the modules have answered everything."""
        until = time.monotonic() + WAIT_S
        while any(self.crowd.ask("GET", f"/v1/tasks?department={d}&limit=1")["items"] for d in sorted(departments)):
            if time.monotonic() > until:
                raise TimeoutError(f"a module of {departments} has not answered")
            time.sleep(0.005)

    def day_end(self, day):
        if day % 25 == 24:
            self.say(f"{self.plan.days[day]}: {self.crowd.asked:,} requests so far")

