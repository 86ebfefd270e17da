# SPDX-License-Identifier: Apache-2.0
"""A department that is down is left alone, and found again; one that is slow is not pushed."""
import json
import shutil
import time

from crash_life import wait_until
from hub import BUILD, SIM, DemoOf, center, connector, matter, service


def made(tmp_path, **config):
    center_config = center(tmp_path, ["a", "b"], [matter("m", "a"), matter("n", "b")], [service("one", ["m"]), service("two", ["n"])])
    center_config["connectors"] = [connector("a", **config), connector("b")]
    return center_config


def breaker(hub, id="a"):
    return hub.get(f"/v1/connectors/{id}").json["breaker"]


def figure(hub, name):
    return next(int(line.split()[1]) for line in hub.get("/metrics").raw.decode().splitlines() if line.startswith(f"onedoor_{name} "))


def alerts(hub):
    return hub.get("/v1/alerts?kind=connector_failing").json["items"]


def test_a_department_that_is_down_is_probed_and_found_again(tmp_path):
    with DemoOf(tmp_path, made(tmp_path, fail={"times": 4, "effect": "none"})) as hub:
        hub.wait_connectors()
        assert breaker(hub) == "closed"
        numbers = [hub.submit(hub.example("one")).json["number"] for _ in range(2)] # more: each probe fails, and the next is twice as late
        wait_until(lambda: breaker(hub) == "open", timeout=20)
        shown = hub.get("/v1/connectors/a").json
        assert shown["breaker_until"] and shown["state"] == "active"
        assert figure(hub, "connector_breakers_opened_total") >= 1
        wait_until(lambda: alerts(hub), timeout=5)  # durable a moment after it opened
        assert [(alert["connector"], alert["roles"]) for alert in alerts(hub)] == [("a", ["admin"])]
        assert "circuit breaker open" in hub.get("/v1/connectors/a/logs").raw.decode()
        other = hub.submit(hub.example("two")).json["number"]  # nobody else waits for it
        assert hub.wait_for(other, lambda a: a["status"] == "decided", timeout=5)
        for number in numbers:
            hub.wait_for(number, lambda a: a["status"] == "decided", timeout=60)
        assert breaker(hub) == "closed" and breaker(hub, "b") == "closed"
        assert figure(hub, "connector_breakers_open") == 0
        assert len(alerts(hub)) == 1


def test_refusals_open_nothing(tmp_path):
    with DemoOf(tmp_path, made(tmp_path, opinion="reject", reasons=["no"])) as hub:
        hub.wait_connectors()
        until = time.monotonic() + 3.5
        while time.monotonic() < until:
            number = hub.submit(hub.example("one")).json["number"]
            hub.wait_for(number, lambda a: a["status"] == "decided")
        assert breaker(hub) == "closed"


def test_a_rate_is_kept(tmp_path):
    modules = tmp_path / "modules"
    shutil.copytree(BUILD / "modules" / SIM, modules / SIM)
    manifest = json.loads((modules / SIM / "manifest.json").read_text())
    (modules / SIM / "manifest.json").write_text(json.dumps({**manifest, "resources": {"rate_per_s": 10}}))
    with DemoOf(tmp_path, {**made(tmp_path), "modules": str(modules)}) as hub:
        hub.wait_connectors()
        began = time.monotonic()
        numbers = [hub.submit(hub.example("one")).json["number"] for _ in range(15)]
        for number in numbers:
            hub.wait_for(number, lambda a: a["status"] == "decided")
        assert 1.3 <= time.monotonic() - began < 8  # one at once, fourteen at 10 a second
