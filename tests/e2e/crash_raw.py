# SPDX-License-Identifier: Apache-2.0
"""Bytes to the hub's door as they are, and what comes back."""
import socket
from urllib.parse import urlparse


def connect(hub, timeout=10):
    url = urlparse(hub.address)
    return socket.create_connection((url.hostname, url.port), timeout=timeout)


def read_all(client):
    answer = b""
    try:
        while chunk := client.recv(65536):
            answer += chunk
    except ConnectionResetError:
        pass
    return answer


def read_head(client):
    answer = b""
    while b"\r\n\r\n" not in answer:
        chunk = client.recv(65536)
        if not chunk:
            break
        answer += chunk
    return answer


def status_of(answer):
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[0].startswith(b"HTTP/1.") else None


def exchange(hub, request):
    """The whole answer to one request, after which this side sends nothing more."""
    with connect(hub) as client:
        try:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it was answered and cut before it was sent whole
        return read_all(client)


def status(hub, request):
    return status_of(exchange(hub, request))


def metric(hub, name):
    for line in hub.get("/metrics").raw.decode().splitlines():
        if line.startswith(f"onedoor_{name} "):
            return int(line.split()[1])
    raise KeyError(name)
