# SPDX-License-Identifier: Apache-2.0
"""The life of a hub: signals, keys, catalogues, a full disk, modules that come and go under load."""
import fcntl
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

import crash_raw as raw
import pytest
from crash_kill import hosts, is_alive
from crash_life import hub_body, log_of, two_departments, wait_until
from crash_load import Load
from crash_store import Store
from crash_stream import Stream
from hub import BUILD, SIM, DemoOf, Hub, center, matter, service, text

DAEMON = str(BUILD / "bin" / "onedoord")


def run_daemon(*arguments, timeout=20):
    run = subprocess.run([DAEMON, *map(str, arguments)], capture_output=True, text=True, timeout=timeout)
    return run.returncode, run.stdout, run.stderr


# -- The demo's own folder --

def test_a_demo_makes_its_folder_where_tmpdir_says_or_names_that_place(tmp_path):
    missing = tmp_path / "missing"
    run = subprocess.run([DAEMON, "--demo"], capture_output=True, text=True, timeout=20,
                         env={**os.environ, "TMPDIR": str(missing)})
    assert run.returncode == 1
    assert f"no folder can be made in {missing}; give one with --data" in run.stderr


# -- SIGTERM --

def test_sigterm_answers_what_is_under_way_and_leaves_nobody_behind(tmp_path):
    with DemoOf(tmp_path, two_departments(tmp_path)) as hub:
        hub.wait_connectors()
        body = json.dumps(hub.example("two")).encode()
        head = (b"POST /v1/applications HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Authorization: Bearer " + hub.key.encode() + b"\r\nIdempotency-Key: under-way\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body))
        children = list(hosts(hub).values())
        stream = Stream(hub, "/v1/events")
        with raw.connect(hub) as begun, raw.connect(hub) as idle:
            begun.sendall(head + body[:10])
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert raw.status_of(raw.read_head(idle)) == 200
            hub.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "draining" in log_of(hub))
            begun.sendall(body[10:])
            answer = raw.read_all(begun)
            assert raw.status_of(answer) == 201
            number = json.loads(answer.split(b"\r\n\r\n", 1)[1])["number"]
            assert raw.read_all(idle).count(b"HTTP/1.1 ") == 0, "an idle connection is closed"
        stream.result()
        assert hub.process.wait(15) == 0
        assert not [pid for pid in children if is_alive(pid)]
        hub.start()
        assert hub.show(number)["number"] == number


def test_sigterm_under_load_loses_nothing(tmp_path):
    with DemoOf(tmp_path, two_departments(tmp_path)) as hub:
        load = Load(hub, lambda dice: hub_body("two"), seed=7, clients=6, rate=150).start()
        for _ in range(3):
            time.sleep(0.4)
            assert hub.stop() == 0
            hub.start()
        load.stop()
        assert load.broken == []
        assert len(load.acknowledged) >= 50
        assert hub.stop() == 0
    store = Store(tmp_path / "data")
    assert store.count("application") == len(load.acknowledged)
    assert store.broken_record() == 0
    store.close()


# -- SIGHUP, and the catalogue that an application keeps --

def write_catalog(folder, promised, extra=""):
    center(folder, ["water", "land"], [matter("w", "water", promised=promised), matter("l", "land", promised=promised)],
           [service("two", ["w", "l"], policy={"kind": "all"} if promised == 5 else {"kind": "lead", "lead": "w"})])
    path = folder / "catalog" / "all.json"
    path.write_text(path.read_text() + extra)


def reload(hub, expected):
    before = len(log_of(hub))
    hub.process.send_signal(signal.SIGHUP)
    return wait_until(lambda: re.search(expected, log_of(hub)[before:]), what=lambda: log_of(hub)[before:])


def test_reload_takes_a_catalogue_whole_or_not_at_all_and_applications_keep_theirs(tmp_path):
    config = two_departments(tmp_path)
    config["connectors"] = []
    with DemoOf(tmp_path, config) as hub:
        first = hub.submit(hub.example("two"), "first").json
        write_catalog(tmp_path, 5, extra="}")
        reload(hub, r"SIGHUP: all\.json:\d+:\d+: ")
        assert hub.submit(hub.example("two")).json["catalog_version"] == first["catalog_version"]
        write_catalog(tmp_path, 30)  # later than the statute allows, in both matters
        before = len(log_of(hub))
        reload(hub, r"SIGHUP: all\.json:\d+:\d+: .*\([2-9] findings\)")
        told = re.findall(r"catalogue: (all\.json:\d+:\d+): ", log_of(hub)[before:])
        assert len(told) == len(set(told)) >= 2, "each finding, and not the first alone"
        assert hub.submit(hub.example("two")).json["catalog_version"] == first["catalog_version"]
        write_catalog(tmp_path, 8)
        reload(hub, r"SIGHUP: reloaded")
        second = hub.submit(hub.example("two"), "second").json
        assert second["catalog_version"] != first["catalog_version"]
        assert second["tasks"][0]["promised_date"] > first["tasks"][0]["promised_date"]
        hub.kill()
        hub.start()
        for application, policy, outcome in ((first, "all", "rejected"), (second, "lead", "approved")):
            shown = hub.show(application["number"])
            assert (shown["catalog_version"], shown["tasks"]) == (application["catalog_version"], application["tasks"])
            for task, opinion in zip(shown["tasks"], ({"opinion": "approve"}, {"opinion": "reject", "reasons": ["No road."]})):
                assert hub.post(f"/v1/tasks/{task['id']}/opinion", opinion).status == 200
            decision = hub.show(application["number"])["decision"]
            assert (decision["policy"], decision["outcome"]) == (policy, outcome)
        assert hub.submit(hub_body("two"), "third").json["catalog_version"] == second["catalog_version"]


def test_reload_of_a_catalogue_that_is_gone_is_refused(tmp_path):
    with DemoOf(tmp_path, two_departments(tmp_path)) as hub:
        (tmp_path / "catalog").rename(tmp_path / "elsewhere")
        line = reload(hub, r"SIGHUP: (.*)")[1]
        assert "the folder cannot be read" in line, line
        assert hub.submit(hub.example("two")).status == 201


def key(id, secret, *roles, **more):
    return {"id": id, "hash": "sha256:" + hashlib.sha256(secret.encode()).hexdigest(), "roles": list(roles), **more}


def ask(hub, secret, method, path, body=None):
    return hub.request(method, path, body, headers={"Authorization": "Bearer " + secret} if secret else {}).status


def test_reload_changes_the_keys(tmp_path):
    with DemoOf(tmp_path, two_departments(tmp_path)) as hub:
        assert ask(hub, "another-key", "GET", "/v1/applications") == 401
        config = {**hub.config, "keys": [key("other", "another-key", "admin")]}
        (tmp_path / "onedoor.json").write_text(json.dumps(config))
        reload(hub, "SIGHUP: reloaded")
        assert ask(hub, "another-key", "GET", "/v1/applications") == 200
        assert ask(hub, hub.SECRET, "GET", "/v1/applications") == 401
        (tmp_path / "onedoor.json").write_text("{\"keys\": [}")
        reload(hub, "SIGHUP: the configuration is refused; the running one stays")
        assert re.search(r"onedoor\.json:1:\d+: ", log_of(hub))
        assert ask(hub, "another-key", "GET", "/v1/applications") == 200


# -- Who may what --

def test_default_deny(tmp_path):
    config = two_departments(tmp_path)
    config["connectors"] = []
    with DemoOf(tmp_path, config) as hub:
        number = hub.submit(hub.example("two")).json["number"]
        (tmp_path / "onedoor.json").write_text(json.dumps({**hub.config, "keys": [
            key("desk", "desk-key", "front_desk"), key("water", "water-key", "officer", department="water"),
            key("chief", "chief-key", "supervisor")]}))
        hub.key = None
        reload(hub, "SIGHUP: reloaded")
        rows = [
            (401, None, "POST", "/v1/applications", hub_body("two"), "no key"),
            (401, None, "GET", f"/v1/applications/{number}", None, "no key"),
            (401, None, "GET", "/v1/tasks", None, "no key"),
            (401, None, "PUT", "/v1/connectors/land", {"module": SIM}, "no key"),
            (401, None, "GET", "/metrics", None, "no key"),
            (401, None, "GET", "/v1/events", None, "no key"),
            (401, "wrong", "GET", "/healthz", None, "a wrong key is told even here"),
            (200, None, "GET", "/v1/services", None, "the guide is public"),
            (200, "desk-key", "GET", f"/v1/applications/{number}", None, "its own work"),
            (403, "desk-key", "POST", f"/v1/tasks/{number}.1/take", {}, "the front desk gives no opinions"),
            (403, "desk-key", "PUT", "/v1/connectors/land", {"module": SIM}, "nor loads modules"),
            (403, "chief-key", "POST", "/v1/applications", hub_body("two"), "a supervisor does not submit"),
            (403, "water-key", "POST", f"/v1/tasks/{number}.2/take", {}, "another department's task"),
            (403, "water-key", "POST", f"/v1/tasks/{number}.2/opinion", {"opinion": "approve"}, "another department's task"),
            (200, "water-key", "POST", f"/v1/tasks/{number}.1/take", {}, "the own task"),
        ]
        wrong = [(why, got) for status, secret, method, path, body, why in rows
                 if (got := ask(hub, secret, method, path, body)) != status]
        assert wrong == []
        items = hub.get("/v1/tasks?department=land", headers={"Authorization": "Bearer water-key"}).json["items"]
        assert {t["department"] for t in items} <= {"water"}, "an officer sees the own department only"


def test_listening_to_the_world_needs_keys(tmp_path):
    config = two_departments(tmp_path)
    (tmp_path / "onedoor.json").write_text(json.dumps({**config, "listen": "0.0.0.0:0"}))
    status, out, err = run_daemon("--config", tmp_path / "onedoor.json")
    assert (status, out) == (1, "") and "keys" in err, err
    status, out, err = run_daemon("--demo", "--data", tmp_path / "demo", "--listen", "0.0.0.0:0")
    assert (status, out) == (1, "") and "loopback" in err, err


def test_demo_mode_serves_this_machine_only(demo):
    port = demo.address.rsplit(":", 1)[1].encode()
    rows = [
        (200, b"Host: localhost:" + port, "its own name"),
        (200, b"Host: 127.0.0.1:" + port + b"\r\nOrigin: http://127.0.0.1:" + port, "its own page"),
        (403, b"Host: onedoor.example:" + port, "a name that was made to point here"),
        (403, b"Host: localhost\r\nOrigin: https://evil.example", "a foreign page"),
        (403, b"Host: localhost\r\nOrigin: null", "a page from nowhere"),
    ]
    wrong = [(why, got) for status, lines, why in rows
             if (got := raw.status(demo, b"GET /v1/applications HTTP/1.1\r\n" + lines + b"\r\n\r\n")) != status]
    assert wrong == []
    assert all(" DEMO: " in line for line in log_of(demo).splitlines() if " onedoord" in line)


# -- Start --

def test_a_second_hub_on_the_same_folder_is_refused(demo):
    status, out, err = run_daemon("--demo", "--data", demo.folder / "data", "--listen", "127.0.0.1:0")
    assert (status, out) == (1, "")
    assert "another hub" in err, err
    assert demo.get("/healthz").status == 200


def test_a_lock_that_a_dying_hub_left_to_its_child_is_waited_for(tmp_path):
    config = two_departments(tmp_path)
    (tmp_path / "data").mkdir()
    with open(tmp_path / "data" / "hub.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        release = threading.Timer(0.3, fcntl.flock, (lock, fcntl.LOCK_UN))
        release.start()
        with DemoOf(tmp_path, config) as hub:
            assert hub.submit(hub.example("two")).status == 201
        release.join()


def test_check_config(tmp_path):
    config = two_departments(tmp_path)
    path = tmp_path / "onedoor.json"
    path.write_text(json.dumps(config))
    status, out, err = run_daemon("--config", path, "--check-config")
    assert (status, err) == (0, "") and out.startswith("fine: "), out + err
    write_catalog(tmp_path, 30)
    status, out, err = run_daemon("--config", path, "--check-config")
    assert (status, out) == (1, "")
    assert re.search(r"^all\.json:\d+:\d+: ", err, re.M), err
    path.write_text(json.dumps({**config, "listne": "127.0.0.1:0"}))
    status, out, err = run_daemon("--config", path, "--check-config")
    assert (status, out) == (1, "")
    assert re.search(r"onedoor\.json:1:\d+: unknown member", err), err
    path.write_text(json.dumps({**config, "modules": "none"}))
    status, out, err = run_daemon("--config", path, "--check-config")
    assert (status, out) == (1, "")
    assert len(re.findall(r"^all\.json:\d+:\d+: ", err, re.M)) >= 2, err  # the catalogue is still the faulty one
    assert "the module folder" in err and "No such file" in err, "one check tells all"
    assert not (tmp_path / "data").exists(), "a check leaves nothing behind"


def test_check_config_counts_what_it_does_not_list(tmp_path):
    config = two_departments(tmp_path)
    for count, more in ((100, ""), (101, "and 1 more\n")):
        path = tmp_path / "catalog" / "all.json"
        write_catalog(tmp_path, 5)
        catalog = json.loads(path.read_text())
        catalog["departments"] += [{"id": f"D{i}", "name": text("一", "A")} for i in range(count)]  # no capitals
        path.write_text(json.dumps(catalog))
        (tmp_path / "onedoor.json").write_text(json.dumps(config))
        status, out, err = run_daemon("--config", tmp_path / "onedoor.json", "--check-config")
        assert (status, out) == (1, "")
        assert len(re.findall(r"^all\.json:\d+:\d+: ", err, re.M)) == 100, err
        assert re.findall(r"and \d+ more\n", err) == ([more] if more else [])


@pytest.mark.parametrize("folder, reason", [("none", "No such file or directory"), ("onedoor.json", "Not a directory")])
def test_a_hub_without_its_module_folder_is_refused(tmp_path, folder, reason):
    config = {**two_departments(tmp_path), "modules": folder, "connectors": []}
    (tmp_path / "onedoor.json").write_text(json.dumps(config))
    status, out, err = run_daemon("--config", tmp_path / "onedoor.json")
    assert (status, out) == (1, "")
    assert re.search(rf"the module folder \S+/{folder} cannot be read: {reason}; create it", err), err
    assert not (tmp_path / "data").exists(), "refused before anything is written"


def test_service_manager_is_notified(tmp_path):
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(place))
        manager.settimeout(10)
        with Hub(environment={"NOTIFY_SOCKET": str(place)}) as hub:
            assert manager.recv(100) == b"READY=1"
            assert hub.get("/readyz").status == 200
            assert hub.stop() == 0
            assert manager.recv(100) == b"STOPPING=1"


# -- Time --

def test_overdue_is_marked_once_on_the_day_after_the_due_day():
    with Hub("--clock", "virtual") as hub:
        hub.wait_connectors()
        application = hub.submit(hub.example("hold-public-event")).json
        number = application["number"]
        task = next(t for t in application["tasks"] if t["owner"] == "officer" and t["promised_date"] < application["promised_date"])

        def move(date, clock):
            answer = hub.post("/v1/test/clock", {"now": f"{date}T{clock}+08:00"})
            assert answer.status == 200 and answer.json["quiet"], answer.raw

        def overdue():
            return [(o.get("task"), o["clock"]) for e in hub.events(number) if e["type"] == "woken" for o in e.get("overdue", [])]

        index = application["tasks"].index(task)
        move(task["promised_date"], "23:59:59")
        assert (index, "promised") not in overdue()
        assert not next(t for t in hub.show(number)["tasks"] if t["id"] == task["id"])["overdue"]
        next_day = time.strftime("%Y-%m-%d", time.gmtime(time.mktime(time.strptime(task["promised_date"], "%Y-%m-%d")) + 36 * 3600))
        move(next_day, "00:00:01")
        assert overdue().count((index, "promised")) == 1
        assert next(t for t in hub.show(number)["tasks"] if t["id"] == task["id"])["overdue"]
        assert number in [a["number"] for a in hub.get("/v1/applications?overdue=true").json["items"]]
        move("2027-12-31", "12:00:00")
        move("2028-01-31", "12:00:00")
        marks = overdue()
        assert len(marks) == len(set(marks)), marks
        assert (None, "promised") in marks and (None, "statutory") in marks


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("life")
    with DemoOf(folder, two_departments(folder)) as hub:
        hub.wait_connectors()
        yield hub


# -- What clients follow and page through --

def test_streams_go_on_without_a_gap(desk):
    def is_last(event):
        return event["type"] == "onedoor.application.opined" and event["data"]["number"] == last["number"]

    submit = lambda: desk.submit(desk.example("two")).json  # noqa: E731
    last = {"number": None}
    first = Stream(desk, "/v1/events", limit=5)
    others = [Stream(desk, "/v1/events", wanted=is_last) for _ in range(3)]
    for _ in range(10):
        submit()
    head = first.result()
    time.sleep(0.3)
    for _ in range(10):
        submit()
    resumed = Stream(desk, "/v1/events", last_event_id=first.last_event_id, wanted=is_last)
    for _ in range(10):
        submit()
    last.update(submit())
    whole = [e["id"] for e in others[0].result()]
    assert [e["id"] for e in others[1].result()] == [e["id"] for e in others[2].result()] == whole
    assert len(whole) == len(set(whole)) >= 31 * 4
    tail = [e["id"] for e in resumed.result()]
    known = [e["id"] for e in head]
    assert known == whole[:len(known)]
    # An id stands for a record: one that broke off in the middle comes again, and nothing is left out.
    repeated = [id for id in tail if id in known]
    assert tail == whole[whole.index(tail[0]):]
    assert whole.index(tail[0]) <= len(known)
    assert len({id.split(".")[0] for id in repeated}) <= 1
    text_of_all = json.dumps([e for e in head])
    assert "王小明" not in text_of_all


def test_the_stream_of_one_application_is_its_journal(desk):
    number = desk.submit(desk.example("two")).json["number"]
    stream = Stream(desk, f"/v1/applications/{number}/events", wanted=lambda e: e["type"] == "decided")
    task = desk.wait_for(number, lambda a: a["tasks"][0]["state"] == "done")["tasks"][1]
    assert desk.post(f"/v1/tasks/{task['id']}/opinion", {"opinion": "approve"}).status == 200
    events = stream.result()
    assert events == desk.events(number)
    middle = next(e["seq"] for e in events if e["type"] == "opined")
    resumed = Stream(desk, f"/v1/applications/{number}/events", last_event_id=middle, wanted=lambda e: e["type"] == "decided")
    assert resumed.result() == [e for e in events if e["seq"] > middle]


def test_lists_are_paged_by_links(tmp_path):
    with DemoOf(tmp_path, two_departments(tmp_path)) as hub:
        numbers = [hub.submit(hub_body("two")).json["number"] for _ in range(250)]
        for number in numbers[:30]:
            assert hub.post(f"/v1/applications/{number}/withdraw", {}).status == 200
        for query, expected in (("limit=100", numbers), ("limit=200", numbers), ("limit=7&status=withdrawn", numbers[:30]),
                                ("limit=100&service=two&status=in_review", numbers[30:])):
            seen, path, pages = [], "/v1/applications?" + query, 0
            while path:
                answer = hub.get(path)
                assert answer.status == 200
                seen += [a["number"] for a in answer.json["items"]]
                link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
                path = link and link[1]
                pages += 1
                assert pages <= 60
            assert seen == expected[::-1], query


def test_tracking_needs_number_and_code(desk):
    application = desk.submit(desk.example("two")).json
    other = desk.submit(desk.example("two")).json
    number, code = application["number"], application["code"]
    key_, desk.key = desk.key, None
    try:
        found = desk.post("/v1/track", {"number": number, "code": code})
        assert (found.status, found.json["number"]) == (200, number)
        assert "王小明" not in found.raw.decode() and "applicant" not in found.json
        rows = [({"number": number, "code": other["code"]}, "the code of another"),
                ({"number": number, "code": code[:-1] + ("0" if code[-1] != "0" else "1")}, "one character off"),
                ({"number": number, "code": ""}, "empty"),
                ({"number": number[:-1] + str((int(number[-1]) + 1) % 10), "code": code}, "a wrong check digit"),
                ({"number": number, "code": code + " "}, "longer")]
        answers = [desk.post("/v1/track", body) for body, _ in rows]
        assert [(why, a.status) for (_, why), a in zip(rows, answers) if a.status != 404] == []
        assert len({a.json["detail"] for a in answers}) == 1, "whichever is wrong, the same is said"
        for body in ({"number": number}, {"code": code}, {"number": number, "code": 7}):
            assert desk.post("/v1/track", body).status == 422
    finally:
        desk.key = key_


def test_every_fault_of_a_configuration_is_told(tmp_path):
    config = center(tmp_path, ["a"], [matter("m", "a")], [service("one", ["m"])])
    digest = "sha256:" + hashlib.sha256(b"x").hexdigest()
    config |= {"listen": "0.0.0.0:1", "nng": {"front_desk": "tcp://0.0.0.0:15555"},
               "connectors": [{"id": "a", "module": "nope-1.0.0"}, {"id": "b", "module": "nope-1.0.0", "department": "atlantis"}]}
    path = tmp_path / "c.json"

    def check(more):
        path.write_text(json.dumps(config | more))
        done = subprocess.run([BUILD / "bin" / "onedoord", "--config", path, "--check-config"], capture_output=True, text=True, timeout=20)
        return done.returncode, done.stderr

    code, text = check({})
    assert code == 1
    for part in ("/listen", "/nng/front_desk", "/connectors/0", "nope-1.0.0", "/connectors/1", "atlantis"):
        assert part in text, text
    keys = [{"id": n, "hash": digest, "roles": ["officer"], "department": "atlantis"} for n in ("k", "l")]
    code, text = check({"keys": keys})
    assert code == 1 and "/keys/0" in text and "secret of its own" in text and "/listen" not in text
    started = subprocess.run([BUILD / "bin" / "onedoord", "--config", path], capture_output=True, text=True, timeout=20)
    assert started.returncode == 1 and "atlantis" in started.stderr
