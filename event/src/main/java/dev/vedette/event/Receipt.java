package dev.vedette.event;

/// Immutable. The proof that a batch is durable; a row of the ledger, never rewritten.
///
/// @param source the source's name
/// @param sourceId the source's number in the store
/// @param first sequence number of the first line
/// @param count number of lines; the last one's sequence number is `first + count - 1`
/// @param receivedMs when the batch arrived, milliseconds since 1970 UTC
/// @param sha256 lower-case hex SHA-256 over the lines, each preceded by its length in bytes as a
///   4-byte big-endian number
/// @param chain lower-case hex SHA-256 over, in this order: the 32 bytes of the `chain` of the
///   receipt before it in the ledger (of any source; zeros for the very first), the length of
///   `source` in UTF-8 bytes (4 bytes, big-endian, like all numbers here), `source`, `first` (8
///   bytes), `count` (4), `receivedMs` (8), the 32 bytes of `sha256`
public record Receipt(
    String source,
    int sourceId,
    long first,
    int count,
    long receivedMs,
    String sha256,
    String chain) {
  public long last() {
    return first + count - 1;
  }
}
