# SPDX-License-Identifier: Apache-2.0
"""A proxy between remote connectors and the hub that drops, doubles, delays and reorders their messages, from a seed.

Ways: HTTP (one request a connection) and nng's wire format over a unix socket. What it decides depends on the seed and
on the number of the message alone; how messages fall between one another is the machine's."""
import http.client
import random
import socket
import socketserver
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Fate:
    """What happens to one message: is_lost on the way there, how often it arrives, is_mute on the way back."""

    def __init__(self, random, trouble):
        self.is_lost = random.random() < 0.12 * trouble
        self.copies = 1 + (random.random() < 0.2 * trouble) + (random.random() < 0.05 * trouble)
        self.delays = [random.expovariate(20) if random.random() < 0.4 * trouble else 0 for _ in range(self.copies)]
        self.is_mute = random.random() < 0.12 * trouble
        self.back_delay = random.expovariate(20) if random.random() < 0.3 * trouble else 0


class Proxy:
    """deliver(message) asks the hub and returns its answer, or None when nobody answered; set by each way."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.trouble = 1.0
        self.counts = {"messages": 0, "lost": 0, "doubled": 0, "mute": 0}

    def pass_on(self, deliver):
        """The answer, or None: the connection is to be cut."""
        with self.lock:
            fate = Fate(self.random, self.trouble)
            self.counts["messages"] += 1
            self.counts["lost"] += fate.is_lost
            self.counts["doubled"] += fate.copies > 1
            self.counts["mute"] += fate.is_mute
        if fate.is_lost:
            return None
        answers = []
        copies = [threading.Thread(target=self.copy, args=(deliver, delay, answers), daemon=True) for delay in fate.delays]
        for copy in copies:
            copy.start()
        copies[0].join()
        if fate.is_mute or not answers:
            return None
        time.sleep(fate.back_delay)
        return answers[0]

    @staticmethod
    def copy(deliver, delay, answers):
        time.sleep(delay)
        try:
            answers.append(deliver())
        except OSError:
            pass  # the hub is down


class HttpProxy(Proxy):
    """address() is where the hub listens now: it changes when the hub is started again."""

    def __init__(self, seed, address):
        super().__init__(seed)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                head = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
                answer = proxy.pass_on(lambda: ask(address(), self.path, head, body))
                if answer is None:
                    self.close_connection = True
                    return
                status, text = answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def ask(address, path, head, body):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    try:
        connection.request("POST", path, body, head)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def take(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise OSError("end of file")
        data += piece
    return data


def take_message(connection):
    _, size = struct.unpack(">BQ", take(connection, 9))
    return take(connection, size)


def put_message(connection, message):
    connection.sendall(struct.pack(">BQ", 1, len(message)) + message)


def ask_nng(path, message):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(path)
        connection.sendall(b"\0SP\0\0\x30\0\0")
        take(connection, 8)
        put_message(connection, message)
        return take_message(connection)


class NngProxy(Proxy):
    """Between a client at `path` and the gateway's unix socket at `hub_path`."""

    def __init__(self, seed, path, hub_path):
        super().__init__(seed)
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    take(self.request, 8)
                    self.request.sendall(b"\0SP\0\0\x31\0\0")
                    while True:
                        message = take_message(self.request)
                        answer = proxy.pass_on(lambda: ask_nng(str(hub_path), message))
                        if answer is None:
                            return
                        put_message(self.request, answer)
                except OSError:
                    pass

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

        self.server = Server(str(path), Handler)
        self.url = f"ipc://{path}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
