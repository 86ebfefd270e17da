# SPDX-License-Identifier: Apache-2.0
"""A center of two departments with a key for each role, and one application that touches one of them."""
import hashlib
import http.client
import json
import signal
import socket
import time

from hub import Answer, Hub, center, matter, service

ROLES = {"front_desk": {}, "officer": {"department": "fire"}, "head": {}, "supervisor": {}, "admin": {}, "connector": {"connector": "water"}}
NAME, ID_NUMBER, PHONE, EMAIL, SECRET_FIELD = "欧阳丹青", "110101199003078515", "+8613812345678", "danqing@example.org", "秘密住址十七号"


def secret_of(name):
    return f"secret-of-{name}-0123456789"


def key(name, roles, **more):
    return {"id": name, "hash": "sha256:" + hashlib.sha256(secret_of(name).encode()).hexdigest(), "roles": roles, **more}


def keys():
    return [key(role, [role], **more) for role, more in ROLES.items()] + [
        key("land", ["officer"], department="land"), key("fire-head", ["head"], department="fire")]


FORM = [{"id": "area", "label": {"zh-CN": "面积", "en": "Area"}, "type": "integer", "required": False},
        {"id": "home", "label": {"zh-CN": "住址", "en": "Home"}, "type": "text", "required": False, "personal": True}]


class People(Hub):
    """bearer(name) is what the key of that name sends; nothing is sent for None."""

    def __init__(self, folder, *arguments, **config):
        written = center(folder, ["fire", "land"],
                         [matter("f", "fire", fields=["area", "home"], pauses=["hearing"]), matter("l", "land", fields=["area"])],
                         [service("fire-only", ["f"], form=FORM, example_form={"area": 12}),
                          service("land-only", ["l"], form=FORM, example_form={"area": 12})])
        super().__init__(*arguments, config={**written, "keys": keys(), **config}, data=str(folder))

    def ask(self, name, method, path, body=None, headers=None):
        head = dict(headers or {})
        if name is not None:
            head["Authorization"] = "Bearer " + (name if name.startswith("od_") else secret_of(name))
        return self.request(method, path, body, head)

    def apply(self, of):
        body = self.example(of)
        body["form"]["home"] = SECRET_FIELD
        body["applicant"] = {"kind": "person", "name": NAME, "id_type": "resident_id", "id_number": ID_NUMBER, "phone": PHONE,
                             "email": EMAIL, "locale": "zh-CN"}
        answer = self.ask("front_desk", "POST", "/v1/applications", body)
        assert answer.status == 201, answer.json
        return answer.json

    def reload(self):
        """The configuration as it is now, by SIGHUP."""
        before = self.log_text().count("reloaded")
        (self.folder / "onedoor.json").write_text(json.dumps(self.config))
        self.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 20
        while self.log_text().count("reloaded") == before:
            assert time.monotonic() < until, self.log_text()[-2000:]
            time.sleep(0.02)

    def over_unix(self, method, path, body=None, headers=None):
        """As a proxy in front does."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(20)
        connection.sock.connect(str(self.folder / "hub.sock"))
        head = {"Accept-Language": "en", **(headers or {})}
        data = None
        if body is not None:
            data, head["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection.request(method, path, data, head)
        answer = connection.getresponse()
        done = Answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return done

    def log_text(self):
        return (self.folder / "hub.log").read_text(errors="replace")
