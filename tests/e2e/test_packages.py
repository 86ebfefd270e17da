# SPDX-License-Identifier: Apache-2.0
"""A center that is not for development: signed packages alone run, from the module store, and nothing that
someone writes to the disk afterwards changes what does."""
import datetime
import json
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from crash_kill import hosts
from crash_life import log_of, wait_until
from hub import BUILD, SIM, DemoOf, center, matter, service

ROOT = Path(__file__).resolve().parents[2]
ONEDOOR = BUILD / "bin" / "onedoor"


def run(*words, cwd=None, code=0):
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout


class Maker:
    """A key, the module folder that its packages go to, and the trust file that names it."""

    def __init__(self, folder):
        self.folder, self.modules, self.trust = Path(folder), Path(folder) / "modules", Path(folder) / "trust.json"
        self.modules.mkdir()
        self.key = run(ONEDOOR, "plugin", "key", "new", "--no-password", "--output", self.folder / "k").strip()
        self.trusts()

    def trusts(self, **more):
        self.trust.write_text(json.dumps({"keys": [{"public_key": self.key, "name": "Test key", "prefixes": ["sim", "gov"], "capabilities": ["*"],
                                                    **more}]}))

    def package(self, source, is_signed=True):
        path = self.modules / (Path(source).name + ".odm")
        run(ONEDOOR, "plugin", "pack", source, "--output", path)
        if is_signed:
            run(ONEDOOR, "plugin", "sign", path, "--key", self.folder / "k.key")
        return path

    def tiny(self, version, sequence, **more):
        """gov.tiny of a version, packed and signed."""
        source = self.folder / f"gov.tiny-{version}"
        source.mkdir()
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", f'-DTINY_VERSION="{version}"', "-I", ROOT / "sdk" / "include",
                        ROOT / "tests" / "package" / "tiny.c", "-o", source / "module.so"], check=True)
        (source / "manifest.json").write_text(json.dumps({"id": "gov.tiny", "version": version, "sequence": sequence, "abi": [1, 0],
                                                          "matters": ["*"], **more}))
        return self.package(source)


@pytest.fixture
def maker(tmp_path):
    return Maker(tmp_path)


def strict(maker, *connectors, **more):
    made = center(maker.folder, ["a", "b"], [matter("m", "a"), matter("n", "b")], [service("one", ["m"])])
    del made["modules_unsigned"]
    return DemoOf(maker.folder, {**made, "modules": str(maker.modules), "trust": "trust.json", "connectors": list(connectors), **more})


def sim(id="a", **config):
    return {"id": id, "module": SIM, "config": config}


def item(hub, id="a"):
    return hub.get(f"/v1/connectors/{id}").json


def put(hub, module, id="a", **more):
    return hub.request("PUT", f"/v1/connectors/{id}", {"module": module, **more})


def told(answer):
    return " ".join(e["detail"] for e in answer.json.get("errors", [])) + answer.json.get("detail", "")


def store_of(hub):
    return hub.folder / "data" / "modules"


def test_a_signed_package_serves_its_department(maker):
    maker.package(BUILD / "modules" / SIM)
    with strict(maker, sim(delay_ms=1)) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("one")).json["number"]
        assert hub.wait_for(number, lambda a: a["status"] == "decided")["decision"]["outcome"] == "approved"
        assert (item(hub)["signed_by"], item(hub)["is_development"]) == ("Test key", False)
        listed = hub.get("/v1/modules").json["items"]
        assert [(m["module"], m["signed_by"], m["fault"]) for m in listed] == [(SIM, "Test key", None)]
        words = Path(f"/proc/{hosts(hub)['a']}/cmdline").read_bytes().decode().split("\0")
        assert "--sealed" in words
        mapped = Path(f"/proc/{hosts(hub)['a']}/maps").read_text()
        assert "/memfd:module.so (deleted)" in mapped and str(maker.modules) not in mapped and str(store_of(hub)) not in mapped
        page = hub.get("/", headers={"Accept": "text/html"}).raw.decode()
        assert "Development" not in page and "for development alone" not in log_of(hub)
        assert hub.stop() == 0


def test_development_is_said_everywhere(maker):
    shutil.copytree(BUILD / "modules" / SIM, maker.modules / SIM)
    with strict(maker, sim(), modules_unsigned=True) as hub:
        hub.wait_connectors()
        assert (item(hub)["signed_by"], item(hub)["is_development"]) == (None, True)
        page = hub.get("/", headers={"Accept": "text/html", "Accept-Language": "en"}).raw.decode()
        assert "loads modules without a signature" in page
        assert "modules need no signature here: this center is for development alone" in log_of(hub)


def test_what_is_not_trusted_is_refused(maker):
    shutil.copytree(BUILD / "modules" / SIM, maker.modules / SIM)
    with strict(maker) as hub:
        answer = put(hub, SIM)
        assert answer.status == 422 and f"{SIM} is not signed." in told(answer)
        shutil.rmtree(maker.modules / SIM)
        whole = maker.package(BUILD / "modules" / SIM).read_bytes()
        for spoilt, text in ((whole[:len(whole) // 2], "is cut off"), (b"x" + whole, "is no package")):
            (maker.modules / f"{SIM}.odm").write_bytes(spoilt)
            answer = put(hub, SIM)
            assert answer.status == 422 and text in told(answer), told(answer)
        (maker.modules / f"{SIM}.odm").write_bytes(whole)
        for more, text in (({"prefixes": ["gov"]}, "may not sign a module named sim"), ({"capabilities": ["kv"]}, "may not grant fields, which"),
                           ({"min_sequence": {"sim": 2}}, "asks for 2 at least"), ({"expires": "2020-01-01"}, "was trusted up to 2020-01-01")):
            maker.trusts(**more)
            hub.process.send_signal(signal.SIGHUP)
            wait_until(lambda: text in told(put(hub, SIM, id="b")), what=lambda: text)
        maker.trust.write_text("{")
        hub.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "trust.json:1:2: " in log_of(hub))
        assert store_of(hub).exists() and [p.name for p in store_of(hub).iterdir()] == []
        maker.trusts()
        hub.process.send_signal(signal.SIGHUP)
        wait_until(lambda: put(hub, SIM).status == 202)
        hub.wait_connectors()


def test_a_revoked_key_starts_nothing_more(maker):
    maker.package(BUILD / "modules" / SIM)
    with strict(maker, sim()) as hub:
        hub.wait_connectors()
        maker.trusts(revoked=(datetime.date.today() - datetime.timedelta(days=1)).isoformat())
        hub.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "connector=a goes on, but will not be started again" in log_of(hub))
        assert item(hub)["state"] == "active" and "was revoked on" in item(hub)["trust_error"]
        wait_until(lambda: [a["connector"] for a in hub.get("/v1/alerts?kind=connector_distrusted").json["items"]] == ["a"])
        shown = hub.get("/connectors/a", headers={"Accept": "text/html", "Accept-Language": "en"}).raw.decode()
        assert "Its key is not trusted any more" in shown
        os.kill(hosts(hub)["a"], signal.SIGKILL)
        wait_until(lambda: "was revoked on" in (item(hub)["last_error"] or ""))
        assert item(hub)["state"] in ("backoff", "quarantined", "starting") and hosts(hub) == {}
        number = hub.submit(hub.example("one")).json["number"]
        assert hub.show(number)["tasks"][0]["owner"] == "connector"  # it waits; the worklist gets nothing behind an admin's back
        maker.trusts()
        hub.process.send_signal(signal.SIGHUP)
        hub.wait_for(number, lambda a: a["status"] == "decided", timeout=90)


def test_what_ran_comes_back_whatever_lies_in_the_folder(maker):
    path = maker.package(BUILD / "modules" / SIM)
    with strict(maker, sim()) as hub:
        hub.wait_connectors()
        hub.kill()
        path.write_bytes(b"swapped")
        hub.start()
        hub.wait_connectors()
        hub.kill()
        path.unlink()
        hub.start()
        hub.wait_connectors()
        number = hub.submit(hub.example("one")).json["number"]
        hub.wait_for(number, lambda a: a["status"] == "decided")


@pytest.mark.parametrize("harm", ["swap", "truncate", "flip", "remove"])
def test_a_changed_store_starts_nothing(maker, harm):
    maker.package(BUILD / "modules" / SIM)
    with strict(maker, sim()) as hub:
        hub.wait_connectors()
        place = next(p for p in store_of(hub).iterdir() if p.is_dir())
        module = place / "module.so"
        module.chmod(0o600)
        whole = module.read_bytes()
        spoilt = {"swap": b"evil", "truncate": whole[:len(whole) // 2], "flip": whole[:1000] + b"\xa5" + whole[1001:], "remove": None}[harm]
        if spoilt is None:
            module.unlink()
        else:
            module.write_bytes(spoilt)
        first = hosts(hub)["a"]
        os.kill(first, signal.SIGKILL)  # what was sealed when it was loaded starts again, whatever lies on the disk
        wait_until(lambda: item(hub)["state"] == "active" and hosts(hub).get("a", first) != first)
        hub.stop()
        hub.start()
        wait_until(lambda: "in the module store is not what was verified" in (item(hub)["last_error"] or ""))
        assert hosts(hub) == {}
        module.write_bytes(whole)
        hub.wait_connectors(timeout=60)


def test_an_older_version_comes_back_by_rollback_alone(maker):
    maker.tiny("1.0.0", 1)
    maker.tiny("1.1.0", 2)
    maker.tiny("0.9.0", 0)
    with strict(maker, {"id": "a", "module": "gov.tiny-1.0.0", "config": {}}) as hub:
        hub.wait_connectors()
        assert hub.post("/v1/connectors/a/upgrade", {"module": "gov.tiny-1.1.0", "bake_ms": 0}).status == 202
        wait_until(lambda: (c := item(hub))["module"] == "gov.tiny-1.1.0" and c["rollout"] is None, what=lambda: str(item(hub)))
        for module in ("gov.tiny-1.0.0", "gov.tiny-0.9.0"):
            answer = hub.post("/v1/connectors/a/upgrade", {"module": module, "bake_ms": 0})
            assert answer.status == 422 and "and 2 of gov.tiny ran here before" in told(answer), answer.raw
        (maker.modules / "gov.tiny-1.0.0.odm").unlink()  # the store still has it
        assert hub.post("/v1/connectors/a/rollback", {"reason": "test"}).status == 202
        wait_until(lambda: (c := item(hub))["module"] == "gov.tiny-1.0.0" and c["rollout"] is None, what=lambda: str(item(hub)))
        hub.wait_connectors()
        hub.kill()
        hub.start()
        hub.wait_connectors()
        assert item(hub)["module"] == "gov.tiny-1.0.0"
        assert put(hub, "gov.tiny-0.9.0", id="b").status == 422


def test_more_capabilities_need_a_word(maker):
    maker.tiny("1.0.0", 1)
    maker.tiny("1.1.0", 2, capabilities={"fields": ["secret"], "kv": {"quota": 10}})
    with strict(maker, {"id": "a", "module": "gov.tiny-1.0.0", "config": {}}) as hub:
        hub.wait_connectors()
        answer = hub.post("/v1/connectors/a/upgrade", {"module": "gov.tiny-1.1.0", "bake_ms": 0})
        assert answer.status == 409 and [e["detail"] for e in answer.json["errors"]] == ["fields: secret", "kv: 10 bytes"], answer.raw
        assert item(hub)["module"] == "gov.tiny-1.0.0"
        assert hub.post("/v1/connectors/a/upgrade", {"module": "gov.tiny-1.1.0", "bake_ms": 0, "approve": True}).status == 202
        wait_until(lambda: item(hub)["module"] == "gov.tiny-1.1.0")


def test_the_configuration_is_checked_before_a_start(maker):
    maker.package(BUILD / "modules" / SIM)
    shutil.copytree(BUILD / "modules" / "hello-1.0.0", maker.modules / "hello-1.0.0")
    hub = strict(maker, {"id": "a", "module": SIM, "config": {"delay_ms": "soon"}}, {"id": "b", "module": "hello-1.0.0", "config": {}})
    (maker.folder / "onedoor.json").write_text(json.dumps(hub.config))

    def check():
        done = subprocess.run([BUILD / "bin" / "onedoord", "--config", maker.folder / "onedoor.json", "--check-config"], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stderr

    code, err = check()
    assert code == 1
    assert f"/connectors/0: The configuration does not fit {SIM}: \"/delay_ms\" must be of type integer." in err
    assert "/connectors/1: hello-1.0.0 is not signed." in err
    maker.trust.unlink()
    code, err = check()
    assert code == 1 and "/trust: The trust file" in err and "it does not exist" in err
    maker.trusts()
    hub.config["connectors"] = [sim(delay_ms=1)]
    (maker.folder / "onedoor.json").write_text(json.dumps(hub.config))
    assert check()[0] == 0
    with hub:
        hub.wait_connectors()
        answer = put(hub, SIM, id="b", config={"delay_ms": -1})
        assert answer.status == 422 and "\"/delay_ms\" must be at least 0." in told(answer)


def test_an_adversary_who_swaps_the_package_all_the_time(maker):
    """Whatever a load happens to read, it runs what was signed or nothing."""
    good = maker.package(BUILD / "modules" / SIM)
    whole = good.read_bytes()
    other = maker.folder / "other"
    other.mkdir()
    stranger = Maker(other)
    shutil.copytree(BUILD / "modules" / SIM, other / SIM)
    variants = [whole, stranger.package(other / SIM).read_bytes(), whole[:len(whole) // 3], whole[:-40], b"", whole[:5000] + b"\0" * 64 + whole[5064:]]
    is_over = threading.Event()

    def swap():
        turn = 0
        while not is_over.is_set():
            turn += 1
            part = maker.modules / "part"
            part.write_bytes(variants[turn % len(variants)])
            part.rename(good)
            if turn % 3 == 0:  # and in place, under the reader's hands
                with open(good, "r+b") as file:
                    file.truncate(len(whole) // 2)

    with strict(maker) as hub:
        thread = threading.Thread(target=swap)
        thread.start()
        try:
            loaded = refused = 0
            for _ in range(400):
                answer = put(hub, SIM)
                if answer.status == 202:
                    loaded += 1
                    hub.wait_connectors()
                    assert item(hub)["signed_by"] == "Test key"
                    assert "/memfd:module.so (deleted)" in Path(f"/proc/{hosts(hub)['a']}/maps").read_text()
                    hub.request("DELETE", "/v1/connectors/a")
                    wait_until(lambda: hub.get("/v1/connectors").json["items"] == [])
                else:
                    refused += 1
                    assert answer.status == 422 and told(answer), answer.raw
                if loaded >= 5 and refused >= 20:
                    break
        finally:
            is_over.set()
            thread.join()
        assert loaded >= 1 and refused >= 5, (loaded, refused)
        stored = [p for p in store_of(hub).iterdir() if p.is_dir()]
        assert len(stored) == 1  # the stranger's was never let in
