-- What is late and open at once: counted and listed without those that were late once and have long been decided. An
-- application pays for it only while it is both.
CREATE INDEX application_late ON application (status, is_overdue) WHERE is_overdue = 1 AND status IN (1, 2, 8);

-- Tasks that were parked before rows said so (005): the hub looks through what is on the worklists once, while it works,
-- and takes this mark away when it is done.
INSERT INTO setting (name, value) SELECT 'desk/parked', x'31'
  WHERE EXISTS (SELECT 1 FROM owed WHERE is_for_officer = 1 AND parked IS NULL);
