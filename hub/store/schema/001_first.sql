-- Rows hold numbers, people see ids: kind 1 = department, 2 = service.
CREATE TABLE name (
  kind   INTEGER NOT NULL,
  number INTEGER NOT NULL,
  id     TEXT    NOT NULL,
  PRIMARY KEY (kind, number)
) WITHOUT ROWID;

-- The small row that every transition rewrites. The state is last, so that a
-- scan of the columns before it never follows an overflow page.
CREATE TABLE application (
  id         INTEGER PRIMARY KEY,
  service    INTEGER NOT NULL,
  status     INTEGER NOT NULL,
  is_overdue INTEGER NOT NULL,
  due_day    INTEGER NOT NULL,
  wake       INTEGER,           -- civil minute; NULL = never
  last_seq   INTEGER NOT NULL,  -- newest journal record of this application, 0 = none
  state      BLOB    NOT NULL
);

-- Each index below is partial: an application pays for one only while the
-- question it answers concerns it.
CREATE INDEX application_wake ON application (wake) WHERE wake IS NOT NULL;
CREATE INDEX application_open ON application (status) WHERE status < 3;
CREATE INDEX application_overdue ON application (is_overdue) WHERE is_overdue = 1;

-- Immutable, and apart, so that transitions do not carry it along.
CREATE TABLE document (
  application INTEGER PRIMARY KEY,
  hash        BLOB NOT NULL,
  salt        BLOB NOT NULL,
  body        BLOB NOT NULL
);

-- Idempotency keys in the order of receipt: an append.
CREATE TABLE idempotency (
  seq         INTEGER PRIMARY KEY,
  application INTEGER NOT NULL,
  key_hash    BLOB NOT NULL,
  body_hash   BLOB NOT NULL
);

-- The way in by key: the first 64 bits of its hash. Narrow, and filled in sorted
-- runs, because hashes fall all over the tree; two keys that share a prefix are
-- told apart by the rows above.
CREATE TABLE idempotency_prefix (
  prefix INTEGER NOT NULL,
  seq    INTEGER NOT NULL,
  PRIMARY KEY (prefix, seq)
) WITHOUT ROWID;

-- Keys up to this one are all in the tree.
CREATE TABLE idempotency_merged (
  seq INTEGER NOT NULL
);
INSERT INTO idempotency_merged (seq) VALUES (0);

-- The outbox: what is owed to a department or to its officers.
CREATE TABLE owed (
  department     INTEGER NOT NULL,
  application    INTEGER NOT NULL,
  task           INTEGER NOT NULL,
  is_for_officer INTEGER NOT NULL,
  due_day        INTEGER NOT NULL,
  PRIMARY KEY (department, application, task)
) WITHOUT ROWID;

CREATE INDEX owed_officer ON owed (due_day, application, task) WHERE is_for_officer = 1;
CREATE INDEX owed_officer_department ON owed (department, due_day, application, task)
  WHERE is_for_officer = 1;

CREATE TABLE checkpoint (
  handle INTEGER PRIMARY KEY,   -- application * 64 + task
  bytes  BLOB NOT NULL
);

CREATE TABLE setting (
  name  TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
);

-- One sequence in the order of commits. prev_seq is the record before it of the
-- same application, so that a history is a walk back that needs no index.
CREATE TABLE journal (
  seq         INTEGER PRIMARY KEY,
  application INTEGER NOT NULL, -- 0 = of the hub itself
  prev_seq    INTEGER NOT NULL,
  at_ms       INTEGER NOT NULL,
  record      TEXT    NOT NULL,
  hash        BLOB    NOT NULL
);

CREATE TRIGGER journal_is_not_updated BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
