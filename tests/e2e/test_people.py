# SPDX-License-Identifier: Apache-2.0
"""Who may come in, what they may do and what of a person they see, in a real hub."""
import gzip
import json
import os
import re
import subprocess
import time
import urllib.parse

import pytest
from hub import BUILD
from people import EMAIL, ID_NUMBER, NAME, PHONE, ROLES, SECRET_FIELD, People, keys, secret_of
from people_matrix import HELP, ROUTES, World
from test_contract import Contract


@pytest.fixture
def hub(tmp_path):
    with People(tmp_path) as hub:
        yield hub
    assert not re.search(r"ERROR: (Address|Leak|Thread)Sanitizer|runtime error:|Assertion", hub.log_text())


def create(hub, id, roles, **more):
    return hub.ask("admin", "POST", "/v1/keys", {"id": id, "roles": roles, **more})


def test_a_key_is_made_used_and_revoked(hub):
    made = create(hub, "li.na", ["officer"], department="fire", note="Li Na, window 3")
    assert made.status == 201 and made.headers["Location"] == "/v1/keys/li.na" and made.headers["ETag"] == '"1"'
    assert made.headers["Cache-Control"] == "no-store"
    secret = made.json["secret"]
    assert re.fullmatch(r"od_[a-z2-7]{32}", secret) and secret.startswith(made.json["starts"])
    assert hub.ask(secret, "GET", "/v1/tasks").status == 200
    assert hub.ask(secret, "GET", "/v1/keys").status == 403
    assert hub.ask(secret[:-1] + ("a" if secret[-1] != "a" else "b"), "GET", "/v1/tasks").status == 401
    number = hub.apply("fire-only")["number"]
    assert hub.ask(secret, "POST", f"/v1/tasks/{number}.1/take", {}).status == 200
    events = hub.ask("supervisor", "GET", f"/v1/applications/{number}/events").json["items"]
    assert [event["by"] for event in events if event["type"] == "taken"] == ["li.na"]
    listed = hub.ask("admin", "GET", "/v1/keys").json["items"]
    assert [key["id"] for key in listed] == ["li.na"] and "secret" not in listed[0]
    configured = hub.ask("admin", "GET", "/v1/keys?origin=configuration&limit=200").json["items"]
    assert {"admin", "officer"} <= {key["id"] for key in configured}
    stale = hub.ask("admin", "POST", "/v1/keys/li.na/revoke", {}, {"If-Match": '"7"'})
    assert stale.status == 412
    gone = hub.ask("admin", "POST", "/v1/keys/li.na/revoke", {"reason": "left"}, {"If-Match": '"1"'})
    assert gone.status == 200 and gone.json["state"] == "revoked" and gone.json["ended_by"] == "admin"
    assert hub.ask(secret, "GET", "/v1/tasks").status == 401
    assert create(hub, "li.na", ["admin"]).status == 409


def test_a_key_asked_for_again_is_made_once(hub):
    body, under = {"id": "li.na", "roles": ["supervisor"]}, {"Idempotency-Key": "key-0001"}
    first = hub.ask("admin", "POST", "/v1/keys", body, under)
    assert first.status == 201 and "Idempotency-Replayed" not in first.headers
    hub.kill()
    hub.start()
    again = hub.ask("admin", "POST", "/v1/keys", body, under)
    assert (again.status, again.headers["Idempotency-Replayed"], again.headers["Location"]) == (201, "true", "/v1/keys/li.na")
    assert again.json["secret"] is None and "revoke this key" in again.json["remedy"]
    assert Contract(hub).check("Key", again, 201)["state"] == "active"
    assert hub.ask(first.json["secret"], "GET", "/v1/tasks").status == 200, "the first secret is the one"
    other = hub.ask("admin", "POST", "/v1/keys", {**body, "id": "wang"}, under)
    assert other.status == 422 and other.json["type"] == "/problems/key_reused"
    assert [key["id"] for key in hub.ask("admin", "GET", "/v1/keys").json["items"]] == ["li.na"]
    assert hub.ask("admin", "POST", "/v1/keys", body, {"Idempotency-Key": "x" * 256}).status == 400


def test_keys_outlive_a_crash_and_secrets_are_nowhere(hub):
    secrets = [create(hub, f"k{i}", ["supervisor"]).json["secret"] for i in range(3)]
    hub.ask("admin", "POST", "/v1/keys/k1/revoke", {})
    hub.kill()
    hub.start()
    assert [hub.ask(secret, "GET", "/v1/tasks").status for secret in secrets] == [200, 401, 200]
    kept = b"".join(path.read_bytes() for path in hub.folder.rglob("*") if path.is_file())
    for secret in secrets:
        assert secret.encode() not in kept and secret[:20].encode() not in kept
    assert kept.count(b"$argon2id$") >= 2


def test_an_expired_key_is_refused_at_its_second(hub):
    now = time.time()
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 3))
    secret = create(hub, "short", ["supervisor"], expires_at=until).json["secret"]
    assert hub.ask(secret, "GET", "/v1/tasks").status == 200 or time.time() > now + 2
    deadline = time.monotonic() + 20
    while hub.ask(secret, "GET", "/v1/tasks").status != 401:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_guesses_cost_nothing(hub):
    """Wrong secrets are answered without argon2id: a thousand of them take less time than fifty checks would."""
    create(hub, "one", ["supervisor"])
    connection = hub.connection()
    before = cpu_s(hub)
    for i in range(1000):
        connection.request("GET", "/v1/tasks", headers={"Authorization": f"Bearer od_{i:032d}".replace("0", "a").replace("1", "b")
                                                        .replace("8", "c").replace("9", "d")})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 401
    connection.close()
    assert cpu_s(hub) - before < 1.0


def cpu_s(hub):
    fields = open(f"/proc/{hub.process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_the_command_line(hub, tmp_path):
    def onedoor(*words):
        done = subprocess.run([str(BUILD / "bin" / "onedoor"), *words], capture_output=True, text=True, timeout=30,
                              env={"ONEDOOR_URL": hub.address, "ONEDOOR_KEY": "secret-of-admin-0123456789", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
        return done

    made = onedoor("key", "create", "wang", "--role", "officer", "--department", "fire", "--expires", "2099-12-31", "--note", "Wang")
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    assert re.fullmatch(r"od_[a-z2-7]{32}", secret) and "once" in made.stderr
    assert hub.ask(secret, "GET", "/v1/tasks").status == 200
    listed = onedoor("key", "list", "--state", "active")
    assert "wang" in listed.stdout and "officer (fire)" in listed.stdout and secret not in listed.stdout
    assert "supervisor" in onedoor("key", "list", "--configured").stdout
    assert json.loads(onedoor("key", "list", "--json").stdout)["items"][0]["id"] == "wang"
    assert onedoor("key", "create", "wang", "--role", "officer", "--department", "fire").returncode == 5
    assert onedoor("key", "create", "x").returncode == 2
    wrong = onedoor("key", "create", "x", "--role", "offficer")
    assert wrong.returncode == 2 and "officer" in wrong.stderr
    gone = onedoor("key", "revoke", "wang", "--reason", "left")
    assert gone.returncode == 0 and "revoked" in gone.stdout
    assert onedoor("key", "revoke", "nobody").returncode == 3
    assert hub.ask(secret, "GET", "/v1/tasks").status == 401


# -- Every route, every role, own and other object --

BOUND = {"officer": "fire", "fire-head": "fire", "land": "land"}  # keys of people who are bound to a department
KEYS = [None, *ROLES, "fire-head", "land"]
USUAL = {200, 201, 202, 204, 400, 409, 412, 415, 422}


def role_of(name):
    return {"fire-head": "head", "land": "officer"}.get(name, name)


def status_of(hub, name, method, path, body):
    """An event stream is not waited for."""
    connection = hub.connection()
    head = {"Accept-Language": "en"}
    if name is not None:
        head["Authorization"] = "Bearer " + secret_of(name)
    data = None
    if isinstance(body, bytes):
        data, head["Content-Type"] = body, "application/pdf"
    elif body is not None:
        data, head["Content-Type"] = json.dumps(body), "application/json"
    connection.request(method, path, data, head)
    answer = connection.getresponse()
    text = b"" if answer.headers.get("Content-Type") == "text/event-stream" else answer.read()
    connection.close()
    if answer.status in (401, 403):
        problem = json.loads(text)
        assert problem["detail"] and problem["remedy"], f"{method} {path}: {text}"
    return answer.status


def expected(row, roles, name, is_other):
    """The statuses that are right."""
    if row.absent is not None:
        return {row.absent}
    if "citizen" not in roles and role_of(name) not in roles:
        return {401} if name is None else {403}
    if name in row.narrow:
        return row.narrow[name]
    if is_other and name in BOUND:
        return {row.denied}
    return USUAL | row.passes


def operations(hub):
    for path, item in hub.get("/openapi.json").json["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield f"{method.upper()} {path}", operation


def test_each_route_has_a_row_in_the_table_of_objects(hub):
    described = dict(operations(hub))
    missing = [HELP.format(route=route, roles=operation["x-roles"]) for route, operation in described.items() if route not in ROUTES]
    assert not missing, "\n\n".join(missing)
    assert not (gone := set(ROUTES) - set(described)), f"rows of tests/e2e/people_matrix.py without a route: {sorted(gone)}"


def test_every_route_by_every_role_for_own_and_other_objects(hub):
    world, faults, asked = World(hub), [], 0
    for route, operation in operations(hub):
        row = ROUTES[route]
        method, pattern = route.split()
        body = row.body if row.body is not None else {} if "requestBody" in operation else None
        for is_other in [False, True] if row.other else [False]:
            for name in KEYS:
                path = world.path(pattern, row.other if is_other else row.own, BOUND.get(name) == "land") + row.query
                status = status_of(hub, name, method, path, body)
                right = expected(row, operation["x-roles"], name, is_other)
                asked += 1
                if status not in right:
                    faults.append(f"{route} by {name or 'nobody'}, {'other' if is_other else 'own'} object {path}: {status}, not one of {sorted(right)}")
    assert not faults, "\n".join(faults)
    assert asked > 700


def test_lists_of_a_bound_reader_hold_the_own_department(hub):
    fire, land = hub.apply("fire-only")["number"], hub.apply("land-only")["number"]

    def seen(name, path, key):
        return {item[key] for item in hub.ask(name, "GET", path).json["items"]}

    for query in ("", "?department=land"):
        assert land not in seen("officer", "/v1/applications" + query, "number")
        assert seen("officer", "/v1/tasks" + query, "application") == {fire}
        assert seen("fire-head", "/v1/tasks" + query, "application") == {fire}
        assert seen("land", "/v1/tasks" + query, "application") == {land}
    assert fire in seen("officer", "/v1/applications", "number")
    assert seen("head", "/v1/applications", "number") == seen("front_desk", "/v1/applications", "number") == {fire, land}
    assert seen("supervisor", "/v1/tasks", "application") == {fire, land}


# -- What of a person who sees --

def test_a_person_is_cut_to_what_a_role_needs(hub):
    number = hub.apply("fire-only")["number"]
    whole = {"name": NAME, "id_number": ID_NUMBER, "phone": PHONE, "email": EMAIL}
    for name in ("officer", "fire-head", "head", "admin"):
        task = hub.ask(name, "GET", f"/v1/tasks/{number}.1").json
        assert whole.items() <= task["applicant"].items(), name
        assert task["form"] == {"area": 12, "home": SECRET_FIELD}, name
    task = hub.ask("supervisor", "GET", f"/v1/tasks/{number}.1").json
    assert set(task["applicant"]) == {"kind", "name", "id_type", "locale"} and task["form"] == {"area": 12}
    paper = f"/v1/applications/{hub.apply('land-only')['number']}/paper"  # land's matter does not declare the home
    shown = {name: SECRET_FIELD in hub.ask(name, "GET", paper).raw.decode() for name in ("front_desk", "head", "admin", "supervisor", "land")}
    assert shown == {"front_desk": True, "head": True, "admin": True, "supervisor": False, "land": False}


def test_no_route_shows_a_person_to_who_need_not_see(hub):
    """Whatever can be read, by who is bound to another department, by supervision, by machines and by anybody."""
    number = hub.apply("fire-only")["number"]
    person = {"name": NAME, "id_number": ID_NUMBER, "phone": PHONE, "email": EMAIL, "home": SECRET_FIELD}
    may = {"supervisor": {"name"}, "land": set(), "connector": set(), None: set()}
    faults, asked = [], 0
    for route, _ in operations(hub):
        method, pattern = route.split()
        path = pattern.replace("{number}", number)
        if pattern.startswith("/v1/tasks/"):
            path = path.replace("{id}", number + ".1")
        if method != "GET" or "{" in path or pattern == "/v1/events":
            continue
        for name, seen in may.items():
            text = hub.ask(name, "GET", path).raw.decode()
            faults += [f"{route} shows {name or 'anybody'} the {kind}" for kind, secret in person.items() if secret in text and kind not in seen]
            asked += 1
    assert not faults, "\n".join(faults)
    assert asked > 120


def test_no_log_line_holds_personal_data_or_secrets(hub):
    application = hub.apply("fire-only")
    number = application["number"]
    secret = create(hub, "logged", ["supervisor"], note=NAME).json["secret"]
    hub.ask(secret, "GET", "/v1/tasks")
    hub.ask("admin", "POST", "/v1/keys/logged/revoke", {"reason": SECRET_FIELD})
    hub.ask(None, "POST", "/v1/sessions", {"key": secret_of("officer")})
    hub.ask(None, "POST", "/v1/sessions", {"key": "wrong-" + SECRET_FIELD})
    for body in ({"number": number, "code": application["code"]}, {"number": number, "code": SECRET_FIELD}, {"number": NAME, "code": "x"}):
        hub.ask(None, "POST", "/v1/track", body)
    broken = json.dumps({"service": "fire-only", "applicant": {"name": NAME, "id_number": ID_NUMBER, "phone": PHONE}}, ensure_ascii=False).encode()
    for body in (broken, broken[:-3], broken.replace(b'"name"', b'"name\x01"')):
        hub.ask("front_desk", "POST", "/v1/applications", body)
    hub.ask("officer", "POST", f"/v1/tasks/{number}.1/take", {"text": SECRET_FIELD})
    hub.ask("officer", "POST", f"/v1/tasks/{number}.1/opinion", {"opinion": "reject", "reasons": [SECRET_FIELD]})
    hub.ask("officer", "GET", f"/v1/tasks?{EMAIL}={PHONE}")
    hub.kill()
    hub.start()
    log = hub.log_text()
    assert "onedoord" in log
    for text in (NAME, ID_NUMBER, PHONE, EMAIL, SECRET_FIELD, secret, secret_of("officer"), application["code"]):
        assert text not in log


# -- Sessions and proxies --

def test_a_session_is_on_record_and_ends_with_the_hub(hub):
    answer = hub.ask(None, "POST", "/v1/sessions", {"key": secret_of("officer")})
    assert answer.status == 201 and answer.json["key"] == "officer" and answer.json["roles"] == ["officer"]
    cookie = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}
    assert hub.ask(None, "GET", "/v1/tasks", headers=cookie).status == 200
    listed = hub.ask("admin", "GET", "/v1/sessions").json["items"]
    assert [session["id"] for session in listed] == [answer.json["id"]]
    assert hub.ask(None, "DELETE", "/v1/sessions/current", headers={**cookie, "Origin": hub.address}).status == 204
    assert hub.ask(None, "GET", "/v1/tasks", headers=cookie).status == 401
    again = hub.ask(None, "POST", "/v1/sessions", {"key": secret_of("officer")})
    cookie = {"Cookie": again.headers["Set-Cookie"].split(";")[0]}
    hub.kill()
    hub.start()
    assert hub.ask(None, "GET", "/v1/tasks", headers=cookie).status == 401


def test_a_revoked_key_ends_its_session_and_its_stream(hub):
    secret = create(hub, "li.na", ["supervisor"]).json["secret"]
    cookie = {"Cookie": hub.ask(None, "POST", "/v1/sessions", {"key": secret}).headers["Set-Cookie"].split(";")[0]}
    connection = hub.connection()
    connection.request("GET", "/v1/events", headers=cookie)
    stream = connection.getresponse()
    assert stream.status == 200
    assert hub.ask("admin", "POST", "/v1/keys/li.na/revoke", {}).status == 200
    while stream.readline():
        pass  # until the hub ends it
    connection.close()
    assert hub.ask(None, "GET", "/v1/tasks", headers=cookie).status == 401


@pytest.fixture
def proxied(tmp_path):
    rule = {"header": "X-Forwarded-User", "users": {"li.na@example.org": "lina", "wang@example.org": "made"}}
    lina = {"id": "lina", "roles": ["officer"], "department": "fire"}  # no secret: a proxy names her
    with People(tmp_path, listen_unix="hub.sock", identity=rule, keys=[*keys(), lina]) as hub:
        yield hub


def test_people_whom_a_proxy_names(proxied):
    hub = proxied
    named = {"X-Forwarded-User": "li.na@example.org"}
    number = hub.apply("fire-only")["number"]
    assert hub.over_unix("GET", "/v1/tasks", headers=named).status == 200
    assert hub.request("GET", "/v1/tasks", headers=named).status == 401  # over TCP it is the client's own word
    taken = hub.over_unix("POST", f"/v1/tasks/{number}.1/take", {}, {**named, "Host": "hub.example.org", "Origin": "https://hub.example.org"})
    assert taken.status == 200
    forged = hub.over_unix("POST", f"/v1/tasks/{number}.1/opinion", {"opinion": "approve"},
                           {**named, "Host": "hub.example.org", "Origin": "https://evil.example.org"})
    assert forged.status == 403
    events = hub.ask("supervisor", "GET", f"/v1/applications/{number}/events").json["items"]
    assert [event["by"] for event in events if event["type"] == "taken"] == ["lina"]
    stranger = {"X-Forwarded-User": "wang@example.org"}
    assert hub.over_unix("GET", "/v1/tasks", headers=stranger).status == 403
    assert create(hub, "made", ["supervisor"]).status == 201
    assert hub.over_unix("GET", "/v1/tasks", headers=stranger).status == 200
    assert hub.ask("admin", "POST", "/v1/keys/made/revoke", {}).status == 200
    assert hub.over_unix("GET", "/v1/tasks", headers=stranger).status == 403
    hub.config["identity"]["users"] = {"wang@example.org": "made"}
    hub.config["keys"] = keys()
    hub.reload()
    assert hub.over_unix("GET", "/v1/tasks", headers=named).status == 403
    assert hub.ask("officer", "GET", "/v1/tasks").status == 200


# -- The console --

def page(hub, cookie, method, path, form=None):
    head = {"Cookie": cookie, "Origin": hub.address, "Content-Type": "application/x-www-form-urlencoded"}
    return hub.request(method, path, None if form is None else urllib.parse.urlencode(form).encode(), head)


def test_keys_and_sessions_in_the_console(hub):
    cookie = page(hub, "", "POST", "/sign-in", {"key": secret_of("admin"), "next": "/keys"}).headers["Set-Cookie"].split(";")[0]
    other = hub.ask(None, "POST", "/v1/sessions", {"key": secret_of("officer")})
    made = page(hub, cookie, "POST", "/keys", {"id": "li.na", "role-officer": "1", "department": "fire", "note": "<b>Li</b> Na"})
    text = made.raw.decode()
    secret = re.search(r"od_[a-z2-7]{32}", text).group(0)
    assert made.status == 201 and made.headers["Cache-Control"] == "no-store" and "&lt;b&gt;Li&lt;/b&gt; Na" in text
    assert hub.ask(secret, "GET", "/v1/tasks").status == 200
    again = page(hub, cookie, "POST", "/keys", {"id": "li.na", "role-admin": "1"})
    assert again.status == 409 and "role=\"alert\"" in again.raw.decode() and "od_" not in re.sub(r"od_[a-z2-7]{6}…", "", again.raw.decode())
    assert page(hub, cookie, "POST", "/keys", {"id": "x"}).status == 422
    shown = page(hub, cookie, "GET", "/keys")
    assert shown.status == 200 and secret not in shown.raw.decode() and len(gzip.compress(shown.raw)) < 60_000
    assert page(hub, cookie, "POST", f"/sessions/{other.json['id']}/end", {}).headers["Location"] == "/keys?done=session-end"
    assert hub.ask(None, "GET", "/v1/tasks", headers={"Cookie": other.headers["Set-Cookie"].split(";")[0]}).status == 401
    assert page(hub, cookie, "POST", "/keys/li.na/revoke", {}).headers["Location"] == "/keys?done=revoke"
    assert hub.ask(secret, "GET", "/v1/tasks").status == 401
    desk = page(hub, "", "POST", "/sign-in", {"key": secret_of("front_desk")}).headers["Set-Cookie"].split(";")[0]
    assert page(hub, desk, "GET", "/keys").status == 403
    assert hub.request("GET", "/keys").headers["Location"] == "/sign-in?next=%2Fkeys"
    assert page(hub, desk, "POST", "/sign-out", {}).headers["Location"] == "/sign-in?done=sign-out"
    assert page(hub, desk, "GET", "/applications").status == 303


def test_keys_and_sessions_are_what_their_description_says(hub):
    described = Contract(hub)
    described.check("Key", create(hub, "li.na", ["officer"], department="fire", note="Li Na", expires_at="2099-12-31"), 201)
    described.check("Session", hub.ask(None, "POST", "/v1/sessions", {"key": secret_of("head")}), 201)
    described.check("Key", hub.ask("admin", "POST", "/v1/keys/li.na/revoke", {"reason": "left"}))
    for path, name in (("/v1/keys", "Key"), ("/v1/keys?origin=configuration", "Key"), ("/v1/sessions", "Session")):
        items = hub.ask("admin", "GET", path).json["items"]
        assert items and [fault for item in items for fault in described.faults(item, described.schema(name), name)] == []
