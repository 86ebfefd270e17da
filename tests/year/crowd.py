# SPDX-License-Identifier: Apache-2.0
"""Many clients at once at the hub's HTTP door, each with one request at a time."""
import json
import socket
import time

CLIENTS = 64
TIMEOUT_S = 120
IDLE_S = 5


class CrowdError(Exception):
    pass


def head(method, path, body, more=""):
    data = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    kind = "Content-Type: application/json\r\n" if data else ""
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}{kind}Content-Length: {len(data)}\r\n\r\n".encode() + data


class Client:
    def __init__(self, address):
        self.address, self.socket = address, None
        self.open()

    def open(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = socket.create_connection(self.address, TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest, self.used = b"", time.monotonic()

    def send(self, data):
        """A connection that was idle for long may be closed by the hub at any moment: nothing is sent on it any more."""
        if time.monotonic() - self.used > IDLE_S:
            self.open()
        self.socket.sendall(data)
        self.used = time.monotonic()

    def read(self):
        """(status, body) of the answer that is due."""
        data = self.rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self.more()
        status = int(data[9:12])
        at = data.lower().find(b"\r\ncontent-length:", 0, end)
        if at < 0:
            self.open()
            raise CrowdError(f"an answer without a length: {data[:end]!r}")
        size = int(data[at + 17:data.index(b"\r\n", at + 2)])
        parts, have = [data[end + 4:]], len(data) - end - 4
        while have < size:
            parts.append(self.more())
            have += len(parts[-1])
        body = b"".join(parts)
        self.rest = body[size:]
        if data.lower().find(b"\r\nconnection: close", 0, end) > 0:
            self.open()
        return status, body[:size]

    def more(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise CrowdError("the hub closed a connection")
        return data


class Crowd:
    def __init__(self, port, clients=CLIENTS, key=None):
        self.more = f"Authorization: Bearer {key}\r\n" if key else ""
        self.clients = [Client(("127.0.0.1", port)) for _ in range(clients)]
        self.asked = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.socket.close()

    def ask(self, method, path, body=None, expect=(200,)):
        """One request; its JSON."""
        self.clients[0].send(head(method, path, body, self.more))
        return json.loads(self.checked(self.clients[0].read(), expect, method, path))

    def look(self, path):
        """(status, body) of a GET, whatever it is."""
        self.clients[0].send(head("GET", path, None, self.more))
        return self.clients[0].read()

    def post_all(self, wishes, expect):
        """(path, body) of each; the bodies of the answers, in order."""
        answers, wishes = [], iter(wishes)
        while True:
            paths = []
            for client, (path, body) in zip(self.clients, wishes):
                client.send(head("POST", path, body, self.more))
                paths.append(path)
            answers += [self.checked(client.read(), expect, "POST", path) for client, path in zip(self.clients, paths)]
            if len(paths) < len(self.clients):
                return answers

    def checked(self, answer, expect, method, path):
        self.asked += 1
        if answer[0] not in expect:
            raise CrowdError(f"{method} {path}: {answer[0]} {answer[1].decode()[:1500]}")
        return answer[1]
