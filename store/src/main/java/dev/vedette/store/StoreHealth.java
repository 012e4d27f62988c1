package dev.vedette.store;

/// Immutable. Whether the store can take events.
///
/// @param problem one sentence when it cannot; empty when it can
/// @param bytes what it occupies on disk
/// @param freeBytes what is left there
public record StoreHealth(
    boolean writable, String problem, String kind, long bytes, long freeBytes, long events) {}
