-- The most frequent values of a range that ends within an hour: the detections of that hour may be many.
CREATE TABLE rollup_minute_values (
  tenant INTEGER NOT NULL DEFAULT 1,
  dimension TEXT NOT NULL,
  minute_ms INTEGER NOT NULL,
  value TEXT NOT NULL,
  detections INTEGER NOT NULL,
  events INTEGER NOT NULL,
  worst INTEGER NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, dimension, minute_ms, value)
) STRICT, WITHOUT ROWID;

-- What was found before, counted as the writer counts.
INSERT INTO rollup_minute_values (dimension, minute_ms, value, detections, events, worst, first_ms, last_ms)
WITH RECURSIVE
  techniques (rule, word, rest) AS (
    SELECT id, '', techniques || ' ' FROM fired_rules
    UNION ALL
    SELECT rule, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1)
    FROM techniques WHERE rest <> ''
  ),
  found (dimension, value, rule, time_ms, events) AS (
    SELECT 'source_ip', source_ip, rule, time_ms, events FROM detections
    UNION ALL SELECT 'user_name', user_name, rule, time_ms, events FROM detections
    UNION ALL SELECT 'host_name', host_name, rule, time_ms, events FROM detections
    UNION ALL SELECT 'rule', r.rule_id, d.rule, d.time_ms, d.events FROM detections d JOIN fired_rules r ON r.id = d.rule
    UNION ALL SELECT 'class', r.class, d.rule, d.time_ms, d.events FROM detections d JOIN fired_rules r ON r.id = d.rule
    UNION ALL SELECT 'technique', t.word, d.rule, d.time_ms, d.events FROM detections d JOIN techniques t ON t.rule = d.rule
  )
SELECT f.dimension, f.time_ms - (f.time_ms % 60000 + 60000) % 60000, substr(f.value, 1, 256), COUNT(*), SUM(f.events),
  MAX(CASE r.severity WHEN 'critical' THEN 5 WHEN 'high' THEN 4 WHEN 'medium' THEN 3 WHEN 'low' THEN 2 ELSE 1 END),
  MIN(f.time_ms), MAX(f.time_ms)
FROM found f JOIN fired_rules r ON r.id = f.rule
WHERE f.value <> ''
GROUP BY 1, 2, 3;
