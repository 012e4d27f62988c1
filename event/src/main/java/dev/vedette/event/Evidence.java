package dev.vedette.event;

/// Immutable. Why a rule fired: the field, its value, and the part of the value that matched.
///
/// @param field ECS name, or `event.original` for a match in the raw line
/// @param value the whole value, cut around the match to at most [#VALUE_CHARS_MAX] characters
/// @param start first matched character in `value` (UTF-16 units)
/// @param end one past the last matched character; equal to `start` where the match has no place (a
///   number compared, a field that must be absent)
public record Evidence(String field, String value, int start, int end) {
  public static final int VALUE_CHARS_MAX = 1_024;

  /// The matched part of the value; the whole value where the match has no place.
  public String fragment() {
    return start == end ? value : value.substring(start, end);
  }
}
