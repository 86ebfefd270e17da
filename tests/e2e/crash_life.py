# SPDX-License-Identifier: Apache-2.0
"""A small center with two departments, and bounded waiting."""
import time

from hub import center, connector, matter, service


def wait_until(holds, timeout=10, what="it did not come true"):
    until = time.monotonic() + timeout
    while not (value := holds()):
        assert time.monotonic() < until, what() if callable(what) else what
        time.sleep(0.01)
    return value


def log_of(hub):
    return (hub.folder / "hub.log").read_text(errors="replace")


def two_departments(folder, **more):
    config = center(folder, ["water", "land"], [matter("w", "water"), matter("l", "land")], [service("two", ["w", "l"])], **more)
    config["connectors"] = [connector("water")]
    return config


def hub_body(id, **form):
    return {"service": id, "applicant": {"kind": "person", "name": "王小明"}, "form": form, "materials": []}
