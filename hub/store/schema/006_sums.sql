-- Sums of the sums, kept up with every commit: of a whole year, and of all services at once, so that a
-- question of a year does not read what every service counted in every month.
CREATE TABLE statistic_sum (
  period     INTEGER NOT NULL, -- yyyymm, or yyyy00: the whole year
  service    INTEGER NOT NULL, -- 0 = all of them; of one service there are whole years alone
  department INTEGER NOT NULL,
  window     INTEGER NOT NULL,
  measure    INTEGER NOT NULL,
  value      INTEGER NOT NULL,
  PRIMARY KEY (period, service, department, window, measure)
) WITHOUT ROWID;

INSERT INTO statistic_sum (period, service, department, window, measure, value)
  SELECT month / 100 * 100, service, department, window, measure, sum(value) FROM statistic
  WHERE service <> 0 GROUP BY 1, 2, 3, 4, 5;
INSERT INTO statistic_sum (period, service, department, window, measure, value)
  SELECT month, 0, department, window, measure, sum(value) FROM statistic GROUP BY 1, 3, 4, 5;
INSERT INTO statistic_sum (period, service, department, window, measure, value)
  SELECT month / 100 * 100, 0, department, window, measure, sum(value) FROM statistic GROUP BY 1, 3, 4, 5;
