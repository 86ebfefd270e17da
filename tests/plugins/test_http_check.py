# SPDX-License-Identifier: Apache-2.0
"""The connector http before the conformance suite that every connector has to pass, in each of its modes."""
import json
import shutil
import subprocess

import pytest
from hub import BUILD

ANSWER = {"external_ref": "/id", "status": "/status", "reasons": "/reasons",
          "fields": "/missing",
          "values": {"open": "pending", "approved": "approve", "refused": "reject", "visit": "pause"}}
SETTINGS = {
    "base_url": "${department}/v1", "idempotency_header": "Idempotency-Key",
    "submit": {"path": "/cases", "body": {"key": "{{idempotency_key}}", "area": "{{form.premises_area_m2}}"}},
    "lookup": {"path": "/find/{{idempotency_key}}"}, "answer": ANSWER}
STATUS = {"status": {"path": "/cases/{{external_ref}}"}}
APPROVED = {"id": "${ref}", "status": "approved"}


def route(does, method, path, **answers):
    return {"does": does, "method": method, "path": path, **answers}


def answer(body, status=200):
    return {"status": status, "body": body}


def department(decides_after_ms, open_as=None, **more):
    is_sync = decides_after_ms == 0
    record = {"id": "${ref}", "status": "open", **(open_as or {})}
    pending = {} if is_sync else {"pending": answer(record)}
    routes = [route("submit", "POST", "/v1/cases", key="header:Idempotency-Key", answer=answer(APPROVED if is_sync else record, 201)),
              route("answer", "POST", "/v1/cases/*/input", answer=answer({})),
              route("lookup", "GET", "/v1/find/${key}", answer=answer(APPROVED), missing={"status": 404}, **pending)]
    if not is_sync:
        routes.append(route("status", "GET", "/v1/cases/${ref}", answer=answer({"status": "approved"}), **pending))
    return {"decides_after_ms": decides_after_ms, "routes": routes, **more}


MODES = {
    "sync": ({**SETTINGS, "mode": "sync", "answer": {**ANSWER, "values": {"approved": "approve", "refused": "reject"}}}, department(0)),
    "poll": ({**SETTINGS, **STATUS}, department(7200000)),
    "callback": ({**SETTINGS, **STATUS, "mode": "callback"}, department(7200000, callback=APPROVED)),
    "pause": ({**SETTINGS, **STATUS}, department(7200000, {"status": "visit"})),
    "question": ({**SETTINGS, **STATUS, "input": {"path": "/cases/{{external_ref}}/input", "body": {"area": "{{input.premises_area_m2}}"}}},
                 department(7200000, {"status": "ask", "missing": ["premises_area_m2"]})),
}


@pytest.mark.parametrize("mode", MODES)
def test_it_passes_whole(tmp_path, mode):
    config, played = MODES[mode]
    if mode == "question":
        config = {**config, "answer": {**ANSWER, "values": {**ANSWER["values"], "ask": "need_input"}}}
    folder = tmp_path / "http-1.0.0"
    shutil.copytree(BUILD / "modules" / "http-1.0.0", folder)
    (folder / "check.json").write_text(json.dumps({"config": config, "forms": [{} if mode == "question" else {"premises_area_m2": 120}],
                                                    "input": {"premises_area_m2": 80}, "department": played}))
    done = subprocess.run([str(BUILD / "bin" / "onedoor"), "plugin", "check", str(folder), "--json"], capture_output=True, text=True,
                          timeout=300)
    cases = {case["case"]: case for case in json.loads(done.stdout)["cases"]}
    assert (done.returncode, [c for c in cases.values() if c["verdict"] == "failed"]) == (0, [])
    wanted = {"load.opens", "contract.key", "duplicates.redelivered", "department.lost", "department.garbage", "department.refused",
              "kill.unanswered"}
    if mode in ("poll", "callback"):
        wanted |= {"resume.accepted", "cancel.accepted", "drain.accepted"}
    if mode == "pause":
        wanted |= {"pause.ends", "resume.paused", "drain.paused"}
    if mode == "question":
        wanted |= {"resume.waiting", "drain.waiting"}
    if mode == "callback":
        wanted |= {"duplicates.event", "fuzz.events"}
    assert {name for name in wanted if cases[name]["verdict"] != "passed"} == set()
