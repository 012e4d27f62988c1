package dev.vedette.event;

/// Turns one raw line into an event. Confined to one worker. A pure function of the line and the
/// two hints: the same line read again from the store gives the same event, whatever was read
/// before it.
public interface LineReader {
  /// Fills `out` from `bytes[from, to)` (no line terminator). Never fails: a line that no format
  /// takes becomes an event of [Dataset#PLAIN].
  ///
  /// @param receivedMs when the line reached us, milliseconds since 1970 UTC: completes times
  ///   without a year
  /// @param hint what the source says its lines are (a file name, a syslog program), or empty; only
  ///   ever breaks ties
  void read(byte[] bytes, int from, int to, long receivedMs, String hint, Event out);
}
