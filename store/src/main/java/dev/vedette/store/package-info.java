/// Where everything durable lives: raw lines in hash-chained, compressed blocks; detections,
/// alerts, roll-ups and settings in rows. The rest of the house sees [dev.vedette.store.Store] and
/// its records; which database is behind it is decided in one place, when it is opened.
@NullMarked
package dev.vedette.store;

import org.jspecify.annotations.NullMarked;
