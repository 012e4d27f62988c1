package dev.vedette.pattern;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Confined to one test. Random expressions in the dialect that java.util.regex shares, and random
/// haystacks over the same few characters, so that matches are as common as misses.
final class RandomRegex {
  private static final String[] LITERALS = {
    "a",
    "b",
    "c",
    "k",
    "s",
    "A",
    "K",
    "_",
    "1",
    " ",
    "-",
    "é",
    "É",
    "€",
    "😀",
    "ß",
    "σ",
    "\\.",
    "\\n",
    "\\x41",
    "\\u00e9",
    "\\x{1F600}"
  };
  private static final String[] CLASSES = {
    "[ab]",
    "[^ab]",
    "[a-c]",
    "[^a]",
    "\\d",
    "\\w",
    "\\s",
    "\\D",
    "\\W",
    "\\S",
    ".",
    "[é-ü]",
    "[^é]",
    "[a\\d]",
    "[^\\w]",
    "[\\W1]",
    "[a-cA-C_]",
    "[😀-😂]",
    "[^\\n]",
    "[^😀]",
    "[k-s]",
    "[^k]"
  };
  private static final String[] WORDS = {"ab", "ka", "s1", "éb", "(?:ab|ca)"};
  private static final String[] GAPS = {".*", ".*?", ".{0,12}", "[^b]*", "\\W{0,9}", "(?:.|b)+"};
  private static final String[] LOOKS = {"^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z"};
  private static final String[] TEXT = {
    "a", "a", "b", "b", "c", "k", "s", "A", "K", "_", "1", " ", "-", "\n", "é", "É", "€", "😀", "ß",
    "σ", "Σ", "ς", ".", "\u212A", "\u017F"
  };

  private final RandomGenerator random;

  RandomRegex(RandomGenerator random) {
    this.random = random;
  }

  private <T> T pick(T[] from) {
    return from[random.nextInt(from.length)];
  }

  String regex() {
    return regex(3);
  }

  private String regex(int depth) {
    StringBuilder out = new StringBuilder();
    int parts = 1 + random.nextInt(depth > 2 ? 5 : 3);
    for (int i = 0; i < parts; i++) {
      int kind = random.nextInt(20);
      int from = out.length();
      if (kind < 2) {
        out.append(pick(LOOKS));
        continue;
      }
      if (depth > 2 && random.nextInt(12) == 0) {
        // Strong enough for a factor, and a gap behind it.
        out.append(pick(WORDS)).append(pick(GAPS));
        continue;
      }
      if (kind < 12 || depth == 0) {
        out.append(pick(LITERALS));
      } else if (kind < 16) {
        out.append(pick(CLASSES));
      } else if (kind < 18) {
        out.append("(?:").append(regex(depth - 1)).append('|').append(regex(depth - 1)).append(')');
      } else {
        out.append('(').append(regex(depth - 1)).append(')');
      }
      if (Node.nullable(RegexParser.parse(out.substring(from), Set.of()))) {
        // java.util.regex forgets the minimum of a counted group after an empty round.
        out.append(random.nextBoolean() ? "?" : "");
        continue;
      }
      switch (random.nextInt(14)) {
        case 0 -> out.append('*');
        case 1 -> out.append('+');
        case 2 -> out.append('?');
        case 3 -> out.append("{2}");
        case 4 -> out.append("{1,3}");
        case 5 -> out.append("{0,4}");
        case 6 -> out.append("{2,}");
        case 7 -> out.append("*?");
        case 8 -> out.append(depth > 2 ? "{1,9}" : "");
        default -> {}
      }
    }
    return out.toString();
  }

  Set<Flag> flags() {
    Set<Flag> flags = EnumSet.noneOf(Flag.class);
    for (Flag flag : Flag.values()) {
      if (random.nextInt(3) == 0) {
        flags.add(flag);
      }
    }
    return flags;
  }

  static int javaFlags(Set<Flag> flags) {
    int out = java.util.regex.Pattern.UNIX_LINES;
    for (Flag flag : flags) {
      out |=
          switch (flag) {
            case IGNORE_CASE ->
                java.util.regex.Pattern.CASE_INSENSITIVE | java.util.regex.Pattern.UNICODE_CASE;
            case MULTILINE -> java.util.regex.Pattern.MULTILINE;
            case DOT_ALL -> java.util.regex.Pattern.DOTALL;
          };
    }
    return out;
  }

  /// `length` characters of those that haystacks are made of.
  String text(int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(pick(TEXT));
    }
    return text.toString();
  }

  byte[] haystack() {
    byte[] bytes =
        text(random.nextInt(random.nextInt(4) == 0 ? 40 : 9)).getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 0 && random.nextInt(4) == 0) {
      // Break it: cut characters short, put stray bytes in.
      for (int i = 0; i <= random.nextInt(3); i++) {
        byte[] strays = {
          (byte) 0x80, (byte) 0xE2, (byte) 0x82, (byte) 0xF0, (byte) 0xFF, (byte) 0xC0
        };
        bytes[random.nextInt(bytes.length)] = strays[random.nextInt(strays.length)];
      }
    }
    return bytes;
  }
}
