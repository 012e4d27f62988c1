/// What people are told: detections folded into alerts. One attack is one row that grows, not a
/// thousand rows.
@NullMarked
package dev.vedette.alert;

import org.jspecify.annotations.NullMarked;
