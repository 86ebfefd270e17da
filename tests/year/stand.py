# SPDX-License-Identifier: Apache-2.0
"""A hub of the made-up center, under a virtual clock."""
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlparse

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import hub  # noqa: E402


class Site(hub.DemoOf):
    """`with Site(folder, center) as site:`; folder keeps its data. It opens no door but loopback's."""

    def __init__(self, folder, center):
        folder = Path(folder)
        (folder / "catalog").mkdir(parents=True, exist_ok=True)
        (folder / "catalog" / "center.json").write_text(json.dumps(center.catalogue(), ensure_ascii=False))
        super().__init__(folder, {"listen": "127.0.0.1:0", "data": "data", "catalog": "catalog", "modules": str(hub.BUILD / "modules"),
                                  "modules_unsigned": True, "connectors": center.connectors()}, "--demo", "--clock", "virtual")

    @property
    def port(self):
        return urlparse(self.address).port

    def data_bytes(self):
        return sum(f.stat().st_size for f in (self.folder / "data").rglob("*") if f.is_file())


def is_built():
    return os.access(hub.BUILD / "bin" / "onedoord", os.X_OK)
