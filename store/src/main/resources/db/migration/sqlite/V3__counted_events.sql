-- The latest events that an alert counted, as their ids with blanks between: what people want to see of an attack that goes on.
ALTER TABLE alerts ADD COLUMN counted TEXT NOT NULL DEFAULT '';
-- When a person set the status last: an alert changes with every event too.
ALTER TABLE alerts ADD COLUMN status_ms INTEGER NOT NULL DEFAULT 0;
UPDATE alerts SET status_ms = changed_ms WHERE changed_by <> '';
