# SPDX-License-Identifier: Apache-2.0
"""Sockets for a module's own library: each leads to its one target."""
import os
import select
import socket
import stat
import threading
import time

import pytest

from egress_stage import PATIENCE_S, Hub


class Echo:
    """Answers each line in upper case; at the end of what it reads, says how much that was."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.open = 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        self.open += 1
        count = 0
        try:
            while block := peer.recv(65536):
                count += len(block)
                peer.sendall(block.upper())
            peer.sendall(b"<%d>" % count)
        except OSError:
            pass
        peer.close()
        self.open -= 1

    def close(self):
        self.socket.close()


@pytest.fixture
def echo():
    echo = Echo()
    yield echo
    echo.close()


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("net")


def dial(folder, target):
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(PATIENCE_S)
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            peer.connect(f"{folder}/{target}")
            return peer
        except (FileNotFoundError, ConnectionRefusedError, BlockingIOError):
            assert time.monotonic() < until
            time.sleep(0.01)


def read_all(peer):
    blocks = []
    while block := peer.recv(65536):
        blocks.append(block)
    return b"".join(blocks)


def opened(hub, folder, *targets, number=1):
    hub.profile(number, net=list(targets), net_folder=str(folder))


def test_bytes_pass_both_ways_and_ends_are_passed_on(hub, folder, echo):
    opened(hub, folder, f"127.0.0.1:{echo.port}")
    peer = dial(folder, f"127.0.0.1:{echo.port}")
    peer.sendall(b"hello")
    assert peer.recv(5) == b"HELLO"
    peer.shutdown(socket.SHUT_WR)
    assert read_all(peer) == b"<5>"


def test_much_passes_with_a_reader_that_is_slow(hub, folder, echo):
    opened(hub, folder, f"127.0.0.1:{echo.port}")
    peer = dial(folder, f"127.0.0.1:{echo.port}")
    data = os.urandom(1 << 20).replace(b"a", b"A").lower()

    def write():
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.3)
    answer = read_all(peer)
    writer.join()
    assert answer == data.upper() + b"<%d>" % len(data)


def test_a_name_and_a_socket_for_each_target(hub, folder, echo):
    other = Echo()
    targets = [f"localhost:{echo.port}", f"127.0.0.1:{other.port}"]
    opened(hub, folder, *targets)
    for target in targets:
        peer = dial(folder, target)
        peer.sendall(b"x")
        assert peer.recv(1) == b"X", target
    assert sorted(os.listdir(folder)) == sorted(targets)
    mode = os.stat(f"{folder}/{targets[0]}").st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o666
    other.close()


def test_a_target_that_is_down(hub, folder):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    opened(hub, folder, f"127.0.0.1:{port}", "no-such-name.invalid:1")
    for target in (f"127.0.0.1:{port}", "no-such-name.invalid:1"):
        assert dial(folder, target).recv(1) == b"", target


@pytest.mark.parametrize("target", ["169.254.169.254:80", "0.0.0.0:80", "[::]:80", "224.0.0.1:80", "[::ffff:169.254.169.254]:80"])
def test_some_addresses_are_never_reached(hub, folder, target):
    opened(hub, folder, target)
    started = time.monotonic()
    assert dial(folder, target).recv(1) == b""
    assert time.monotonic() - started < 5


def test_what_goes_with_the_profile(hub, folder, echo):
    target = f"127.0.0.1:{echo.port}"
    opened(hub, folder, target)
    peer = dial(folder, target)
    peer.sendall(b"x")
    assert peer.recv(1) == b"X"
    hub.forget(1)
    assert peer.recv(1) == b""
    until = time.monotonic() + 5
    while os.listdir(folder) and time.monotonic() < until:
        time.sleep(0.01)
    assert os.listdir(folder) == []
    opened(hub, folder, target)
    opened(hub, folder, target)  # replaced: the same sockets, anew
    hub.get(1, "http://127.0.0.1/")  # answered, so both were taken
    peer = dial(folder, target)
    peer.sendall(b"x")
    assert peer.recv(1) == b"X"


def test_a_socket_that_a_dead_process_left(folder, secrets, echo):
    target = f"127.0.0.1:{echo.port}"
    first = Hub(secrets=secrets.folder)
    opened(first, folder, target)
    dial(folder, target)
    first.process.kill()
    first.process.wait()
    second = Hub(secrets=secrets.folder)
    opened(second, folder, target)
    peer = dial(folder, target)
    peer.sendall(b"x")
    assert peer.recv(1) == b"X"
    first.close()
    second.close()


def test_so_many_at_once(hub, folder, echo):
    target = f"127.0.0.1:{echo.port}"
    opened(hub, folder, target)
    peers = [dial(folder, target) for _ in range(64)]
    for peer in peers:
        peer.sendall(b"x")
        assert peer.recv(1) == b"X"
    assert dial(folder, target).recv(1) == b"", "limit + 1"
    peers.pop().close()
    until = time.monotonic() + 5
    while echo.open > 63 and time.monotonic() < until:
        time.sleep(0.01)
    peer = dial(folder, target)
    peer.sendall(b"x")
    assert peer.recv(1) == b"X", "a place is free again"


def test_a_path_that_is_too_long(hub, tmp_path, echo):
    folder = tmp_path / ("d" * 100)
    folder.mkdir()
    opened(hub, folder, f"127.0.0.1:{echo.port}")
    hub.get(1, "http://127.0.0.1/")  # it goes on
    assert list(folder.iterdir()) == []


def test_the_far_end_breaks(hub, folder):
    server = socket.create_server(("127.0.0.1", 0))
    target = f"127.0.0.1:{server.getsockname()[1]}"
    opened(hub, folder, target)
    peer = dial(folder, target)
    far, _ = server.accept()
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    far.close()
    assert select.select([peer], [], [], 5)[0]
    assert peer.recv(1) == b""
    server.close()
