# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from egress_stage import Hub, Server  # noqa: E402


@pytest.fixture
def secrets(tmp_path):
    folder = tmp_path / "secrets"
    (folder / "water").mkdir(parents=True)

    def put(name, value, mode=0o600, connector="water"):
        path = folder / connector / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(value)
        path.chmod(mode)
        return path

    put.folder = folder
    return put


@pytest.fixture
def hub(secrets):
    hub = Hub(secrets=secrets.folder)
    yield hub
    hub.close()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


def make_certificate(folder, name, *more, at=None):
    """A certificate of its own for name, good for two days; (certificate and key in one PEM, the certificate alone)."""
    key, certificate, both = (folder / f"{name}.{end}" for end in ("key", "crt", "pem"))
    clock = ["faketime", at] if at else []
    subprocess.run([*clock, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                    "-subj", f"/CN={name}", *more], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both, certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    return make_certificate(folder, "localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")


@pytest.fixture(scope="session")
def other_certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    return make_certificate(folder, "elsewhere.example", "-addext", "subjectAltName=DNS:elsewhere.example")
