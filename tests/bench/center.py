# SPDX-License-Identifier: Apache-2.0
"""The center that is measured: one service of six departments in parallel, its connectors, one key."""
import hashlib
import json
import secrets

FAST = [f"department-{i}" for i in range(1, 7)]   # a connector each, opinion at once
SLOW = [f"slow-{i}" for i in range(1, 7)]         # a connector each, opinion after SLOW_MS
SLOW_MS = 200
STANDING = "standing"                             # no connector: its tasks lie on the worklist
SERVICE = "joint-service"


def text(zh, en):
    return {"zh-CN": zh, "en": en}


def limit(length):
    return {"unit": "working_day", "length": length}


def calendar():
    """Weekends and the fixed holidays of three years: dates are computed, as in a real center."""
    holidays = [{"from": f"{year}-{day}", "to": f"{year}-{day}", "name": text("假日", "Holiday")}
                for year in (2025, 2026, 2027) for day in ("01-01", "05-01", "10-01", "10-02", "10-03")]
    return {"id": "bench", "name": text("基准日历", "Bench calendar"), "weekend": ["saturday", "sunday"],
            "published_until": "2027-12-31", "holidays": holidays, "working_days": []}


def matter(department):
    law = {"title": text("《行政许可法》", "Administrative Licensing Law"), "article": "Art. 26"}
    return {"id": f"matter-{department}", "department": department, "name": text(f"事项 {department}", f"Matter of {department}"),
            "kind": "promised", "legal_basis": [law], "procedure": [text("审查", "Examination")],
            "materials": [{"id": f"paper-{department}", "name": text("材料", "Paper"), "required": True, "tolerant": False}]
            if department in FAST[:3] else [],
            "limits": {"statutory": limit(20), "promised": limit(10)}, "fees": [], "after": [], "fields": ["area_m2", "seats"],
            "expiry": "none", "pauses": ["inspection"]}


def form():
    def field(name, kind, **more):
        return {"id": name, "type": kind, "label": text(name, name), "required": True, **more}
    return [field("area_m2", "integer", min=1, max=100000), field("seats", "integer", min=0, max=5000),
            field("trade_name", "text", min_length=1, max_length=100), field("address", "text", min_length=1, max_length=200),
            field("staff", "integer", min=0, max=10000), field("opening_date", "date"), field("delivers", "boolean")]


def example(service, departments):
    papers = [{"material": f"paper-{d}", "name": f"paper-{d}.pdf", "media_type": "application/pdf", "size": 81234,
               "sha256": hashlib.sha256(d.encode()).hexdigest()} for d in departments if d in FAST[:3]]
    return {"service": service,
            "applicant": {"kind": "person", "name": "王小明", "id_type": "resident_id", "id_number": "110101199001010011",
                          "phone": "+8613800000000", "email": "wang.xiaoming@example.com", "locale": "zh-CN"},
            "form": {"area_m2": 312, "seats": 80, "trade_name": "滨河味缘川菜馆", "address": "滨河县柳溪镇沿河路128号一层",
                     "staff": 18, "opening_date": "2027-03-01", "delivers": True},
            "channel": "window", "window": "12", "materials": papers}


def service(name, departments):
    return {"id": name, "name": text(name, name), "summary": text(name, name), "applicant_kinds": ["person", "organization"],
            "matters": [f"matter-{d}" for d in departments], "policy": {"kind": "all"}, "stops_on_veto": False,
            "limits": {"statutory": limit(45), "promised": limit(10), "supplement": limit(5)}, "form": form(),
            "example": example(name, departments)}


def catalogue():
    departments = FAST + SLOW + [STANDING]
    services = [service(SERVICE, FAST), service("standing-service", [STANDING]),
                service("slow-one", SLOW[:1]), service("slow-six", SLOW)]
    return {"center": {"id": "bench", "name": text("基准中心", "Bench center"), "time_zone": "Asia/Shanghai", "calendar": "bench",
                       "office_hours": {"opens": "00:00", "closes": "23:59", "rolls_receipt": False}},
            "calendars": [calendar()],
            "departments": [{"id": d, "name": text(d, d), "phone": "12345", "address": text("一号", "No. 1")} for d in departments],
            "matters": [matter(d) for d in departments], "services": services}


def body(service_name):
    """The service's example with ten # where each request puts its running number."""
    whole = example(service_name, {SERVICE: FAST, "slow-one": SLOW[:1], "slow-six": SLOW}[service_name])
    whole["applicant"].update(name="王小明 ##########", id_number="11010119##########", email="a##########@example.com")
    whole["form"].update(trade_name="川菜馆 ##########", address="滨河县柳溪镇沿河路 ########## 号")
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def write(folder, modules, is_slow=False):
    """Configuration, catalogue and request bodies below folder; returns the admin key."""
    key = secrets.token_hex(16)
    (folder / "catalog").mkdir(parents=True, exist_ok=True)
    (folder / "catalog" / "center.json").write_text(json.dumps(catalogue(), ensure_ascii=False))
    connectors = [{"id": d, "module": "sim-1.0.0", "config": {"delay_ms": SLOW_MS if d in SLOW else 0}}
                  for d in (SLOW if is_slow else FAST)]
    config = {"listen": "127.0.0.1:0", "data": "data", "catalog": "catalog", "modules": str(modules), "modules_unsigned": True,
              "keys": [{"id": "bench", "hash": "sha256:" + hashlib.sha256(key.encode()).hexdigest(), "roles": ["admin", "front_desk"]}],
              "connectors": connectors}
    (folder / "onedoor.json").write_text(json.dumps(config))
    for name in (SERVICE, "slow-one", "slow-six"):
        (folder / f"{name}.body").write_text(body(name))
    return key
