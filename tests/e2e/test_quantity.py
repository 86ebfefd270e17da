# SPDX-License-Identifier: Apache-2.0
"""Matters of limited quantity: granted in the order of acceptance, at the desk; told where a department's system does otherwise."""
import pytest
from hub import DemoOf, center, connector, matter, service
from test_contract import Contract

LIMITED = {"quantity": {"available": 2, "per": "year"}}


@pytest.fixture
def desk(tmp_path):
    config = center(tmp_path, ["taxi", "stall"], [matter("taxi", "taxi", **LIMITED), matter("stall", "stall", **LIMITED)],
                    [service("drive", ["taxi"]), service("sell", ["stall"])])
    config["connectors"] = [connector("stall")]
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        yield hub
        assert hub.stop() == 0


def apply_for(hub, what, name):
    answer = hub.submit({**hub.example(what), "applicant": {"kind": "person", "name": name}}, f"{what}-{name}")
    assert answer.status == 201, answer.raw
    return answer.json


def approve(hub, application, language="en"):
    return hub.request("POST", f"/v1/tasks/{application['tasks'][0]['id']}/opinion", {"opinion": "approve"}, {"Accept-Language": language})


def test_who_came_first_is_granted_first(desk):
    first, second, third = (apply_for(desk, "drive", name) for name in ("first", "second", "third"))
    refused = approve(desk, third)
    assert refused.status == 409 and refused.json["errors"][0]["code"] == "out_of_turn", refused.raw
    assert first["number"] in refused.json["detail"] and "art. 57" in refused.json["detail"]
    assert "行政许可法第五十七条" in approve(desk, third, "zh-CN").json["detail"]
    assert approve(desk, second).status == 200, "enough is left for the first"
    page = desk.request("GET", "/guide/drive", headers={"Accept-Language": "en"}).raw.decode()
    assert "Limited quantity" in page and "2 a year, granted in the order of acceptance" in page and "Places left" in page
    desk.kill()
    desk.start()
    assert approve(desk, third).status == 409
    assert desk.post(f"/v1/applications/{first['number']}/withdraw", {}).status == 200
    assert approve(desk, third).status == 200
    line = desk.get("/v1/matters/taxi/quantity").json
    assert (line["granted"], line["waiting"], line["left"], line["available"]) == (2, 0, 0, 2)
    late = apply_for(desk, "drive", "late")
    assert approve(desk, late).json["errors"][0]["code"] == "quantity_used_up"
    assert desk.get("/v1/alerts?kind=out_of_turn").json["items"] == []


def test_a_system_that_grants_too_many_is_told_of(desk):
    for name in ("a", "b", "c"):
        made = apply_for(desk, "sell", name)
        desk.wait_for(made["number"], lambda shown: shown["status"] in ("decided", "closed"))
    assert desk.get("/v1/matters/stall/quantity").json["granted"] == 3
    (alert,) = desk.get("/v1/alerts?kind=out_of_turn").json["items"]
    assert alert["number"] == made["number"] and alert["level"] == "red" and (alert["available"], alert["granted"]) == (2, 3)
    assert alert["department"] == "stall" and alert["task"] == f"{made['number']}.1"
    Contract(desk).get("AlertList", "/v1/alerts")
