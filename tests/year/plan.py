# SPDX-License-Identifier: Apache-2.0
"""What is to happen in a year, from a seed, and what must come out of it, counted before anything happens."""
import bisect
import datetime
import random

SPOT, AHEAD = 0.612, 0.98   # of all: on the spot; decided before the promised day. The rest is decided on that day
JOINT_SHARE = 0.15          # of the others: several departments
REJECTED = 50               # every so-manieth of those that are not for the spot
OPENS, CLOSES = 9 * 60, 17 * 60
SPOT_LAST = CLOSES - 30     # who comes later is not served on the spot
LAST_ACT = CLOSES - 10      # an officer's last opinion of a day

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "伟芳娜敏静强磊洋艳勇军杰娟涛明超霞平刚桂英华玉兰建国志远文博"


class Case:
    """One application: who asks for what, when, and when it is decided."""
    __slots__ = ("number", "service", "day", "minute", "decided_day", "decided_minute", "is_spot", "is_ahead", "window", "channel", "officer",
                 "ending")  # approve, reject, withdrawn, open


class Plan:
    """first: number of the first case. open_count: so many are never answered, and stay open; every so-manieth of those that
    promise is withdrawn (0 = none); every so-manieth applicant leaves a telephone number."""

    def __init__(self, center, seed, applications, days, first=1, open_count=0, withdrawn=0, phones=1):
        self.center, self.days, self.applications = center, days, applications
        self.first, self.open_count, self.withdrawn, self.phones = first, open_count, withdrawn, phones
        self.chance = random.Random(f"plan {seed} {first} {applications}")
        self.spot_count = round(applications * SPOT)
        self.ahead_count = round(applications * AHEAD)
        self.cases = [self.case() for _ in range(applications)]
        self.lanes()
        self.cases.sort(key=lambda c: (c.day, c.minute))
        for i, case in enumerate(self.cases):
            case.number = first + i
            self.ending(case)

    def ending(self, case):
        if self.withdrawn and not case.is_spot and case.number % self.withdrawn == 0:
            case.ending = "withdrawn"
        elif case.ending is None:
            case.ending = "reject" if not case.is_spot and case.number % REJECTED == 0 else "approve"

    def case(self):
        """An arrival: on a working day, in office hours, busier in the morning."""
        case, chance = Case(), self.chance
        case.day = chance.randrange(len(self.days))
        case.minute = min(int(chance.triangular(OPENS, CLOSES, OPENS + 90)), CLOSES - 1)
        case.is_spot, case.is_ahead, case.ending = False, True, None
        case.channel = "window" if chance.random() < 0.7 else "online"
        return case

    def lanes(self):
        """Who is served on the spot, who only on the last day of the promise: exactly so many."""
        chance = self.chance
        early = [c for c in self.cases if c.minute < SPOT_LAST]
        for case in chance.sample(early, self.spot_count):
            case.is_spot = True
        for case in self.cases:
            self.serve(case)
        for case in chance.sample([c for c in self.cases if not c.is_spot], self.open_count):
            case.ending = "open"
        slow = [c for c in self.cases if not c.is_spot and c.day + self.promise(c) < len(self.days)]
        for case in chance.sample(slow, self.applications - self.ahead_count):
            case.is_ahead = False
            case.decided_day = case.day + self.promise(case)
            case.decided_minute = chance.randrange(OPENS + 30, LAST_ACT)

    def serve(self, case):
        chance, center = self.chance, self.center
        if case.is_spot:
            case.service = chance.choice(center.spot)
        else:
            case.service = chance.choice(center.joint if center.joint and chance.random() < JOINT_SHARE else center.promised)
        owner = center.owner[case.service["matters"][0]]
        case.window = "online" if case.channel == "online" else str(1 + hash_of(owner) % 24)
        case.officer = f"{owner}-{1 + chance.randrange(3)}"
        if case.is_spot:
            case.decided_day, case.decided_minute = case.day, case.minute + chance.randrange(5, 25)
            return
        case.decided_day = min(case.day + chance.randrange(1, self.promise(case)), len(self.days) - 1)
        least = case.minute if case.decided_day == case.day else OPENS
        case.decided_minute = max(chance.randrange(OPENS + 30, LAST_ACT), min(least + 5, CLOSES - 1))

    @staticmethod
    def promise(case):
        return case.service["limits"]["promised"]["length"]

    def form(self, case):
        """What is handed in: a person of its own, nearly always."""
        chance = random.Random(case.number)
        name = chance.choice(SURNAMES) + chance.choice(GIVEN) + chance.choice(GIVEN)
        body = {"service": case.service["id"],
                "applicant": {"kind": "person", "name": name, "id_type": "resident_id", "id_number": resident_id(case.number),
                              "locale": "zh-CN"},
                "form": {"subject": f"{name}申请办理{case.service['name']['zh-CN']}", "quantity": 1 + case.number % 9},
                "channel": case.channel, "materials": []}
        if case.number % self.phones == 0:
            body["applicant"]["phone"] = f"+861{3000000000 + case.number:010}"
        if case.channel == "window":
            body["window"] = case.window
        return body

    def expected(self):
        """The four numbers, and by month how many came and were decided."""
        months, decided = {}, [c for c in self.cases if c.ending in ("approve", "reject")]
        for case in self.cases:
            self.month(months, case.day)["received"] += 1
        for case in decided:
            row = self.month(months, case.decided_day)
            row["decided"] += 1
            row["on_the_spot"] += case.is_spot
            row["ahead"] += case.is_ahead
        return {"accepted": self.applications, "decided": len(decided), "on_the_spot": sum(c.is_spot for c in decided),
                "on_time": len(decided), "ahead": sum(c.is_ahead for c in decided), "months": months}

    def month(self, months, day):
        return months.setdefault(str(self.days[day])[:7], {"received": 0, "decided": 0, "on_the_spot": 0, "ahead": 0})


def hash_of(word):
    return sum(ord(c) * (i + 1) for i, c in enumerate(word))


def resident_id(number):
    """18 digits of nobody, with the check digit that the rule (GB 11643) gives."""
    day = datetime.date(1950, 1, 1) + datetime.timedelta(number // 1000 % 18000)
    digits = f"110101{day:%Y%m%d}{number % 1000:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights)) % 11]
