# SPDX-License-Identifier: Apache-2.0
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from hub import Hub  # noqa: E402


@pytest.fixture
def demo():
    """A hub with the sample center and its connectors, all of them active."""
    with Hub() as hub:
        hub.wait_connectors()
        yield hub
