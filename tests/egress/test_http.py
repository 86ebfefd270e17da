# SPDX-License-Identifier: Apache-2.0
"""What leaves through onedoor-egress, and what does not: against real servers."""
import os
import shutil
import socket
import ssl
import subprocess
import time

import pytest

from egress_stage import Department, Hub, Server, b64, body, error, rule

LOCAL = "http://127.0.0.1:{}"


def base(server):
    return LOCAL.format(server.port)


@pytest.fixture
def free(hub, server):
    """A connector that may do everything at the one server."""
    hub.profile(1, http=rule(base(server)))
    return hub


# -- What passes --

@pytest.mark.parametrize("method,content", [("GET", None), ("POST", b"form"), ("PUT", b"\x00\xff"), ("PATCH", b"x"), ("DELETE", None),
                                            ("DELETE", b"why"), ("POST", None), ("POST", b"")])
def test_methods_and_bodies_pass_as_they_are(free, server, method, content):
    answer = free.get(1, base(server) + "/a?b=c", method=method, body=content)
    assert answer["status"] == 200
    assert body(answer) == method.encode() + b" /a?b=c " + (content or b"")
    assert {"name": "x-seen", "value": "yes"} in answer["headers"]
    assert server.seen[0]["body"] == (content or b"")


def test_head_has_no_body(free, server):
    answer = free.get(1, base(server) + "/a", method="HEAD")
    assert (answer["status"], answer["body"]) == (200, "")


def test_headers_are_the_modules_and_no_others_than_needed(free, server):
    free.get(1, base(server) + "/a", method="POST", body=b"{}", headers=[{"name": "X-Mine", "value": "1"}, {"name": "X-Empty", "value": ""}])
    names = {name.lower(): value for name, value in server.seen[0]["headers"]}
    assert names == {"host": f"127.0.0.1:{server.port}", "user-agent": "onedoor", "accept": "*/*", "accept-encoding": "gzip",
                     "content-length": "2", "x-mine": "1", "x-empty": ""}


def test_a_status_is_an_answer_whatever_it_is(free, server):
    for status in (204, 400, 404, 500, 503):
        Department.act_status = lambda self, path: self.reply(int(path.split("/")[2]), b"")
        assert free.get(1, base(server) + f"/status/{status}")["status"] == status


def test_an_interim_answer_does_not_count(free, server):
    answer = free.get(1, base(server) + "/early")
    names = [header["name"] for header in answer["headers"]]
    assert body(answer) == b"late" and "x-late" in names and "x-early" not in names


def test_no_cookie_is_kept(free, server):
    free.get(1, base(server) + "/cookie")
    free.get(1, base(server) + "/a")
    assert all(name.lower() != "cookie" for name, _ in server.seen[1]["headers"])


def test_the_environment_has_no_say(server, secrets):
    proxy = {name: "http://127.0.0.1:9" for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY")}
    hub = Hub(secrets=secrets.folder, env=proxy)
    hub.profile(1, http=rule(base(server)))
    assert hub.get(1, base(server) + "/a")["status"] == 200
    hub.close()


def test_what_is_asked_for_is_what_was_checked(hub, server):
    hub.profile(1, http=rule(base(server), paths=["/v1/*"]))
    assert hub.get(1, base(server) + "/x/../v1/%2e/a%41")["status"] == 200
    assert server.seen[0]["path"] == "/v1/aA"
    for path in ("/v1/../admin", "/v1/%2e%2e/admin", "/V1/a", "/v1"):
        assert error(hub.get(1, base(server) + path)) == ("denied", "none")
    for path in ("/v1/..%2fadmin", "/v1/..%5cadmin", "/v1/..;/admin", "/v1/%252e%252e/admin"):
        assert error(hub.get(1, base(server) + path)) == ("invalid", "none")
    assert len(server.seen) == 1


# -- Where it may go --

@pytest.mark.parametrize("rules,method,why", [
    ({"private": False}, "GET", "a private address"),
    ({"plain": False}, "GET", "no TLS"),
    ({"methods": ["POST"]}, "GET", "another method"),
    ({"paths": ["/b"]}, "GET", "another path"),
])
def test_what_no_rule_grants_never_leaves(hub, server, rules, method, why):
    hub.profile(1, http=rule(base(server), **rules))
    assert error(hub.get(1, base(server) + "/a", method=method)) == ("denied", "none"), why
    assert server.seen == []


def test_another_port_of_the_same_host_is_another_target(hub, server):
    other = Server()
    hub.profile(1, http=rule(base(other)))
    assert error(hub.get(1, base(server) + "/a")) == ("denied", "none")
    assert server.seen == []
    other.close()


def test_each_connector_has_its_own_rules(hub, server):
    hub.profile(1, http=rule(base(server)))
    hub.profile(2, http=[])
    assert hub.get(1, base(server) + "/a")["status"] == 200
    assert error(hub.get(2, base(server) + "/a")) == ("denied", "none")
    assert error(hub.get(3, base(server) + "/a")) == ("denied", "none")


def test_a_profile_that_is_replaced_or_forgotten_counts_no_more(hub, server):
    hub.profile(1, http=rule(base(server)))
    assert hub.get(1, base(server) + "/a")["status"] == 200
    hub.profile(1, http=[])
    assert error(hub.get(1, base(server) + "/a")) == ("denied", "none")
    hub.profile(1, http=rule(base(server)))
    assert hub.get(1, base(server) + "/a")["status"] == 200
    hub.forget(1)
    assert error(hub.get(1, base(server) + "/a")) == ("denied", "none")


@pytest.mark.parametrize("target", ["http://localhost:{}", "http://127.0.0.1:{}", "http://127.1:{}", "http://2130706433:{}", "http://0x7f.1:{}",
                                    "http://0177.0.0.1:{}", "http://[::ffff:127.0.0.1]:{}"])
def test_a_local_address_is_refused_under_any_of_its_names(hub, server, target):
    target = target.format(server.port)
    hub.profile(1, http=rule(target, private=False))
    assert error(hub.get(1, target + "/a")) == ("denied", "none")
    hub.profile(2, http=rule(target, private=True))
    assert hub.get(2, target + "/a")["status"] == 200, "the same with the word private: so it was the address"
    assert len(server.seen) == 1


@pytest.mark.parametrize("address", ["0.0.0.0", "169.254.169.254", "255.255.255.255", "224.0.0.1", "[::]", "[::ffff:169.254.169.254]",
                                     "[64:ff9b::a9fe:a9fe]", "[ff02::1]", "192.0.2.1", "[2001:db8::1]"])
def test_some_addresses_are_never_reached(hub, address):
    hub.profile(1, http=rule(f"http://{address}:80"))
    started = time.monotonic()
    assert error(hub.get(1, f"http://{address}/a")) == ("denied", "none")
    assert time.monotonic() - started < 5, "no packet was waited for"


def test_ipv6(hub):
    try:
        server = Server(host="::1")
    except OSError:
        pytest.skip("no IPv6 loopback here")
    hub.profile(1, http=rule(f"http://[::1]:{server.port}"))
    assert hub.get(1, f"http://[::1]:{server.port}/a")["status"] == 200
    hub.profile(2, http=rule(f"http://[::1]:{server.port}", private=False))
    assert error(hub.get(2, f"http://[::1]:{server.port}/a")) == ("denied", "none")
    server.close()


@pytest.fixture
def two_addresses(tmp_path):
    """An egress process that knows two.example: one address that a rule allows, one that nobody reaches."""
    hosts = tmp_path / "hosts"
    hosts.write_text("::1 two.example\n169.254.169.254 two.example\n")
    within = ["unshare", "-rm", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh"]
    if subprocess.run([*within, "true"], capture_output=True).returncode != 0:
        pytest.skip("no mount namespace of one's own here")
    hub = Hub(within=within, env={"PATH": os.environ["PATH"]})
    yield hub
    hub.close()


def test_an_address_refused_beside_the_one_that_answers_is_no_fault(two_addresses):
    """The one is slow to connect, so the other is tried meanwhile and refused; then the POST goes to the first, and is done."""
    hub = two_addresses
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6, backlog=0)
    except OSError:
        pytest.skip("no IPv6 loopback here")
    port = listener.getsockname()[1]
    full = [socket.socket(socket.AF_INET6) for _ in range(2)]
    for one in full:  # no room is left: the next one has to knock twice
        one.setblocking(False)
        one.connect_ex(("::1", port))
    hub.profile(1, http=rule(f"http://two.example:{port}"))
    id = hub.http(1, f"http://two.example:{port}/a", method="POST", body=b"x")
    time.sleep(0.6)
    listener.settimeout(10)
    for _ in range(3):
        peer, _ = listener.accept()
        peer.settimeout(2)
        if peer.getpeername()[1] not in [one.getsockname()[1] for one in full]:
            break
    assert b"POST /a" in peer.recv(4096)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
    answer = hub.wait(id)
    assert answer.get("status") == 200 and body(answer) == b"done", answer
    for one in [listener, peer, *full]:
        one.close()


def test_a_kept_connection_opens_no_door_for_a_later_profile(hub, server):
    hub.profile(1, http=rule(base(server), private=True))
    assert hub.get(1, base(server) + "/a")["status"] == 200
    hub.profile(1, http=rule(base(server), private=False))
    assert error(hub.get(1, base(server) + "/a")) == ("denied", "none")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1:70/", "dict://127.0.0.1/", "http://u:p@127.0.0.1/",
                                 "http://127.0.0.1/#x", "", "http://"])
def test_other_schemes_are_no_urls(free, url):
    assert error(free.get(1, url)) == ("invalid", "none")


# -- Headers and secrets --

@pytest.mark.parametrize("header", [{"name": "X", "value": "a\r\nHost: evil"}, {"name": "X\r\nY", "value": "a"}, {"name": "Host", "value": "evil"},
                                    {"name": "Content-Length", "value": "0"}, {"name": "Transfer-Encoding", "value": "chunked"},
                                    {"name": "Proxy-Authorization", "value": "x"}])
def test_no_header_breaks_the_message(free, server, header):
    assert error(free.get(1, base(server) + "/a", headers=[header])) == ("invalid", "none")
    assert server.seen == []


def test_a_secret_is_put_into_a_header(hub, server, secrets):
    secrets("api-token", b"t0k3n\n")
    hub.profile(1, http=rule(base(server)), secrets=[{"name": "api-token"}])
    header = {"name": "Authorization", "value": "Bearer ", "secret": "api-token"}
    assert hub.get(1, base(server) + "/a", headers=[header])["status"] == 200
    assert ("Authorization", "Bearer t0k3n") in server.seen[0]["headers"]
    secrets("api-token", b"changed")
    hub.get(1, base(server) + "/a", headers=[header])
    assert ("Authorization", "Bearer changed") in server.seen[1]["headers"], "a changed one counts at once"


@pytest.mark.parametrize("name,value,mode,code", [("other", b"x", 0o600, "denied"), ("api-token", None, 0o600, "not_found"),
                                                  ("api-token", b"x", 0o644, "denied"), ("api-token", b"a\nb", 0o600, "invalid"),
                                                  ("../fire/api-token", b"x", 0o600, "denied"), ("api-token", b"", 0o600, "limit")])
def test_a_secret_that_may_not_be_used(hub, server, secrets, name, value, mode, code):
    secrets("api-token", b"fire's", connector="fire")
    if value is not None and "/" not in name:
        secrets(name, value, mode)
    hub.profile(1, http=rule(base(server)), secrets=[{"name": "api-token"}])
    assert error(hub.get(1, base(server) + "/a", headers=[{"name": "X", "secret": name}])) == (code, "none")
    assert server.seen == []


# -- Redirects --

@pytest.fixture
def pair(hub, secrets):
    """Two servers; the connector may go to both, to /open of the second."""
    a, b = Server(), Server()
    secrets("token", b"t0k3n")
    hub.profile(1, http=rule(base(a)) + rule(base(b), paths=["/open/*", "/redirect/*"]), secrets=[{"name": "token"}])
    yield a, b
    a.close()
    b.close()


@pytest.mark.parametrize("status,method,next_method", [(301, "GET", "GET"), (302, "GET", "GET"), (303, "GET", "GET"), (307, "GET", "GET"),
                                                       (308, "GET", "GET"), (302, "HEAD", "HEAD"), (303, "POST", "GET"), (307, "POST", "POST"),
                                                       (308, "PUT", "PUT")])
def test_a_redirect_within_the_rules_is_followed(hub, pair, status, method, next_method):
    a, _ = pair
    content = b"form" if method in ("POST", "PUT") else None
    answer = hub.get(1, base(a) + f"/redirect/{status}?to=/b", method=method, body=content,
                     headers=[{"name": "Content-Type", "value": "text/plain"}] if content else [])
    assert answer["status"] == 200
    assert [(seen["method"], seen["path"]) for seen in a.seen] == [(method, f"/redirect/{status}?to=/b"), (next_method, "/b")]
    assert a.seen[1]["body"] == (content if next_method == method and content else b"")
    assert ("Content-Type" in dict(a.seen[1]["headers"])) == (next_method == method and content is not None)


@pytest.mark.parametrize("status", [301, 302])
def test_what_a_301_makes_of_a_post_is_left_to_the_module(hub, pair, status):
    a, _ = pair
    answer = hub.get(1, base(a) + f"/redirect/{status}?to=/b", method="POST", body=b"form")
    assert answer["status"] == status and len(a.seen) == 1
    assert {"name": "location", "value": "/b"} in answer["headers"]


def test_a_redirect_beyond_the_rules_is_not_followed(hub, pair):
    a, b = pair
    for to in (base(b) + "/closed", "http://localhost:{}/open/x".format(b.port), "https://127.0.0.1:{}/open/x".format(b.port), "ftp://127.0.0.1/",
               "file:///etc/passwd", "//169.254.169.254/latest", base(b) + "/open/../closed"):
        answer = hub.get(1, base(a) + f"/redirect/302?to={to}")
        assert answer["status"] == 302, to
    assert b.seen == []


def test_what_proves_who_asks_stays_with_the_first_host(hub, pair):
    a, b = pair
    headers = [{"name": "X-Key", "value": "k=", "secret": "token"}, {"name": "Authorization", "value": "Basic x"}, {"name": "X-Other", "value": "1"}]
    assert hub.get(1, base(a) + f"/redirect/307?to={base(b)}/open/x", method="POST", body=b"form", headers=headers)["status"] == 200
    assert dict(a.seen[0]["headers"])["X-Key"] == "k=t0k3n"
    names = dict(b.seen[0]["headers"])
    assert "X-Key" not in names and "Authorization" not in names and names["X-Other"] == "1"
    assert hub.get(1, base(a) + "/redirect/307?to=/b", headers=headers)["status"] == 200
    assert dict(a.seen[-1]["headers"])["X-Key"] == "k=t0k3n", "the same host is trusted with it again"
    back = f"{base(b)}/redirect/307?to={base(a)}/c"
    assert hub.get(1, base(a) + f"/redirect/307?to={back}", headers=headers)["status"] == 200
    assert "X-Key" not in dict(a.seen[-1]["headers"]), "and not by way of another"


def test_five_redirects_and_no_more(free, server):
    answer = free.get(1, base(server) + "/loop")
    assert error(answer) == ("limit", "unknown")
    assert len(server.seen) == 6


# -- How much, how long --

def test_sizes_of_answers(free, server):
    assert len(body(free.get(1, base(server) + "/large/131072"))) == 131072
    assert error(free.get(1, base(server) + "/large/131073")) == ("limit", "unknown")
    assert error(free.get(1, base(server) + "/endless")) == ("limit", "unknown")


def test_a_bomb_is_cut_and_an_honest_gzip_unfolded(free, server):
    answer = free.get(1, base(server) + "/gzip")
    assert body(answer) == b"unfolded"
    assert not {"content-encoding", "content-length"} & {header["name"] for header in answer["headers"]}
    assert error(free.get(1, base(server) + "/bomb")) == ("limit", "unknown")


def test_heads_of_answers(free, server):
    assert len(free.get(1, base(server) + "/headers/60/100")["headers"]) >= 60
    assert error(free.get(1, base(server) + "/headers/70/1")) == ("limit", "unknown")
    assert error(free.get(1, base(server) + "/headers/20/1000")) == ("limit", "unknown")


def test_a_server_that_says_nothing(free, server):
    started = time.monotonic()
    assert error(free.get(1, base(server) + "/silent", timeout_ms=300)) == ("timeout", "unknown")
    assert 0.25 < time.monotonic() - started < 5


def test_a_server_that_drips(free, server):
    started = time.monotonic()
    assert error(free.get(1, base(server) + "/drip", timeout_ms=500)) == ("timeout", "unknown")
    assert time.monotonic() - started < 5


@pytest.mark.skipif(os.environ.get("OD_SOAK") != "true", reason="takes half a minute: script/test --soak")
def test_a_server_that_drips_for_as_long_as_it_may(free, server):
    started = time.monotonic()
    answer = free.wait(free.http(1, base(server) + "/drip", timeout_ms=120000), patience_s=60)
    assert error(answer) == ("timeout", "unknown")
    assert 29 < time.monotonic() - started < 34


@pytest.mark.parametrize("path", ["/cut", "/drop", "/garbage"])
def test_a_server_that_breaks_off(free, server, path):
    assert error(free.get(1, base(server) + path)) == ("unreachable", "unknown")


def test_nobody_listens(hub):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    hub.profile(1, http=rule(LOCAL.format(port)))
    assert error(hub.get(1, LOCAL.format(port) + "/a")) == ("unreachable", "none")


def test_a_name_that_does_not_exist(hub):
    hub.profile(1, http=rule("http://no-such-name.invalid:80"))
    assert error(hub.get(1, "http://no-such-name.invalid/a", timeout_ms=15000))[1] == "none"


def test_a_post_is_never_sent_twice(free, server):
    """The server closes the kept connection; libcurl would try again on a new one."""
    for _ in range(5):
        assert body(free.get(1, base(server) + "/once")) == b"once"
        assert error(free.get(1, base(server) + "/drop", method="POST", body=b"form")) == ("unreachable", "unknown")
    assert sum(seen["method"] == "POST" for seen in server.seen) == 5


def test_connections_are_kept_within_a_connector_alone(hub, server):
    hub.profile(1, http=rule(base(server)))
    hub.profile(2, http=rule(base(server)))
    for _ in range(3):
        hub.get(1, base(server) + "/a")
    hub.get(2, base(server) + "/a")
    peers = [seen["peer"] for seen in server.seen]
    assert len(set(peers[:3])) == 1
    assert peers[3] not in peers[:3]


def test_a_rate_is_kept(hub, server):
    hub.profile(1, http=rule(base(server)), rate_per_s=5)
    started = time.monotonic()
    ids = [hub.http(1, base(server) + "/a") for _ in range(12)]
    answers = [hub.wait(id) for id in ids]
    passed = sum("status" in answer for answer in answers)
    assert 5 <= passed <= 5 + 5 * (time.monotonic() - started), "a second's worth, and what came meanwhile"
    assert {error(answer) for answer in answers if "error" in answer} == {("limit", "none")}
    time.sleep(0.45)
    assert hub.get(1, base(server) + "/a")["status"] == 200


def test_so_many_at_once(hub, server):
    hub.profile(1, http=rule(base(server)), concurrency=3)
    ids = [hub.http(1, base(server) + "/silent", timeout_ms=8000) for _ in range(3)]
    for id in ids:
        hub.wait_sent(id)
    assert error(hub.get(1, base(server) + "/a")) == ("limit", "none")
    hub.profile(2, http=rule(base(server)), concurrency=3)
    assert hub.get(2, base(server) + "/a")["status"] == 200, "another connector is not held up"
    server.http.release.set()
    assert {error(hub.wait(id)) for id in ids} == {("unreachable", "unknown")}
    assert hub.get(1, base(server) + "/a")["status"] == 200


def test_many_at_once(free, server):
    ids = [free.http(1, base(server) + f"/n/{i}") for i in range(200)]
    assert [body(free.wait(id)) for id in ids] == [f"GET /n/{i} ".encode() for i in range(200)]


def test_that_it_leaves_is_told_first(free, server):
    id = free.http(1, base(server) + "/silent", timeout_ms=5000)
    free.wait_sent(id)
    assert id not in free.answers
    server.http.release.set()
    free.wait(id)
    denied = free.http(1, base(server).replace("127.0.0.1", "127.0.0.2") + "/a")
    free.wait(denied)
    assert denied not in free.sent


def test_a_hanging_name_look_up_holds_nobody_up(hub, server):
    hub.profile(1, http=rule(base(server)) + rule("http://no-such-name.invalid:80"))
    for _ in range(20):
        hub.http(1, "http://no-such-name.invalid/a", timeout_ms=50)
    started = time.monotonic()
    assert hub.get(1, base(server) + "/a")["status"] == 200
    assert time.monotonic() - started < 4


# -- TLS --

def tls(server, host="localhost"):
    return f"https://{host}:{server.port}"


def test_tls_with_a_certificate_that_is_trusted(secrets, certificate):
    both, ca = certificate
    server, hub = Server(both), Hub(secrets=secrets.folder, ca=ca)
    hub.profile(1, http=rule(tls(server), plain=False))
    assert hub.get(1, tls(server) + "/a")["status"] == 200
    hub.close()
    server.close()


@pytest.mark.parametrize("case", ["nobody vouches", "another name", "expired"])
def test_tls_that_cannot_be_trusted(secrets, certificate, other_certificate, tmp_path, case):
    both, ca = certificate
    if case == "another name":
        both, ca = other_certificate
    if case == "expired":
        if shutil.which("faketime") is None:
            pytest.skip("faketime is not installed")
        from conftest import make_certificate
        both, ca = make_certificate(tmp_path, "localhost", "-addext", "subjectAltName=DNS:localhost", at="2020-01-01 00:00:00")
    server = Server(both)
    hub = Hub(secrets=secrets.folder, ca=None if case == "nobody vouches" else ca)
    hub.profile(1, http=rule(tls(server), plain=False))
    assert error(hub.get(1, tls(server) + "/a")) == ("unreachable", "none"), case
    assert server.seen == []
    hub.close()
    server.close()


def test_tls_of_old_is_refused(secrets, certificate):
    both, ca = certificate
    server = Server(both, versions=(ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1))
    hub = Hub(secrets=secrets.folder, ca=ca)
    hub.profile(1, http=rule(tls(server), plain=False))
    assert error(hub.get(1, tls(server) + "/a")) == ("unreachable", "none")
    hub.close()
    server.close()


def test_plain_http_at_the_port_of_tls(secrets, certificate):
    both, ca = certificate
    server, hub = Server(), Hub(secrets=secrets.folder, ca=ca)
    hub.profile(1, http=rule(tls(server), plain=False))
    assert error(hub.get(1, tls(server) + "/a")) == ("unreachable", "none")
    hub.close()
    server.close()


def test_a_downgrade_by_redirect(secrets, certificate):
    both, ca = certificate
    secure, plain, hub = Server(both), Server(), Hub(secrets=secrets.folder, ca=ca)
    secrets("token", b"t0k3n")
    header = {"name": "X-Key", "secret": "token"}
    hub.profile(1, http=rule(tls(secure), plain=False), secrets=[{"name": "token"}])
    assert hub.get(1, tls(secure) + f"/redirect/302?to={base(plain)}/x", headers=[header])["status"] == 302
    hub.profile(2, http=rule(tls(secure), plain=False) + rule(base(plain)), secrets=[{"name": "token"}])
    assert hub.get(2, tls(secure) + f"/redirect/302?to={base(plain)}/x", headers=[header])["status"] == 200
    assert "X-Key" not in dict(plain.seen[0]["headers"])
    hub.close()
    secure.close()
    plain.close()


# -- A name that changes its address --

def test_the_address_that_is_connected_to_decides(hub, server):
    """localhost stands for any name whose address turns out to be a private one: what is looked at is the socket's."""
    hub.profile(1, http=[{"hosts": ["localhost"], "methods": ["GET"], "paths": ["/*"], "plain": True}])
    assert error(hub.get(1, "http://localhost/a")) == ("denied", "none")


# -- Requests that are none --

@pytest.mark.parametrize("more", [{"method": "TRACE"}, {"timeout_ms": 120001}, {"body": b64(b"x" * (128 * 1024 + 1)), "method": "POST"},
                                  {"headers": [{"name": "a", "value": "b"}] * 33}])
def test_limits_of_requests(free, server, more):
    request = {"service": "http", "method": "GET", "url": base(server) + "/a", **more}
    code, effect = error(free.wait(free.ask(1, **request)))
    assert code in ("invalid", "limit") and effect == "none"


def test_bodies_at_the_limit(free, server):
    assert free.get(1, base(server) + "/status/200", method="POST", body=b"x" * 131072)["status"] == 200
    assert len(server.seen[0]["body"]) == 131072
