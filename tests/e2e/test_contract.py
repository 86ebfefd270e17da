# SPDX-License-Identifier: Apache-2.0
"""What a hub answers is what its description says: no member that is missing there, no other type or word."""
import pytest

from hub import DemoOf, Hub, center, matter, service
from notice_parts import Gateway, NoticeHub, Part, body as notice_body, notice_center, sms

NAMES = {str: "string", int: "integer", bool: "boolean", type(None): "null", dict: "object", list: "array", float: "number"}


class Contract:
    def __init__(self, hub):
        self.hub = hub
        self.document = hub.get("/openapi.json").json

    def schema(self, name):
        return self.document["components"]["schemas"][name]

    def faults(self, value, schema, at):
        while "$ref" in schema:
            schema = self.schema(schema["$ref"].rsplit("/", 1)[1])
        if "anyOf" in schema:
            return [] if value is None else self.faults(value, schema["anyOf"][0], at)
        found = []
        if "type" in schema:
            kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            found += [] if NAMES[type(value)] in kinds else [f"{at} is {NAMES[type(value)]}"]
        if "enum" in schema and value not in schema["enum"] or "const" in schema and value != schema["const"]:
            found.append(f"{at} is {value!r}")
        if isinstance(value, dict) and "properties" in schema:
            is_open = schema.get("additionalProperties") is True
            found += [f"{at}/{name} is not described" for name in value if name not in schema["properties"] and not is_open]
            found += [f"{at}/{name} is missing" for name in schema.get("required", []) if name not in value]
            for name in value.keys() & schema["properties"].keys():
                found += self.faults(value[name], schema["properties"][name], f"{at}/{name}")
        if isinstance(value, list) and "items" in schema:
            for item in value:
                found += self.faults(item, schema["items"], at + "[]")
        return found

    def get(self, name, path):
        return self.check(name, self.hub.get(path))

    def check(self, name, answer, status=200):
        assert answer.status == status, answer.json
        assert self.faults(answer.json, self.schema(name), name) == []
        return answer.json

    def items(self, name, path):
        for item in self.hub.get(path).json["items"]:
            assert self.faults(item, self.schema(name), name) == []


@pytest.fixture
def contract(tmp_path):
    material = [{"id": "plan", "name": {"zh-CN": "图纸", "en": "Plan"}, "required": True, "tolerant": False}]
    two = service("two", ["f", "l"])
    two["example"]["materials"] = [{"material": "plan"}]
    config = center(tmp_path, ["fire", "land"],
                    [matter("f", "fire", materials=material, pauses=["hearing"]), matter("l", "land")], [two])
    with DemoOf(tmp_path, config) as hub:
        yield Contract(hub)


def submitted(contract, materials):
    body = contract.hub.example("two")
    body["materials"] = materials
    return contract.check("Application", contract.hub.post("/v1/applications", body), 201)


def test_an_application_is_described_at_every_step(contract):
    hub = contract.hub
    application = submitted(contract, [{"material": "plan"}])
    task = f"/v1/tasks/{application['number']}.1"
    for verb, body in (("take", {}), ("pause", {"kind": "hearing", "reason": "on Monday"}), ("resume", {}),
                       ("opinion", {"opinion": "reject", "reasons": ["too narrow"], "document_no": "7"})):
        contract.check("Task", hub.post(f"{task}/{verb}", body))
        contract.check("Task", hub.get(task))
        contract.items("Task", "/v1/tasks")
    contract.check("Task", hub.post(f"/v1/tasks/{application['number']}.2/take", {}))
    contract.check("Task", hub.post(f"/v1/tasks/{application['number']}.2/opinion",
                                    {"opinion": "approve_with_conditions", "conditions": ["a fence"]}))
    decided = contract.check("Application", hub.get(f"/v1/applications/{application['number']}"))
    assert [row["department"] for row in decided["decision"]["reasons"]] == ["fire"]
    assert [row["text"] for row in decided["decision"]["conditions"]] == ["a fence"]
    assert decided["decision"]["remedies"]["en"]
    contract.check("Track", hub.post("/v1/track", {"number": application["number"], "code": application["code"]}))
    contract.items("ApplicationBrief", "/v1/applications")


def test_a_notice_is_described(contract):
    hub = contract.hub
    application = submitted(contract, [])
    assert application["status"] == "incomplete"
    contract.check("Track", hub.post("/v1/track", {"number": application["number"], "code": application["code"]}))
    withdraw = f"/v1/applications/{application['number']}/withdraw"
    stale = hub.post(withdraw, {"reason": "moved"}, headers={"If-Match": '"0"'})
    contract.check("Problem", stale, 412)
    contract.check("Application", hub.post(withdraw, {"reason": "moved"}))


def test_clocks_notices_and_events_are_described(contract):
    hub = contract.hub
    for materials in ([], [{"material": "plan"}]):
        application = submitted(contract, materials)
        path = f"/v1/applications/{application['number']}"
        if materials:
            task = f"/v1/tasks/{application['number']}.1"
            assert hub.post(f"{task}/take", {}).status == 200
            assert hub.post(f"{task}/pause", {"kind": "hearing", "reason": "on Monday", "expected_days": 3}).status == 200
        for query in ("", "?explain=true"):
            clocks = contract.get("ClockList", f"{path}/clocks{query}")["clocks"]
            assert clocks and (not materials or any(clock["state"] == "paused" for clock in clocks))
        assert contract.get("NoticeList", f"{path}/notices")["items"] and contract.get("NoticeList", f"{path}/notices?limit=1")["count"] > 0
        assert contract.get("EventList", f"{path}/events")["items"]
        contract.check("Track", hub.post("/v1/track", {"number": application["number"], "code": application["code"], "explain": True}))


def test_what_the_sample_center_publishes_is_described():
    with Hub() as hub:
        hub.wait_connectors()
        contract = Contract(hub)
        matters = contract.get("MatterList", "/v1/matters")["items"]
        assert len(matters) > 80 and contract.get("Matter", f"/v1/matters/{matters[0]['id']}") == matters[0]
        contract.get("DepartmentList", "/v1/departments?limit=3")
        for calendar in contract.get("CalendarList", "/v1/calendars")["items"]:
            assert contract.get("CalendarYear", f"/v1/calendars/{calendar['id']}?year=2026")["calendar"]["working_days"] > 200
        contract.get("Operations", "/v1/operations")
        contract.get("Health", "/healthz")
        contract.get("Health", "/readyz")
        for item in hub.get("/v1/connectors").json["items"]:
            contract.get("LogList", f"/v1/connectors/{item['id']}/logs")
        contract.check("CatalogReload", hub.post("/v1/catalog/reload?dry_run=true", {}))
        contract.check("CatalogReload", hub.post("/v1/catalog/reload", {}))


def test_alerts_and_what_was_deemed_are_described(tmp_path):
    config = center(tmp_path, ["fire"], [matter("f", "fire", expiry="deemed_grant")], [service("one", ["f"])])
    with DemoOf(tmp_path, config, "--demo", "--clock", "virtual") as hub:
        contract = Contract(hub)
        contract.check("Clocked", hub.post("/v1/test/clock", {"now": "2040-03-05T09:00:00+08:00"}, timeout=60))
        number = hub.post("/v1/applications", hub.example("one")).json["number"]
        assert hub.post("/v1/complaints", {"text": "!", "number": number, "contact": {"phone": "1"}}).status == 201
        contract.check("Clocked", hub.post("/v1/test/clock", {"now": "2041-03-05T09:00:00+08:00"}, timeout=60))
        kinds = {alert["kind"] for alert in contract.get("AlertList", "/v1/alerts?limit=200")["items"]}
        assert {"overdue", "deemed", "complaint_received"} <= kinds, kinds
        assert contract.get("Certificate", f"/v1/applications/{number}/certificate")["deemed"]
        contract.get("ClockList", f"/v1/applications/{number}/clocks?explain=true")


def test_messages_are_described(tmp_path):
    gateway = Part(Gateway)
    with NoticeHub(tmp_path, notice_center(tmp_path, [sms(gateway)])) as hub:
        hub.wait_connectors()
        number = hub.submit(notice_body()).json["number"]
        hub.wait_messages(number, lambda messages: len(messages) >= 2 and all(message["state"] == "accepted" for message in messages))
        contract = Contract(hub)
        messages = contract.get("MessageList", "/v1/messages")["items"]
        assert contract.get("Message", f"/v1/messages/{messages[0]['id']}")["text"]
        assert all(notice["messages"] for notice in contract.get("NoticeList", f"/v1/applications/{number}/notices")["items"])
        gateway.set_all("undeliverable")
        hub.wait_messages(number, lambda messages: all(message["state"] == "failed" for message in messages))
        contract.check("Message", hub.post(f"/v1/messages/{messages[0]['id']}/retry", {}))
        contract.get("MessageList", "/v1/messages?state=failed")
        contract.get("AlertList", "/v1/alerts")
    gateway.close()


def test_headers_that_are_sent_are_described(contract):
    """Whoever reads the description knows of every header that an answer carries beyond those of any answer."""
    hub, paths = contract.hub, contract.document["paths"]
    application = submitted(contract, [])
    number, key = application["number"], {"Idempotency-Key": "k"}
    task = submitted(contract, [{"material": "plan"}])["number"] + ".1"
    answers = [("/v1/applications", "post", hub.post("/v1/applications", {**hub.example("two"), "materials": []}, headers=key)),
               ("/v1/applications", "post", hub.post("/v1/applications", {**hub.example("two"), "materials": []}, headers=key)),
               ("/v1/applications", "get", hub.get("/v1/applications?limit=1")), ("/v1/applications/{number}", "get", hub.get(f"/v1/applications/{number}")),
               ("/v1/applications/{number}/events", "get", hub.get(f"/v1/applications/{number}/events?limit=1")),
               ("/v1/tasks/{id}", "get", hub.get(f"/v1/tasks/{task}")), ("/v1/tasks", "get", hub.get("/v1/tasks?limit=1")),
               ("/v1/matters", "get", hub.get("/v1/matters?limit=1")), ("/v1/services", "get", hub.get("/v1/services?limit=1")),
               ("/v1/departments", "get", hub.get("/v1/departments?limit=1")), ("/v1/calendars", "get", hub.get("/v1/calendars?limit=1")),
               ("/v1/keys", "post", hub.post("/v1/keys", {"id": "a", "roles": ["admin"]}, headers=key)),
               ("/v1/keys", "post", hub.post("/v1/keys", {"id": "a", "roles": ["admin"]}, headers=key)),
               ("/v1/keys", "get", hub.get("/v1/keys?limit=1&origin=configuration")), ("/v1/checkpoints", "post", hub.post("/v1/checkpoints", {}, headers=key)),
               ("/v1/checkpoints", "post", hub.post("/v1/checkpoints", {}, headers=key)), ("/v1/inquiries", "post", hub.post("/v1/inquiries", {"text": "?"})),
               ("/v1/inquiries", "get", hub.get("/v1/inquiries?limit=1")), ("/v1/messages", "get", hub.get("/v1/messages?limit=1")),
               ("/v1/alerts", "get", hub.get("/v1/alerts?limit=1")), ("/v1/register", "get", hub.get("/v1/register?limit=1"))]
    missing = []
    for path, method, answer in answers:
        assert answer.status in (200, 201), (path, answer.raw)
        described = paths[path][method]["responses"][str(answer.status)]
        while "$ref" in described:
            described = contract.document["components"]["responses"][described["$ref"].rsplit("/", 1)[1]]
        sent = {name for name in ("ETag", "Link", "Location", "Idempotency-Replayed", "Retry-After") if name in answer.headers}
        missing += [(path, method, name) for name in sent - set(described.get("headers", {}))]
    assert missing == []


def test_connectors_are_described(contract):
    hub = contract.hub
    put = {"module": "sim-1.0.0", "department": "fire", "config": {}}
    plan = hub.request("PUT", "/v1/connectors/fire?dry_run=true", put)
    assert plan.status == 200 and plan.json["dry_run"] is True and plan.json["plan"]
    contract.check("Connector", hub.request("PUT", "/v1/connectors/fire", put), 202)
    contract.items("Connector", "/v1/connectors")
    contract.items("Module", "/v1/modules")
    other = hub.request("PUT", "/v1/connectors/fire", {**put, "department": "health"})
    contract.check("Problem", other, 409)
    upgrade = {"module": "sim-1.0.0", "config": {"delay_ms": 5}, "bake_ms": 100}
    plan = hub.request("POST", "/v1/connectors/fire/upgrade?dry_run=true", upgrade)
    assert plan.status == 200 and set(plan.json) == {"id", "dry_run", "plan", "in_flight", "open", "diff"}
    assert contract.faults(plan.json["diff"], contract.schema("ManifestDiff"), "diff") == []
    contract.check("Connector", hub.request("POST", "/v1/connectors/fire/upgrade", upgrade), 202)
    hub.wait_connectors()
    contract.check("Connector", hub.get("/v1/connectors/fire"))
    contract.items("ConnectorAct", "/v1/connectors/fire/history")
    contract.check("Problem", hub.post("/v1/connectors/fire/upgrade", {}), 422)
    assert hub.request("DELETE", "/v1/connectors/fire?dry_run=true").status == 200
    contract.check("Connector", hub.request("DELETE", "/v1/connectors/fire"), 202)


def test_fees_and_delivery_are_described(contract):
    hub = contract.hub
    number = submitted(contract, [{"material": "plan"}])["number"]
    contract.check("Fees", hub.get(f"/v1/applications/{number}/fees"))
    contract.check("PaymentReport", hub.get("/v1/payments/report"))
    contract.check("Delivery", hub.get(f"/v1/applications/{number}/delivery"))


def test_after_care_is_described(contract):
    hub = contract.hub
    number = submitted(contract, [{"material": "plan"}])["number"]
    for kind in ("inquiries", "complaints"):
        one = contract.check("Concern", hub.post(f"/v1/{kind}", {"text": "?", "number": number, "contact": {"phone": "1"}, "about": {"task": f"{number}.1"}}), 201)
        contract.check("Concern", hub.post(f"/v1/{kind}/track", {"id": one["id"], "code": one["code"], "explain": True}))
        contract.check("Concern", hub.get(f"/v1/{kind}/{one['id']}?explain=true"))
        contract.check("Concern", hub.post(f"/v1/{kind}/{one['id']}/pass", {"department": "land"}))
        contract.check("Concern", hub.post(f"/v1/{kind}/{one['id']}/reply", {"text": "!", **({"upheld": True} if kind == "complaints" else {})}))
        contract.items("Concern", f"/v1/{kind}")
    rated = contract.check("Concern", hub.post(f"/v1/applications/{number}/evaluation", {"attitude": 1, "ability": 5}), 201)
    contract.check("Concern", hub.post(f"/v1/evaluations/{rated['id']}/repair", {"text": "!"}))
    contract.items("Concern", f"/v1/applications/{number}/evaluation")
    grieved = contract.check("Concern", hub.post("/v1/grievances", {"text": "!", "happened_on": "2026-01-01"}), 201)
    contract.items("Concern", f"/v1/grievances?state={grieved['state']}")
    contract.check("Statistics", hub.get("/v1/statistics?by=officer"))
