# SPDX-License-Identifier: Apache-2.0
"""The connectors sql and spool before the conformance suite, each with a department that answers by itself: a table whose rows are
granted as they come, and a folder in which each batch is its own answer."""
import json
import os
import shutil
import sqlite3
import subprocess

import pytest
from hub import BUILD
from postgres import BINARIES, PASSWORD, Postgres

TABLE = "CREATE TABLE desk (task_key text PRIMARY KEY, area text, opinion text DEFAULT 'approve', taken text, gone text)"
ONE_TABLE = {"inbox": {"table": "desk", "key": "task_key", "columns": {"area": "form.premises_area_m2"}, "withdrawn": "gone"},
             "outbox": {"table": "desk", "id": "task_key", "key": "task_key", "opinion": "opinion", "taken": "taken"}}
IN_MEMORY = {"TMPDIR": "/dev/shm"} if os.access("/dev/shm", os.W_OK) else {}  # thousands of rows and files, each flushed
MIRROR = {"look_ms": 3600000, "wait_ms": 36000000,
          "out": {"folder": "desk", "prefix": "desk", "every_ms": 600000, "columns": {"area": "form.premises_area_m2", "word": "=approve"},
                  "sum": "area"},
          "in": {"folder": "desk", "prefix": "desk", "columns": {"key": "key", "opinion": "word"}, "sum": "area"}}


def check(where, module, config, **script):
    """where/<module> is the module; check.json and the connector's folder lie beside it."""
    shutil.copytree(BUILD / "modules" / module, where / module)
    (where / "check.json").write_text(json.dumps({"forms": [{"premises_area_m2": 120}, {"premises_area_m2": 400}], "config": config, **script}))
    done = subprocess.run([str(BUILD / "bin" / "onedoor"), "plugin", "check", str(where / module), "--json"], capture_output=True, text=True,
                          timeout=300, env={**os.environ, **IN_MEMORY})
    assert done.stdout, done.stderr
    cases = {case["case"]: case["verdict"] for case in json.loads(done.stdout)["cases"]}
    failed = [case for case in json.loads(done.stdout)["cases"] if case["verdict"] == "failed"]
    assert (done.returncode, failed) == (0, [])
    wanted = {"load.opens", "contract.answers", "contract.rules", "resume.accepted", "cancel.accepted",
              "kill.unanswered", "drain.accepted"}
    assert {name: cases.get(name) for name in wanted} == {name: "passed" for name in wanted}


def test_sql_with_a_file_passes_whole(tmp_path):
    (tmp_path / "files").mkdir()
    base = sqlite3.connect(tmp_path / "files" / "desk.db")
    base.execute(TABLE)
    base.close()
    check(tmp_path, "sql-1.0.0", {"database": "sqlite", "file": "desk.db", "poll_ms": 3600000, **ONE_TABLE}, folder="files")


@pytest.mark.skipif(not BINARIES, reason="no PostgreSQL server is installed")
def test_sql_with_a_server_passes_whole(tmp_path):
    """The host finds the server's socket where a hub's egress would have made one."""
    with Postgres() as server:
        server.sql(TABLE + "; CREATE VIEW answers AS SELECT task_key, 'approve'::text AS opinion, NULL::text AS taken FROM desk; "
                   "CREATE RULE marked AS ON UPDATE TO answers DO INSTEAD NOTHING")  # cases run side by side, on tasks of the same keys
        os.chmod(server.folder, 0o711)
        (server.folder / ".s.PGSQL.5432").symlink_to(f".s.PGSQL.{server.port}")
        check(tmp_path, "sql-1.0.0", {"database": "postgresql", "server": "db.example:5432", "name": "postgres", "user": "desk", "poll_ms": 3600000,
                                      "inbox": ONE_TABLE["inbox"], "outbox": {**ONE_TABLE["outbox"], "table": "answers"}}, sockets=str(server.folder), secrets={"password": PASSWORD})


def test_spool_passes_whole(tmp_path):
    (tmp_path / "files" / "desk").mkdir(parents=True)
    check(tmp_path, "spool-1.0.0", {"encoding": "gb18030", **MIRROR}, folder="files")
