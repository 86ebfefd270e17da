# SPDX-License-Identifier: Apache-2.0
"""Whatever comes through the real doors: hostile JSON, hostile HTTP, each limit and one more."""
import contextlib
import json
import os
import re
import subprocess
import sys
import time

import crash_raw as raw
import pytest
from hub import ROOT, SHARED, DemoOf, Hub, center, matter, service, text

IS_SOAK = os.environ.get("OD_SOAK") == "true"
FILES = SHARED / "data" / "json-parsing"
# Valid by RFC 8259, refused here: docs/adr/0002-strict-json-gate.md.
REFUSED = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
           "y_object_escaped_null_in_key.json", "y_string_null_escape.json"}


def check_log(hub):
    text = (hub.folder / "hub.log").read_text(errors="replace")
    assert not re.search(r"ERROR: (Address|Leak|Thread)Sanitizer|runtime error:|Assertion", text), text[-3000:]


@contextlib.contextmanager
def hub_with_one_ended_application():
    with Hub("--clock", "virtual") as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("open-restaurant")).json["number"]
        assert hub.post(f"/v1/applications/{number}/withdraw", {}).status == 200
        until = time.monotonic() + 10
        while hub.show(number)["tasks"] and any(t["next_action"] for t in hub.show(number)["tasks"]):
            assert time.monotonic() < until
            time.sleep(0.05)
        hub.number = number
        yield hub


def json_routes(hub):
    """(method, path) of each operation of the API's description that takes JSON."""
    routes = []
    for path, operations in hub.get("/openapi.json").json["paths"].items():
        for method, operation in operations.items():
            if method in ("post", "put") and "requestBody" in operation and "Document" not in operation["requestBody"].get("$ref", ""):
                path_of = path.replace("{number}", hub.number)
                path_of = path_of.replace("{id}", hub.number + ".1" if path.startswith("/v1/tasks") else "nobody")
                routes.append((method.upper(), path_of))
    return routes


def verdict_fault(name, answer):
    """What is wrong with the answer to a file of this name, or None."""
    if answer.status >= 500:
        return "a failure inside"
    if answer.status == 400:
        place = answer.json.get("errors", [{}])[0]
        if not (place.get("line", 0) >= 1 and place.get("column", 0) >= 1):
            return "400 without line and column"
    if (name.startswith("n_") or name in REFUSED) and answer.status != 400:
        return "taken"
    if name.startswith("y_") and name not in REFUSED and answer.status == 400:
        return "refused"
    return None


def quiet_seq(hub):
    seq = raw.metric(hub, "journal_seq")
    until = time.monotonic() + 10
    while True:
        time.sleep(0.3)
        now = raw.metric(hub, "journal_seq")
        if now == seq:
            return seq
        assert time.monotonic() < until
        seq = now


def connectors(hub):
    """Without what a module tells of itself, which comes when it comes."""
    return [{key: value for key, value in item.items() if key != "open"} for item in hub.get("/v1/connectors").json["items"]]


def test_json_parsing_suite_at_every_route_that_takes_json():
    files = sorted(FILES.glob("[yni]_*.json")) if FILES.is_dir() else []
    if not files:
        pytest.skip(f"no {FILES}: 159 texts not posted")
    assert len(files) == 159
    with hub_with_one_ended_application() as hub:
        routes = json_routes(hub)
        assert len(routes) >= 13
        before = quiet_seq(hub), hub.get("/v1/applications").json, connectors(hub)
        faults = []
        for method, path in routes:
            for file in files:
                answer = hub.request(method, path, file.read_bytes())
                fault = verdict_fault(file.name, answer)
                if fault:
                    faults.append(f"{method} {path} {file.name}: {answer.status} {fault}")
        assert faults == [], "\n".join(faults[:40] + [f"{len(faults)} in all"])
        assert (quiet_seq(hub), hub.get("/v1/applications").json, connectors(hub)) == before
        assert hub.get("/healthz").status == 200
        check_log(hub)


HOST = b"Host: localhost\r\n"
GET = b"GET /healthz HTTP/1.1\r\n"
POST = b"POST /v1/track HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
BODY = b'{"number":"x","code":"y"}'
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"

HOSTILE = [
    (200, GET + HOST + b"\r\n", "the plain form"),
    (404, POST + LENGTH + b"\r\n" + BODY, "the plain form with a body"),
    (404, CHUNKED + CHUNK, "the plain form in a chunk"),
    (400, POST + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK, "Transfer-Encoding with Content-Length"),
    (400, POST + b"Transfer-Encoding: chunked\r\n" + LENGTH + b"\r\n" + CHUNK, "Content-Length after Transfer-Encoding"),
    (400, POST + LENGTH + b"Content-Length: 1\r\n\r\n" + BODY, "differing Content-Length"),
    (400, POST + LENGTH + LENGTH + b"\r\n" + BODY, "Content-Length twice"),
    (400, POST + b"Content-Length: %d, %d\r\n\r\n" % (len(BODY), len(BODY)) + BODY, "a list of Content-Length"),
    (400, POST + b"Content-Length: +%d\r\n\r\n" % len(BODY) + BODY, "signed Content-Length"),
    (400, POST + b"Content-Length: -1\r\n\r\n" + BODY, "negative Content-Length"),
    (400, POST + b"Content-Length: 0x10\r\n\r\n" + BODY, "hexadecimal Content-Length"),
    (400, GET[:-1] + HOST + b"\r\n", "bare CR after the request line"),
    (400, GET + b"Host: local\rhost\r\n\r\n", "bare CR in a value"),
    (400, GET.replace(b"\r", b"") + HOST + b"\r\n", "bare LF after the request line"),
    (400, GET + b"Host: localhost\n\r\n", "bare LF after a field"),
    (400, GET + HOST + b"\n", "bare LF at the end of the head"),
    (400, GET + b"Host : localhost\r\n\r\n", "space before the colon"),
    (400, GET + b"Host\t: localhost\r\n\r\n", "tab before the colon"),
    (400, GET + HOST + b"X: a\0b\r\n\r\n", "NUL in a value"),
    (400, GET + HOST + b"X\0: a\r\n\r\n", "NUL in a name"),
    (400, b"GET /heal\0thz HTTP/1.1\r\n" + HOST + b"\r\n", "NUL in the target"),
    (400, GET + HOST + b"X: a\r\n b\r\n\r\n", "obs-fold with a space"),
    (400, GET + HOST + b"X: a\r\n\tb\r\n\r\n", "obs-fold with a tab"),
    (400, GET + b"\r\n", "no Host"),
    (400, GET + HOST + HOST + b"\r\n", "a second Host"),
    (400, GET + HOST + b"Host: other\r\n\r\n", "another second Host"),
    (400, CHUNKED + b"zz\r\n" + BODY + b"\r\n0\r\n\r\n", "chunk size is no number"),
    (400, CHUNKED + b"\r\n" + BODY + b"\r\n0\r\n\r\n", "no chunk size"),
    (400, CHUNKED + b"-1\r\n" + BODY + b"\r\n0\r\n\r\n", "negative chunk size"),
    (400, CHUNKED + b"1 \r\n{\r\n0\r\n\r\n", "space after the chunk size"),
    (400, CHUNKED + b"1;name=value\r\n{\r\n0\r\n\r\n", "chunk extension"),
    (400, CHUNKED + b"1\n{\r\n0\r\n\r\n", "bare LF after the chunk size"),
    (400, CHUNKED + b"1\r\n{}\r\n0\r\n\r\n", "more data than the chunk size says"),
    (400, CHUNKED + b"11111111111111111\r\n", "chunk size of seventeen digits"),
    (413, CHUNKED + b"ffffffffffffffff\r\n", "chunk size beyond all memory"),
    (501, POST + b"Transfer-Encoding: gzip\r\n\r\n", "unknown transfer coding"),
    (501, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNK, "unknown transfer coding before chunked"),
    (501, POST + b"Transfer-Encoding: chunked\x0b\r\n\r\n".replace(b"\x0b", b"x") + CHUNK, "nearly chunked"),
    (417, POST + LENGTH + b"Expect: 200-ok\r\n\r\n" + BODY, "an expectation nobody can meet"),
    (505, b"GET /healthz HTTP/2.0\r\n" + HOST + b"\r\n", "another major version"),
    (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "a TLS hello"),
    (400, b"\0" * 64, "zeros"),
]

# Framed as they should be: the connection may go on.
MALFORMED = [
    (400, b"GET /v1/../healthz HTTP/1.1\r\n" + HOST + b"\r\n", "traversal"),
    (400, b"GET /v1/services/%00 HTTP/1.1\r\n" + HOST + b"\r\n", "NUL behind an escape"),
    (400, b"GET /v1/applications?limit=%0d%0a%0d%0a1 HTTP/1.1\r\n" + HOST + b"\r\n", "line ends on their way into a Link header"),
    (422, b"GET /v1/applications?limit=%201 HTTP/1.1\r\n" + HOST + b"\r\n", "a space before a number"),
    (400, b"GET /v1/tasks?limit=%0d%0a1 HTTP/1.1\r\n" + HOST + b"\r\n", "line ends on their way into a Link header"),
    (422, b"GET /v1/tasks?limit=+1 HTTP/1.1\r\n" + HOST + b"\r\n", "a sign before a number"),
    (422, b"GET /v1/matters?cursor=-1 HTTP/1.1\r\n" + HOST + b"\r\n", "a sign before a number"),
]


def test_hostile_http_gets_what_is_written():
    with Hub() as hub:
        seq = quiet_seq(hub)
        wrong = [f"{why}: {got}, not {status}" for status, request, why in HOSTILE + MALFORMED
                 if (got := raw.status(hub, request)) != status]
        assert wrong == []
        assert quiet_seq(hub) == seq
        assert hub.get("/healthz").status == 200
        check_log(hub)


def test_nothing_behind_a_refused_request_is_read():
    smuggled = b"POST /v1/applications HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n"
    with Hub() as hub:
        for status, request, why in HOSTILE[3:]:
            if status in (400, 501):
                answer = raw.exchange(hub, request + smuggled)
                assert answer.count(b"HTTP/1.1 ") == 1, (why, answer)


def test_expect_100_continue_is_answered():
    with Hub() as hub, raw.connect(hub) as client:
        client.sendall(POST + LENGTH + b"Expect: 100-continue\r\n\r\n")
        assert raw.read_head(client).startswith(b"HTTP/1.1 100 ")
        client.sendall(BODY)
        assert raw.status_of(raw.read_head(client)) == 404


def padded_get(size):
    head = GET + HOST + b"X: "
    return head + b"x" * (size - len(head) - 4) + b"\r\n\r\n"


def with_headers(count):
    return GET + HOST + b"X: 1\r\n" * (count - 1) + b"\r\n"


def with_body(size):
    return POST + b"Content-Length: %d\r\n\r\n" % size + BODY + b" " * (size - len(BODY))


def nested(depth):
    body = b'{"number":' * (depth - 1) + b"{}" + b"}" * (depth - 1)
    return POST + b"Content-Length: %d\r\n\r\n" % len(body) + body


def with_values(count):
    body = b"[" + b",".join([b"0"] * (count - 1)) + b"]"
    return POST + b"Content-Length: %d\r\n\r\n" % len(body) + body


# (name of the limit, make(size), the limit, status at it, status one over)
RAW_LIMITS = [
    ("BASE_HTTP_HEAD_MAX", padded_get, 16 * 1024, 200, 431),
    ("BASE_HTTP_HEADERS_MAX", with_headers, 100, 200, 431),
    ("BASE_HTTP_BODY_MAX", with_body, 1024 * 1024, 404, 413),
    ("BASE_JSON_DEPTH_MAX", nested, 64, 422, 400),
    ("BASE_JSON_NODES_MAX", with_values, 65536, 422, 400),
]


def limit_in_source(name):
    text = (ROOT / "hub/base/limits.h").read_text()
    return eval(re.search(rf"^#define {name} ([0-9 *()]+)", text, re.M)[1])  # digits, '*' and parentheses only


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A hub whose one service takes long texts and whose officers are people."""
    folder = tmp_path_factory.mktemp("desk")
    note = {"id": "note", "type": "text", "label": {"zh-CN": "说明", "en": "Note"}, "required": False, "max_length": 8000}
    plan = {"id": "plan", "name": text("平面图", "Plan"), "required": False}
    notes = [{**note, "id": f"note{i}"} for i in range(20)]
    config = center(folder, ["land"], [matter("m", "land", fields=["note0"], materials=[plan])], [service("one", ["m"], form=notes)])
    with DemoOf(folder, config) as hub:
        yield hub
        check_log(hub)


@pytest.mark.parametrize("name, make, limit, at, over", RAW_LIMITS, ids=[row[0] for row in RAW_LIMITS])
def test_limits_of_the_http_door(desk, name, make, limit, at, over):
    assert limit_in_source(name) == limit
    assert raw.status(desk, make(limit)) == at
    assert raw.status(desk, make(limit + 1)) == over
    assert desk.get("/healthz").status == 200


def submit_with_key(desk, size):
    return desk.submit(desk.example("one"), "k" * size).status


def list_page(desk, size):
    return desk.get(f"/v1/applications?limit={size}").status


def task_page(desk, size):
    return desk.get(f"/v1/tasks?limit={size}").status


def submit_with_form(desk, size):
    """A form of exactly size bytes as it is written."""
    body = desk.example("one")
    body["form"] = {f"note{i}": "" for i in range(20)}
    left = size - len(json.dumps(body["form"], separators=(",", ":")))
    for name in body["form"]:
        body["form"][name] = "x" * min(left, 8000)
        left -= len(body["form"][name])
    assert left == 0
    return desk.post("/v1/applications", json.dumps(body, separators=(",", ":")).encode()).status


def submit_with_materials(desk, count):
    body = desk.example("one")
    body["materials"] = [{"material": "plan", "name": "a.pdf", "media_type": "application/pdf", "size": 1, "sha256": "0" * 64}] * count
    return desk.submit(body).status


def opine(desk, **more):
    number = desk.submit(desk.example("one")).json["number"]
    return desk.post(f"/v1/tasks/{number}.1/opinion", {"opinion": "reject", "reasons": ["No road."], **more}).status


def opine_with_reasons(desk, count):
    return opine(desk, reasons=["No road."] * count)


def opine_with_conditions(desk, count):
    return opine(desk, opinion="approve_with_conditions", conditions=["A road."] * count)


def opine_with_text(desk, size):
    return opine(desk, reasons=["x" * size])


def opine_with_condition(desk, size):
    return opine(desk, opinion="approve_with_conditions", conditions=["路" * (size // 3) + "x" * (size % 3)])


def opine_with_reference(desk, size):
    return opine(desk, external_ref="x" * size)


def withdraw_with_reason(desk, size):
    number = desk.submit(desk.example("one")).json["number"]
    return desk.post(f"/v1/applications/{number}/withdraw", {"reason": "x" * size}).status


def take_with_note(desk, size):
    number = desk.submit(desk.example("one")).json["number"]
    body = b'{"note":"' + b"x" * (size - 11) + b'"}'
    assert len(body) == size
    return desk.post(f"/v1/tasks/{number}.1/take", body).status


def taken(desk):
    number = desk.submit(desk.example("one")).json["number"]
    assert desk.post(f"/v1/tasks/{number}.1/take", {}).status == 200
    return number


def ask_with_text(desk, size):
    number = taken(desk)
    return desk.post(f"/v1/tasks/{number}.1/ask", b'{"text":"' + b"x" * (size - 11) + b'"}').status


def supplement_with_text(desk, size):
    number = taken(desk)
    assert desk.post(f"/v1/tasks/{number}.1/ask", {"text": "Which floor?"}).status == 200
    body = b'{"text":"' + b"x" * (size - 11) + b'"}'
    assert len(body) == size
    before = desk.show(number)
    status = desk.post(f"/v1/applications/{number}/supplement", body).status
    assert (desk.show(number) == before) == (status != 200), "what is refused changes nothing"
    return status


def load_with_id(desk, size):
    body = {"module": "sim-1.0.0", "config": {}, "department": "land"}
    return desk.request("PUT", f"/v1/connectors/{'c' * size}?dry_run=true", body).status


API_LIMITS = [
    ("BASE_IDEMPOTENCY_KEY_MAX", submit_with_key, 255, 201, 400),
    ("BASE_PAGE_MAX", list_page, 200, 200, 422),
    ("BASE_PAGE_MAX", task_page, 200, 200, 422),
    ("BASE_FORM_MAX", submit_with_form, 128 * 1024, 201, 413),
    ("BASE_REASONS_MAX", opine_with_reasons, 32, 200, 422),
    ("BASE_REASONS_MAX", opine_with_conditions, 32, 200, 422),
    ("BASE_TEXT_MAX", opine_with_text, 8 * 1024, 200, 422),
    ("BASE_TEXT_MAX", opine_with_condition, 8 * 1024, 200, 422),
    ("BASE_TEXT_MAX", withdraw_with_reason, 8 * 1024, 200, 422),
    ("BASE_ITEM_FIELD_MAX", take_with_note, 64 * 1024, 200, 413),
    ("BASE_ITEM_FIELD_MAX", ask_with_text, 64 * 1024, 200, 413),
    ("BASE_ITEM_FIELD_MAX", supplement_with_text, 64 * 1024, 200, 422),
    ("BASE_EXTERNAL_REF_MAX", opine_with_reference, 255, 200, 422),
    ("BASE_MATERIALS_MAX", submit_with_materials, 256, 201, 422),
    ("BASE_ID_MAX", load_with_id, 64, 200, 422),
]


@pytest.mark.parametrize("name, ask, limit, at, over", API_LIMITS, ids=[f"{row[0]}-{row[1].__name__}" for row in API_LIMITS])
def test_limits_of_the_api(desk, name, ask, limit, at, over):
    assert limit_in_source(name) == limit
    assert ask(desk, limit) == at
    assert ask(desk, limit + 1) == over


@pytest.mark.parametrize("body", [[], [1], "x", 7, None, True])
def test_what_is_no_object_changes_nothing(desk, body):
    number = desk.submit(desk.example("one")).json["number"]
    before = desk.show(number)
    text_of = json.dumps(body).encode()
    paths = [f"/v1/applications/{number}/{act}" for act in ("supplement", "withdraw", "delivery")] + \
            [f"/v1/tasks/{number}.1/{act}" for act in ("take", "opinion", "pause", "resume", "ask", "requeue")]
    for path in paths:
        answer = desk.post(path, text_of)
        assert (answer.status, answer.json["errors"][0]["line"]) == (422, 1), path
    assert desk.post(f"/v1/applications/{number}/withdraw", {"reason": body}).status == (422 if body != "x" else 200)
    if body != "x":
        assert desk.show(number) == before


def test_event_streams_are_limited(desk):
    limit = limit_in_source("BASE_SSE_CLIENTS_MAX")
    request = (b"GET /v1/events HTTP/1.1\r\n" + HOST + b"Accept: text/event-stream\r\nAuthorization: Bearer "
               + desk.key.encode() + b"\r\n\r\n")
    with contextlib.ExitStack() as streams:
        for index in range(limit + 1):
            client = streams.enter_context(raw.connect(desk))
            client.sendall(request)
            head = raw.read_head(client)
            assert raw.status_of(head) == (200 if index < limit else 503), index
        assert b"\r\nRetry-After: " in head
        assert desk.get("/healthz").status == 200
    until = time.monotonic() + 5
    while raw.metric(desk, "event_streams") > 0:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_slow_connections_are_cut_beside_a_client_that_is_served():
    count = 2000 if IS_SOAK else 300
    with Hub() as hub:
        run = subprocess.run([sys.executable, str(ROOT / "tests/front/slow_clients.py"), hub.address, str(count), "45"],
                             capture_output=True, text=True, timeout=120)
        print(run.stdout)
        assert run.returncode == 0, run.stdout + run.stderr
        assert raw.metric(hub, "http_cut_slow_total") == count
        check_log(hub)


BROWSER = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"


def head_of(method, path, *fields):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *fields, "Connection: close", "", ""]).encode()


@pytest.mark.parametrize("language, words", [("en", {400: "This address cannot be read", 413: "The form is too large", 415: "This cannot be taken here",
                                                     431: "delete the cookies of this site"}),
                                             ("zh-CN", {400: "无法识别该地址", 413: "表单过大", 415: "此处不能这样提交", 431: "清除本网站的 Cookie"})])
def test_a_person_is_refused_on_a_page(language, words):
    """What the gate refuses before any page begins: a page for a browser, a problem for a program, and the hub lives."""
    asked = [
        (400, "GET", "/guide/100%", [], b""),
        (400, "GET", "/track", ["Content-Length: 2"], b"{}"),
        (413, "POST", "/track", ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {2 ** 20 + 1}"], b""),
        (415, "POST", "/track", ["Content-Type: text/plain", "Content-Length: 1"], b"a"),
        (431, "GET", "/track", ["Cookie: " + "a" * 17000], b""),
    ]
    with Hub() as hub:
        for status, method, path, fields, body in asked:
            for accept in (BROWSER, "Accept: application/json", "X-None: 1"):
                answer = raw.exchange(hub, head_of(method, path, accept, f"Accept-Language: {language}", *fields) + body)
                head, text = answer.split(b"\r\n\r\n", 1)
                assert head.startswith(f"HTTP/1.1 {status} ".encode()), (path, accept, head)
                if accept != BROWSER:
                    assert b"application/problem+json" in head and json.loads(text)["status"] == status
                    continue
                assert b"text/html" in head and words[status] in text.decode() and f'lang="{language}"' in text.decode(), (path, text)
                assert "Content-Security-Policy" in head.decode() and 'href="/track"' in text.decode()
        for path in ("/v1/applications", "/v1"):
            answer = raw.exchange(hub, head_of("POST", path, BROWSER, "Content-Type: application/json", f"Content-Length: {2 ** 20 + 1}"))
            assert b" 413 " in answer and b"application/problem+json" in answer, "programs' addresses answer programs"
        assert hub.get("/v1/services").status == 200
        check_log(hub)
