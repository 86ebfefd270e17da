-- The order of acceptance is that of the day as of which something was accepted, then that of the records. Rows of before stand first.
ALTER TABLE place ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
DROP INDEX place_line;
CREATE INDEX place_line ON place (line, is_granted, day, id, application);

-- Which task of its application gave rise to a bar, so that it can be lifted once the person's data are erased; NULL: of before.
ALTER TABLE bar ADD COLUMN task INTEGER;
CREATE INDEX bar_application ON bar (application);
