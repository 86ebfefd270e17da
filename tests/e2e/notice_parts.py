# SPDX-License-Identifier: Apache-2.0
"""What messages meet outside the hub: a gateway for text messages, a receiver of webhooks, a mail server."""
import base64
import email
import email.policy
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from hub import DemoOf, center, connector, matter, service

PHONE, MAIL = "+8613800000001", "li@example.org"
SIGN = b"k3y-of-the-receiver-24-by"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=None, headers=()):
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def read(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))


class Gateway(Handler):
    """POST /send with an Idempotency-Key: {"id", "state"}; GET /messages/{id}."""

    def do_POST(self):
        part, body = self.server.part, json.loads(self.read())
        key = self.headers["Idempotency-Key"]
        with part.lock:
            part.seen.append((key, body, self.headers.get("Authorization")))
            if part.status != 200:
                status = part.status
                part.failures_left -= 1
                if part.failures_left == 0:
                    part.status = 200
                return self.answer(status, {"error": "no"})
            if key not in part.messages:
                part.messages[key] = {"id": f"G-{len(part.messages) + 1}", "state": part.first_state, **body}
            message = part.messages[key]
        if part.hold.is_set():
            part.held.set()
            part.release.wait(20)
        return self.answer(200, {"id": message["id"], "state": message["state"]})

    def do_GET(self):
        part, reference = self.server.part, self.path.rsplit("/", 1)[-1]
        with part.lock:
            part.asked += 1
            for message in part.messages.values():
                if message["id"] == reference:
                    return self.answer(200, {"id": reference, "state": message["state"]})
        return self.answer(404, {})


class Receiver(Handler):
    def do_POST(self):
        part, body = self.server.part, self.read()
        with part.lock:
            part.seen.append((dict((k.lower(), v) for k, v in self.headers.items()), body))
            status = part.status
        self.answer(status, headers=part.headers)


class Part:
    """A server in this process; what it met is in seen."""

    def __init__(self, handler):
        self.lock = threading.Lock()
        self.seen, self.messages, self.headers = [], {}, []
        self.status, self.failures_left, self.asked, self.first_state = 200, -1, 0, "queued"
        self.hold, self.held, self.release = threading.Event(), threading.Event(), threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *arguments: None
        self.http.part = self
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def set_all(self, state):
        with self.lock:
            for message in self.messages.values():
                message["state"] = state

    def close(self):
        self.release.set()
        self.http.shutdown()
        self.http.server_close()


class Mailbox:
    """The handler of a real SMTP server (aiosmtpd): letters as they came."""

    def __init__(self):
        self.letters, self.refused, self.lock = [], set(), threading.Lock()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        with self.lock:
            self.letters.append((envelope.mail_from, envelope.rcpt_tos,
                                 email.message_from_bytes(envelope.content, policy=email.policy.default), session.ssl is not None))
        return "250 OK queued as Q-1"


def verified(headers, body, key=SIGN):
    """Standard Webhooks: v1,<base64 of HMAC-SHA-256 of id.timestamp.body>."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return headers["webhook-signature"] == "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def sms(gateway, id="sms", priority=1, mode="poll", **more):
    return {"id": id, "module": "sms-1.0.0", "serves": "messages", "priority": priority, "config": {
        "base_url": gateway.url, "mode": mode, "auth": {"type": "bearer"}, "idempotency_header": "Idempotency-Key", "repeats": "recognised",
        "submit": {"path": "/send", "body": {"to": "{{form.to}}", "text": "{{form.text}}", "ref": "{{idempotency_key}}", "template": "{{template?}}"}},
        "status": {"path": "/messages/{{external_ref}}"}, "poll": {"interval_ms": 50, "interval_max_ms": 200},
        "answer": {"external_ref": "/id", "status": "/state", "values": {
            "queued": "pending", "delivered": "approve", "undeliverable": "reject", "handed_over": "not_applicable"}}, **more}}


def notice_center(folder, connectors, notices=None, rules=None, sim=None, materials=()):
    """A center with one department and these notifiers; secrets as the gateway and the receiver know them."""
    one = service("one", ["w"])
    one["example"]["materials"] = [{"material": material["id"]} for material in materials]
    config = center(folder, ["water"], [matter("w", "water", **({"materials": list(materials)} if materials else {}))], [one])
    path = folder / "catalog" / "all.json"
    catalog = json.loads(path.read_text())
    if rules:
        catalog["center"]["notices"] = rules
    if notices:
        catalog["notices"] = notices
    path.write_text(json.dumps(catalog, ensure_ascii=False))
    secrets = folder / "secrets"
    for id in ("sms", "second"):
        put_secret(secrets, id, "token", b"t0k3n")
    put_secret(secrets, "sms", "callback", b"callback-k3y")
    put_secret(secrets, "hook", "sign", SIGN)
    return config | {"secrets": str(secrets), "connectors": [connector("water", **(sim or {})), *connectors]}


def put_secret(folder, connector_id, name, value):
    (folder / connector_id).mkdir(parents=True, exist_ok=True)
    path = folder / connector_id / name
    path.write_bytes(value)
    path.chmod(0o600)


def body(locale="en", phone=PHONE, mail=MAIL, name="Li"):
    applicant = {"kind": "person", "name": name, "locale": locale}
    if phone:
        applicant["phone"] = phone
    if mail:
        applicant["email"] = mail
    return {"service": "one", "applicant": applicant, "form": {}, "materials": []}


class NoticeHub(DemoOf):
    def messages(self, number):
        return self.get(f"/v1/applications/{number}/notices").json["messages"]

    def wait_messages(self, number, predicate, timeout=20):
        until = time.monotonic() + timeout
        while True:
            messages = self.messages(number)
            if predicate(messages):
                return messages
            assert time.monotonic() < until, (messages, (self.folder / "hub.log").read_text()[-3000:])
            time.sleep(0.03)
