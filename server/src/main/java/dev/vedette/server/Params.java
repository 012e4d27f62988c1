package dev.vedette.server;

import dev.vedette.store.TimeRange;
import io.javalin.http.Context;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Confined to one request. Its query parameters, checked as the contract says. A parameter given
/// twice, or one that the operation does not have, is refused: a filter with a typing error would
/// else show everything.
final class Params {
  private static final long EARLIEST_MS = -62_135_596_800_000L;
  private static final long LATEST_MS = 253_402_300_799_999L;

  private final Map<String, List<String>> given;
  private final Set<String> known = new HashSet<>();
  private final long nowMs;

  Params(Context ctx, long nowMs) {
    this.given = ctx.queryParamMap();
    this.nowMs = nowMs;
    for (var entry : given.entrySet()) {
      if (entry.getValue().size() > 1) {
        throw Problem.invalid(entry.getKey(), "`%s` is given twice.".formatted(entry.getKey()));
      }
    }
  }

  /// To be called when every parameter has been asked for.
  void end() {
    for (String name : given.keySet()) {
      if (!known.contains(name)) {
        throw Problem.invalid(name, "There is no parameter `%s` here.".formatted(shorten(name)));
      }
    }
  }

  private Optional<String> value(String name) {
    known.add(name);
    var values = given.get(name);
    return values == null || values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
  }

  String text(String name, int charsMax) {
    String value = value(name).orElse("");
    if (value.length() > charsMax) {
      throw Problem.invalid(name, "`%s` is longer than %d characters.".formatted(name, charsMax));
    }
    return value;
  }

  String required(String name, int charsMax) {
    String value = text(name, charsMax);
    if (value.isEmpty()) {
      throw Problem.invalid(name, "`%s` is missing.".formatted(name));
    }
    return value;
  }

  int integer(String name, int min, int max, int otherwise) {
    var value = value(name);
    if (value.isEmpty()) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(value.get());
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Answered below, as a number out of bounds is.
    }
    throw Problem.invalid(
        name, "`%s` must be a whole number from %d to %d.".formatted(name, min, max));
  }

  Optional<Boolean> bool(String name) {
    return value(name)
        .map(word ->
            switch (word) {
              case "true" -> true;
              case "false" -> false;
              default ->
                  throw Problem.invalid(name, "`%s` must be `true` or `false`.".formatted(name));
            });
  }

  /// `from` and `to`; the last 24 hours where they are not given.
  TimeRange range() {
    return range(time("from").orElse(nowMs - 86_400_000), time("to").orElse(nowMs));
  }

  /// `from` and `to`; all times where they are not given.
  TimeRange rangeOrAll() {
    return range(time("from").orElse(Long.MIN_VALUE), time("to").orElse(Long.MAX_VALUE));
  }

  private static TimeRange range(long fromMs, long toMs) {
    if (fromMs > toMs) {
      throw Problem.invalid("from", "`from` is later than `to`.");
    }
    return new TimeRange(fromMs, toMs);
  }

  private Optional<Long> time(String name) {
    return value(name).map(text -> time(name, text));
  }

  private long time(String name, String text) {
    try {
      long ms = text.startsWith("now") ? relative(text.substring(3)) : absolute(text);
      if (ms >= EARLIEST_MS && ms <= LATEST_MS) {
        return ms;
      }
    } catch (DateTimeException | NumberFormatException | ArithmeticException _) {
      // Answered below, as a time out of bounds is.
    }
    throw Problem.invalid(
        name,
        "`%s` must be milliseconds since 1970, an RFC 3339 time, `now`, or `now` minus a span such as `now-24h`."
            .formatted(name));
  }

  private static long absolute(String text) {
    boolean digits = !text.isEmpty() && text.chars().skip(1).allMatch(c -> c >= '0' && c <= '9');
    return digits
        ? Long.parseLong(text)
        // A plus sign in a query string arrives as a space.
        : OffsetDateTime.parse(text.replace(' ', '+')).toInstant().toEpochMilli();
  }

  /// `` or `-15m`, with the units s, m, h, d, w.
  private long relative(String span) {
    if (span.isEmpty()) {
      return nowMs;
    }
    long unitMs =
        switch (span.charAt(span.length() - 1)) {
          case 's' -> 1_000L;
          case 'm' -> 60_000L;
          case 'h' -> 3_600_000L;
          case 'd' -> 86_400_000L;
          case 'w' -> 604_800_000L;
          default -> throw new NumberFormatException(span);
        };
    if (span.charAt(0) != '-') {
      throw new NumberFormatException(span);
    }
    long count = Long.parseLong(span, 1, span.length() - 1, 10);
    return Math.subtractExact(nowMs, Math.multiplyExact(count, unitMs));
  }

  static String shorten(String text) {
    return text.length() <= 64 ? text : text.substring(0, 64) + "…";
  }
}
