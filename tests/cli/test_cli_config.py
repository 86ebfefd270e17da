# SPDX-License-Identifier: Apache-2.0
"""config show and config diff: a configuration as the hub itself reads it, and what another one would change."""
import json
import shutil

import pytest
from conftest import PROGRAM, SOURCE, answer

SAMPLE = SOURCE / "configs" / "sample"
ZH = {"LC_ALL": "zh_CN.UTF-8"}


@pytest.fixture
def center(tmp_path):
    """A copy of the sample center, with a key, to be changed."""
    if not (PROGRAM.parent / "onedoord").exists():
        pytest.skip("no onedoord beside onedoor")
    folder = tmp_path / "center"
    shutil.copytree(SAMPLE, folder)
    config = json.loads((folder / "onedoor.json").read_text())
    config |= {"data": "/srv/data", "modules": "/srv/modules", "keys": [{"id": "desk", "hash": "sha256:" + "ab" * 32, "roles": ["front_desk"]}]}
    write(folder, config)
    return folder


def write(folder, config):
    (folder / "onedoor.json").write_text(json.dumps(config, indent=1, ensure_ascii=False))


def config_of(folder):
    return json.loads((folder / "onedoor.json").read_text())


def settings(done):
    return {row["key"]: row for row in done.json["settings"]}


def service_change(folder):
    """Another summary of one service; returns its id."""
    path = sorted((folder / "catalog" / "services").glob("*.json"))[0]
    content = json.loads(path.read_text())
    content["services"][0]["summary"]["en"] = "Told anew."
    path.write_text(json.dumps(content, ensure_ascii=False))
    return content["services"][0]["id"]


def test_show_tells_the_file_or_everything(onedoor, center):
    done = onedoor("config", "show", center / "onedoor.json", "--json")
    assert done.code == 0 and done.json["file"] == str(center / "onedoor.json") and done.json["is_demo"] is False
    told = settings(done)
    assert told["data"] == {"key": "data", "value": "/srv/data", "from": "file", "line": 3, "takes": "restart"}
    assert "watchdog_ms" not in told and "ab" * 4 not in done.out
    every = settings(onedoor("config", "show", center, "--effective", "--json"))
    assert every["watchdog_ms"] == {"key": "watchdog_ms", "value": 15000, "from": "default", "takes": "restart"}
    assert len(every) > len(told) and every["catalog"]["value"] == str(center / "catalog")
    people = onedoor("config", "show", center, "--effective").out
    assert "line 3" in people and "reload (SIGHUP)" in people and '"id":"desk"' in people
    assert "默认" in onedoor("config", "show", center, "--effective", env=ZH).out


def test_show_takes_the_flags_of_the_hub(onedoor, center):
    told = settings(onedoor("config", "show", center, "--data", "/elsewhere", "--listen=127.0.0.1:1", "--demo", "--json"))
    assert (told["data"]["value"], told["data"]["from"]) == ("/elsewhere", "flag")
    assert (told["listen"]["value"], told["listen"]["from"]) == ("127.0.0.1:1", "flag")
    done = onedoor("config", "show", "--data", "/x")
    assert done.code == 2 and "go with a FILE" in done.err


@pytest.mark.parametrize("content, code, told", [
    ('{"listen": 5}', 5, "onedoor.json:1:12:"), ('{"lisen": "x"}', 5, "unknown member"), ("{", 5, "onedoor.json:1:"), (None, 3, "no onedoor.json")])
def test_show_refuses_as_the_hub_does(onedoor, center, content, code, told):
    if content is None:
        (center / "onedoor.json").unlink()
    else:
        (center / "onedoor.json").write_text(content)
    done = onedoor("config", "show", center)
    assert (done.code, done.out) == (code, "") and told in done.err
    assert onedoor("config", "show", center / "nowhere.json").code == 3


def test_show_of_the_running_hub(onedoor, hub):
    hub.on("GET /v1/config", answer(200, {"file": "/etc/onedoor.json", "is_demo": False, "settings": [
        {"key": "listen", "value": "127.0.0.1:9", "from": "flag", "takes": "restart"},
        {"key": "watchdog_ms", "value": 15000, "from": "default", "takes": "restart"}]}))
    assert [row["key"] for row in onedoor("config", "show", "--json", url=hub.url).json["settings"]] == ["listen"]
    assert "--listen" in onedoor("config", "show", url=hub.url).out
    assert "watchdog_ms" in onedoor("config", "show", "--effective", url=hub.url).out
    hub.on("GET /v1/config", answer(403, {"title": "No", "status": 403}, problem=True))
    assert onedoor("config", "show", url=hub.url).code == 5


def test_diff_of_two_that_are_the_same(onedoor, center):
    done = onedoor("config", "diff", center, center / "onedoor.json", "--exit-code")
    assert done.code == 0 and "no difference" in done.out
    assert onedoor("config", "diff", center / "catalog", center / "catalog", "--exit-code", "--json").json["is_same"] is True


def test_diff_of_two_offline(onedoor, center, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(center, other)
    service = service_change(other)
    config = config_of(other) | {"watchdog_ms": 20000, "catalog": "catalog"}
    config["keys"][0]["hash"] = "sha256:" + "cd" * 32
    write(other, config)
    done = onedoor("config", "diff", center, other, "--json")
    told = done.json
    assert done.code == 0 and told["is_same"] is False and told["dates"] is None and told["matters"] == told["calendars"] == []
    assert {row["key"]: row["takes"] for row in told["settings"]} == {"watchdog_ms": "restart", "keys": "reload", "catalog": "reload"}
    assert [(row["id"], row["change"], [m["name"] for m in row["members"]]) for row in told["services"]] == [(service, "changed", ["summary"])]
    assert told["services"][0]["members"][0]["after"]["en"] == "Told anew."
    assert "cdcd" not in done.out and "abab" not in done.out
    people = onedoor("config", "diff", center, other, "--exit-code")
    assert people.code == 1 and "+ 20000" in people.out and "- 15000" in people.out and "Told anew." in people.out
    assert "变更" in onedoor("config", "diff", center, other, env=ZH).out
    turned = tmp_path / "turned"
    shutil.copytree(other / "catalog", turned)
    for path in turned.rglob("*.json"):  # letters as numbers: another spelling of the same
        path.write_text(json.dumps(json.loads(path.read_text()), indent=3))
    assert onedoor("config", "diff", other / "catalog", turned, "--json").json["is_same"] is True
    bare = onedoor("config", "diff", center / "catalog", other / "catalog", "--json").json
    assert bare["settings"] is None and bare["services"] == told["services"]


def test_diff_refuses_what_cannot_be_taken(onedoor, center, tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "bad.json").write_text('{"departments": [\n {"id": "fire", "id": "x"}]}')
    done = onedoor("config", "diff", center, tmp_path / "bad")
    assert done.code == 5 and "bad.json:2:" in done.out
    assert onedoor("config", "diff", center, tmp_path / "nowhere").code == 3


def test_diff_with_nothing_given_asks_the_hub(onedoor, hub):
    plan = {"dry_run": True, "from_version": "a" * 16, "version": "b" * 16, "dates_changed": 0, "applications_changed": 0, "changes": [],
            "diff": {"services": [{"id": "x", "name": {"en": "X", "zh-CN": "甲"}, "change": "removed"}], "matters": [], "is_cut": False}}
    hub.on("POST /v1/catalog/reload", answer(200, plan))
    done = onedoor("config", "diff", "--exit-code", url=hub.url)
    assert done.code == 1 and "service  x  X  removed" in done.out
    assert onedoor("config", "diff", "--json", url=hub.url).json == plan
    assert [call["path"] for call in hub.seen] == ["/v1/catalog/reload?dry_run=true"] * 2
    hub.on("POST /v1/catalog/reload", answer(200, plan | {"version": "a" * 16, "diff": {}}))
    done = onedoor("config", "diff", "--exit-code", url=hub.url)
    assert done.code == 0 and "no difference" in done.out
