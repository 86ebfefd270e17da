# SPDX-License-Identifier: Apache-2.0
"""Whatever the hub asks its store while it serves stands in the table of statements, whose plans tests/store/store_plan_test.c
looks at: one that is prepared elsewhere could read a whole table unseen."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Prepared once, while a store is opened: how far it has come, its names, its migrations; and the table itself.
AT_OPEN = {"sqlite_connection.c", "sqlite_entry.c", "sqlite_key.c", "sqlite_load.c", "sqlite_migrate.c"}

# Asked of a copy that no hub serves, by backup and restore.
OF_COPIES = {"sqlite_backup.c"}


def test_statements_stand_in_the_table():
    found = {path.name for path in (ROOT / "hub").rglob("*.c") if re.search(r"\bsqlite3_(prepare|get_table)", path.read_text())}
    assert found <= AT_OPEN | OF_COPIES, found - AT_OPEN - OF_COPIES
