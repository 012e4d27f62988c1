package dev.vedette.sigma;

import java.time.Duration;

/// Pure functions: the `timespan` of a correlation, a number and one of `s m h d w M y`.
final class Timespan {
  private static final long SECONDS_MAX = 10L * 31_556_952;

  private Timespan() {}

  static Duration parse(String text, Position position) {
    int length = text.length();
    boolean digits =
        length >= 2
            && length <= 12
            && text.chars().limit(length - 1).allMatch(c -> c >= '0' && c <= '9');
    long unitSeconds =
        digits
            ? switch (text.charAt(length - 1)) {
              case 's' -> 1;
              case 'm' -> 60;
              case 'h' -> 3_600;
              case 'd' -> 86_400;
              case 'w' -> 604_800;
              case 'M' -> 2_629_746;
              case 'y' -> 31_556_952;
              default -> 0;
            }
            : 0;
    if (unitSeconds == 0) {
      throw new RuleSyntaxException(
          position,
          text.isEmpty()
              ? "The key 'timespan' is missing in 'correlation'."
              : "'" + text + "' is no timespan.",
          "Write a number and a unit, such as 30s, 5m, 1h or 7d.");
    }
    long count = Long.parseLong(text, 0, length - 1, 10);
    if (count == 0 || count > SECONDS_MAX / unitSeconds) {
      throw new RuleSyntaxException(position, "A timespan is between one second and ten years.");
    }
    return Duration.ofSeconds(count * unitSeconds);
  }
}
