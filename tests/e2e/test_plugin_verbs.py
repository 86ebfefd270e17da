# SPDX-License-Identifier: Apache-2.0
"""The verbs on connectors from the command line of a running hub, under load."""
import json
import os
import shutil
import subprocess

import pytest
from crash_life import hub_body, wait_until
from crash_load import Load
from hub import BUILD, SIM, DemoOf, center, connector, matter, service

PROGRAM = BUILD / "bin" / "onedoor"
HELLO = "hello-1.0.0"


class Desk:
    def __init__(self, hub):
        self.hub = hub

    def __call__(self, *words, expect=0):
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "ONEDOOR"))}
        done = subprocess.run([str(PROGRAM), "plugin", *map(str, words)], capture_output=True, text=True, timeout=60,
                              env={**environment, "LC_ALL": "C", "ONEDOOR_URL": self.hub.address, "ONEDOOR_KEY": self.hub.key})
        assert done.returncode in (expect if isinstance(expect, tuple) else (expect,)), (words, done.stdout, done.stderr)
        return done

    def json(self, *words, **more):
        return json.loads(self(*words, "--json", **more).stdout)


@pytest.fixture
def desk(tmp_path):
    """A module that asks for more than the one that runs, beside it."""
    modules = tmp_path / "modules"
    for name in (SIM, HELLO):
        shutil.copytree(BUILD / "modules" / name, modules / name)
    manifest = json.loads((modules / HELLO / "manifest.json").read_text())
    manifest["capabilities"]["materials"] = True
    (modules / HELLO / "manifest.json").write_text(json.dumps(manifest))
    fields = [{"id": "premises_area_m2", "type": "integer", "label": {"zh-CN": "面积", "en": "Area"}, "required": False}]
    config = center(tmp_path, ["a", "b"], [matter("m", "a", fields=["premises_area_m2"]), matter("n", "b")], [service("one", ["m", "n"], form=fields)])
    config.update(modules=str(modules), connectors=[connector("a"), connector("b")])
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        yield Desk(hub)


def test_a_life_from_the_command_line(desk):
    hub = desk.hub
    load = Load(hub, lambda dice: {**hub_body("one"), "form": {"premises_area_m2": 100}}, seed=5, clients=3, rate=40).start()
    plan = desk("upgrade", "a", HELLO, "--config", '{"max_area_m2": 300}', "--dry-run")
    assert "nothing was changed" in plan.stderr and "gains         + materials" in plan.stdout and "ABI           1.0" in plan.stdout
    assert hub.get("/v1/connectors/a").json["module"] == SIM
    refused = desk("upgrade", "a", HELLO, "--config", '{"max_area_m2": 300}', expect=5)
    assert "materials" in refused.stderr and "--approve" in refused.stderr
    done = desk("upgrade", "a", HELLO, "--config", '{"max_area_m2": 300}', "--approve", "--bake", "1", "--reason", "a smaller desk", "--wait")
    assert f"watching {HELLO}; trouble leads back to {SIM}" in done.stderr and f"module        {HELLO}" in done.stdout
    assert desk.json("show", "a")["rollout"] is None
    assert desk("rollback", "a", "--bake", "1", expect=2).stdout == "", "a rollback has no such option"
    back = desk.json("rollback", "a", "--reason", "it was too small", "--wait")
    assert back["module"] == SIM and back["rollout"] is None
    for verb, state in (("drain", "drained"), ("enable", "active"), ("disable", "disabled"), ("enable", "active")):
        assert desk.json(verb, "a", "--reason", f"to {verb}", "--wait")["state"] == state
    acts = desk.json("history", "a")["items"]
    assert [act["verb"] for act in acts if act["by"] != "hub"][-6:] == ["upgrade", "rollback", "drain", "enable", "disable", "enable"]
    assert {act["reason"] for act in acts} >= {"a smaller desk", "it was too small", "to drain"}
    assert desk("history", "a").stdout.count("\n") == len(acts) + 1
    load.stop()
    assert load.broken == [] and len(load.acknowledged) > 20
    for number in load.acknowledged.values():
        hub.wait_for(number, lambda a: a["status"] == "decided", timeout=30)
    desk("unload", "a", "--reason", "done with it")
    assert desk("show", "a", expect=3).stdout == ""


def test_a_version_that_does_not_start_is_told_by_wait(desk):
    folder = desk.hub.folder / "modules" / HELLO
    (folder / "module.so").write_bytes((folder / "module.so").read_bytes()[:2000])
    refused = desk("upgrade", "a", HELLO, "--config", "{}", "--approve", "--wait", expect=(1, 5))
    assert HELLO in refused.stderr
    assert desk.json("show", "a")["module"] == SIM


def test_the_way_is_changed_while_tasks_are_open(desk):
    hub = desk.hub
    desk("drain", "a", "--wait")
    number = hub.submit({**hub_body("one"), "form": {"premises_area_m2": 1}}).json["number"]
    assert hub.show(number)["tasks"][0]["state"] == "queued"
    desk("load", "a", "--worklist", "--reason", "the system is down for the week")
    wait_until(lambda: hub.show(number)["tasks"][0]["owner"] == "officer", timeout=15)
    desk("load", "a", SIM, "--wait")
    assert desk.json("list")["items"][-1]["id"] in ("a", "b")
