package dev.vedette.store;

/// Immutable. Where a source stands.
///
/// @param nextSequence the sequence number of its next line
/// @param position where reading goes on, as the source wrote it; empty where it never did
/// @param lastReceivedMs when its last batch arrived; 0 where none did
public record SourceState(
    int id, String name, String hint, long nextSequence, String position, long lastReceivedMs) {}
