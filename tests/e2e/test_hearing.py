# SPDX-License-Identifier: Apache-2.0
"""Who chairs a hearing is not who reviews (Licensing Law art. 48), and a delegation is announced (art. 24), with real processes."""
import datetime
import json
import os
import re
import subprocess

import pytest
from hub import BUILD
from people import People, key, keys, secret_of
from test_contract import Contract

DAY = (datetime.date.today() + datetime.timedelta(40)).isoformat()


@pytest.fixture
def hub(tmp_path):
    with People(tmp_path, keys=keys() + [key("fire-2", ["officer"], department="fire"), key("fire-3", ["officer"], department="fire")]) as hub:
        yield hub


def act(hub, name, verb, task, body=None, status=200, pointer=None):
    answer = hub.ask(name, "POST", f"/v1/tasks/{task}/{verb}", body or {})
    assert answer.status == status, (verb, answer.json)
    if pointer is not None:
        assert [(e["pointer"], e["code"]) for e in answer.json["errors"]] == [(pointer, "same_person")], answer.json
        assert "art. 48" in answer.json["errors"][0]["detail"]
    return answer.json


def announce(hub, task, chair, status=200, pointer=None):
    return act(hub, "officer", "milestone", task, {"milestone": "hearing_announced", "on": DAY, "chair": chair}, status, pointer)


def no_act_of(hub, chair, task):
    for verb, body, pointer in (("claim", {}, ""), ("take", {}, ""), ("ask", {"text": "what for?"}, ""), ("opinion", {"opinion": "approve"}, "")):
        act(hub, chair, verb, task, body, 422, pointer)
    act(hub, "officer", "opinion", task, {"opinion": "approve", "officers": ["li", f" {chair.upper()}"]}, 422, "/officers/1")
    batch = hub.ask(chair, "POST", "/v1/tasks/batch", {"act": "opinion", "tasks": [task], "with": {"opinion": "approve"}}).json
    assert batch["done"] == 0 and batch["items"][0]["status"] == 422, batch
    assert batch["items"][0]["problem"]["errors"][0]["code"] == "same_person"


def page(hub, name, path):
    answer = hub.request("GET", path, headers={"Authorization": f"Bearer {secret_of(name)}", "Accept": "text/html"})
    assert answer.status == 200, path
    return re.sub(r"<[^>]+>|\s+", " ", answer.raw.decode())


def test_the_chair_of_a_hearing_is_not_the_reviewer(hub):
    contract = Contract(hub)
    given = hub.apply("fire-only")
    number, task = given["number"], given["number"] + ".1"
    act(hub, "fire-2", "claim", task)
    act(hub, "fire-2", "release", task)
    announce(hub, task, "fire-2", 422, "/chair")
    announce(hub, task, "officer", 422, "/chair")
    announce(hub, task, "fire-3")
    no_act_of(hub, "fire-3", task)
    hub.kill()
    hub.start()
    no_act_of(hub, "fire-3", task)
    shown = hub.ask("officer", "GET", f"/v1/tasks/{task}")
    assert shown.json["hearing"] == {"on": DAY, "chair": "fire-3"}
    contract.check("Task", shown)
    tracked = hub.request("POST", "/v1/track", {"number": number, "code": given["code"]})
    assert tracked.json["tasks"][0]["hearing"]["chair"] == "fire-3", "who has a say about the chair is told"
    contract.check("Track", tracked)
    for name, path in (("officer", f"/tasks/{task}"), ("front_desk", f"/applications/{number}")):
        assert "fire-3" in page(hub, name, path), path
    act(hub, "fire-2", "opinion", task, {"opinion": "approve", "officers": ["fire-2", "li"]})
    bundle = hub.ask("supervisor", "GET", f"/v1/applications/{number}/bundle")
    assert bundle.status == 200 and b"fire-3" in bundle.raw, "the export has the chair"
    hub.stop()
    done = subprocess.run([str(BUILD / "bin" / "onedoor"), "journal", "replay", number, "--data", str(hub.folder / "data"), "--json"],
                          capture_output=True, text=True, timeout=60, env={**os.environ, "LC_ALL": "C"}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["same"] is True, done.stdout


def test_a_delegation_is_announced_to_everybody(hub):
    contract = Contract(hub)
    given = hub.apply("fire-only")
    number, task = given["number"], given["number"] + ".1"
    to = "Linjiang Town <Government>"
    said = act(hub, "officer", "milestone", task, {"milestone": "delegated", "to": to, "text": "shops below 50 seats"})
    assert said["delegated"]["to"] == to and said["delegated"]["text"] == "shops below 50 seats"
    act(hub, "officer", "milestone", task, {"milestone": "delegated", "to": "yet another body"}, 409)
    hub.kill()
    hub.start()
    listed = hub.request("GET", "/v1/delegations")
    schema = contract.document["paths"]["/v1/delegations"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert listed.status == 200 and contract.faults(listed.json, schema, "/v1/delegations") == []
    (item,) = listed.json["items"]
    assert (item["matter"], item["department"], item["to"], item["text"]) == ("f", "fire", to, "shops below 50 seats")
    assert item["on"] == said["delegated"]["on"]
    assert number not in listed.raw.decode() and hub.request("GET", "/v1/delegations?department=land").json["items"] == []
    public = hub.request("GET", "/register", headers={"Accept": "text/html"}).raw.decode()
    assert "Linjiang Town &lt;Government&gt;" in public and number not in public
    tracked = hub.request("POST", "/v1/track", {"number": number, "code": given["code"], "explain": True})
    contract.check("Track", tracked)
    assert tracked.json["tasks"][0]["delegated"]["to"] == to
    assert [n["notice"] for n in tracked.json["notices"]] == ["accepted", "delegated"] and to in tracked.json["notices"][1]["text"]["zh-CN"]
    for name, path in (("officer", f"/tasks/{task}"), ("front_desk", f"/applications/{number}")):
        assert "Linjiang Town &lt;Government&gt;" in page(hub, name, path), path
    types = [event["type"] for event in hub.ask("supervisor", "GET", f"/v1/applications/{number}/events").json["items"]]
    assert "marked" in types
