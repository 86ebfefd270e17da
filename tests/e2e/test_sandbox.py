# SPDX-License-Identifier: Apache-2.0
"""A module that attacks: every attempt fails at the layer that must stop it; and what the hub does where a layer is missing."""
import errno
import os
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest
import sandbox_attempts
from crash_life import hub_body, wait_until
from hub import BUILD, ROOT, DemoOf, center, connector, matter, programs, service
from sandbox_attempts import ATTEMPTS, expected

ATTACK = "attack-1.0.0"
RESOURCES = {"threads": 12, "descriptors": 64, "memory_mib": 64}  # of tests/sandbox/attack.json
NOBODY = 65534
pytestmark = pytest.mark.skipif(not (BUILD / "tests" / "sandbox" / ATTACK / "module.so").exists(), reason="the attack module is not built")


def attacked_center(folder, **more):
    """The water department is healthy, the land department's module is not."""
    modules = folder / "modules"
    for source in (BUILD / "modules" / "sim-1.0.0", BUILD / "tests" / "sandbox" / ATTACK):
        shutil.copytree(source, modules / source.name)
    fields = [{"id": name, "type": "text", "label": {"zh-CN": name, "en": name}} for name in ("act", "hidden")]
    config = center(folder, ["water", "land", "fire"], [matter("w", "water"), *[matter(d[0], d, fields=["act", "hidden"]) for d in ("land", "fire")]],
                    [service("two", ["w", "l"], form=fields), service("plant", ["f"], form=fields)])
    for name in ("own", "other"):
        secret = folder / "secrets" / "land" / name
        secret.parent.mkdir(parents=True, exist_ok=True)
        secret.write_text("a value that stays where it is")
        secret.chmod(0o600)
    return {**config, "modules": str(modules), "secrets": str(folder / "secrets"),
            "connectors": [connector("water"), {"id": "fire", "module": ATTACK}], **more}


def load_attack(hub):
    settings = {"data": str(hub.folder / "data"), "config": str(hub.folder / "onedoor.json"),
                "module": str(hub.folder / "modules" / "sim-1.0.0" / "module.so"), "peer": hub.hosts()["water"],
                "port": int(hub.address.rstrip("/").rsplit(":", 1)[1]), **RESOURCES}
    assert hub.request("PUT", "/v1/connectors/land", {"module": ATTACK, "config": settings}).status == 202
    return wait_until(lambda: (c := hub.get("/v1/connectors/land").json)["state"] == "active" and c)


def log(hub):
    return [line["text"] for line in hub.get("/v1/connectors/land/logs").json["items"]]


def attack(hub):
    """Let it try; {(phase, name): errno}. Another connector of the same module has state of its own."""
    number = hub.submit(hub_body("plant", act="plant")).json["number"]
    assert hub.wait_for(number, lambda a: a["status"] == "decided")["decision"]["outcome"] == "approved"
    number = hub.submit(hub_body("two", act="attack", hidden="classified")).json["number"]
    hub.wait_for(number, lambda a: all(t["state"] == "done" for t in a["tasks"]))
    found = {}
    for line in log(hub):
        if (words := re.match(r"attack (loaded|opened) ", line)) is not None:
            for name, end in re.findall(r"(\w+)=(\d+)", line):
                found[words[1], name] = int(end)
    return found


def check(found, tier):
    """Row by row: the attempt was made, and it failed as only its layer lets it fail."""
    for phase in ("loaded", "opened"):
        for name, (layer, number) in expected(tier, phase).items():
            end = found.get((phase, name))
            print(f"{tier:8} {phase:6} {name:22} {layer}: errno {end}")
            assert end != 0, f"{name} ({ATTEMPTS[name][0]}) got through, {phase} in tier {tier}"
            assert end == number, f"{name} ({ATTEMPTS[name][0]}), {phase} in tier {tier}: errno {end}, where {layer} gives {number}"
    assert {name for phase, name in found if name != "begin"} == set(ATTEMPTS), "the table and the module name the same attempts"


def run_attack(folder, tier, **more):
    hub = DemoOf(folder, attacked_center(folder, **more))
    if tier != "full":
        hub.programs = programs(folder, f"--max-tier {tier}")
    with hub:
        hub.wait_connectors()
        peer = hub.hosts()["water"]
        loaded = load_attack(hub)
        assert loaded["tier"] == tier
        found = attack(hub)
        after = hub.get("/v1/connectors/land").json
        assert (after["pid"], after["restarts"], after["last_error"]) == (loaded["pid"], 0, None), "and its own process lives"
        assert hub.hosts()["water"] == peer
        assert hub.process.poll() is None
        return found


@pytest.fixture(scope="module")
def best():
    """The best tier that this machine has, as a host says it in its hello."""
    return loaded_alone([], BUILD / "modules" / "sim-1.0.0")[1]


def needs(best, tier):
    tiers = ["plain", "filtered", "full"]
    if tiers.index(best) < tiers.index(tier):
        pytest.skip(f"this machine reaches tier {best}, not {tier}")


def test_every_attempt_fails_in_tier_full(tmp_path, best):
    needs(best, "full")
    check(run_attack(tmp_path, "full", sandbox={"min_tier": "full"}), "full")


def test_every_attempt_fails_in_tier_filtered(tmp_path, best):
    needs(best, "filtered")
    check(run_attack(tmp_path, "filtered"), "filtered")


def test_more_than_forty_attempts_are_made():
    assert len(ATTEMPTS) >= 40


def loaded_alone(arguments, folder):
    """A host without a hub, as far as its module's constructors run: what it printed, and its tier."""
    here, there = socket.socketpair()
    command = [str(BUILD / "bin" / "onedoor-host"), "--connector", "land", "--module", str(folder), *arguments]
    with subprocess.Popen(command, preexec_fn=lambda: os.dup2(there.fileno(), 3), close_fds=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as host:
        there.close()
        tier = re.search(rb'"tier":"(\w+)"', here.recv(65536))  # of hello: constructors are over
        here.close()
        return host.communicate(timeout=20)[0], tier and tier[1].decode()


def test_each_refused_call_is_named_once(best):
    needs(best, "filtered")
    told, _ = loaded_alone([], BUILD / "tests" / "sandbox" / ATTACK)
    names = re.findall(r"^sandbox: your code called (\w+): .+$", told, re.M)
    names += ["openat"] * len(re.findall(r"^sandbox: your code opened /tmp/onedoor-attack: a module has no files .+$", told, re.M))
    assert len(names) == len(set(names))
    assert set(names) == sandbox_attempts.reported()


def test_a_forged_frame_moves_no_task_of_another_connector(tmp_path):
    config = attacked_center(tmp_path)
    config["connectors"] = [connector("water", delay_ms=3600000)]
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        load_attack(hub)
        first = hub.submit(hub_body("two", act="forge")).json["number"]
        hub.wait_for(first, lambda a: a["tasks"][1]["state"] == "done")
        others = []

        def is_forged():
            """It sees a frame when it is quicker than the host's own thread; the answer to a request that the host never made ends it."""
            others.append(hub.submit(hub_body("two")).json["number"])
            return hub.get("/v1/connectors/land").json["restarts"] > 0

        wait_until(is_forged, timeout=30)
        for number in [first, *others]:
            task = hub.show(number)["tasks"][0]
            assert (task["department"], task["state"], task.get("opinion")) == ("water", "offered", None)
            assert not [e for e in hub.events(number) if "forged" in str(e)]
        hub.wait_for(others[0], lambda a: a["tasks"][1]["state"] == "done")


def test_the_table_in_the_documentation_is_this_one():
    text = (ROOT / "docs" / "connectors" / "sandbox.md").read_text()
    assert sandbox_attempts.markdown() in text, "print it with tests/e2e/sandbox_attempts.py"


def test_nothing_is_refused_to_a_module_of_good_will(tmp_path):
    shutil.copytree(BUILD / "tests" / "sandbox" / "good-1.0.0", tmp_path / "modules" / "good-1.0.0")
    config = center(tmp_path, ["water"], [matter("w", "water")], [service("one", ["w"])])
    config |= {"modules": str(tmp_path / "modules"), "connectors": [{"id": "water", "module": "good-1.0.0"}]}
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        for _ in range(3):
            number = hub.submit(hub_body("one")).json["number"]
            application = hub.wait_for(number, lambda a: a["status"] == "decided")
            assert application["decision"]["outcome"] == "approved", application["tasks"][0]
        lines = [line["text"] for line in hub.get("/v1/connectors/water/logs").json["items"]]
        assert lines.count("this is printed to stdout, whole by whole line") == 3
        assert [line for line in lines if "sandbox" in line] == []


# -- A module whose library holds its own connection --

class Answering:
    """A socket at path, open to everybody, that answers `world` to whatever comes."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        path.chmod(0o666)
        self.listener.listen()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                with self.listener.accept()[0] as peer:
                    peer.recv(64)
                    peer.sendall(b"world")
            except OSError:
                return


@pytest.mark.parametrize("tier, says", [
    ("full", f"ours world, theirs {errno.ENOENT}, inet {errno.EACCES}"),
    ("filtered", f"ours {errno.EACCES}, theirs {errno.EACCES}, inet {errno.EACCES}"),
])
def test_net_is_its_own_sockets(tmp_path, best, tier, says):
    needs(best, tier)
    place = tmp_path / "n"
    place.mkdir(mode=0o711)  # below a folder where only its owner may go
    Answering(place / "db"), Answering(tmp_path / "x")
    shutil.copytree(BUILD / "tests" / "sandbox" / "net-1.0.0", tmp_path / "modules" / "net-1.0.0")
    config = center(tmp_path, ["water"], [matter("w", "water")], [service("one", ["w"])])
    config |= {"modules": str(tmp_path / "modules"), "connectors": [
        {"id": "water", "module": "net-1.0.0", "config": {"ours": str(place / "db"), "theirs": str(tmp_path / "x")}}]}
    hub = DemoOf(tmp_path, config)
    hub.programs = programs(tmp_path, f"--max-tier {tier} --sockets {place}")
    with hub:
        hub.wait_connectors()
        number = hub.submit(hub_body("one")).json["number"]
        task = hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "done")["tasks"][0]
        assert task["opinion"]["reasons"] == [says]
        told = [line["text"] for line in hub.get("/v1/connectors/water/logs").json["items"]]
        assert any('"net", but sockets need tier "full"' in line for line in told) == (tier == "filtered")


# -- Where the kernel does not have it all --

def hub_without(folder, what, **more):
    hub = DemoOf(folder, attacked_center(folder, **more))
    hub.prefix = [str(BUILD / "tests" / "sandbox_without"), what]
    return hub


def test_without_namespaces_the_tier_is_filtered_and_holds(tmp_path, best):
    needs(best, "filtered")
    with hub_without(tmp_path, "namespaces") as hub:
        hub.wait_connectors()
        assert load_attack(hub)["tier"] == "filtered"
        found = attack(hub)
        if os.geteuid() != 0:
            del found["opened", "more_threads"]  # threads of one user cannot be counted for a process
            found["opened", "more_threads"] = 11
        check(found, "filtered")


@pytest.mark.parametrize("what, least, words", [
    ("namespaces", "full", 'sandbox.min_tier is "full", "filtered" was reached: namespaces cannot be had (Operation not permitted) (exit 12)'),
    ("landlock", "filtered", 'sandbox.min_tier is "filtered", "plain" was reached: the kernel has no Landlock (Function not implemented) (exit 12)'),
])
def test_below_the_least_tier_no_module_runs(tmp_path, best, what, least, words):
    needs(best, least)
    with hub_without(tmp_path, what, sandbox={"min_tier": least}) as hub:
        found = wait_until(lambda: (c := hub.get("/v1/connectors/water").json)["last_error"] and "exit status 12" in c["last_error"] and c)
        assert found["last_error"].endswith(words), found
        number = hub.submit(hub_body("two")).json["number"]
        assert hub.show(number)["tasks"][0]["state"] == "queued"


def test_an_admin_may_do_without(tmp_path):
    with hub_without(tmp_path, "landlock", sandbox={"min_tier": "plain"}) as hub:
        hub.wait_connectors()
        assert hub.get("/v1/connectors/water").json["tier"] == "plain"
        number = hub.submit(hub_body("two")).json["number"]
        hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "done")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_reaches_tier_full(tmp_path, best):
    needs(best, "full")
    place = Path("/tmp") / f"onedoor-{os.getpid()}"  # above tmp_path others may not go
    place.mkdir(mode=0o755)
    try:
        hub = DemoOf(place, attacked_center(place, sandbox={"min_tier": "full"}))
        hub.prefix = ["/usr/bin/setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        for path in [place, *place.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        with hub:
            hub.wait_connectors()
            assert load_attack(hub)["tier"] == "full"
            check(attack(hub), "full")
    finally:
        shutil.rmtree(place)
