# SPDX-License-Identifier: Apache-2.0
"""E-mail through a real SMTP server (aiosmtpd), in the clear, with STARTTLS and with a password; by the sandbox's own socket."""
import ssl
import subprocess
import time

import pytest

from hub import BUILD, free_port
from notice_parts import MAIL, Mailbox, NoticeHub, body, notice_center, put_secret

controller = pytest.importorskip("aiosmtpd.controller", reason="python3-aiosmtpd is not installed")
smtp = pytest.importorskip("aiosmtpd.smtp", reason="python3-aiosmtpd is not installed")

pytestmark = pytest.mark.skipif(not (BUILD / "modules" / "email-1.0.0" / "module.so").exists(), reason="the module email is not built")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=mail.test", "-addext", "subjectAltName=DNS:mail.test,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out",
                    folder / "cert.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, (folder / "cert.pem").read_text()


@pytest.fixture
def serve():
    servers = []

    def go(**more):
        box = Mailbox()
        box.port = free_port()  # it connects to itself, so it must know its port beforehand
        server = controller.Controller(box, hostname="127.0.0.1", port=box.port, **more)
        server.start()
        servers.append(server)
        return box

    yield go
    for server in servers:
        server.stop()


@pytest.fixture
def start(tmp_path):
    hubs = []

    def go(config, rules=None, password=None):
        if password:
            put_secret(tmp_path / "secrets", "mail", "password", password)
        mail = {"id": "mail", "module": "email-1.0.0", "serves": "messages", "config": {"from": "notices@riverside.test", **config}}
        hub = NoticeHub(tmp_path, notice_center(tmp_path, [mail], rules=rules)).start()
        hubs.append(hub)
        hub.wait_connectors()
        if next(c for c in hub.get("/v1/connectors").json["items"] if c["id"] == "mail")["tier"] != "full":
            pytest.skip("no user namespaces here: a module has no sockets (tier filtered)")
        return hub

    yield go
    for hub in hubs:
        hub.stop()


def done(messages):
    return len(messages) >= 2 and all(m["state"] == "sent" for m in messages)


def test_a_letter_as_people_read_it(start, serve):
    box = serve()
    hub = start({"server": f"127.0.0.1:{box.port}", "tls": "none", "from_name": "河滨政务服务中心"})
    answer = hub.submit(body(locale="zh-CN", name="王小明")).json
    messages = hub.wait_messages(answer["number"], done)
    assert all(m["channel"] == "email" for m in messages)
    sender, recipients, letter, _ = next(entry for entry in box.letters if "已受理" in entry[2].get_content())
    assert (sender, recipients) == ("notices@riverside.test", [MAIL])
    assert letter["From"] == "河滨政务服务中心 <notices@riverside.test>" and MAIL in letter["To"]
    assert answer["number"] in letter["Subject"] and "测试中心" in letter["Subject"]
    assert letter["Message-ID"] in ("<msg-1@riverside.test>", "<msg-2@riverside.test>") and letter["Auto-Submitted"] == "auto-generated"
    assert answer["code"] in letter.get_content()


@pytest.mark.parametrize("named", [{"server_name": "mail.test"}, {}], ids=["by name", "by address"])
def test_starttls(start, serve, certificate, named):
    context, ca = certificate
    box = serve(tls_context=context, require_starttls=True)
    hub = start({"server": f"127.0.0.1:{box.port}", "ca": ca, **named})
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, done)
    assert all(encrypted for _, _, _, encrypted in box.letters) and len(box.letters) == 2


def test_a_certificate_of_another_name_is_no_mail_server(start, serve, certificate):
    context, ca = certificate
    box = serve(tls_context=context, require_starttls=True)
    hub = start({"server": f"127.0.0.1:{box.port}", "ca": ca, "server_name": "other.test"})
    number = hub.submit(body()).json["number"]
    tried = hub.wait_messages(number, lambda ms: any(m["attempts"] >= 1 and m["state"] == "waiting" for m in ms))
    tried = next(m["id"] for m in tried if m["attempts"] >= 1 and m["state"] == "waiting")
    assert "ostname mismatch" in str(hub.get(f"/v1/messages/{tried}").json["note"])
    assert not box.letters


def test_without_starttls_nothing_goes_in_the_clear(start, serve, certificate):
    box = serve()
    hub = start({"server": f"127.0.0.1:{box.port}", "ca": certificate[1]})
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, lambda ms: any(m["attempts"] >= 1 and m["state"] == "waiting" for m in ms))
    assert not box.letters


def test_password(start, serve, certificate):
    context, ca = certificate

    def check(server, session, envelope, mechanism, data):
        return smtp.AuthResult(success=mechanism == "PLAIN" and (data.login, data.password) == (b"center", b"s3cret"))

    box = serve(tls_context=context, require_starttls=True, authenticator=check, auth_required=True)
    hub = start({"server": f"127.0.0.1:{box.port}", "ca": ca, "server_name": "mail.test", "user": "center"}, password=b"s3cret")
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, done)
    assert len(box.letters) == 2


def test_no_such_mailbox(start, serve):
    box = serve()
    box.refused.add(MAIL)
    hub = start({"server": f"127.0.0.1:{box.port}", "tls": "none"})
    number = hub.submit(body()).json["number"]
    failed = hub.wait_messages(number, lambda ms: len(ms) >= 2 and all(m["state"] == "failed" for m in ms))
    assert "no such mailbox" in str(hub.get(f"/v1/messages/{failed[0]['id']}").json["note"])


def test_server_comes_later(start, serve):
    port = free_port()
    hub = start({"server": f"127.0.0.1:{port}", "tls": "none", "timeout_ms": 1000})
    number = hub.submit(body()).json["number"]
    hub.wait_messages(number, lambda ms: any(m["attempts"] >= 1 for m in ms))
    box = Mailbox()
    server = controller.Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        hub.wait_messages(number, done, timeout=40)
    finally:
        server.stop()
    assert len({letter["Message-ID"] for _, _, letter, _ in box.letters}) == 2
