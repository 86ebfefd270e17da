-- Names: kind 3 = window.

-- Wakes were civil minutes; from here on they are minutes since 1970 in UTC. The
-- hub wakes each application that waits once, at the first start, and writes the
-- right minute.
UPDATE application SET wake = 0 WHERE wake IS NOT NULL;

-- Among those accepted of its service: 1, 2, 3 ...; NULL = not accepted.
ALTER TABLE application ADD COLUMN sequence INTEGER;

-- Open is also 8: received, and not yet looked at.
DROP INDEX application_open;
CREATE INDEX application_open ON application (status) WHERE status IN (1, 2, 8);

-- The number last given, by service.
CREATE TABLE sequence (
  service INTEGER PRIMARY KEY,
  last    INTEGER NOT NULL
);

-- What members of staff must be told, in the order of commits.
CREATE TABLE alert (
  seq         INTEGER PRIMARY KEY,
  application INTEGER NOT NULL, -- 0 = of the hub itself
  department  INTEGER NOT NULL, -- 0 = none
  kind        INTEGER NOT NULL,
  level       INTEGER NOT NULL,
  task        INTEGER NOT NULL,
  roles       INTEGER NOT NULL, -- bits
  due_day     INTEGER NOT NULL,
  at_ms       INTEGER NOT NULL,
  body        TEXT    NOT NULL
);

CREATE INDEX alert_application ON alert (application);
CREATE INDEX alert_department ON alert (department);
CREATE INDEX alert_kind ON alert (kind);

-- Sums that are kept up with every commit.
CREATE TABLE statistic (
  month      INTEGER NOT NULL, -- yyyymm
  service    INTEGER NOT NULL,
  department INTEGER NOT NULL, -- 0 = the application as a whole
  window     INTEGER NOT NULL, -- number of a name, 0 = none
  measure    INTEGER NOT NULL,
  value      INTEGER NOT NULL,
  PRIMARY KEY (month, service, department, window, measure)
) WITHOUT ROWID;

-- Who applied for what before: hashes in the order of receipt, and the way in by
-- their first 64 bits, kept as the idempotency keys are.
CREATE TABLE person (
  seq         INTEGER PRIMARY KEY,
  application INTEGER NOT NULL,
  hash        BLOB    NOT NULL
);

CREATE TABLE person_prefix (
  prefix INTEGER NOT NULL,
  seq    INTEGER NOT NULL,
  PRIMARY KEY (prefix, seq)
) WITHOUT ROWID;

CREATE TABLE person_merged (
  seq INTEGER NOT NULL
);
INSERT INTO person_merged (seq) VALUES (0);

-- Who may not apply until when, and after which application.
CREATE TABLE bar (
  hash        BLOB    NOT NULL,
  until_day   INTEGER NOT NULL,
  reason      INTEGER NOT NULL,
  application INTEGER NOT NULL,
  PRIMARY KEY (hash, until_day, reason)
) WITHOUT ROWID;
