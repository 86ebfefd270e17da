# SPDX-License-Identifier: Apache-2.0
"""The steps of a story: once one has failed, those after it have nothing to stand on."""
import sys
from pathlib import Path

import pytest

PLACE = Path(__file__).resolve().parent
sys.path[:0] = [str(PLACE), str(PLACE.parent / "e2e"), str(PLACE.parent / "oracle")]
FAILED = {}


def pytest_runtest_makereport(item, call):
    if item.cls is not None and call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
        FAILED.setdefault(item.cls, item.name)


def pytest_runtest_setup(item):
    if item.cls in FAILED:
        pytest.fail(f"the story ended at {FAILED[item.cls]}", pytrace=False)
