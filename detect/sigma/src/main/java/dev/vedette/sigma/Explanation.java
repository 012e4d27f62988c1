package dev.vedette.sigma;

import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Pure functions: the sentence that tells a person why a rule fired.
///
/// Gaps such as `{source.ip}` are filled from the event or the correlation. What an attacker wrote
/// is cut to [#VALUE_CHARS_MAX] characters, and control characters in it become `\xNN`, so that it
/// can neither forge a line nor hide one.
public final class Explanation {
  /// Characters of one inserted value.
  public static final int VALUE_CHARS_MAX = 80;

  private Explanation() {}

  /// The sentence for a detection on an event; the rule's title where it has no explanation.
  public static String of(RuleHeader rule, Event event) {
    FieldDictionary dictionary = event.dictionary();
    return render(
        template(rule),
        name -> {
          int field = dictionary.lookup(name);
          return field == FieldDictionary.NONE ? null : event.text(field);
        });
  }

  /// The sentence for a correlation: `{count}`, `{total}`, `{timespan}`, and the fields that it
  /// groups by.
  public static String of(Correlation correlation) {
    Map<String, String> group = correlation.group();
    var rule = correlation.rule();
    return render(
        template(rule.header()),
        name ->
            switch (name) {
              case "count" -> Long.toString(correlation.count());
              case "total" -> Long.toString(correlation.total());
              case "timespan" -> timespan(rule.timespan().toSeconds());
              default -> group.get(name);
            });
  }

  private static String template(RuleHeader rule) {
    return rule.notes().explanation().isEmpty() ? rule.title() + "." : rule.notes().explanation();
  }

  /// Fills the gaps of a template; a gap without a value reads `(unknown)`.
  ///
  /// @param values the value of a name, or null
  public static String render(String template, Function<String, @Nullable String> values) {
    var out = new StringBuilder(template.length() + 32);
    int at = 0;
    while (at < template.length()) {
      int open = template.indexOf('{', at);
      int close = open < 0 ? -1 : template.indexOf('}', open);
      if (close < 0) {
        break;
      }
      out.append(template, at, open);
      String value = values.apply(template.substring(open + 1, close));
      out.append(value == null ? "(unknown)" : safe(value));
      at = close + 1;
    }
    return out.append(template, at, template.length()).toString();
  }

  /// A text of unknown origin for one line of prose.
  public static String safe(String value) {
    var out = new StringBuilder();
    int shown = 0;
    int at = 0;
    while (at < value.length() && shown < VALUE_CHARS_MAX) {
      int c = value.codePointAt(at);
      at += Character.charCount(c);
      shown++;
      int type = Character.getType(c);
      boolean hidden =
          type == Character.CONTROL
              || type == Character.FORMAT
              || type == Character.LINE_SEPARATOR
              || type == Character.PARAGRAPH_SEPARATOR
              || type == Character.SURROGATE;
      if (hidden) {
        out.append(c < 0x100 ? String.format("\\x%02x", c) : String.format("\\u%04x", c));
      } else {
        out.appendCodePoint(c);
      }
    }
    return at < value.length() ? out.append("...").toString() : out.toString();
  }

  private static String timespan(long seconds) {
    if (seconds % 86_400 == 0) {
      return count(seconds / 86_400, "day");
    }
    if (seconds % 3_600 == 0) {
      return count(seconds / 3_600, "hour");
    }
    return seconds % 60 == 0 ? count(seconds / 60, "minute") : count(seconds, "second");
  }

  private static String count(long count, String unit) {
    return count + " " + unit + (count == 1 ? "" : "s");
  }
}
