# SPDX-License-Identifier: Apache-2.0
"""What a hub answers is what its description says: no member that is missing there, no other type or word."""
import pytest

from hub import DemoOf, center, matter, service

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
            found += [f"{at}/{name} is not described" for name in value if name not in schema["properties"]]
            found += [f"{at}/{name} is missing" for name in schema.get("required", []) if name not in value]
            for name in value.keys() & schema["properties"].keys():
                found += self.faults(value[name], schema["properties"][name], f"{at}/{name}")
        if isinstance(value, list) and "items" in schema:
            for item in value:
                found += self.faults(item, schema["items"], at + "[]")
        return found

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
