package dev.vedette.store;

/// Immutable. `[fromMs, toMs)` of event time, milliseconds since 1970 UTC.
public record TimeRange(long fromMs, long toMs) {
  public static final TimeRange ALL = new TimeRange(Long.MIN_VALUE, Long.MAX_VALUE);

  public TimeRange {
    if (fromMs > toMs) {
      throw new IllegalArgumentException("the range ends before it starts");
    }
  }
}
