# SPDX-License-Identifier: Apache-2.0
"""People who sign in elsewhere: the lines of docs/people.md in a real nginx, before a service that answers as oauth2-proxy does."""
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hub import ROOT, DemoOf, center, connector, free_port, matter, service
from proxies import PROGRAMS

pytestmark = pytest.mark.skipif(PROGRAMS["nginx"] is None, reason="no nginx on this machine")

PEOPLE = {"s-li": "li.na@example.gov", "s-stranger": "nobody@example.gov"}


class Provider(BaseHTTPRequestHandler):
    """GET /oauth2/auth: 202 and who it is, by the cookie; 401 without. /oauth2/sign_in: the page where people sign in."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        cookie = re.search(r"_oauth2_proxy=([^;]+)", self.headers.get("Cookie") or "")
        who = PEOPLE.get(cookie.group(1)) if cookie else None
        is_auth = self.path == "/oauth2/auth"
        self.server.seen.append((self.path, self.headers.get("Content-Length")))
        body = b"" if is_auth else b"please sign in"
        self.send_response((202 if who else 401) if is_auth else 200)
        if is_auth and who:
            self.send_header("X-Auth-Request-Email", who)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET


@pytest.fixture
def provider():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.seen, server.daemon_threads = [], True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def hub(tmp_path):
    config = center(tmp_path, ["a"], [matter("m", "a")], [service("one", ["m"])])
    config |= {"connectors": [connector("a")], "listen_unix": str(tmp_path / "hub.sock"),
               "identity": {"header": "X-Forwarded-User", "users": {"li.na@example.gov": "li.na"}}}
    hub = DemoOf(tmp_path, config)
    hub.config["keys"].append({"id": "li.na", "roles": ["front_desk"]})
    with hub:
        hub.wait_connectors()
        yield hub


@pytest.fixture
def site(tmp_path, provider, hub):
    text = (ROOT / "docs" / "people.md").read_text()
    lines = re.search(r"```nginx\n(.*?)```", text, re.S).group(1)
    lines = lines.replace("127.0.0.1:4180", f"127.0.0.1:{provider.server_address[1]}").replace("/run/onedoor/hub.sock", str(tmp_path / "hub.sock"))
    port, folder = free_port(), tmp_path / "nginx"
    folder.mkdir()
    places = "".join(f"{part}_temp_path {folder}/{part}; " for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; user root; worker_processes 1;\n"
        f"events {{ worker_connections 64; }}\nhttp {{ {places} access_log off;\nserver {{ listen 127.0.0.1:{port};\n{lines}\n}} }}\n")
    nginx = subprocess.Popen([PROGRAMS["nginx"], "-c", folder / "nginx.conf", "-p", folder, "-e", folder / "error.log"])
    address, until = f"http://127.0.0.1:{port}", time.monotonic() + 15
    while True:
        try:
            ask(address, "/healthz")
            break
        except OSError:
            assert time.monotonic() < until and nginx.poll() is None, (folder / "error.log").read_text()
            time.sleep(0.05)
    yield address
    nginx.send_signal(signal.SIGTERM)
    nginx.wait(10)


def ask(address, path, session=None, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if session:
        headers["Cookie"] = f"_oauth2_proxy={session}"
    request = urllib.request.Request(address + path, body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_who_signed_in_elsewhere_is_known_here(site, hub, provider):
    assert ask(site, "/v1/applications") == (200, "please sign in"), "nobody signed in yet"
    status, text = ask(site, "/v1/applications", "s-li")
    assert status == 200 and '"items"' in text
    status, text = ask(site, "/v1/applications", "s-stranger")
    assert status == 403, text
    status, text = ask(site, "/v1/applications", "s-stranger", X_Forwarded_User="li.na@example.gov")
    assert status == 403, "what the client writes itself is taken off"
    status, text = ask(site, "/v1/alerts?kind=parcel_returned", "s-li")
    assert status == 200, "the desk's own alerts"
    assert ask(site, "/v1/keys", "s-li")[0] == 403, "the roles are those of the key"


def test_acts_need_their_origin_and_the_provider_sees_no_body(site, hub, provider):
    body = b'{"service": "one", "applicant": {"kind": "person", "name": "Li"}, "form": {}, "materials": []}'
    status, text = ask(site, "/v1/applications", "s-li", body, Content_Type="application/json", Origin="http://elsewhere.example")
    assert status == 403, text
    status, text = ask(site, "/v1/applications", "s-li", body, Content_Type="application/json", Origin=site)
    assert status == 201, text
    assert all(size in (None, "", "0") for path, size in provider.seen if path == "/oauth2/auth")


def test_without_the_provider_nobody_gets_in(site, hub, provider):
    provider.shutdown()
    provider.server_close()
    assert ask(site, "/v1/applications", "s-li")[0] == 500
