package dev.vedette.sigma;

import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Immutable. The sentence that tells a person why a rule fired: a template whose gaps, such as
/// `{source.ip}`, are filled from the event or the correlation.
///
/// What an attacker wrote is cut to [#VALUE_CHARS_MAX] characters, and control characters in it
/// become `\xNN`, so that it can neither forge a line nor hide one.
public final class Explanation {
  /// Characters of one inserted value.
  public static final int VALUE_CHARS_MAX = 80;

  /// More bytes than so many characters and one more can have.
  private static final int VALUE_BYTES_MAX = (VALUE_CHARS_MAX + 2) * 4;

  private static final int NO_VALUE = 0xFFFF;

  /// What stands before each gap, and after the last.
  private final List<String> texts = new ArrayList<>();

  private final List<String> gaps = new ArrayList<>();

  private Explanation(String template) {
    int at = 0;
    while (at < template.length()) {
      int open = template.indexOf('{', at);
      int close = open < 0 ? -1 : template.indexOf('}', open);
      if (close < 0) {
        break;
      }
      texts.add(template.substring(at, open));
      gaps.add(template.substring(open + 1, close));
      at = close + 1;
    }
    texts.add(template.substring(at));
  }

  /// The template of a rule; its title where it has none.
  static Explanation of(RuleHeader rule) {
    String template = rule.notes().explanation();
    return new Explanation(template.isEmpty() ? rule.title() + "." : template);
  }

  /// The sentence for a correlation: `{count}`, `{total}`, `{timespan}`, and the fields that it
  /// groups by.
  public static String of(Correlation correlation) {
    return of(correlation, _ -> null);
  }

  /// As above; `others` has the values of other names, or null: what the completing event says.
  public static String of(Correlation correlation, Function<String, @Nullable String> others) {
    Map<String, String> group = correlation.group();
    var rule = correlation.rule();
    return of(rule.header())
        .fill(name ->
            switch (name) {
              case "count" -> Long.toString(correlation.count());
              case "total" -> Long.toString(correlation.total());
              case "timespan" -> timespan(rule.timespan().toSeconds());
              default -> group.containsKey(name) ? group.get(name) : others.apply(name);
            });
  }

  /// Fills the gaps of a template; a gap without a value reads `(unknown)`.
  ///
  /// @param values the value of a name, or null
  public static String render(String template, Function<String, @Nullable String> values) {
    return new Explanation(template).fill(values);
  }

  /// The names of the gaps, in their order.
  List<String> gaps() {
    return gaps;
  }

  String fill(Function<String, @Nullable String> values) {
    var out = new StringBuilder(128);
    for (int i = 0; i < gaps.size(); i++) {
      out.append(texts.get(i));
      append(out, values.apply(gaps.get(i)));
    }
    return out.append(texts.getLast()).toString();
  }

  /// Fills the gaps from the fields of an event.
  ///
  /// @param fields by gap, as the dictionary of the event numbers them
  String fill(Event event, int[] fields) {
    var out = new StringBuilder(128);
    for (int i = 0; i < fields.length; i++) {
      out.append(texts.get(i));
      append(out, fields[i] == FieldDictionary.NONE ? null : event.text(fields[i]));
    }
    return out.append(texts.getLast()).toString();
  }

  /// What [#fill(Event, int[])] would insert, to be filled in later: for each gap its length in two
  /// bytes and the value, as much of it as can be shown.
  ///
  /// @param buffer used again where it is long enough
  static byte[] values(Event event, int[] fields, byte[] buffer) {
    byte[] out = buffer;
    int at = 0;
    for (int field : fields) {
      int slot = field == FieldDictionary.NONE ? -1 : event.first(field);
      int length =
          slot < 0 ? NO_VALUE : Math.min(event.to(slot) - event.from(slot), VALUE_BYTES_MAX);
      int bytes = slot < 0 ? 0 : length;
      if (at + 2 + bytes > out.length) {
        out = Arrays.copyOf(out, at + 2 + bytes + 32);
      }
      out[at] = (byte) length;
      out[at + 1] = (byte) (length >> 8);
      if (slot >= 0) {
        System.arraycopy(event.array(slot), event.from(slot), out, at + 2, bytes);
      }
      at += 2 + bytes;
    }
    return out;
  }

  /// Fills the gaps with what [#values] kept.
  String fill(byte[] values) {
    var out = new StringBuilder(128);
    int at = 0;
    for (int i = 0; i < gaps.size(); i++) {
      int length = (values[at] & 0xFF) | (values[at + 1] & 0xFF) << 8;
      at += 2;
      out.append(texts.get(i));
      if (length == NO_VALUE) {
        append(out, null);
      } else {
        append(out, new String(values, at, length, StandardCharsets.UTF_8));
        at += length;
      }
    }
    return out.append(texts.getLast()).toString();
  }

  private static void append(StringBuilder out, @Nullable String value) {
    if (value == null) {
      out.append("(unknown)");
    } else if (isPlain(value)) {
      out.append(value);
    } else {
      out.append(safe(value));
    }
  }

  private static boolean isPlain(String value) {
    if (value.length() > VALUE_CHARS_MAX) {
      return false;
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return true;
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
