# SPDX-License-Identifier: Apache-2.0
"""A center of forty departments and 529 matters, made up from a seed: its catalogue and its working days."""
import datetime
import random

DEPARTMENTS = 40
MATTERS = 529
WINDOWS = 24             # at the counters, beside those of online applications
SPOT_SHARE = 0.5         # of the matters of the other departments: decided while the applicant waits
JOINT_SERVICES = 30      # beside one service a matter
MODULE = "sim-1.0.0"

FIELDS = [
    ("市场监管", "Market Regulation"), ("税务", "Taxation"), ("人力资源", "Human Resources"), ("社会保险", "Social Insurance"),
    ("医疗保障", "Medical Care Security"), ("住房公积金", "Housing Fund"), ("不动产登记", "Real Estate Registration"), ("公安户籍", "Household Registration"),
    ("出入境", "Exit and Entry"), ("车辆管理", "Vehicle Administration"), ("消防救援", "Fire and Rescue"), ("卫生健康", "Health"),
    ("生态环境", "Ecology and Environment"), ("自然资源", "Natural Resources"), ("住房建设", "Housing and Construction"), ("交通运输", "Transport"),
    ("水务", "Water Affairs"), ("农业农村", "Agriculture"), ("林业", "Forestry"), ("教育", "Education"), ("文化旅游", "Culture and Tourism"),
    ("民政", "Civil Affairs"), ("司法行政", "Justice"), ("发展改革", "Development and Reform"), ("商务", "Commerce"), ("应急管理", "Emergency Management"),
    ("城市管理", "Urban Management"), ("退役军人", "Veterans"), ("残疾人服务", "Services for the Disabled"), ("气象", "Meteorology"),
    ("地震防护", "Earthquake Protection"), ("人民防空", "Civil Air Defence"), ("档案", "Archives"), ("统计", "Statistics Office"), ("烟草专卖", "Tobacco Monopoly"),
    ("盐业", "Salt Industry"), ("供电服务", "Power Supply"), ("供水服务", "Water Supply"), ("燃气服务", "Gas Supply"), ("邮政管理", "Postal Administration")]
ACTS = [
    ("许可", "licence"), ("备案", "filing"), ("变更登记", "change of registration"), ("注销登记", "cancellation"), ("延期", "renewal"), ("证件补办", "replacement of a certificate"),
    ("年度报告", "annual report"), ("资格认定", "recognition of a qualification"), ("验收", "acceptance of works"), ("核准", "approval"), ("证明开具", "issue of a proof"),
    ("迁移", "transfer"), ("补贴申领", "subsidy"), ("信息查询", "search of records")]
LAW = {"title": {"zh-CN": "《中华人民共和国行政许可法》", "en": "Administrative Licensing Law of the PRC"}, "article": "26"}


def text(zh, en):
    return {"zh-CN": zh, "en": en}


def working_days(length):
    return {"unit": "working_day", "length": length}


def calendar(first, last):
    """Fixed days off of the years first..last, each bridged by make-up days as the real ones are."""
    off, worked = [], []
    for year in range(first, last + 1):
        spans = [((1, 1), 1), ((2, 8), 7), ((4, 4), 3), ((5, 1), 5), ((10, 1), 7)]
        for (month, day), length in spans:
            begin = datetime.date(year, month, day)
            end = begin + datetime.timedelta(length - 1)
            off.append({"from": str(begin), "to": str(end), "name": text("节假日", "Holiday")})
            if length == 7:  # the Sunday before and the Saturday behind are worked
                before, behind = begin - datetime.timedelta(1), end + datetime.timedelta(1)
                worked += [before - datetime.timedelta((before.weekday() - 6) % 7), behind + datetime.timedelta((5 - behind.weekday()) % 7)]
    return {"id": "year", "name": text("中心工作日历", "Calendar of the center"), "weekend": ["saturday", "sunday"],
            "published_until": f"{last}-12-31", "holidays": off, "working_days": [{"date": str(d), "name": text("调休上班", "Make-up day")} for d in worked]}


def days_worked(made):
    """The working days of a calendar, counted without the hub."""
    off, worked = set(), {datetime.date.fromisoformat(d["date"]) for d in made["working_days"]}
    for span in made["holidays"]:
        day = datetime.date.fromisoformat(span["from"])
        while day <= datetime.date.fromisoformat(span["to"]):
            off.add(day)
            day += datetime.timedelta(1)
    first = min(datetime.date.fromisoformat(s["from"]) for s in made["holidays"])
    last = datetime.date.fromisoformat(made["published_until"])
    every = (first + datetime.timedelta(i) for i in range((last - first).days + 1))
    return [d for d in every if d in worked or (d.weekday() < 5 and d not in off)]


def department(i):
    zh, en = FIELDS[i]
    return {"id": en.lower().replace(" ", "-"), "name": text(f"滨江县{zh}局", f"{en} Bureau of Binjiang County"), "phone": f"0000-555{i:04}",
            "address": text(f"滨江县政务大道{i + 1}号", f"{i + 1} Government Avenue, Binjiang")}


def matter(chance, of, field, number, is_served):
    """The number-th matter of a department. A module answers at once, so what it serves is for the spot."""
    zh, en = ACTS[number % len(ACTS)]
    is_for_the_spot = chance.random() < SPOT_SHARE or is_served
    promised = 1 if is_for_the_spot else chance.choice((3, 5, 7, 10, 15))
    id = f"{of['id']}-{number + 1:02}"
    fee = {"id": "fee", "name": text("工本费", "Cost of the document"), "amount": f"{chance.choice((5, 10, 20, 50))}.00", "currency": "CNY",
           "unit": text("件", "document"), "legal_basis": LAW}
    return {"id": id, "department": of["id"], "name": text(f"{field[0]}{zh}（第{number + 1}项）", f"{field[1]}: {en} ({number + 1})"),
            "kind": "on_the_spot" if is_for_the_spot else "promised", "legal_basis": [LAW],
            "procedure": [text("受理", "Acceptance"), text("审查", "Examination"), text("决定", "Decision")],
            "materials": [{"id": f"form-{id}", "name": text("申请表", "Application form"), "required": False, "tolerant": False}],
            "limits": {"statutory": working_days(promised if is_for_the_spot else 20), "promised": working_days(promised)},
            "fees": [fee] if number % 5 == 4 else [], "after": [], "fields": ["subject", "quantity"], "expiry": "none", "pauses": []}


def service(id, name, matters, promised):
    form = [{"id": "subject", "type": "text", "label": text("申请内容", "Subject"), "required": True, "min_length": 1, "max_length": 200},
            {"id": "quantity", "type": "integer", "label": text("数量", "Quantity"), "required": True, "min": 1, "max": 1000}]
    return {"id": id, "name": name, "summary": name, "applicant_kinds": ["person", "organization"], "matters": [m["id"] for m in matters],
            "policy": {"kind": "all"}, "stops_on_veto": False, "form": form,
            "limits": {"statutory": working_days(max(promised, 1) if len(matters) == 1 and promised == 1 else 45), "promised": working_days(promised)},
            "example": {"service": id, "applicant": {"kind": "person", "name": "王小明"}, "form": {"subject": "样例", "quantity": 1}, "materials": []}}


class Center:
    """The catalogue, and what the generator must know of it."""

    def __init__(self, seed, departments=DEPARTMENTS, matters=MATTERS, modules=8, days_off=None):
        chance = random.Random(f"center {seed}")
        self.calendar = days_off or calendar(2025, 2025)
        self.departments = [department(i) for i in range(departments)]
        self.served = {d["id"] for d in self.departments[:modules]}  # by a module
        self.matters = [matter(chance, self.departments[i % departments], FIELDS[i % departments], i // departments, i % departments < modules)
                        for i in range(matters)]
        by_kind = {kind: [m for m in self.matters if m["kind"] == kind] for kind in ("on_the_spot", "promised")}
        self.spot = [self.single(m) for m in by_kind["on_the_spot"]]
        self.promised = [self.single(m) for m in by_kind["promised"]]
        self.joint = [self.join(chance, i, by_kind["promised"]) for i in range(min(JOINT_SERVICES, matters // 4))]
        self.owner = {m["id"]: m["department"] for m in self.matters}
        self.promise_of = {m["id"]: m["limits"]["promised"]["length"] for m in self.matters}
        self.fee_of = {m["id"]: m["fees"][0]["amount"] for m in self.matters if m["fees"]}

    def single(self, made):
        return service(made["id"], made["name"], [made], made["limits"]["promised"]["length"])

    def join(self, chance, i, promised):
        """Some matters of different departments at once."""
        chosen = {}
        for made in chance.sample(promised, min(len(promised), 12)):
            chosen.setdefault(made["department"], made)
        parts = list(chosen.values())[:2 + i % 4]
        return service(f"joint-{i + 1:02}", text(f"一件事第{i + 1}号", f"One thing, number {i + 1}"), parts,
                       max(m["limits"]["promised"]["length"] for m in parts))

    @property
    def services(self):
        return self.spot + self.promised + self.joint

    def catalogue(self):
        return {"center": {"id": "binjiang", "name": text("滨江县政务服务中心", "Binjiang County Service Center"), "time_zone": "Asia/Shanghai",
                           "calendar": self.calendar["id"], "office_hours": {"opens": "09:00", "closes": "17:00", "rolls_receipt": True}},
                "calendars": [self.calendar], "departments": self.departments, "matters": self.matters, "services": self.services}

    def connectors(self):
        return [{"id": d, "module": MODULE, "config": {"delay_ms": 0}} for d in sorted(self.served)]
