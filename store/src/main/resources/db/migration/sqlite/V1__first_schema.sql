-- Raw lines are the truth: receipts prove them, blocks hold them. The rest is what was found in them.
-- Times are milliseconds since 1970 UTC. Words, not numbers, stand for choices (severity, class, status).

CREATE TABLE sources (
  id INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL DEFAULT 1,
  name TEXT NOT NULL,
  hint TEXT NOT NULL,
  next_sequence INTEGER NOT NULL DEFAULT 1,
  position TEXT NOT NULL DEFAULT '',
  last_received_ms INTEGER NOT NULL DEFAULT 0,
  expired INTEGER NOT NULL DEFAULT 0,
  UNIQUE (tenant, name)
) STRICT;

-- The ledger, in the order of `id`; never rewritten.
CREATE TABLE receipts (
  id INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES sources,
  first INTEGER NOT NULL,
  count INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  chain BLOB NOT NULL,
  idempotency_key TEXT
) STRICT;
CREATE UNIQUE INDEX receipts_by_sequence ON receipts (source, first);
CREATE UNIQUE INDEX receipts_by_key ON receipts (source, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- Physical: neighbours are merged, old ones expire. `crc` is CRC-32C over the row and its payload.
CREATE TABLE blocks (
  id INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES sources,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  min_ms INTEGER NOT NULL,
  max_ms INTEGER NOT NULL,
  received_max_ms INTEGER NOT NULL,
  raw_bytes INTEGER NOT NULL,
  damaged INTEGER NOT NULL DEFAULT 0,
  crc INTEGER NOT NULL,
  filter BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX blocks_by_sequence ON blocks (source, first, last);
CREATE INDEX blocks_by_time ON blocks (max_ms, min_ms, source, first, last);
CREATE INDEX blocks_by_age ON blocks (received_max_ms);
CREATE INDEX blocks_small ON blocks (source, first) WHERE raw_bytes < 131072 AND damaged = 0;

-- Apart from `blocks`, so that a search that skips a block never touches its pages.
CREATE TABLE block_payloads (
  id INTEGER PRIMARY KEY,
  payload BLOB NOT NULL
) STRICT;

-- Sequence numbers whose lines expired, so that the ledger still balances line by line.
CREATE TABLE expired_ranges (
  source INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (source, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE hits (
  id INTEGER PRIMARY KEY,
  until_ms INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  payload BLOB NOT NULL
) STRICT;

-- What rules said of themselves when they fired; a rule that changes gets another row.
CREATE TABLE fired_rules (
  id INTEGER PRIMARY KEY,
  rule_id TEXT NOT NULL,
  title TEXT NOT NULL,
  severity TEXT NOT NULL,
  class TEXT NOT NULL,
  techniques TEXT NOT NULL,
  UNIQUE (rule_id, title, severity, class, techniques)
) STRICT;

CREATE TABLE detections (
  id INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL DEFAULT 1,
  rule INTEGER NOT NULL REFERENCES fired_rules,
  time_ms INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  source INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  alert_id INTEGER NOT NULL,
  entity_kind TEXT NOT NULL,
  entity TEXT NOT NULL,
  source_ip TEXT NOT NULL,
  user_name TEXT NOT NULL,
  host_name TEXT NOT NULL,
  events INTEGER NOT NULL,
  reason TEXT NOT NULL,
  evidence TEXT NOT NULL,
  original TEXT NOT NULL
) STRICT;
CREATE INDEX detections_by_time ON detections (time_ms);
CREATE INDEX detections_by_alert ON detections (alert_id);
CREATE INDEX detections_by_event ON detections (source, sequence);
CREATE INDEX detections_by_source_ip ON detections (source_ip, time_ms) WHERE source_ip <> '';

CREATE TABLE event_status (
  source INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  status TEXT NOT NULL,
  who TEXT NOT NULL,
  changed_ms INTEGER NOT NULL,
  PRIMARY KEY (source, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL DEFAULT 1,
  rule_id TEXT NOT NULL,
  title TEXT NOT NULL,
  severity TEXT NOT NULL,
  class TEXT NOT NULL,
  techniques TEXT NOT NULL,
  entity_kind TEXT NOT NULL,
  entity TEXT NOT NULL,
  source_ip TEXT NOT NULL,
  user_name TEXT NOT NULL,
  host_name TEXT NOT NULL,
  status TEXT NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  events INTEGER NOT NULL,
  detections INTEGER NOT NULL,
  reason TEXT NOT NULL,
  advice TEXT NOT NULL,
  changed_ms INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  note TEXT NOT NULL
) STRICT;
CREATE INDEX alerts_by_last ON alerts (last_ms);
CREATE INDEX alerts_by_entity ON alerts (entity, rule_id, entity_kind);
CREATE INDEX alerts_open ON alerts (severity) WHERE status NOT IN ('resolved', 'false_positive');
CREATE INDEX alerts_closed ON alerts (changed_ms) WHERE status IN ('resolved', 'false_positive');

-- Roll-ups by event time, once per minute and once per hour (`span_ms`).
CREATE TABLE rollups (
  tenant INTEGER NOT NULL DEFAULT 1,
  span_ms INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  events INTEGER NOT NULL,
  suspicious INTEGER NOT NULL,
  PRIMARY KEY (tenant, span_ms, start_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE rollup_detections (
  tenant INTEGER NOT NULL DEFAULT 1,
  span_ms INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  severity TEXT NOT NULL,
  class TEXT NOT NULL,
  detections INTEGER NOT NULL,
  PRIMARY KEY (tenant, span_ms, start_ms, severity, class)
) STRICT, WITHOUT ROWID;

-- The values of a dimension among the detections of an hour; `worst` is 1 (informational) to 5 (critical).
CREATE TABLE rollup_values (
  tenant INTEGER NOT NULL DEFAULT 1,
  dimension TEXT NOT NULL,
  hour_ms INTEGER NOT NULL,
  value TEXT NOT NULL,
  detections INTEGER NOT NULL,
  events INTEGER NOT NULL,
  worst INTEGER NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, dimension, hour_ms, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE activity (
  id INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL DEFAULT 1,
  time_ms INTEGER NOT NULL,
  type TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
  tenant INTEGER NOT NULL DEFAULT 1,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE allow_list (
  id INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL DEFAULT 1,
  ip TEXT NOT NULL,
  who TEXT NOT NULL,
  added_ms INTEGER NOT NULL,
  UNIQUE (tenant, ip)
) STRICT;
