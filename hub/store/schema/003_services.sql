-- What connectors keep for themselves. The sum of a connector's bytes, keys and
-- values, is kept beside it, so that its quota costs no count.
CREATE TABLE kv (
  connector TEXT NOT NULL,
  key       BLOB NOT NULL,
  value     BLOB NOT NULL,
  PRIMARY KEY (connector, key)
) WITHOUT ROWID;

CREATE TABLE kv_sum (
  connector TEXT    NOT NULL PRIMARY KEY,
  bytes     INTEGER NOT NULL
) WITHOUT ROWID;

-- What departments have called back about a task, until it ends. The body is last,
-- so that looking an id up follows no overflow page.
CREATE TABLE event (
  handle INTEGER NOT NULL, -- application * 64 + task
  seq    INTEGER NOT NULL, -- of the task, from 1
  id     TEXT    NOT NULL, -- the department's
  at_ms  INTEGER NOT NULL,
  body   TEXT    NOT NULL,
  PRIMARY KEY (handle, seq)
) WITHOUT ROWID;

-- A department's own numbers of its open tasks, where it calls back by them.
CREATE TABLE reference (
  department INTEGER NOT NULL,
  reference  TEXT    NOT NULL,
  handle     INTEGER NOT NULL,
  PRIMARY KEY (department, reference, handle)
) WITHOUT ROWID;

CREATE INDEX reference_task ON reference (handle);
