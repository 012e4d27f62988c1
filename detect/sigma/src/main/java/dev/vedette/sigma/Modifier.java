package dev.vedette.sigma;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Immutable. What stands behind a `|` after a field name.
public enum Modifier {
  CONTAINS("contains"),
  STARTSWITH("startswith"),
  ENDSWITH("endswith"),
  ALL("all"),
  RE("re"),
  /// `re` ignores case.
  I("i", "ignorecase"),
  /// `^` and `$` of `re` match at line ends.
  M("m", "multiline"),
  /// `.` of `re` matches line ends.
  S("s", "dotall"),
  CASED("cased"),
  EXISTS("exists"),
  NEQ("neq"),
  WINDASH("windash"),
  BASE64("base64"),
  BASE64OFFSET("base64offset"),
  WIDE("wide", "utf16le"),
  UTF16BE("utf16be"),
  UTF16("utf16"),
  CIDR("cidr"),
  LT("lt"),
  LTE("lte"),
  GT("gt"),
  GTE("gte"),
  FIELDREF("fieldref"),
  EXPAND("expand"),
  MINUTE("minute"),
  HOUR("hour"),
  DAY("day"),
  WEEK("week"),
  MONTH("month"),
  YEAR("year");

  private final String word;
  private final String alias;

  Modifier(String word) {
    this(word, word);
  }

  Modifier(String word, String alias) {
    this.word = word;
    this.alias = alias;
  }

  /// As a rule writes it.
  public String word() {
    return word;
  }

  /// The modifier of a word, exactly as written.
  public static Optional<Modifier> ofWord(String word) {
    for (var modifier : values()) {
      if (modifier.word.equals(word) || modifier.alias.equals(word)) {
        return Optional.of(modifier);
      }
    }
    return Optional.empty();
  }

  static List<String> words() {
    List<String> out = new ArrayList<>();
    for (var modifier : values()) {
      out.add(modifier.word);
      if (!modifier.alias.equals(modifier.word)) {
        out.add(modifier.alias);
      }
    }
    return out;
  }

  boolean isNumeric() {
    return this == LT || this == LTE || this == GT || this == GTE;
  }

  boolean isTimePart() {
    return compareTo(MINUTE) >= 0;
  }
}
