-- Small registers beside the applications: inquiries, complaints, ratings, payments,
-- messages, keys ... Kinds and states are numbers of the engine. The body is JSON, and
-- last, so that a walk over the columns before it follows no overflow page.
CREATE TABLE entry (
  kind        INTEGER NOT NULL,
  id          INTEGER NOT NULL, -- of its kind, from 1
  name        TEXT,             -- unique within its kind; NULL = none
  application INTEGER NOT NULL, -- 0 = of none
  department  INTEGER NOT NULL, -- 0 = of none
  state       INTEGER NOT NULL,
  revision    INTEGER NOT NULL, -- of its changes, from 1
  wake        INTEGER,          -- minute since 1970 in UTC; NULL = never
  at_ms       INTEGER NOT NULL, -- when it was made
  salt        BLOB    NOT NULL, -- of the hash by which the journal quotes the body
  body        TEXT    NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX entry_name ON entry (kind, name) WHERE name IS NOT NULL;
CREATE INDEX entry_application ON entry (application, kind) WHERE application <> 0;
CREATE INDEX entry_department ON entry (kind, department) WHERE department <> 0;
CREATE INDEX entry_state ON entry (kind, state);
CREATE INDEX entry_wake ON entry (wake) WHERE wake IS NOT NULL;

-- The greatest id of those that were removed: an id, and the look-up code that is
-- derived from it, is never given to somebody else.
CREATE TABLE entry_gone (
  kind INTEGER PRIMARY KEY,
  id   INTEGER NOT NULL
);
