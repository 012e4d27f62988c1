package dev.vedette.store;

import java.util.List;

/// Immutable. How far a walk over the ledger is, and what it found so far. The balance holds when
/// `accepted == stored + expired + quarantined`.
///
/// @param receipts receipts walked
/// @param receiptsTotal receipts there are
/// @param faults sentences that name what is damaged, at most 1,000
public record Verification(
    long receipts,
    long receiptsTotal,
    long accepted,
    long stored,
    long expired,
    long quarantined,
    List<String> faults) {
  public boolean isSound() {
    return faults.isEmpty() && accepted == stored + expired + quarantined;
  }
}
