-- Two applications of one person may give rise to the same bar on one day: each is a row, so that one can be lifted.
CREATE TABLE bar_each (
  hash        BLOB    NOT NULL,
  until_day   INTEGER NOT NULL,
  reason      INTEGER NOT NULL,
  application INTEGER NOT NULL,
  PRIMARY KEY (hash, until_day, reason, application)
) WITHOUT ROWID;

INSERT INTO bar_each (hash, until_day, reason, application) SELECT hash, until_day, reason, application FROM bar;
DROP TABLE bar;
ALTER TABLE bar_each RENAME TO bar;
