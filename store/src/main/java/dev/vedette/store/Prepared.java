package dev.vedette.store;

import dev.vedette.event.Batch;

/// Immutable (its arrays are never written after construction). A batch made ready for its commit
/// by [Store#prepare]: everything that costs CPU per line (hashing, compression, the token filter)
/// is done here, on the workers, so that the one thread that commits only writes rows.
///
/// @param sha256 SHA-256 over the lines, as [dev.vedette.event.Receipt#sha256] defines it; 32 bytes
/// @param payload the lines in compressed pieces
/// @param rawBytes the size of the payload before compression
/// @param filter a [TokenFilter] over [Commit.Summary#tokens]
public record Prepared(
    Batch batch,
    Commit.Summary summary,
    byte[] sha256,
    byte[] payload,
    int rawBytes,
    byte[] filter) {}
