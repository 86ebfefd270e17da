-- Of what is owed: who has claimed it, and since when and why it is parked. Both are
-- seldom, so an index costs those alone that they concern.
ALTER TABLE owed ADD COLUMN claimant TEXT;      -- id of a key; NULL = nobody
ALTER TABLE owed ADD COLUMN parked INTEGER;     -- reason, a number of the engine; NULL = it is not
ALTER TABLE owed ADD COLUMN parked_at INTEGER;  -- UTC ms

CREATE INDEX owed_claimant ON owed (claimant, due_day, application, task) WHERE claimant IS NOT NULL;
CREATE INDEX owed_parked ON owed (parked, department, parked_at, application, task) WHERE parked IS NOT NULL;
