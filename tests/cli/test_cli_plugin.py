# SPDX-License-Identifier: Apache-2.0
"""The verbs on connectors against a scripted hub: what is sent, what is printed, what --wait waits for."""
import json
import os
import pty
import subprocess

import pytest
from conftest import PROGRAM, answer

ZH = {"LC_ALL": "zh_CN.UTF-8"}
ROLLOUT = {"step": "starting", "from": "sim-1.0.0", "to": "sim-1.1.0", "since": "2026-11-29T15:30:34.731+08:00", "until": None}
FIRE = {"id": "fire", "module": "sim-1.0.0", "version": "1.0.0", "state": "active", "tier": "full", "in_flight": 3, "open": 12, "restarts": 0, "pid": 42,
        "last_error": None, "since": "2026-11-29T15:30:34.731+08:00", "kind": "module", "signed_by": "Water Bureau", "is_development": False,
        "is_enabled": True, "breaker": "closed", "breaker_until": None, "rollout": None, "rollout_error": None,
        "versions": [{"module": "sim-1.0.0", "at": None}, {"module": "sim-0.9.0", "at": None}],
        "capabilities": {"fields": ["*"], "applicant": ["kind", "name"], "http": [{"hosts": ["api.water.gov"], "methods": ["GET"], "paths": ["/v1/*"]}],
                         "secrets": ["api-token", {"name": "db", "reveal": True}], "kv": {"quota": 1048576}, "materials": True, "net": ["db:5432"]}}
NEW = {**FIRE, "module": "sim-1.1.0", "version": "1.1.0"}
PLAN = {"id": "fire", "dry_run": True, "plan": ["start it beside", "switch"], "in_flight": 3, "open": 12, "diff": {
    "abi": {"from": "1.0", "to": "1.1"}, "state_schema": {"from": {"reads": [1], "writes": 1}, "to": {"reads": [1, 2], "writes": 2}},
    "capabilities": {"added": ["http: GET api.fire.gov /*"], "removed": ["materials"]},
    "config_schema": [{"pointer": "/properties/url", "from": None, "to": {"type": "string"}}]}}
GROWTH = {"type": "/problems/conflict", "title": "Conflict", "status": 409, "detail": "More is asked for.", "remedy": "Agree.",
          "errors": [{"pointer": "/approve", "code": "capability", "detail": "http: GET api.fire.gov /*"}]}


def rolling(step, **more):
    return {**(FIRE if step == "starting" else NEW), "rollout": {**ROLLOUT, "step": step, **more}}


def body(hub, index=-1):
    return json.loads(hub.seen[index]["body"])


def test_upgrade_sends_what_was_said(onedoor, hub, tmp_path):
    hub.on("POST /v1/connectors/fire/upgrade", answer(202, rolling("starting")))
    config = tmp_path / "fire.json"
    config.write_text('{"rules": [1.50]}')
    done = onedoor("plugin", "upgrade", "fire", "sim-1.1.0", "--config", config, "--reason", "new tariff", "--approve", "--bake", "120", url=hub.url)
    assert done.code == 0 and "rollout       sim-1.0.0 -> sim-1.1.0 (starting)" in done.out
    assert hub.seen[-1]["body"] == b'{"module":"sim-1.1.0","config":{"rules": [1.50]},"reason":"new tariff","approve":true,"bake_ms":120000}'
    onedoor("plugin", "upgrade", "fire", "sim-1.1.0", url=hub.url)
    assert body(hub) == {"module": "sim-1.1.0"}, "the present configuration stays"
    assert hub.seen[-1]["path"] == "/v1/connectors/fire/upgrade"


@pytest.mark.parametrize("verb", ["rollback", "drain", "enable", "disable"])
def test_the_other_acts(onedoor, hub, verb):
    hub.on(f"POST /v1/connectors/fire/{verb}", answer(202, FIRE))
    assert onedoor("plugin", verb, "fire", url=hub.url).code == 0
    assert body(hub) == {} and len(hub.seen) == 1
    assert onedoor("plugin", verb, "fire", "--reason", "why", "--json", url=hub.url).json == FIRE
    assert body(hub) == {"reason": "why"}
    hub.on(f"POST /v1/connectors/fire/{verb}", answer(200, PLAN))
    assert "2. switch" in onedoor("plugin", verb, "fire", "--dry-run", url=hub.url).out
    assert hub.seen[-1]["path"] == f"/v1/connectors/fire/{verb}?dry_run=true"
    hub.on(f"POST /v1/connectors/fire/{verb}", answer(409, {"title": "Conflict", "status": 409, "detail": "not now"}, problem=True))
    refused = onedoor("plugin", verb, "fire", url=hub.url)
    assert refused.code == 5 and "not now" in refused.err
    assert onedoor("plugin", verb, "water", url=hub.url).code == 3


def test_unload_gives_its_reason(onedoor, hub):
    hub.on("DELETE /v1/connectors/fire", answer(202, {**FIRE, "state": "draining"}))
    assert onedoor("plugin", "unload", "fire", "--reason", "it moves", "--no-wait", url=hub.url).code == 0
    assert hub.seen[-1]["path"] == "/v1/connectors/fire?reason=it%20moves"


def test_unload_for_good(onedoor, hub):
    hub.on("DELETE /v1/connectors/fire", answer(202, {**FIRE, "state": "draining"}))
    assert onedoor("plugin", "unload", "fire", "--purge", "--no-wait", url=hub.url).code == 0
    assert hub.seen[-1]["path"] == "/v1/connectors/fire?purge=true"


def test_load_one_way_of_three(onedoor, hub):
    hub.on("PUT /v1/connectors/fire", answer(202, FIRE))
    onedoor("plugin", "load", "fire", "sim-1.0.0", "--reason", "first", "--bake", "0", url=hub.url)
    assert body(hub) == {"module": "sim-1.0.0", "config": {}, "reason": "first", "bake_ms": 0}
    onedoor("plugin", "load", "fire", "--remote", '{"submit_dedupe": "native"}', url=hub.url)
    assert body(hub) == {"remote": {"submit_dedupe": "native"}, "config": {}}
    onedoor("plugin", "load", "fire", "--worklist", url=hub.url)
    assert body(hub) == {"worklist": True}
    count = len(hub.seen)
    for words in ([], ["sim-1.0.0", "--worklist"], ["--remote", "{}", "--worklist"], ["sim-1.0.0", "--remote", "{}"]):
        done = onedoor("plugin", "load", "fire", *words, url=hub.url)
        assert done.code == 2 and "MODULE, --remote or --worklist" in done.err
    for words in (["--remote", "[1]"], ["--remote", "{,}"], ["--config", "no-such-file"]):
        assert onedoor("plugin", "load", "fire", *words, *(["sim-1.0.0"] if words[0] == "--config" else []), url=hub.url).code in (3, 5)
    assert len(hub.seen) == count, "nothing was sent"


def test_load_on_the_worklist_waits_until_it_is_gone(onedoor, hub):
    hub.on("PUT /v1/connectors/fire", answer(202, {**FIRE, "state": "draining"}))
    hub.on("GET /v1/connectors/fire", answer(200, FIRE), answer(404, {"title": "Not found", "status": 404}, problem=True))
    done = onedoor("plugin", "load", "fire", "--worklist", "--wait", url=hub.url)
    assert (done.code, done.err) == (0, "") and len(hub.seen) == 3


@pytest.mark.parametrize("seconds,code", [("0", 0), ("86400", 0), ("86401", 2), ("-1", 2), ("soon", 2)])
def test_bake_has_limits(onedoor, hub, seconds, code):
    hub.on("POST /v1/connectors/fire/upgrade", answer(202, NEW))
    assert onedoor("plugin", "upgrade", "fire", "sim-1.1.0", "--bake", seconds, url=hub.url).code == code
    assert len(hub.seen) == (1 if code == 0 else 0)


def test_a_plan_shows_steps_and_every_difference(onedoor, hub):
    hub.on("POST /v1/connectors/fire/upgrade", answer(200, PLAN))
    done = onedoor("plugin", "upgrade", "fire", "sim-1.1.0", "--dry-run", url=hub.url)
    assert done.code == 0 and "nothing was changed" in done.err
    assert done.out.splitlines() == [
        "1. start it beside", "2. switch", "in flight     3", "open          12", "ABI           1.0 -> 1.1",
        'state schema  {"reads":[1],"writes":1} -> {"reads":[1,2],"writes":2}', "gains         + http: GET api.fire.gov /*", "loses         - materials",
        'settings      /properties/url: - -> {"type":"string"}']
    assert onedoor("plugin", "upgrade", "fire", "sim-1.1.0", "--dry-run", "--json", url=hub.url).json == PLAN
    chinese = onedoor("plugin", "upgrade", "fire", "sim-1.1.0", "--dry-run", url=hub.url, env=ZH)
    assert "权限增加" in chinese.out and "未作任何改动" in chinese.err


def test_growth_is_refused_and_says_what_to_add(onedoor, hub):
    hub.on("POST /v1/connectors/fire/upgrade", answer(409, GROWTH, problem=True))
    done = onedoor("plugin", "upgrade", "fire", "sim-1.1.0", url=hub.url)
    assert done.code == 5 and "http: GET api.fire.gov /*" in done.err and "--approve" in done.err
    assert onedoor("plugin", "upgrade", "fire", "sim-1.1.0", "--json", url=hub.url).json == GROWTH


def test_wait_follows_a_rollout_to_its_end(onedoor, hub):
    hub.on("POST /v1/connectors/fire/upgrade", answer(202, rolling("starting")))
    hub.on("GET /v1/connectors/fire", answer(200, rolling("starting")), answer(200, rolling("switched")),
           answer(200, rolling("baking", until="2026-11-29T15:31:34.731+08:00")), answer(200, NEW))
    done = onedoor("plugin", "upgrade", "fire", "sim-1.1.0", "--wait", url=hub.url)
    assert done.code == 0
    assert done.err.splitlines() == [
        "starting sim-1.1.0 beside sim-1.0.0, with no tasks yet", "switched: new tasks go to sim-1.1.0; those of sim-1.0.0 are handed over",
        "watching sim-1.1.0; trouble leads back to sim-1.0.0", "active"]
    assert done.out.startswith("fire  active\nmodule        sim-1.1.0")


def test_wait_tells_that_it_was_led_back(onedoor, hub):
    back = {**FIRE, "rollout_error": "it crashed 2 s after the switch"}
    hub.on("POST /v1/connectors/fire/upgrade", answer(202, rolling("starting")))
    hub.on("GET /v1/connectors/fire", answer(200, rolling("baking")),
           answer(200, rolling("reverting", **{"from": "sim-1.1.0", "to": "sim-1.0.0"})), answer(200, back))  # the roles are swapped
    done = onedoor("plugin", "upgrade", "fire", "sim-1.1.0", "--wait", "--json", url=hub.url)
    assert done.code == 1 and done.json == back
    assert "giving sim-1.1.0 up, going back to sim-1.0.0" in done.err and "it crashed 2 s after the switch" in done.err


def test_wait_for_what_is_so_already(onedoor, hub):
    hub.on("POST /v1/connectors/fire/upgrade", answer(202, NEW))
    hub.on("GET /v1/connectors/fire", answer(200, NEW))
    assert onedoor("plugin", "upgrade", "fire", "sim-1.1.0", "--wait", url=hub.url).code == 0
    assert len(hub.seen) == 2


@pytest.mark.parametrize("verb,states,code", [
    ("drain", ["draining", "drained"], 0), ("drain", ["draining", "quarantined"], 1), ("enable", ["starting", "active"], 0),
    ("enable", ["starting", "backoff", "quarantined"], 1), ("disable", ["draining", "disabled"], 0), ("rollback", ["starting", "active"], 0)])
def test_wait_for_a_state(onedoor, hub, verb, states, code):
    hub.on(f"POST /v1/connectors/fire/{verb}", answer(202, FIRE))
    hub.on("GET /v1/connectors/fire", *[answer(200, {**FIRE, "state": state, "last_error": "exit 1"}) for state in states])
    done = onedoor("plugin", verb, "fire", "--wait", url=hub.url)
    assert done.code == code, done.err
    assert len(hub.seen) == 1 + len(states)
    assert ("exit 1" in done.err) == (code == 1)


def test_wait_for_a_remote_connector_ends_with_the_hub_s_part(onedoor, hub):
    remote = {**FIRE, "kind": "remote", "module": None, "version": None, "pid": 0, "tier": None}
    hub.on("PUT /v1/connectors/fire", answer(202, {**FIRE, "rollout": {**ROLLOUT, "to": "remote"}}), answer(202, {**remote, "state": "starting"}))
    hub.on("GET /v1/connectors/fire", answer(200, {**FIRE, "rollout": {**ROLLOUT, "to": "remote"}}), answer(200, {**remote, "state": "absent"}))
    done = onedoor("plugin", "load", "fire", "--remote", "{}", "--wait", url=hub.url)
    assert done.code == 0 and "starting remote beside sim-1.0.0" in done.err
    assert "fire  away" in done.out and "module        the department's own machine" in done.out and "process" not in done.out
    assert onedoor("plugin", "load", "fire", "--remote", "{}", "--wait", url=hub.url).code == 0
    hub.on("POST /v1/connectors/fire/enable", answer(202, remote))
    assert onedoor("plugin", "enable", "fire", "--wait", url=hub.url).code == 0


def test_wait_outlives_a_hub_that_restarts(onedoor, hub):
    hub.on("POST /v1/connectors/fire/upgrade", answer(202, rolling("starting")))
    hub.on("GET /v1/connectors/fire", answer(200, rolling("switched")), "hang up", answer(503, {"title": "Busy", "status": 503}, problem=True),
           "hang up", answer(200, NEW))
    done = onedoor("plugin", "upgrade", "fire", "sim-1.1.0", "--wait", url=hub.url)
    assert done.code == 0 and done.err.count("cannot reach") == 1


def test_wait_ends_when_the_connector_is_gone(onedoor, hub):
    hub.on("POST /v1/connectors/fire/drain", answer(202, FIRE))
    assert onedoor("plugin", "drain", "fire", "--wait", url=hub.url).code == 3


def test_on_a_terminal_one_line_is_written_over(hub):
    hub.on("POST /v1/connectors/fire/upgrade", answer(202, rolling("starting")))
    hub.on("GET /v1/connectors/fire", answer(200, rolling("baking", until="2999-01-01T00:00:00.000+08:00")), answer(200, NEW))
    main, side = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    done = subprocess.run([str(PROGRAM), "plugin", "upgrade", "fire", "sim-1.1.0", "--wait", "--url", hub.url], stderr=side, stdout=subprocess.PIPE,
                          env={**environment, "LC_ALL": "C", "TERM": "xterm"}, check=False, timeout=30)
    os.close(side)
    said = os.read(main, 65536).decode()
    os.close(main)
    assert done.returncode == 0
    assert "\r  in flight 3, open 12, " in said and " s left" in said and "\033[K" in said


def test_show_tells_who_signed_what_it_may_do_and_how_it_stands(onedoor, hub):
    hub.on("GET /v1/connectors/fire", answer(200, {**rolling("baking", until="2026-11-29T15:31:34.731+08:00"), "breaker": "open",
                                                   "breaker_until": "2026-11-29T15:40:00.000+08:00", "rollout_error": "it hung"}))
    said = onedoor("plugin", "show", "fire", url=hub.url).out
    for line in ("signed by     Water Bureau", "breaker       open, until 2026-11-29 15:40 Sun", "rollout       sim-1.0.0 -> sim-1.1.0 (baking), watched until",
                 "last rollout  it hung", "versions      sim-1.0.0, sim-0.9.0", "form fields   all", "applicant     kind, name", "secrets       api-token, db (its value)",
                 "http          GET api.water.gov /v1/*", "store, bytes  1048576", "materials     yes", "network       db:5432"):
        assert line in said, said
    assert "callbacks" not in said
    hub.on("GET /v1/connectors/fire", answer(200, {**FIRE, "signed_by": None, "is_development": True, "state": "drained", "breaker": "half_open"}))
    said = onedoor("plugin", "show", "fire", url=hub.url).out
    assert "fire  drained" in said and "development mode" in said and "breaker       half open" in said


def test_list_shows_trouble_only_where_there_is_some(onedoor, hub):
    hub.on("GET /v1/connectors", answer(200, {"items": [FIRE, {**rolling("baking"), "id": "water", "breaker": "open"}]}))
    lines = onedoor("plugin", "list", url=hub.url).out.splitlines()
    assert "breaker" in lines[0] and "rollout" in lines[0]
    assert "open" not in lines[1] and "-> sim-1.1.0 (baking)" in lines[2] and "open" in lines[2]
    hub.on("GET /v1/connectors", answer(200, {"items": [FIRE]}))
    assert "breaker" not in onedoor("plugin", "list", url=hub.url).out


def test_list_gives_every_page(onedoor, hub):
    pages = [answer(200, {"items": [{**FIRE, "id": "a"}], "next_cursor": "a"}, {"Link": '</v1/connectors?cursor=a>; rel="next"'}),
             answer(200, {"items": [{**FIRE, "id": "b"}], "next_cursor": None})]
    hub.on("GET /v1/connectors", *pages)
    done = onedoor("plugin", "list", "--json", url=hub.url)
    assert [item["id"] for item in done.json["items"]] == ["a", "b"] and "there is more" not in done.err
    assert "cursor=a" in hub.seen[-1]["path"] or "cursor=a" in str(hub.seen[-1])


def test_history_tells_who_when_and_why(onedoor, hub):
    items = [{"at": "2026-11-29T15:30:34.731+08:00", "by": "admin-1", "verb": "upgrade", "from": "sim-1.0.0", "to": "sim-1.1.0", "reason": "new tariff"},
             {"at": "2026-11-29T15:31:00.000+08:00", "by": "hub", "verb": "reverted", "from": "sim-1.1.0", "to": "sim-1.0.0", "reason": "it crashed"}]
    hub.on("GET /v1/connectors/fire/history", answer(200, {"items": items}))
    lines = onedoor("plugin", "history", "fire", url=hub.url).out.splitlines()
    assert lines[0].split() == ["at", "by", "what", "from", "to", "why"]
    assert all(word in lines[1] for word in ("2026-11-29 15:30 Sun", "admin-1", "upgrade", "sim-1.0.0", "sim-1.1.0", "new tariff"))
    assert "led back by itself" in lines[2] and "it crashed" in lines[2]
    assert onedoor("plugin", "history", "fire", "--json", url=hub.url).json == {"items": items}
    assert onedoor("plugin", "history", "water", url=hub.url).code == 3


@pytest.mark.parametrize("verb", ["list", "show", "logs", "history", "load", "upgrade", "rollback", "drain", "enable", "disable", "unload"])
def test_help_completion_and_manual_know_the_verb(onedoor, verb):
    for env, word in ((None, "Examples"), (ZH, "示例")):
        done = onedoor("plugin", verb, "--help", env=env)
        assert done.code == 0 and word in done.out
    assert f"{verb}\t" in onedoor("completion", "words", "--", "plugin", "").out
    assert f"plugin {verb}" in onedoor("help", "--man").out.replace("\\", "")
