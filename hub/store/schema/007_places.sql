-- Lines of matters that grant a limited number: one row for each task that asks for one, in the order of acceptance.
-- Few matters are limited, so a store without them pays nothing.
CREATE TABLE place (
  id          INTEGER PRIMARY KEY, -- order: greater than every other when it was taken
  line        TEXT NOT NULL,
  application INTEGER NOT NULL,
  task        INTEGER NOT NULL,
  is_granted  INTEGER NOT NULL
);

CREATE UNIQUE INDEX place_task ON place (application, task);
CREATE INDEX place_line ON place (line, is_granted, id, application);
