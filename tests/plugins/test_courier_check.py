# SPDX-License-Identifier: Apache-2.0
"""The connector courier before the conformance suite that every connector has to pass."""
import json
import shutil
import subprocess

from hub import BUILD

CONFIG = {
    "base_url": "${department}/v1", "key_header": "Idempotency-Key",
    "order": {"path": "/orders", "body": {"to": "{{form.recipient_name}}", "address": "{{form.recipient_address}}"}},
    "track": {"path": "/waybills/{{external_ref}}"}, "find": {"path": "/orders/{{idempotency_key}}"},
    "answer": {"waybill": "/no", "state": "/state", "place": "/place"},
    "states": {"BOOKED": "ordered", "SIGNED": "delivered", "BACK": "returned"}}
BOOKED, SIGNED = {"no": "${ref}", "state": "BOOKED"}, {"no": "${ref}", "state": "SIGNED"}
ROUTES = [
    {"does": "submit", "method": "POST", "path": "/v1/orders", "key": "header:Idempotency-Key", "answer": {"status": 201, "body": BOOKED}},
    {"does": "lookup", "method": "GET", "path": "/v1/orders/${key}", "answer": {"body": SIGNED}, "pending": {"body": BOOKED}, "missing": {"status": 404}},
    {"does": "status", "method": "GET", "path": "/v1/waybills/${ref}", "answer": {"body": SIGNED}, "pending": {"body": BOOKED}}]


def test_it_passes_whole(tmp_path):
    folder = tmp_path / "courier-1.0.0"
    shutil.copytree(BUILD / "modules" / "courier-1.0.0", folder)
    form = {"recipient_name": "王小明", "recipient_address": "滨河县江边路 1 号"}
    (folder / "check.json").write_text(json.dumps({"config": CONFIG, "forms": [form], "department": {"decides_after_ms": 7200000, "routes": ROUTES}}))
    done = subprocess.run([str(BUILD / "bin" / "onedoor"), "plugin", "check", str(folder), "--json"], capture_output=True, text=True, timeout=300)
    cases = {case["case"]: case for case in json.loads(done.stdout)["cases"]}
    assert (done.returncode, [c for c in cases.values() if c["verdict"] == "failed"]) == (0, [])
    wanted = {"load.opens", "contract.key", "duplicates.redelivered", "department.lost", "department.garbage", "kill.unanswered", "resume.accepted",
              "cancel.accepted", "drain.accepted"}
    assert {name for name in wanted if cases[name]["verdict"] != "passed"} == set()
