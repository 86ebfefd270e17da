# SPDX-License-Identifier: Apache-2.0
"""The hub behind the shipped nginx and haproxy configurations: TLS, HTTP/2, client certificates, limits, restarts."""
import hashlib
import http.client
import json
import socket
import ssl
import subprocess
import threading
import time
from itertools import pairwise

import pytest
from hub import DemoOf, center, connector, matter, service
from proxies import KINDS, PROGRAMS, Proxy, Recorder, certificates, fingerprint

KEY = f"Authorization: Bearer {DemoOf.SECRET}"
JSON = "Content-Type: application/json"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return certificates(tmp_path_factory.mktemp("proxies") / "tls")


@pytest.fixture(params=KINDS)
def kind(request):
    if PROGRAMS[request.param] is None:
        pytest.skip(f"no {request.param} on this machine")
    return request.param


def center_config(folder):
    config = center(folder, ["a"], [matter("m", "a")], [service("one", ["m"])])
    return {**config, "connectors": [connector("a")], "listen_unix": str(folder / "hub.sock")}


@pytest.fixture
def hub(tmp_path):
    with DemoOf(tmp_path, center_config(tmp_path)) as hub:
        hub.wait_connectors()
        yield hub


@pytest.fixture
def proxy(kind, tmp_path, tls, hub):
    with Proxy(kind, tmp_path / "proxy", tls, tmp_path / "hub.sock") as proxy:
        until(lambda: proxy.curl("/healthz")[0] == 200)
        yield proxy


@pytest.fixture
def recorder(tmp_path):
    with Recorder(tmp_path / "hub.sock") as recorder:
        yield recorder


@pytest.fixture
def recorded(kind, tmp_path, tls, recorder):
    """A proxy before a recorder: what it lets through can be read byte by byte."""
    with Proxy(kind, tmp_path / "proxy", tls, tmp_path / "hub.sock") as proxy:
        until(lambda: proxy.curl("/healthz")[0] == 200)
        recorder.requests.clear()
        yield proxy


def until(predicate, timeout=10):
    end = time.monotonic() + timeout
    while not predicate():
        assert time.monotonic() < end
        time.sleep(0.05)


def body_of(text):
    return json.loads(text.replace("\r", "").partition("\n\n")[2])


def submit(proxy, *more):
    status, text, version = proxy.curl("/v1/applications", "-H", KEY, "-H", JSON, "-d",
                                       json.dumps({"service": "one", "applicant": {"kind": "person", "name": "Li"}, "form": {}, "materials": []}), *more)
    assert status == 201, text
    return body_of(text)["number"], version


def test_a_submission_goes_over_http_2_and_1(proxy, hub):
    for word, version in (("--http2", "2"), ("--http1.1", "1.1")):
        number, spoken = submit(proxy, word)
        assert spoken == version
        hub.wait_for(number, lambda a: a["status"] == "decided")
    status, text, _ = proxy.curl("/", "-H", "Accept: text/html")
    assert status == 200 and "strict-transport-security: max-age=63072000" in text.lower()
    assert "content-security-policy" in text.lower(), "the hub's own headers come through"


def test_plain_http_is_sent_to_tls(proxy):
    words = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "-H", "Host: service.example.org",
             f"http://127.0.0.1:{proxy.plain_port}/guide?a=b"]
    assert subprocess.run(words, capture_output=True, text=True).stdout == "308 https://service.example.org/guide?a=b"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_refused(proxy):
    for version, is_fine in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(proxy.tls / "root.pem")
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        try:
            plain = socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
            with context.wrap_socket(plain, server_hostname="localhost") as stream:
                assert is_fine, stream.version()
        except (ssl.SSLError, ConnectionError):
            assert not is_fine


CONNECTOR_PATHS = ["/v1/connector/poll", "/v1/connector", "/v1/%63onnector/poll", "/%76%31/connector/poll", "/v1/connector%2fpoll",
                   "/v1/./connector/poll", "/v1/x/../connector/poll", "/v1/%2e/connector/poll", "/v1/connector/poll?a=b", "/v1/connector/"]


def test_a_connector_needs_a_certificate_however_its_path_is_spelt(recorded, recorder):
    for path in CONNECTOR_PATHS:
        status, text, _ = recorded.curl(path, "-H", JSON, "-d", "{}")
        reached = recorder.paths()  # dot segments, which one proxy resolves and the other carries, the hub itself refuses
        assert status in (400, 403) or any("." in each or "%2e" in each.lower() for each in reached), (path, status, reached)
        recorder.requests.clear()
    status, text, _ = recorded.curl("/v1/connector/poll", "-H", JSON, "-d", "{}")
    assert status == 403 and "application/problem+json" in text and body_of(text)["type"] == "/problems/certificate"
    status, text, _ = recorded.curl("/v1/connector/poll", "-H", JSON, "-d", "{}", certificate="fire")
    assert status == 200 and recorder.paths() == ["/v1/connector/poll"]
    assert recorded.curl("/v1/connectors")[0] == 200, "another route, another rule"


def test_the_hub_itself_refuses_what_a_proxy_carries(proxy):
    for path in CONNECTOR_PATHS:
        assert proxy.curl(path, "-H", JSON, "-d", "{}")[0] in (400, 403, 404), path
    status, text, _ = proxy.curl("/v1/connector/poll", "-H", JSON, "-d", "{}", certificate="fire")
    assert status == 401, "a certificate is no key"


def test_a_stranger_s_certificate_is_refused(recorded, recorder):
    status, _, _ = recorded.curl("/v1/connector/poll", "-H", JSON, "-d", "{}", certificate="stranger")
    assert status in (0, 400, 403) and recorder.requests == []


def test_staff_pages_can_need_a_certificate_too(kind, tmp_path, tls, recorder):
    with Proxy(kind, tmp_path / "proxy", tls, tmp_path / "hub.sock", is_staff_guarded=True) as proxy:
        until(lambda: proxy.curl("/healthz")[0] == 200)
        for path in ("/worklist", "/connectors", "/connectors/fire", "/v1/connectors", "/metrics", "/alerts"):
            assert (proxy.curl(path)[0], proxy.curl(path, certificate="fire")[0]) == (403, 200), path
        for path in ("/", "/guide", "/v1/services", "/worklists"):
            assert proxy.curl(path)[0] == 200, path


def test_what_a_client_says_of_itself_does_not_come_through(recorded, recorder):
    lies = ["X-Forwarded-For: 10.9.9.9", "X-Forwarded-For: 10.9.9.8", "x-forwarded-host: evil", "X-Forwarded-Proto: http", "Forwarded: for=10.9.9.9",
            "X-Real-IP: 10.9.9.9", "X-Client-Verify: SUCCESS", "X-Client-Subject: CN=admin", "X-Client-Fingerprint: 00ff",
            "X_Client_Verify: SUCCESS", "X_Forwarded_For: 10.9.9.9", "X-Client_Subject: CN=admin", "Proxy: http://evil", "Upgrade: h2c",
            "Connection: X-Forwarded-For, X-Client-Verify"]
    for version in ("--http1.1", "--http2"):
        recorder.requests.clear()
        assert recorded.curl("/v1/track", version, *[word for lie in lies for word in ("-H", lie)])[0] == 200
        head = recorder.requests[0][0].decode().lower()
        fields = [line.partition(": ")[::2] for line in head.split("\r\n")[1:]]
        assert [value for name, value in fields if name == "x-forwarded-for"] == ["127.0.0.1"]
        for lie in ("10.9.9", "evil", "cn=admin", "00ff", "success"):
            assert lie not in head, head
        assert [value for name, value in fields if name == "x-forwarded-proto"] == ["https"]
        assert not [name for name, value in fields if "_" in name], "no other spelling of a field"


def test_who_the_certificate_names_is_told_to_the_hub(recorded, recorder):
    recorded.curl("/v1/connector/poll", "-H", JSON, "-d", "{}", certificate="fire")
    head = recorder.requests[0][0].decode()
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])}
    assert fields["x-client-verify"] == "SUCCESS" and "Fire Department" in fields["x-client-subject"]
    assert fields["x-client-fingerprint"] == fingerprint(recorded.tls, "fire").replace(":", "").lower()


def test_a_key_that_is_bound_to_a_certificate_is_good_with_it_alone(kind, tmp_path, tls):
    """Stolen without the certificate's key it opens nothing, whoever presents it and whatever is written beside it."""
    hub = DemoOf(tmp_path, center_config(tmp_path))
    hub.config["keys"].append({"id": "bound", "hash": "sha256:" + hashlib.sha256(b"bound-key-0123456789").hexdigest(), "roles": ["supervisor"],
                               "certificate": fingerprint(tls, "fire")})
    key = ["-H", "Authorization: Bearer bound-key-0123456789"]
    print_of = fingerprint(tls, "fire").replace(":", "").lower()
    lies = ["-H", "X-Client-Verify: SUCCESS", "-H", f"X-Client-Fingerprint: {print_of}"]
    with hub, Proxy(kind, tmp_path / "proxy", tls, tmp_path / "hub.sock") as proxy:
        until(lambda: proxy.curl("/healthz")[0] == 200)
        assert proxy.curl("/v1/connectors", *key, certificate="fire")[0] == 200
        assert proxy.curl("/v1/connectors", *key)[0] == 401
        assert proxy.curl("/v1/connectors", *key, *lies)[0] == 401
        assert proxy.curl("/v1/connectors", *key, *lies, certificate="water")[0] == 401
        assert proxy.curl("/v1/connectors", *key, certificate="stranger")[0] != 200
        direct = hub.get("/v1/connectors", headers={"Authorization": "Bearer bound-key-0123456789", "X-Client-Verify": "SUCCESS",
                                                    "X-Client-Fingerprint": print_of})
        assert direct.status == 401, "over TCP nobody vouches for it"


def test_wrong_codes_are_counted_for_the_client_and_not_for_what_it_writes(proxy, hub):
    """The hub counts for the address that the proxy writes; lies about it do not begin a new count."""
    number, _ = submit(proxy)
    statuses = []
    for i in range(15):
        statuses.append(proxy.curl("/v1/track", "-H", JSON, "-H", f"X-Forwarded-For: 10.0.0.{i}", "-d", json.dumps({"number": number, "code": "000000"}))[0])
        time.sleep(0.3)  # slower than the proxy's own limit
    assert statuses[:10] == [404] * 10 and set(statuses[10:]) == {429}, statuses


def test_events_come_live(proxy, hub):
    words = proxy.curl_words("/v1/events", "-N", "--http2", "-H", KEY, "-H", "Accept: text/event-stream")
    stream = subprocess.Popen(words, stdout=subprocess.PIPE)
    heard = []
    reader = threading.Thread(target=lambda: [heard.append((time.monotonic(), line)) for line in stream.stdout], daemon=True)
    reader.start()
    try:
        time.sleep(0.5)
        began = time.monotonic()
        number, _ = submit(proxy)
        until(lambda: any(number.encode() in line for _, line in heard), timeout=5)
        first = next(at for at, line in heard if number.encode() in line)
        assert first - began < 1, "not held back in a buffer"
        assert stream.poll() is None, "and it goes on"
    finally:
        stream.terminate()
        stream.wait()


def test_a_late_answer_is_waited_for(kind, tmp_path, tls):
    """A connector's poll is answered late; the timeouts written down leave it twenty seconds, and one of three comes through."""
    with Recorder(tmp_path / "hub.sock", delay_s=3) as recorder, Proxy(kind, tmp_path / "proxy", tls, tmp_path / "hub.sock") as proxy:
        until(lambda: proxy.curl("/healthz")[0] == 200)
        began = time.monotonic()
        assert proxy.curl("/v1/connector/poll", "-H", JSON, "-d", "{}", certificate="fire")[0] == 200
        assert time.monotonic() - began >= 3
        text = proxy.write().read_text()
        assert ("proxy_read_timeout        75s" if kind == "nginx" else "timeout server 75s") in text
        assert len(recorder.requests) >= 1


def test_limits_are_those_of_the_hub(proxy, tmp_path):
    sizes = {1024 * 1024: (400, 422), 1024 * 1024 + 1: (413,)}
    for size, statuses in sizes.items():
        path = tmp_path / "body"
        path.write_bytes(b'"' + b"a" * (size - 2) + b'"')
        for more in ([], ["-H", "Transfer-Encoding: chunked", "--http1.1"]):
            status, text, _ = proxy.curl("/v1/applications", "-H", KEY, "-H", JSON, "-H", "Expect:", *more, "--data-binary", f"@{path}")
            assert status in statuses, (size, more, status, text[:300])
            if status == 413:
                assert "application/problem+json" in text
    assert proxy.curl("/v1/services", "-H", "X-Long: " + "a" * 8000)[0] == 200
    assert proxy.curl("/v1/services", *[word for i in range(3) for word in ("-H", f"X-Long-{i}: " + "a" * 6000)])[0] in (400, 431)


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("fields", [
    b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5",
    b"Content-Length: 5\r\nContent-Length: 60",
    b"Content-Length: 5, 60",
    b"Content-Length: +5",
    b"Content-Length: 0x5",
    b"Transfer-Encoding: xchunked\r\nContent-Length: 5",
    b"Transfer-Encoding : chunked\r\nContent-Length: 5",
    b"Transfer-Encoding:\x0bchunked\r\nContent-Length: 5",
    b"Transfer-Encoding: chunked, identity\r\nContent-Length: 5",
    b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
    b"X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 5",
    b"Content-Length: 5\nTransfer-Encoding: chunked",
], ids=range(13))
def test_no_request_is_smuggled(recorded, recorder, fields):
    """The proxy and the hub agree where a request ends, or the request is refused."""
    recorded.raw(b"POST /v1/track HTTP/1.1\r\nHost: localhost\r\n" + fields + b"\r\n\r\n0\r\n\r\n" + SMUGGLED)
    inside = [body for _, body in recorder.requests if b"smuggled" in body]
    assert not inside or "/smuggled" not in recorder.paths(), "once as a body, once as a request"
    for head, _ in recorder.requests:
        names = [line.partition(b":")[0].strip().lower() for line in head.split(b"\r\n")[1:]]
        assert names.count(b"content-length") + names.count(b"transfer-encoding") <= 1, head
        assert b"\n" not in head.replace(b"\r\n", b""), head


def test_a_hub_that_restarts_is_away_for_a_moment_and_back(proxy, hub):
    hub.kill()
    status, text, _ = proxy.curl("/v1/services")
    assert status in (502, 503) and "application/problem+json" in text and "retry-after: 2" in text.lower(), text
    assert "Idempotency-Key" in body_of(text)["remedy"]
    hub.start()
    until(lambda: proxy.curl("/v1/services")[0] == 200, timeout=5)
    number, _ = submit(proxy)
    hub.wait_for(number, lambda a: a["status"] == "decided")


def test_a_reload_breaks_nothing(proxy, hub):
    words = proxy.curl_words("/v1/events", "-N", "-H", KEY, "-H", "Accept: text/event-stream")
    stream = subprocess.Popen(words, stdout=subprocess.PIPE)
    heard = []
    threading.Thread(target=lambda: [heard.append(line) for line in stream.stdout], daemon=True).start()
    try:
        time.sleep(0.3)
        statuses = []
        for turn in range(30):
            if turn in (5, 15):
                proxy.reload()
            statuses.append(proxy.curl("/v1/services")[0])
            time.sleep(0.05)
        # nginx closes a connection that a leaving worker took and that has not asked yet: no answer, and who asks again is served.
        lost = 2 if proxy.kind == "nginx" else 0
        assert set(statuses) <= {0, 200} and statuses.count(0) <= lost and (0, 0) not in pairwise(statuses), statuses
        number, _ = submit(proxy)
        until(lambda: any(number.encode() in line for line in heard), timeout=5)
        assert stream.poll() is None, "what was open before goes on"
    finally:
        stream.terminate()
        stream.wait()


def test_who_asks_too_often_waits(recorded, recorder):
    def burst(path, count, certificate=None):
        connection = http.client.HTTPSConnection("localhost", recorded.port, context=recorded.context(certificate), timeout=10)
        statuses, waits = [], set()
        for _ in range(count):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
            if answer.status == 429:
                waits.add(answer.getheader("Retry-After"))
                if answer.getheader("Connection") == "close":
                    connection.close()
        return statuses, waits

    statuses, waits = burst("/v1/services", 320)
    assert statuses[:50] == [200] * 50 and statuses.count(429) >= 50 and waits == {"5"}
    statuses, _ = burst("/v1/services", 320, certificate="fire")
    assert statuses == [200] * 320, "who has a certificate is not counted"


def test_guesses_are_slower_still(recorded):
    statuses = [recorded.curl("/v1/track", "-H", JSON, "-d", "{}")[0] for _ in range(30)]
    assert statuses[:10] == [200] * 10 and 429 in statuses[10:]


WATER_KEY = "water-key-0123456789"


class Away:
    """A remote connector on its own machine: its requests come through the proxy, with its certificate."""

    def __init__(self, proxy, certificate="fire"):
        self.proxy, self.certificate, self.session, self.id = proxy, certificate, {}, 0

    def ask(self, request, body):
        self.id += 1
        message = json.dumps({"id": self.id, **self.session, "body": body})
        status, text, _ = self.proxy.curl(f"/v1/connector/{request}", "-H", f"Authorization: Bearer {WATER_KEY}", "-H", JSON, "-d", message,
                                          certificate=self.certificate)
        return status, body_of(text)["body"] if status == 200 else text, text

    def hello(self):
        welcome = self.ask("hello", {"protocol": [1, 1], "instance": "0123456789abcdef"})[1]
        self.session = {"session": welcome["session"], "epoch": welcome["epoch"]}


def test_a_remote_connector_works_through_it_and_sees_what_it_may(kind, tmp_path, tls):
    """Its late poll is held for seconds and answered when a task comes; what was not declared is in no byte of it."""
    fields = [{"id": name, "type": "text", "label": {"zh-CN": name, "en": name}, "required": False} for name in ("seen", "unseen")]
    config = center(tmp_path, ["water"], [matter("w", "water", fields=["seen", "unseen"])], [service("one", ["w"], form=fields)])
    hub = DemoOf(tmp_path, {**config, "listen_unix": str(tmp_path / "hub.sock")})
    hub.config["keys"].append({"id": "water", "hash": "sha256:" + hashlib.sha256(WATER_KEY.encode()).hexdigest(),
                               "roles": ["connector"], "connector": "water"})
    with hub, Proxy(kind, tmp_path / "proxy", tls, tmp_path / "hub.sock") as proxy:
        until(lambda: proxy.curl("/healthz")[0] == 200)
        assert hub.request("PUT", "/v1/connectors/water", {"remote": {"submit_dedupe": "native", "fields": ["seen"], "applicant": ["name"],
                                                                               "lease_ms": 6000}}).status == 202
        assert Away(proxy, certificate=None).ask("hello", {"protocol": [1, 1], "instance": "0123456789abcdef"})[0] == 403
        away, heard = Away(proxy), []
        away.hello()
        poll = {"ack": 0, "want": 8, "ready": True}
        away.ask("poll", poll)  # nothing yet; it is active from now on
        waiting = threading.Thread(target=lambda: heard.append((away.ask("poll", poll), time.monotonic())))
        waiting.start()
        time.sleep(0.5)
        began = time.monotonic()
        assert hub.submit({"service": "one", "applicant": {"kind": "person", "name": "Wang", "phone": "+86 139 7777"}, "materials": [],
                           "form": {"seen": "plain to see", "unseen": "not its business"}}).status == 201
        waiting.join(25)
        (status, body, text), at = heard[0]
        assert status == 200 and [item["kind"] for item in body["items"]] == ["offer"], text
        assert at - began < 3, "answered when there is something to say"
        assert "plain to see" in text and "Wang" in text
        assert "not its business" not in text and "7777" not in text and "unseen" not in text, text
