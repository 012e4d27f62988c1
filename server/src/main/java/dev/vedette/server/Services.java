package dev.vedette.server;

import dev.vedette.event.Intake;
import dev.vedette.store.Store;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Immutable. What the server is given to work with; all of it thread-safe.
///
/// @param vitals how the flow is doing now; asked once a second and for `/health` and `/metrics`
/// @param rules the rules that are loaded
/// @param allowListChanged told the whole allow-list after each change, when it is durable
public record Services(
    Store store,
    Intake intake,
    Access access,
    LiveFeed live,
    Supplier<Vitals> vitals,
    Supplier<List<RuleView>> rules,
    Consumer<List<String>> allowListChanged) {}
