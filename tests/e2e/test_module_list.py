# SPDX-License-Identifier: Apache-2.0
"""GET /v1/modules: what lies in the module folder, loaded or not, and who may see it."""
import hashlib
import json
import shutil

from crash_life import two_departments
from hub import BUILD, SIM, DemoOf


def test_modules_are_listed_loaded_or_not(tmp_path):
    folder = tmp_path / "modules"
    for name in (SIM, "hello-1.0.0"):
        shutil.copytree(BUILD / "modules" / name, folder / name)
    with DemoOf(tmp_path, {**two_departments(tmp_path), "modules": str(folder)}) as hub:
        hub.wait_connectors()
        listed = hub.get("/v1/modules").json
        manifest = json.loads((folder / SIM / "manifest.json").read_text())
        hello, sim = listed["items"]
        assert not listed["is_cut"]
        assert sim == {"module": SIM, "id": manifest["id"], "version": manifest["version"], "matters": manifest["matters"],
                       "submit_dedupe": manifest["submit_dedupe"], "signed_by": None, "fault": None,
                       "loaded_as": [c["id"] for c in hub.get("/v1/connectors").json["items"]]}
        assert (hello["module"], hello["loaded_as"], hello["fault"]) == ("hello-1.0.0", [], None)
        (folder / "hello-1.0.0" / "manifest.json").write_text("{")
        assert "hello-1.0.0/manifest.json:1:2: " in hub.get("/v1/modules").json["items"][0]["fault"]
        shutil.move(folder, tmp_path / "gone")
        answer = hub.get("/v1/modules")
        assert answer.status == 503 and "cannot be read" in answer.json["detail"]


def test_modules_are_for_supervision(tmp_path):
    keys = {role: role + "-key" for role in ("front_desk", "officer", "head", "supervisor", "admin")}
    hub = DemoOf(tmp_path, two_departments(tmp_path))
    hub.config["keys"] = [{"id": role, "hash": "sha256:" + hashlib.sha256(key.encode()).hexdigest(), "roles": [role],
                           **({"department": "water"} if role == "officer" else {})} for role, key in keys.items()]
    hub.key = None
    with hub:
        seen = {role: hub.get("/v1/modules", headers={"Authorization": "Bearer " + key}).status for role, key in keys.items()}
        assert seen == {"front_desk": 403, "officer": 403, "head": 403, "supervisor": 200, "admin": 200}
        assert hub.get("/v1/modules").status == 401
