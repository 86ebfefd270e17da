# SPDX-License-Identifier: Apache-2.0
"""A carrier with an interface of requests: it books an order once per key, gives it a waybill, and tells where it is. A test moves
parcels along, and says which answers get lost."""
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "carrier-token-0123456789"


class Carrier:
    def __init__(self, knows_keys=True):
        self.knows_keys = knows_keys  # else a repeated order is another order
        self.parcels, self.lose, self.asked, self.strangers = [], 0, 0, 0
        self.lock = threading.Lock()
        carrier = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body):
                data = json.dumps(body, ensure_ascii=False).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def is_ours(self):
                if self.headers.get("Authorization") == "Bearer " + TOKEN:
                    return True
                carrier.strangers += 1
                self.answer(401, {"error": "who is there?"})
                return False

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not self.is_ours():
                    return
                with carrier.lock:
                    parcel = carrier.book(body, self.headers.get("Idempotency-Key"))
                    is_lost = carrier.lose > 0
                    carrier.lose -= is_lost
                if is_lost:
                    self.close_connection = True
                    self.connection.close()
                else:
                    self.answer(201, parcel)

            def do_GET(self):
                if not self.is_ours():
                    return
                carrier.asked += 1
                kind, value = self.path.strip("/").split("/")
                found = [p for p in carrier.parcels if p["no" if kind == "waybills" else "key"] == value]
                self.answer(200 if found else 404, found[0] if found else {"error": "there is none"})

            def do_DELETE(self):
                if not self.is_ours():
                    return
                for parcel in carrier.parcels:
                    if parcel["no"] == self.path.rsplit("/", 1)[1]:
                        parcel["state"] = "VOID"
                self.answer(200, {})

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def book(self, body, key):
        known = [p for p in self.parcels if p["key"] == key]
        if known and self.knows_keys:
            return known[0]
        self.parcels.append({"no": f"EX-{len(self.parcels) + 1}", "key": key, "state": "BOOKED", "order": body})
        return self.parcels[-1]

    def move(self, key, state, **more):
        for parcel in self.parcels:
            if parcel["key"] == key:
                parcel.update(state=state, **more)

    def settings(self, **more):
        """A connector's configuration, as docs/connectors/courier.md writes it."""
        return {
            "base_url": f"http://127.0.0.1:{self.port}", "timeout_ms": 2000, "auth": {"type": "bearer"}, "key_header": "Idempotency-Key",
            "order": {"path": "/orders", "body": {"to": "{{form.recipient_name}}", "phone": "{{form.recipient_phone}}",
                                                  "address": "{{form.recipient_address}}", "reference": "{{form.number}}"}},
            "track": {"path": "/waybills/{{external_ref}}"}, "find": {"path": "/orders/{{idempotency_key}}"},
            "cancel": {"path": "/orders/{{external_ref}}"}, "poll": {"interval_ms": 100, "interval_max_ms": 200, "safety_ms": 60000},
            "answer": {"waybill": "/no", "state": "/state", "place": "/place", "reason": "/why", "receipt": "/receipt"},
            "states": {"BOOKED": "ordered", "PICKED": "collected", "TRANSIT": "on_the_way", "OUT": "out_for_delivery", "SIGNED": "delivered",
                       "NOT_TAKEN": "refused", "BACK": "returned", "LOST": "lost"}, **more}


def call_back(hub, reference, body, event, secret, connector):
    """What a carrier does when it has news: POST, signed as docs/connectors/egress.md says."""
    data, stamp = json.dumps(body, ensure_ascii=False).encode(), str(int(time.time()))
    mac = hmac.new(secret.encode(), f"{stamp}.{event}.{connector}.{reference}.".encode() + data, hashlib.sha256).hexdigest()
    return hub.request("POST", f"/v1/callbacks/{connector}/{reference}", data,
                       {"Content-Type": "application/json", "Onedoor-Timestamp": stamp, "Onedoor-Event": event,
                        "Onedoor-Signature": "v1=" + mac}).status
