package dev.vedette.server;

import dev.vedette.event.Alert;
import dev.vedette.store.Activity;
import dev.vedette.store.Commit;
import java.util.List;

/// Immutable. What became durable with one commit, for those who watch.
///
/// @param detections all of them or a sample; [LiveFeed] shows at most [LiveFeed#PER_SECOND_MAX] a
///   second
/// @param detectionsTotal how many there were
/// @param opened alerts that are new
/// @param changed alerts that were there before
public record CommitNotice(
    List<Commit.Found> detections,
    long detectionsTotal,
    List<Alert> opened,
    List<Alert> changed,
    List<Activity> activity) {}
