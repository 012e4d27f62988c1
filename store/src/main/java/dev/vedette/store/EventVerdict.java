package dev.vedette.store;

import dev.vedette.event.Severity;
import dev.vedette.event.ThreatClass;
import java.util.List;
import java.util.Set;

/// Immutable. What the detections of one event say about it, taken together.
///
/// @param detections how many, at least 1
/// @param worst the highest severity among them
/// @param classes in the order of [ThreatClass]
/// @param rules the titles of the rules that fired, each once, in alphabetical order
public record EventVerdict(
    int detections, Severity worst, Set<ThreatClass> classes, List<String> rules) {}
