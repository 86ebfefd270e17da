-- Which applications need what an entry stands for outside the store: the content of a
-- document on the disk. It may go when the last pin is released. Numbers alone: a content
-- that many applications share costs little.
CREATE TABLE pin (
  kind        INTEGER NOT NULL, -- of the entry
  entry       INTEGER NOT NULL, -- its id
  application INTEGER NOT NULL,
  PRIMARY KEY (kind, entry, application)
) WITHOUT ROWID;

CREATE INDEX pin_application ON pin (application);

-- A store that has documents (entries of kind 1) from before: the hub looks through its
-- applications once, beginning after this one, and nothing is erased until it has.
INSERT INTO setting (name, value) SELECT 'pins/after', CAST('0' AS BLOB) WHERE EXISTS (SELECT 1 FROM entry WHERE kind = 1);
