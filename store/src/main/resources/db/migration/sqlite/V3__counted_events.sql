-- The latest events that an alert counted, as their ids with blanks between: what people want to see of an attack that goes on.
ALTER TABLE alerts ADD COLUMN counted TEXT NOT NULL DEFAULT '';
