# SPDX-License-Identifier: Apache-2.0
"""The shipped nginx and haproxy configurations, run as they are: only paths, ports and users are others."""
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from hub import ROOT, free_port

KINDS = ("nginx", "haproxy")
PROGRAMS = {"nginx": shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"),
            "haproxy": shutil.which("haproxy", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")}


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def authority(folder, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem")


def certificate(folder, name, by, subject, extension=None):
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr")
    more = []
    if extension:
        (folder / f"{name}.ext").write_text(extension)
        more = ["-extfile", folder / f"{name}.ext"]
    openssl("x509", "-req", "-in", folder / f"{name}.csr", "-CA", folder / f"{by}.pem", "-CAkey", folder / f"{by}.key",
            "-CAcreateserial", "-days", "2", "-out", folder / f"{name}.crt", *more)


def certificates(folder):
    """The center's own, its clients', and those of somebody else."""
    folder.mkdir()
    for name in ("root", "clients", "rogue"):
        authority(folder, name)
    certificate(folder, "service", "root", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    certificate(folder, "fire", "clients", "/O=Fire Department/CN=fire")
    certificate(folder, "water", "clients", "/O=Water Bureau/CN=water")
    certificate(folder, "stranger", "rogue", "/O=Fire Department/CN=fire")
    (folder / "service.pem").write_text((folder / "service.crt").read_text() + (folder / "service.key").read_text())
    return folder


def fingerprint(folder, name):
    words = ["openssl", "x509", "-in", str(folder / f"{name}.crt"), "-noout", "-fingerprint", "-sha1"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip().rpartition("=")[2]


class Proxy:
    def __init__(self, kind, folder, tls, upstream, is_staff_guarded=False):
        self.kind, self.folder, self.tls, self.upstream = kind, folder, tls, upstream
        self.port, self.plain_port = free_port(), free_port()
        self.is_staff_guarded = is_staff_guarded
        self.address = f"https://localhost:{self.port}"

    def write(self):
        name = "onedoor.conf" if self.kind == "nginx" else "onedoor.cfg"
        text = (ROOT / "configs" / self.kind / name).read_text()
        text = text.replace("/etc/onedoor/tls", str(self.tls)).replace("/run/onedoor/hub.sock", str(self.upstream))
        if self.is_staff_guarded:
            text = text.replace("#staff ", "")
        if self.kind == "nginx":
            text = text.replace("/var/log/nginx", str(self.folder))
            text = re.sub(r"^ *listen \[::\].*$", "", text, flags=re.M)
            text = text.replace("listen 443 ", f"listen 127.0.0.1:{self.port} ").replace("listen 80;", f"listen 127.0.0.1:{self.plain_port};")
            places = "".join(f"{part}_temp_path {self.folder}/{part}; " for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            (self.folder / "nginx.conf").write_text(
                f"daemon off; pid {self.folder}/nginx.pid; error_log {self.folder}/error.log; user root; worker_processes 2;\n"
                f"events {{ worker_connections 512; }}\nhttp {{ {places}\ninclude {self.folder}/{name};\n}}\n")
        else:
            text = re.sub(r"^  (user|group|log /dev/log).*$", "", text, flags=re.M)
            text = re.sub(r"^  bind :::.*$", "", text, flags=re.M)
            text = text.replace("bind :443 ", f"bind 127.0.0.1:{self.port} ").replace("bind :80\n", f"bind 127.0.0.1:{self.plain_port}\n")
        (self.folder / name).write_text(text)
        return self.folder / name

    def __enter__(self):
        self.folder.mkdir(exist_ok=True)
        path = self.write()
        words = ["-p", str(self.folder), "-c", str(self.folder / "nginx.conf")] if self.kind == "nginx" else ["-W", "-f", str(path)]
        self.log = open(self.folder / "proxy.log", "ab")
        self.process = subprocess.Popen([PROGRAMS[self.kind], *words], stdout=self.log, stderr=self.log)
        self.wait()
        return self

    def wait(self):
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
                return
            except OSError:
                assert time.monotonic() < until and self.process.poll() is None, self.told()
                time.sleep(0.02)

    def told(self):
        return "".join(path.read_text()[-2000:] for path in self.folder.glob("*.log"))

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def reload(self):
        self.process.send_signal(signal.SIGHUP if self.kind == "nginx" else signal.SIGUSR2)

    def curl_words(self, path, *more, certificate=None):
        words = ["curl", "-sS", "--path-as-is", "--max-time", "30", "--cacert", str(self.tls / "root.pem")]
        if certificate:
            words += ["--cert", str(self.tls / f"{certificate}.crt"), "--key", str(self.tls / f"{certificate}.key")]
        return words + [*more, self.address + path]

    def curl(self, path, *more, certificate=None):
        """(status, head and body, http version); status 0 = no answer."""
        words = self.curl_words(path, "-i", "-w", "\n%{http_code} %{http_version}", *more, certificate=certificate)
        done = subprocess.run(words, capture_output=True)
        text, _, told = done.stdout.decode(errors="replace").rpartition("\n")
        status, version = told.split()
        return int(status), text, version

    def context(self, certificate=None):
        context = ssl.create_default_context(cafile=self.tls / "root.pem")
        if certificate:
            context.load_cert_chain(self.tls / f"{certificate}.crt", self.tls / f"{certificate}.key")
        return context

    def raw(self, request, certificate=None, timeout=5):
        """What comes back for these bytes, until the other side closes or says nothing more."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as plain:
            with self.context(certificate).wrap_socket(plain, server_hostname="localhost") as stream:
                stream.sendall(request)
                stream.settimeout(1)
                answer = b""
                try:
                    while part := stream.recv(65536):
                        answer += part
                except (TimeoutError, ssl.SSLError, ConnectionError):
                    pass
                return answer


class Recorder:
    """A hub's place on the unix socket: it keeps the bytes of every request and answers 200."""

    def __init__(self, path, delay_s=0):
        self.path, self.delay_s, self.requests, self.is_open = Path(path), delay_s, [], True

    def __enter__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(self.path))
        self.path.chmod(0o666)
        self.socket.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.is_open = False
        self.socket.close()
        self.path.unlink(missing_ok=True)

    def accept(self):
        while self.is_open:
            try:
                stream, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(stream,), daemon=True).start()

    def serve(self, stream):
        held = b""
        with stream:
            while self.is_open:
                while b"\r\n\r\n" not in held:
                    part = stream.recv(65536)
                    if not part:
                        return
                    held += part
                head, _, held = held.partition(b"\r\n\r\n")
                if b"transfer-encoding: chunked" in head.lower():
                    while b"0\r\n\r\n" not in held:
                        held += stream.recv(65536)
                    body, _, held = held.partition(b"0\r\n\r\n")
                else:
                    length = re.search(rb"(?im)^content-length: *(\d+)", head)
                    size = int(length.group(1)) if length else 0
                    while len(held) < size:
                        held += stream.recv(65536)
                    body, held = held[:size], held[size:]
                if not head.startswith(b"GET /readyz "):
                    self.requests.append((head, body))
                    time.sleep(self.delay_s)
                stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok")

    def paths(self):
        return [head.split(b" ")[1].decode() for head, _ in self.requests]
