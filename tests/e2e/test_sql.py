# SPDX-License-Identifier: Apache-2.0
"""The connector sql before a real PostgreSQL, and before a SQLite file that its department has open, too: rows go in once, answers come
out, and whatever breaks, a task has one row and the department's own answer."""
import json
import os
import sqlite3

import pytest
from crash_life import wait_until
from hub import DemoOf, center, matter, service, text
from postgres import BINARIES, PASSWORD, Postgres, Wire

needs_server = pytest.mark.skipif(not BINARIES, reason="no PostgreSQL server is installed")

TABLES = """
CREATE TABLE onedoor_inbox (
  task_key text PRIMARY KEY, area integer CHECK (area <> 666), note text, applicant text, form {json}, office text, received timestamp,
  withdrawn_at timestamp, answer {json});
CREATE TABLE onedoor_outbox (
  id {serial}, task_key text NOT NULL, result text NOT NULL, reasons text, conditions text, permit text, missing text, question text,
  progress text, percent integer, taken_at timestamp, note text);
"""
INBOX = {"table": "onedoor_inbox", "key": "task_key", "withdrawn": "withdrawn_at", "answer": "answer",
         "columns": {"area": "form.area", "note": "form.note", "applicant": "applicant.name", "form": "form", "office": "=north",
                     "received": "received_at"}}
OUTBOX = {"table": "onedoor_outbox", "id": "id", "key": "task_key", "opinion": "result", "reasons": "reasons", "conditions": "conditions",
          "document_no": "permit", "fields": "missing", "question": "question", "progress": "progress", "percent": "percent",
          "taken": "taken_at", "note": "note",
          "values": {"granted": "approve", "granted_if": "approve_with_conditions", "refused": "reject", "ask": "need_input", "open": "pending",
                     "visit": "pause"}}


class Desk(DemoOf):
    """The hub of a center whose one department is a database."""

    def __init__(self, folder, **settings):
        fields = [{"id": "area", "type": "integer", "label": text("面积", "Area"), "required": False, "min": 1, "max": 9999},
                  {"id": "note", "type": "text", "label": text("说明", "Note"), "required": False, "min_length": 1, "max_length": 200}]
        config = center(folder, ["fire"], [matter("f", "fire", fields=["area", "note"], pauses=["inspection"])],
                        [service("shop", ["f"], form=fields, example_form={"area": 100})])
        secrets = folder / "secrets" / "fire"
        secrets.mkdir(parents=True, exist_ok=True)
        self.secret = secrets / "password"
        self.set_password(PASSWORD)
        settings = {"timeout_ms": 3000, "poll_ms": 100, "poll_max_ms": 400, "inbox": INBOX, "outbox": OUTBOX, **settings}
        super().__init__(folder, {**config, "secrets": str(folder / "secrets"), "folders": str(folder / "folders"),
                                  "connectors": [{"id": "fire", "module": "sql-1.0.0", "config": settings}]})

    def set_password(self, value):
        self.secret.write_text(value)
        self.secret.chmod(0o600)

    def apply(self, **form):
        answer = self.submit({**self.example("shop"), "form": {"area": 100, **form}})
        assert answer.status in (200, 201, 202), answer.raw
        return answer.json["number"]

    def task(self, number):
        return self.get(f"/v1/tasks/{number}.1").raw.decode()

    def wait_state(self, number, *states, timeout=30):
        return self.wait_for(number, lambda a: a["tasks"][0]["state"] in states, timeout)["tasks"][0]

    def opinion(self, number, timeout=30):
        return self.wait_for(number, lambda a: a["status"] == "decided", timeout)["tasks"][0]["opinion"]


@pytest.fixture(scope="module")
def server():
    with Postgres() as postgres:
        yield postgres


@pytest.fixture
def tables(server):
    server.sql("DROP TABLE IF EXISTS onedoor_inbox, onedoor_outbox; DROP FUNCTION IF EXISTS slow CASCADE; "
               + TABLES.format(json="jsonb", serial="bigserial PRIMARY KEY"))
    return server


def at(port, **more):
    return {"database": "postgresql", "server": f"127.0.0.1:{port}", "name": "postgres", "user": "desk", **more}


def key(number):
    return f"{number}.1"


def answer(run, number, result, **columns):
    names = ["task_key", "result", *columns]
    values = ", ".join("'" + str(value).replace("'", "''") + "'" for value in [key(number), result, *columns.values()])
    run(f"INSERT INTO onedoor_outbox ({', '.join(names)}) VALUES ({values})")


def rows_of(run):
    return {row[0]: int(row[1]) for row in run("SELECT task_key, count(*) FROM onedoor_inbox GROUP BY task_key")}


def walk_through(hub, run):
    """Everything that a department may answer."""
    cases = {name: hub.apply(area=area) for area, name in enumerate(("yes", "if", "no", "ask", "odd", "visit", "gone"), start=100)}
    for number in cases.values():
        hub.wait_state(number, "accepted")
    assert rows_of(run) == {key(number): 1 for number in cases.values()}
    row = run(f"SELECT area, applicant, office, form FROM onedoor_inbox WHERE task_key = '{key(cases['no'])}'")[0]
    assert [str(cell) for cell in row[:3]] == ["102", "王小明", "north"] and json.loads(row[3]) == {"area": 102}

    answer(run, cases["yes"], "open", progress="On the desk of Ms. Li", percent=40)
    answer(run, cases["yes"], "granted", permit="F-7")
    answer(run, cases["if"], "granted_if", conditions='["Two doors.", "一个水泵"]')
    answer(run, cases["no"], "refused", reasons="Too large; it's \"too\" large. 太大了")
    answer(run, cases["ask"], "ask", missing="area, note", question="How large is it?")
    answer(run, cases["odd"], "perhaps")
    answer(run, cases["odd"], "refused")
    answer(run, cases["visit"], "visit")
    assert hub.opinion(cases["yes"])["opinion"] == "approve"
    assert hub.opinion(cases["if"])["conditions"] == ["Two doors.", "一个水泵"]
    assert hub.opinion(cases["no"])["reasons"] == ["Too large; it's \"too\" large. 太大了"]

    hub.wait_state(cases["visit"], "paused")
    answer(run, cases["visit"], "open")
    hub.wait_state(cases["visit"], "accepted")
    answer(run, cases["visit"], "granted")
    assert hub.opinion(cases["visit"])["opinion"] == "approve"

    wait_until(lambda: len(run("SELECT id FROM onedoor_outbox WHERE note LIKE 'refused%'")) == 2, timeout=15)
    notes = [row[0] for row in run("SELECT note FROM onedoor_outbox WHERE note IS NOT NULL AND note <> '' ORDER BY id")]
    assert '"perhaps" is none of the words that were agreed' in notes[0] and "a rejection needs a reason" in notes[1]
    assert hub.show(cases["odd"])["tasks"][0].get("opinion") is None, "what was not agreed is no opinion"
    answer(run, cases["odd"], "granted")
    assert hub.opinion(cases["odd"])["opinion"] == "approve"

    hub.wait_for(cases["ask"], lambda a: a["tasks"][0]["state"] == "waiting_applicant")
    done = hub.post(f"/v1/applications/{cases['ask']}/supplement", {"form": {"area": 50, "note": "small"}})
    assert done.status in (200, 202), done.raw
    select = f"SELECT answer FROM onedoor_inbox WHERE task_key = '{key(cases['ask'])}' AND answer IS NOT NULL"
    wait_until(lambda: run(select), timeout=15)
    assert json.loads(run(select)[0][0]) == {"area": 50, "note": "small"}
    answer(run, cases["ask"], "granted")
    assert hub.opinion(cases["ask"])["opinion"] == "approve"

    done = hub.post(f"/v1/applications/{cases['gone']}/withdraw", {"reason": "moved"})
    assert done.status in (200, 202), done.raw
    wait_until(lambda: run(f"SELECT 1 FROM onedoor_inbox WHERE task_key = '{key(cases['gone'])}' AND withdrawn_at IS NOT NULL"), timeout=15)
    wait_until(lambda: not run("SELECT 1 FROM onedoor_outbox WHERE taken_at IS NULL"), timeout=15)
    assert rows_of(run) == {key(number): 1 for number in cases.values()}
    log = hub.get("/v1/connectors/fire/logs").raw.decode()
    assert "sandbox:" not in log and "contract:" not in log, log


@needs_server
def test_postgresql_rows_go_in_and_every_answer_comes_out(tmp_path, tables):
    with Desk(tmp_path, **at(tables.port)) as hub:
        hub.wait_connectors()
        walk_through(hub, tables.sql)


@needs_server
def test_a_server_that_is_killed_is_waited_for(tmp_path, tables):
    with Desk(tmp_path, **at(tables.port)) as hub:
        hub.wait_connectors()
        before = hub.apply()
        hub.wait_state(before, "accepted")
        tables.kill()
        during = hub.apply()
        wait_until(lambda: "unreachable" in hub.task(during) or "broken" in hub.task(during), timeout=20)
        for number in (before, during):
            assert hub.show(number)["tasks"][0].get("opinion") is None, "a dead link is never an opinion"
        hub.kill()
        tables.start()
        hub.start()
        hub.wait_state(during, "accepted")
        for number in (before, during):
            answer(tables.sql, number, "granted")
        for number in (before, during):
            assert hub.opinion(number)["opinion"] == "approve"
        assert rows_of(tables.sql) == {key(before): 1, key(during): 1}


@needs_server
@pytest.mark.parametrize("fault", ["before", "after", "silent"])
def test_a_statement_whose_answer_is_lost_makes_one_row(tmp_path, tables, fault):
    """Between the insert and the answer to its commit nobody can know: the same key again, and the unique column decides."""
    with Wire(tables.port) as wire, Desk(tmp_path, **at(wire.port), timeout_ms=800) as hub:
        hub.wait_connectors()
        first = hub.apply()
        hub.wait_state(first, "accepted")
        wire.play(fault, times=2)
        number = hub.apply()
        wait_until(lambda: wire.played >= 1 and hub.get(f"/v1/tasks/{number}.1").json.get("attempt", 0) >= 1, timeout=15)
        hub.wait_state(number, "accepted")
        assert wire.played >= 1, "a fault that did not happen proves nothing"
        unknown = [e for e in hub.events(number) if "unknown" in json.dumps(e)]
        assert unknown, "what was sent and not answered may have been done"
        answer(tables.sql, number, "granted")
        assert hub.opinion(number)["opinion"] == "approve"
        assert rows_of(tables.sql) == {key(first): 1, key(number): 1}


@needs_server
def test_a_deadlock_undoes_the_row_and_it_is_written_again(tmp_path, tables):
    tables.sql("""
CREATE TABLE IF NOT EXISTS counter (id integer PRIMARY KEY, n integer);
INSERT INTO counter VALUES (1, 0), (2, 0) ON CONFLICT DO NOTHING;
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE counter SET n = n + 1 WHERE id = 1; UPDATE counter SET n = n + 1 WHERE id = 2; RETURN NEW; END $$;
CREATE TRIGGER counted BEFORE INSERT ON onedoor_inbox FOR EACH ROW EXECUTE FUNCTION slow();""")
    with tables.session() as other, Desk(tmp_path, **at(tables.port), timeout_ms=20000) as hub:
        hub.wait_connectors()
        other.do("SET deadlock_timeout = '60s'; BEGIN; UPDATE counter SET n = n + 1 WHERE id = 2;")
        number = hub.apply()
        waits = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'fire' AND wait_event_type = 'Lock'"
        wait_until(lambda: tables.sql(waits), timeout=10)
        other.send("UPDATE counter SET n = n + 1 WHERE id = 1;")  # each has what the other wants; the connector's side looks first
        wait_until(lambda: "sqlstate_40P01" in hub.task(number), timeout=20)
        other.do("COMMIT;")
        hub.wait_state(number, "accepted")
        assert tables.sql("SELECT n FROM counter ORDER BY id")[0] >= ["2"] and rows_of(tables.sql) == {key(number): 1}
        assert "\"none\"" in json.dumps(hub.events(number)) or "none" in hub.task(number), "rolled back: certainly nothing registered"


@needs_server
def test_tables_that_are_not_as_agreed_are_named_and_waited_for(tmp_path, tables):
    tables.sql("ALTER TABLE onedoor_inbox DROP CONSTRAINT onedoor_inbox_pkey; ALTER TABLE onedoor_inbox DROP COLUMN office")
    with Desk(tmp_path, **at(tables.port)) as hub:
        hub.wait_connectors()
        number = hub.apply()
        wait_until(lambda: "sqlstate_42703" in hub.task(number), timeout=15)
        assert "office" in hub.task(number)
        tables.sql("ALTER TABLE onedoor_inbox ADD COLUMN office text")
        wait_until(lambda: "sqlstate_42P10" in hub.task(number), timeout=15)  # without a unique key no row is written at all
        assert rows_of(tables.sql) == {}
        tables.sql("ALTER TABLE onedoor_inbox ADD PRIMARY KEY (task_key)")
        hub.wait_state(number, "accepted")
        refused = hub.apply(area=666)
        task = hub.wait_for(refused, lambda a: a["tasks"][0]["owner"] == "officer")["tasks"][0]
        assert task.get("opinion") is None and "sqlstate_23514" in hub.task(refused), "values that it refuses are for a person"
        assert rows_of(tables.sql) == {key(number): 1}


@needs_server
def test_a_wrong_password_is_no_opinion_and_a_right_one_counts_at_once(tmp_path, tables):
    hub = Desk(tmp_path, **at(tables.port))
    hub.set_password("wrong")
    with hub:
        hub.wait_connectors()
        number = hub.apply()
        wait_until(lambda: "password authentication failed" in hub.task(number), timeout=15)
        assert PASSWORD not in hub.task(number)
        hub.set_password(PASSWORD)
        hub.wait_state(number, "accepted")
        assert rows_of(tables.sql) == {key(number): 1}


@needs_server
def test_more_than_one_round_holds(tmp_path, tables):
    """64 rows go in at a time, 100 answers are read at a time: 150 of each come through, each once."""
    with Desk(tmp_path, **at(tables.port)) as hub:
        hub.wait_connectors()
        numbers = [hub.apply(area=100 + i) for i in range(150)]
        wait_until(lambda: len(rows_of(tables.sql)) == 150, timeout=30)
        tables.sql("INSERT INTO onedoor_outbox (task_key, result, reasons) SELECT task_key, CASE WHEN area % 2 = 0 THEN 'granted' ELSE 'refused' END, "
                   "'Too odd.' FROM onedoor_inbox")
        for i, number in enumerate(numbers):
            assert hub.opinion(number)["opinion"] == ("approve" if i % 2 == 0 else "reject")
        wait_until(lambda: not tables.sql("SELECT 1 FROM onedoor_outbox WHERE taken_at IS NULL"), timeout=15)
        assert set(rows_of(tables.sql).values()) == {1}


@needs_server
def test_values_are_only_ever_bound(tmp_path, tables):
    with Desk(tmp_path, **at(tables.port)) as hub:
        hub.wait_connectors()
        evil = "x'); DROP TABLE onedoor_outbox; --\\ \"${1}\" 😀 $1 ?1"
        number = hub.apply(note=evil)
        hub.wait_state(number, "accepted")
        assert tables.sql("SELECT note FROM onedoor_inbox")[0] == [evil]
        answer(tables.sql, number, "granted")
        assert hub.opinion(number)["opinion"] == "approve"


class File:
    """The department's side of a SQLite file, in the connector's own folder."""

    def __init__(self, folder, mode):
        self.folder = folder / "folders" / "fire"
        self.folder.mkdir(parents=True)
        self.path = self.folder / "desk.db"
        with sqlite3.connect(self.path) as base:
            base.execute(f"PRAGMA journal_mode = {mode}")
            base.executescript(TABLES.format(json="text", serial="integer PRIMARY KEY"))
        base.close()
        if os.getuid() == 0:  # nobody's: under root a module is never root
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, 65534, 65534)

    def sql(self, statement):
        base = sqlite3.connect(self.path, timeout=20)
        try:
            with base:
                return base.execute(statement).fetchall()
        finally:
            base.close()
            if os.getuid() == 0:
                for path in self.folder.iterdir():
                    os.chown(path, 65534, 65534)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_sqlite_rows_go_in_and_every_answer_comes_out(tmp_path, mode):
    desk = File(tmp_path, mode)
    with Desk(tmp_path, database="sqlite", file="desk.db") as hub:
        hub.wait_connectors()
        walk_through(hub, desk.sql)


def test_sqlite_a_locked_file_is_waited_for_and_a_missing_one_is_named(tmp_path):
    desk = File(tmp_path, "delete")
    with Desk(tmp_path, database="sqlite", file="desk.db", timeout_ms=300) as hub:
        hub.wait_connectors()
        base = sqlite3.connect(desk.path, timeout=20)
        base.isolation_level = None
        base.execute("BEGIN EXCLUSIVE")
        number = hub.apply()
        wait_until(lambda: "sqlite_5" in hub.task(number) or "database is locked" in hub.task(number), timeout=15)
        base.execute("ROLLBACK")
        base.close()
        hub.wait_state(number, "accepted")
        away = desk.path.with_name("away.db")
        desk.path.rename(away)
        hub.kill()
        hub.start()
        hub.wait_connectors()
        second = hub.apply()
        wait_until(lambda: "unable to open database file" in hub.task(second), timeout=15)
        away.rename(desk.path)
        hub.wait_state(second, "accepted")
        for each in (number, second):
            answer(desk.sql, each, "granted")
            assert hub.opinion(each)["opinion"] == "approve"
        assert rows_of(desk.sql) == {key(number): 1, key(second): 1}
