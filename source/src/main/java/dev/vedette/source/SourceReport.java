package dev.vedette.source;

/// Immutable. How one source is doing since it was started.
///
/// @param name as its batches carry it
/// @param running whether it is being read now
/// @param received lines made durable
/// @param refused lines that were not taken at first and had to be offered again
/// @param cut lines that were too long
/// @param dropped lines lost, because nobody could be asked to send them again (UDP)
/// @param connections open connections
/// @param problem one sentence where something is wrong; else empty
public record SourceReport(
    String name,
    boolean running,
    long received,
    long refused,
    long cut,
    long dropped,
    int connections,
    String problem) {}
