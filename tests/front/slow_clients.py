#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slow_clients.py URL [COUNT] [SECONDS]: COUNT slow connections, half of them dripping a head and half
a body, beside one normal client. Prints what the normal client saw and how many slow ones were
cut; exit 0 when it was always served within a second and every slow one was cut."""
import selectors
import socket
import sys
import time
from urllib.parse import urlsplit

HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: "
BODY = (b"POST /v1/track HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100000\r\n\r\n")
PLAIN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
DRIP_S = 5.0


def ask(address):
    """Seconds of one normal request, or None when it failed."""
    start = time.monotonic()
    try:
        with socket.create_connection(address, timeout=2) as client:
            client.sendall(PLAIN)
            answer = b""
            while chunk := client.recv(65536):
                answer += chunk
    except OSError:
        return None
    return time.monotonic() - start if answer.startswith(b"HTTP/1.1 200") else None


def sweep(selector, cut):
    """Take the ends that have come."""
    for key, _ in selector.select(timeout=0):
        try:
            if key.fileobj.recv(65536):
                continue
        except OSError:
            pass
        selector.unregister(key.fileobj)
        key.fileobj.close()
        cut.append(time.monotonic())


def main(url, count=2000, seconds=45):
    parts = urlsplit(url)
    address = (parts.hostname, parts.port)
    selector = selectors.DefaultSelector()
    for index in range(count):
        client = socket.create_connection(address, timeout=5)
        client.sendall(HEAD if index % 2 == 0 else BODY)
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ)
    start, drip, cut, times = time.monotonic(), time.monotonic() + DRIP_S, [], []
    while time.monotonic() - start < seconds and selector.get_map():
        times.append(ask(address))
        sweep(selector, cut)
        if time.monotonic() >= drip:
            drip += DRIP_S
            for key in list(selector.get_map().values()):
                try:
                    key.fileobj.send(b" ")
                except OSError:
                    pass
        time.sleep(0.05)
    served = sorted(taken for taken in times if taken is not None)
    failed = len(times) - len(served)
    print("slow connections %d, cut %d, last after %.1f s" % (count, len(cut), max(cut) - start if cut else 0))
    print("normal client: %d served, %d failed, median %.1f ms, worst %.1f ms"
          % (len(served), failed, served[len(served) // 2] * 1000, served[-1] * 1000))
    return 0 if failed == 0 and len(cut) == count and served[-1] < 1 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *[int(argument) for argument in sys.argv[2:]]))
