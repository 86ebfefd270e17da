# SPDX-License-Identifier: Apache-2.0
"""A module with a folder of its own: what it may do there, and that everything else stays as closed as without one."""
import errno
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from crash_life import hub_body, wait_until
from hub import BUILD, DemoOf, center, matter, programs, service

MODULE = "folder-1.0.0"
MAY = {"write_and_lock", "make_and_move", "anonymous"}
NOBODY = 65534
pytestmark = pytest.mark.skipif(not (BUILD / "tests" / "sandbox" / MODULE / "module.so").exists(), reason="the module is not built")


@pytest.fixture
def base():
    """Below a folder where its owner can go: in tier filtered the host walks there as that user."""
    place = Path(tempfile.mkdtemp(prefix="onedoor-folders-"))
    place.chmod(0o711)
    yield place
    shutil.rmtree(place)


def folders(folder):
    """The land department's own, and that of another connector; with links that lead out of it."""
    own, sibling = folder / "folders" / "land", folder / "folders" / "water"
    for place in (own, sibling):
        place.mkdir(parents=True)
    (sibling / "secret").write_text("of the water department")
    (own / "to-passwd").symlink_to("/etc/passwd")
    (own / "to-sibling").symlink_to(sibling / "secret")
    for path in (own, sibling, sibling / "secret"):
        if os.getuid() == 0:
            os.chown(path, NOBODY, NOBODY)
    return own, sibling


def land(folder, **more):
    modules = folder / "modules"
    shutil.copytree(BUILD / "tests" / "sandbox" / MODULE, modules / MODULE)
    fields = [{"id": name, "type": "text", "label": {"zh-CN": name, "en": name}} for name in ("sibling", "data")]
    config = center(folder, ["land"], [matter("l", "land", fields=["sibling", "data"])], [service("plot", ["l"], form=fields)])
    return {**config, "modules": str(modules), "folders": str(folder / "folders"), "connectors": [{"id": "land", "module": MODULE}], **more}


def attempts(hub, sibling):
    number = hub.submit(hub_body("plot", sibling=str(sibling), data=str(hub.folder / "data"))).json["number"]
    opinion = hub.wait_for(number, lambda a: a["status"] == "decided")["tasks"][0]["opinion"]
    return {name: int(end) for name, end in (reason.split("=") for reason in opinion["reasons"])}


@pytest.mark.parametrize("tier", ["full", "filtered"])
def test_it_does_what_it_may_there_and_nothing_else_anywhere(tmp_path, base, tier):
    own, sibling = folders(base)
    hub = DemoOf(tmp_path, {**land(tmp_path, sandbox={"min_tier": "filtered"}), "folders": str(base / "folders")})
    if tier != "full":
        hub.programs = programs(tmp_path, f"--max-tier {tier}")
    with hub:
        hub.wait_connectors()
        assert hub.get("/v1/connectors/land").json["tier"] == tier
        found = attempts(hub, sibling)
        assert {name: end for name, end in found.items() if name in MAY} == {name: 0 for name in MAY}
        refused = {name: errno.errorcode.get(end, end) for name, end in found.items() if name not in MAY}
        assert all(refused.values()) and len(refused) == 18, refused
        assert refused["write_much"] == "EFBIG" and refused["execute"] == "EPERM" and refused["map_code"] == "EPERM"
        assert refused["chmod_setuid"] == refused["make_link"] == refused["make_hard_link"] == refused["make_device"] == "EACCES"
        outside = {"read_passwd", "read_by_link", "read_sibling", "read_sibling_by_dots", "read_sibling_by_link", "write_data", "write_tmp",
                   "list_root", "read_environ"}
        assert {refused[name] for name in outside} <= ({"EACCES"} if tier == "filtered" else {"EACCES", "ENOENT", "EROFS"}), refused
        assert sorted(path.name for path in own.iterdir()) == ["moved", "to-passwd", "to-sibling"]
        assert (own / "moved").stat().st_mode & 0o7111 == 0
        if os.getuid() == 0:
            assert (own / "moved").stat().st_uid == NOBODY, "under root a host with a folder is whose folder it is"


def test_without_a_folder_there_is_none(tmp_path):
    folders(tmp_path)
    for more in ({"folders": str(tmp_path / "elsewhere")}, {}):
        place = tmp_path / ("no" + str(len(more)))
        place.mkdir()
        config = {**land(place), **more}
        if not more:
            del config["folders"]
        with DemoOf(place, config) as hub:
            hub.wait_connectors()
            number = hub.submit(hub_body("plot", sibling="/", data="/")).json["number"]
            opinion = hub.wait_for(number, lambda a: a["status"] == "decided")["tasks"][0]["opinion"]
            assert opinion["reasons"] == ["no folder"]


@pytest.mark.skipif(os.getuid() != 0, reason="only a hub of root has folders of root")
def test_a_folder_of_root_is_given_to_no_module(tmp_path):
    own, _ = folders(tmp_path)
    os.chown(own, 0, 0)
    with DemoOf(tmp_path, land(tmp_path)) as hub:
        wait_until(lambda: "belongs to root" in (hub.get("/v1/connectors/land").json.get("last_error") or ""), timeout=15)
