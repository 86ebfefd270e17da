# SPDX-License-Identifier: Apache-2.0
import os
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from hub import BUILD, Hub  # noqa: E402

CACHE = BUILD / "CMakeCache.txt"
IS_SANITIZED = CACHE.exists() and re.search(r"^OD_SANITIZE:\w+=\w", CACHE.read_text(), re.M) is not None


@pytest.fixture(autouse=True)
def passable(request):
    """A sanitized host keeps the machine's root. Started by root it becomes the user of its module's folder, who must get there."""
    if IS_SANITIZED and os.geteuid() == 0 and "tmp_path" in request.fixturenames:
        place = request.getfixturevalue("tmp_path")
        for folder in (place, place.parent, place.parent.parent):
            folder.chmod(0o711)


@pytest.fixture
def demo():
    """A hub with the sample center and its connectors, all of them active."""
    with Hub() as hub:
        hub.wait_connectors()
        yield hub
