# SPDX-License-Identifier: Apache-2.0
"""A front desk on the gateway's unix socket, in nng's wire format: exact bytes in, exact bytes out."""
import json
import socket
import struct


class Cut(Exception):
    """The gateway closed the connection, or is not there."""


class Desk:
    """One connection; one request at a time."""

    HELLO = b"\0SP\0\0\x30\0\0"
    REQUEST_ID = 0x80000001

    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(str(path))
            self.socket.sendall(self.HELLO)
            assert self._read(8) == b"\0SP\0\0\x31\0\0"
        except OSError as error:
            self.socket.close()
            raise Cut(str(error)) from error
        except Cut:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def _read(self, size):
        data = b""
        while len(data) < size:
            try:
                piece = self.socket.recv(size - len(data))
            except OSError as error:
                raise Cut(str(error)) from error
            if not piece:
                raise Cut("end of file")
            data += piece
        return data

    def ask_bytes(self, message):
        try:
            self.socket.sendall(b"\1" + struct.pack(">QI", len(message) + 4, self.REQUEST_ID) + message)
        except OSError as error:
            raise Cut(str(error)) from error
        kind, size, request_id = struct.unpack(">BQI", self._read(13))
        assert (kind, request_id) == (1, self.REQUEST_ID)
        return json.loads(self._read(size - 4))

    def ask(self, method, path, key=None, body=None, idempotency_key=None, language="en"):
        message = {"method": method, "path": path, "key": key, "body": body,
                   "idempotency_key": idempotency_key, "language": language}
        present = {name: value for name, value in message.items() if value is not None}
        return self.ask_bytes(json.dumps(present, ensure_ascii=False).encode())
