/// The nouns of Vedette, and nothing else: what every stage hands to the next.
///
/// A [dev.vedette.event.Batch] of raw lines enters through an [dev.vedette.event.Intake]; a
/// [dev.vedette.event.LineReader] turns each line into an [dev.vedette.event.Event] (views over the
/// bytes, by ECS field id); rules turn events into [dev.vedette.event.Detection]s; the store
/// answers with a [dev.vedette.event.Receipt]. This module depends on nothing and knows no feature.
@NullMarked
package dev.vedette.event;

import org.jspecify.annotations.NullMarked;
