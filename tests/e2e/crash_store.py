# SPDX-License-Identifier: Apache-2.0
"""What lies in the data folder of a stopped hub, read with nothing but SQLite and SHA-256."""
import hashlib
import json
import sqlite3
import struct
from collections import Counter, defaultdict
from pathlib import Path


class Store:
    def __init__(self, data):
        self.base = sqlite3.connect(Path(data) / "hub.db")

    def close(self):
        self.base.close()

    def rows(self, sql, *values):
        return self.base.execute(sql, values).fetchall()

    def count(self, table):
        """Rows of the table; without the synthetic application of the daily self-test, which has no number."""
        own = {"application": "WHERE id > 0", "document": "WHERE application > 0"}.get(table, "")
        return self.rows(f"SELECT count(*) FROM {table} {own}")[0][0]

    def broken_record(self):
        """The first record whose hash is not SHA-256(previous hash, seq, application, at_ms, record); 0 = sound."""
        last, expected = bytes(32), 1
        for seq, application, at_ms, record, digest in self.base.execute(
                "SELECT seq, application, at_ms, record, hash FROM journal ORDER BY seq"):
            text = record if isinstance(record, bytes) else record.encode()
            last = hashlib.sha256(last + struct.pack("<QQQ", seq, application, at_ms) + text).digest()
            if digest != last or seq != expected:
                return seq
            expected += 1
        return 0

    def histories(self):
        """Events by application number, in order."""
        histories = defaultdict(list)
        for (record,) in self.base.execute("SELECT record FROM journal WHERE application > 0 ORDER BY seq"):
            root = json.loads(record)
            histories[root["number"]] += root["events"]
        return histories

    def applications_by_key(self):
        """(key hash, application id) of every idempotency key that was used."""
        return self.rows("SELECT key_hash, application FROM idempotency")


def check_history(number, events):
    """Received once and decided once, one effective opinion for each task, no offer after an accept."""
    accepted, effective = set(), Counter()
    types = Counter(e["type"] for e in events)
    assert (types["received"], types["decided"]) == (1, 1), (number, types)
    for event in events:
        if event["type"] == "accepted":
            accepted.add(event["task"])
        elif event["type"] == "offered":
            assert event["task"] not in accepted, (number, "offered again after its accept", event)
        elif event["type"] == "opined" and not event.get("late"):
            effective[event["task"]] += 1
    included = next(e for e in events if e["type"] == "received")["included"]
    assert effective == Counter(included), (number, effective)
