# SPDX-License-Identifier: Apache-2.0
"""Modules built from each released ABI's own headers do a department's work in the present hub."""
import json
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from hub import BUILD, DemoOf, center, matter, service, text  # noqa: E402

FORM = [{"id": "premises_area_m2", "type": "integer", "label": text("面积", "Area"), "required": False},
        {"id": "case", "type": "text", "label": text("情形", "Case"), "required": False}]
MUSEUMS = ["1.0-c11", "1.0-c11-clang", "1.0-cxx17"]


@pytest.mark.parametrize("museum", MUSEUMS)
def test_a_museum_module_answers_offers(tmp_path, museum):
    built = BUILD / "tests" / "museum" / museum
    if not (built / "module.so").exists():
        pytest.skip(f"no compiler for {museum} when this was built")
    shutil.copytree(built, tmp_path / "modules" / "museum-1.0.0")
    config = center(tmp_path, ["fire"], [matter("fire.check", "fire", fields=["premises_area_m2", "case"])],
                    [service("open-restaurant", ["fire.check"], form=FORM)])
    config["modules"] = "modules"
    config["connectors"] = [{"id": "fire", "module": "museum-1.0.0", "config": {"note": "of old"}}]
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        cases = [{"premises_area_m2": 120}] if museum.endswith("cxx17") else \
            [{"premises_area_m2": 120}, {"case": "echo"}, {"case": "accept"}, {"case": "timer"}, {"case": "threads"}, {"case": "full"}]
        for form in cases:
            answer = hub.submit({**hub.example("open-restaurant"), "form": form})
            assert answer.status == 201, answer.raw
            application = hub.wait_for(answer.json["number"], lambda a: a["status"] == "decided")
            outcome = "rejected" if form.get("case") == "full" else "approved"
            assert application["decision"]["outcome"] == outcome, application
        assert "contract" not in hub.get("/v1/connectors/fire/logs").raw.decode()
        assert hub.stop() == 0


def test_what_is_not_declared_does_not_reach_the_module(tmp_path):
    """The module tells all that its offer carried: the form, the applicant and the materials."""
    shutil.copytree(BUILD / "tests" / "museum" / "1.0-c11", tmp_path / "modules" / "museum-1.0.0")
    manifest = tmp_path / "modules" / "museum-1.0.0" / "manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "capabilities": {"fields": ["case"], "applicant": ["name"]}}))
    form = FORM + [{"id": "secret", "type": "text", "label": text("密", "Secret"), "required": False}]
    check = matter("fire.check", "fire", fields=["premises_area_m2", "case"],
                   materials=[{"id": "plan", "name": text("图", "Plan"), "required": False}])
    config = center(tmp_path, ["fire"], [check], [service("open-restaurant", ["fire.check"], form=form)])
    config["modules"] = "modules"
    config["connectors"] = [{"id": "fire", "module": "museum-1.0.0", "config": {"note": "of old"}}]
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        answer = hub.submit({"service": "open-restaurant", "form": {"case": "echo", "premises_area_m2": 4711, "secret": "hidden"},
                             "applicant": {"kind": "person", "name": "Wang", "phone": "+86 139 5555"},
                             "materials": [{"material": "plan", "name": "plan.pdf"}]})
        assert answer.status == 201, answer.raw
        application = hub.wait_for(answer.json["number"], lambda a: a["status"] == "decided")
        heard = application["tasks"][0]["opinion"]["reasons"][0]
        assert '{"case":"echo"}' in heard and '{"name":"Wang"}' in heard and "|[]|of old" in heard
        assert not [word for word in ("4711", "hidden", "139", "plan.pdf") if word in heard], heard
