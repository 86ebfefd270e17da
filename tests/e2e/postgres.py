# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of a test's own: one cluster in a short folder, run by an unprivileged user, that can be killed and comes back;
and a wire to it that breaks where a test says."""
import getpass
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from hub import free_port

PASSWORD = "desk-password-0123456789"
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


class Postgres:
    def __init__(self):
        self.binaries = BINARIES[-1].parent
        self.user = "postgres" if os.getuid() == 0 else getpass.getuser()
        self.folder = Path(tempfile.mkdtemp(prefix="onedoor-pg-"))
        self.port = free_port()
        self.process = None
        if os.getuid() == 0:
            about = pwd.getpwnam(self.user)
            os.chown(self.folder, about.pw_uid, about.pw_gid)

    def __enter__(self):
        secret = self.folder / "secret"
        secret.write_text(PASSWORD)
        self.run("initdb", "-D", "data", "-U", "desk", "-A", "scram-sha-256", "--pwfile=secret", "-E", "UTF8", "--locale=C", "--no-sync")
        return self.start()

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def as_user(self):
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []} if os.getuid() == 0 else {}

    def run(self, program, *arguments):
        subprocess.run([str(self.binaries / program), *arguments], cwd=self.folder, check=True, capture_output=True, **self.as_user())

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([str(self.binaries / "postgres"), "-D", "data", "-F", "-k", str(self.folder), "-h", "127.0.0.1", "-p",
                                             str(self.port), "-c", "deadlock_timeout=2s"], cwd=self.folder, stdout=log, stderr=log,
                                            **self.as_user())
        for _ in range(600):
            done = subprocess.run([str(self.binaries / "pg_isready"), "-h", str(self.folder), "-p", str(self.port), "-t", "1"], capture_output=True)
            if done.returncode == 0:
                return self
            assert self.process.poll() is None, (self.folder / "log").read_text()
            threading.Event().wait(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def kill(self):
        """Without a word to anybody: what is not committed is gone at the next start."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)

    def psql(self, *more):
        return [str(self.binaries / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-p", str(self.port), "-U",
                "desk", "-d", "postgres", *more]

    def sql(self, text):
        """Rows as lists of texts."""
        done = subprocess.run(self.psql("-F", "\t", "-c", text), capture_output=True, text=True, env={**os.environ, "PGPASSWORD": PASSWORD},
                              timeout=30)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def session(self):
        """One that stays: lines in, one at a time."""
        return Session(self)


class Session:
    def __init__(self, server):
        self.process = subprocess.Popen(server.psql(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        env={**os.environ, "PGPASSWORD": PASSWORD})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def send(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def do(self, text):
        self.send(text + "\n\\echo done")
        while True:
            line = self.process.stdout.readline()
            assert line, "psql has ended"
            if line.strip() == "done":
                return


class Wire:
    """Joins who connects with the server. `fault` is what happens to the next statements that write into the inbox:
    "before": the statement never arrives; "after": it is done, and its answer never comes back; "silent": nothing more passes."""

    def __init__(self, port, mark=b"INSERT INTO"):
        self.to, self.mark, self.fault, self.times, self.played = port, mark, None, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ends = []
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.cut()

    def play(self, fault, times=1):
        self.fault, self.times, self.played = fault, times, 0

    def cut(self):
        for end in self.ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                near.close()
                continue
            self.ends += [near, far]
            state = {"lose": False}
            threading.Thread(target=self.outward, args=(near, far, state), daemon=True).start()
            threading.Thread(target=self.inward, args=(far, near, state), daemon=True).start()

    def outward(self, near, far, state):
        try:
            while data := near.recv(65536):
                if self.times > 0 and self.mark in data:
                    self.times -= 1
                    self.played += 1
                    if self.fault == "before":
                        break
                    state["lose"] = self.fault
                    if self.fault == "silent":
                        continue
                far.sendall(data)
        except OSError:
            pass
        self.close(near, far)

    def inward(self, far, near, state):
        try:
            while data := far.recv(65536):
                if state["lose"] == "after":
                    break
                if not state["lose"]:
                    near.sendall(data)
        except OSError:
            pass
        self.close(near, far)

    @staticmethod
    def close(*ends):
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
