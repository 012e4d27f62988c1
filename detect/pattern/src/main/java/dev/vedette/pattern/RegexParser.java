package dev.vedette.pattern;

import dev.vedette.pattern.Node.Kind;
import dev.vedette.pattern.Node.Repeat;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Confined to one call. Reads a regular expression in the syntax that java.util.regex, PCRE and
/// Python share, and refuses what no finite automaton can do.
///
/// Where the dialects differ: `[` inside a class is a literal unless it opens a POSIX class (PCRE),
/// `]` directly after `[` or `[^` is a literal (PCRE), `{` that opens no valid quantifier is a
/// literal (PCRE), `\d \w \s \b` are ASCII (java.util.regex), the only line terminator is `\n`
/// (java.util.regex with UNIX_LINES).
final class RegexParser {
  /// Groups within groups; keeps the recursion of every later stage shallow.
  static final int DEPTH_MAX = 100;

  /// Product of nested bounded repeats.
  static final int REPEAT_MAX = 1_000;

  /// UTF-16 units of one regular expression.
  static final int LENGTH_MAX = 65_536;

  private static final CodePoints VERTICAL = CodePoints.of('\n', '\r', 0x85, 0x85, 0x2028, 0x2029);
  private static final CodePoints HORIZONTAL =
      CodePoints.of(
          '\t', '\t', ' ', ' ', 0xA0, 0xA0, 0x1680, 0x1680, 0x180E, 0x180E, 0x2000, 0x200A, 0x202F,
          0x202F, 0x205F, 0x205F, 0x3000, 0x3000);
  private static final CodePoints NOT_NEWLINE = CodePoints.of('\n', '\n').negated();

  private static final Map<String, CodePoints> POSIX =
      Map.ofEntries(
          Map.entry("alpha", CodePoints.of('A', 'Z', 'a', 'z')),
          Map.entry("digit", CodePoints.DIGIT),
          Map.entry("alnum", CodePoints.of('0', '9', 'A', 'Z', 'a', 'z')),
          Map.entry("upper", CodePoints.of('A', 'Z')),
          Map.entry("lower", CodePoints.of('a', 'z')),
          Map.entry("space", CodePoints.SPACE),
          Map.entry("blank", CodePoints.of('\t', '\t', ' ', ' ')),
          Map.entry("punct", CodePoints.of('!', '/', ':', '@', '[', '`', '{', '~')),
          Map.entry("cntrl", CodePoints.of(0, 0x1F, 0x7F, 0x7F)),
          Map.entry("graph", CodePoints.of('!', '~')),
          Map.entry("print", CodePoints.of(' ', '~')),
          Map.entry("xdigit", CodePoints.of('0', '9', 'A', 'F', 'a', 'f')),
          Map.entry("word", CodePoints.WORD),
          Map.entry("ascii", CodePoints.of(0, 0x7F)));

  /// General categories by name; each costs a walk over all code points once.
  private static final Map<String, CodePoints> CATEGORIES = new ConcurrentHashMap<>();

  private static final Map<String, Integer> CATEGORY_BITS =
      Map.ofEntries(
          category("Lu", Character.UPPERCASE_LETTER),
          category("Ll", Character.LOWERCASE_LETTER),
          category("Lt", Character.TITLECASE_LETTER),
          category("Lm", Character.MODIFIER_LETTER),
          category("Lo", Character.OTHER_LETTER),
          category("Mn", Character.NON_SPACING_MARK),
          category("Me", Character.ENCLOSING_MARK),
          category("Mc", Character.COMBINING_SPACING_MARK),
          category("Nd", Character.DECIMAL_DIGIT_NUMBER),
          category("Nl", Character.LETTER_NUMBER),
          category("No", Character.OTHER_NUMBER),
          category("Zs", Character.SPACE_SEPARATOR),
          category("Zl", Character.LINE_SEPARATOR),
          category("Zp", Character.PARAGRAPH_SEPARATOR),
          category("Cc", Character.CONTROL),
          category("Cf", Character.FORMAT),
          category("Co", Character.PRIVATE_USE),
          category("Cn", Character.UNASSIGNED),
          category("Pd", Character.DASH_PUNCTUATION),
          category("Ps", Character.START_PUNCTUATION),
          category("Pe", Character.END_PUNCTUATION),
          category("Pc", Character.CONNECTOR_PUNCTUATION),
          category("Po", Character.OTHER_PUNCTUATION),
          category("Pi", Character.INITIAL_QUOTE_PUNCTUATION),
          category("Pf", Character.FINAL_QUOTE_PUNCTUATION),
          category("Sm", Character.MATH_SYMBOL),
          category("Sc", Character.CURRENCY_SYMBOL),
          category("Sk", Character.MODIFIER_SYMBOL),
          category("So", Character.OTHER_SYMBOL));

  private static Map.Entry<String, Integer> category(String name, byte type) {
    return Map.entry(name, 1 << type);
  }

  private final String text;
  private int at;
  private int depth;
  private Set<Flag> flags;

  private RegexParser(String text, Set<Flag> flags) {
    this.text = text;
    this.flags = flags;
  }

  static Node parse(String text, Set<Flag> flags) {
    if (text.length() > LENGTH_MAX) {
      throw new PatternException(
          "The expression is longer than " + LENGTH_MAX + " characters; split it.", LENGTH_MAX);
    }
    RegexParser parser =
        new RegexParser(text, flags.isEmpty() ? EnumSet.noneOf(Flag.class) : EnumSet.copyOf(flags));
    Node node = parser.alternation();
    if (parser.at < text.length()) {
      throw parser.error("There is a ')' without a '('; write '\\)' for the character.", parser.at);
    }
    return node;
  }

  /// The largest product of nested repeat counts.
  private static int copies(Node node) {
    return switch (node) {
      case Node.Cat(var parts) -> parts.stream().mapToInt(RegexParser::copies).max().orElse(1);
      case Node.Alt(var branches) ->
          branches.stream().mapToInt(RegexParser::copies).max().orElse(1);
      case Repeat(var body, int min, int max) -> Math.max(1, Math.max(min, max)) * copies(body);
      case Node.Chars _, Node.RawByte _, Node.Look _ -> 1;
    };
  }

  private PatternException error(String message, int position) {
    return new PatternException(message, position);
  }

  private boolean more() {
    return at < text.length();
  }

  private boolean take(String expected) {
    if (text.startsWith(expected, at)) {
      at += expected.length();
      return true;
    }
    return false;
  }

  private Node alternation() {
    List<Node> branches = new ArrayList<>();
    branches.add(concatenation());
    while (take("|")) {
      branches.add(concatenation());
    }
    return Node.alt(branches);
  }

  private Node concatenation() {
    List<Node> parts = new ArrayList<>();
    while (more() && text.charAt(at) != '|' && text.charAt(at) != ')') {
      if (take("\\Q")) {
        quoted(parts);
        continue;
      }
      if (take("\\E")) {
        continue;
      }
      Node atom = atom();
      if (atom != null) {
        parts.add(quantified(atom));
      }
    }
    return Node.cat(parts);
  }

  private void quoted(List<Node> parts) {
    int start = at;
    int end = text.indexOf("\\E", at);
    int stop = end < 0 ? text.length() : end;
    while (at < stop) {
      parts.add(character(codePoint()));
    }
    boolean empty = stop == start;
    at = end < 0 ? stop : end + 2;
    if (more() && !empty) {
      parts.add(quantified(parts.removeLast()));
    }
  }

  private Node quantified(Node atom) {
    Node node = atom;
    int start = at;
    if (!more()) {
      return node;
    }
    int min;
    int max;
    switch (text.charAt(at)) {
      case '*' -> {
        at++;
        min = 0;
        max = Repeat.UNBOUNDED;
      }
      case '+' -> {
        at++;
        min = 1;
        max = Repeat.UNBOUNDED;
      }
      case '?' -> {
        at++;
        min = 0;
        max = 1;
      }
      case '{' -> {
        int @Nullable [] bounds = bounds();
        if (bounds == null) {
          return node;
        }
        min = bounds[0];
        max = bounds[1];
      }
      default -> {
        return node;
      }
    }
    node = new Repeat(node, min, max);
    if (take("?")) {
      // Lazy or greedy: whether there is a match is the same, and find() takes the longest.
    } else if (more() && text.charAt(at) == '+') {
      throw error(
          "Possessive quantifiers ('*+', '++', '?+') are not supported; write the plain"
              + " quantifier.",
          at);
    }
    if (more() && (text.charAt(at) == '*' || text.charAt(at) == '+' || text.charAt(at) == '?')) {
      throw error("A quantifier follows a quantifier; put the first in '(?:...)'.", at);
    }
    if (more() && text.charAt(at) == '{' && looksLikeBounds()) {
      throw error("A quantifier follows a quantifier; put the first in '(?:...)'.", at);
    }
    if (min > REPEAT_MAX || max > REPEAT_MAX) {
      throw error(
          "A repeat count is above " + REPEAT_MAX + "; use a smaller count, or '*' or '+'.", start);
    }
    if (copies(node) > REPEAT_MAX) {
      throw error(
          "Nested repeats multiply to more than "
              + REPEAT_MAX
              + " copies; use a smaller count, or '*' or '+'.",
          start);
    }
    return node;
  }

  private boolean looksLikeBounds() {
    int saved = at;
    boolean yes = bounds() != null;
    at = saved;
    return yes;
  }

  /// `{n}`, `{n,}` or `{n,m}`; null and no step if it is none of them.
  private int @Nullable [] bounds() {
    int saved = at;
    at++;
    int min = number();
    int max = min;
    if (min >= 0 && take(",")) {
      max = more() && text.charAt(at) == '}' ? Repeat.UNBOUNDED : number();
      if (max == -1 && !(more() && text.charAt(at) == '}')) {
        min = -1;
      }
    }
    if (min < 0 || !take("}")) {
      at = saved;
      return null;
    }
    if (max != Repeat.UNBOUNDED && max < min) {
      throw error("A repeat has its larger bound first; write {smaller,larger}.", saved);
    }
    return new int[] {min, max};
  }

  /// A decimal number, -1 if there is none; large ones saturate above the limit.
  private int number() {
    int value = -1;
    while (more() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      value = Math.min(REPEAT_MAX + 1, Math.max(0, value) * 10 + text.charAt(at) - '0');
      at++;
    }
    return value;
  }

  private int codePoint() {
    int c = text.codePointAt(at);
    if (c >= 0xD800 && c <= 0xDFFF) {
      throw error("A lone surrogate cannot occur in UTF-8; remove it.", at);
    }
    at += Character.charCount(c);
    return c;
  }

  private Node character(int c) {
    return new Node.Chars(CodePoints.one(c, flags.contains(Flag.IGNORE_CASE)), false);
  }

  /// One atom; null for a construct that stands for nothing, as `(?i)`.
  private @Nullable Node atom() {
    int start = at;
    char c = text.charAt(at);
    return switch (c) {
      case '.' -> {
        at++;
        yield flags.contains(Flag.DOT_ALL) ? Node.ANY : new Node.Chars(NOT_NEWLINE, true);
      }
      case '^' -> look(flags.contains(Flag.MULTILINE) ? Kind.START_LINE : Kind.START_TEXT);
      case '$' -> look(flags.contains(Flag.MULTILINE) ? Kind.END_LINE : Kind.END_FINAL);
      case '[' -> charClass();
      case '(' -> group();
      case '\\' -> escape();
      case '*', '+', '?' ->
          throw error(
              "'" + c + "' has nothing to repeat; write '\\" + c + "' for the character.", start);
      default -> character(codePoint());
    };
  }

  private Node look(Kind kind) {
    at++;
    return new Node.Look(kind);
  }

  private @Nullable Node group() {
    int start = at;
    if (++depth > DEPTH_MAX) {
      throw error("Groups nest deeper than " + DEPTH_MAX + "; flatten the expression.", start);
    }
    at++;
    Set<Flag> outer = EnumSet.noneOf(Flag.class);
    outer.addAll(flags);
    if (take("?")) {
      if (take("#")) {
        int end = text.indexOf(')', at);
        if (end < 0) {
          throw error("A comment '(?#' is not closed with ')'.", start);
        }
        at = end + 1;
        depth--;
        return null;
      }
      refuseIrregularGroup(start);
      if (take("<") || take("P<") || take("'")) {
        groupName(start, text.charAt(at - 1) == '\'' ? '\'' : '>');
      } else if (!take(":") && !inlineFlags(start)) {
        depth--;
        return null;
      }
    } else if (more() && text.charAt(at) == '*') {
      throw error("Verbs such as '(*SKIP)' are not supported; remove it.", start);
    }
    Node body = alternation();
    if (!take(")")) {
      throw error("A '(' is not closed; add ')' or write '\\(' for the character.", start);
    }
    flags = outer;
    depth--;
    return body;
  }

  private void refuseIrregularGroup(int start) {
    if (take("=") || take("!")) {
      throw error(
          "Look-ahead '(?=' and '(?!' is not supported, because it is not regular; match the text"
              + " itself, or split the condition into two patterns.",
          start);
    }
    if (take("<=") || take("<!")) {
      throw error(
          "Look-behind '(?<=' and '(?<!' is not supported, because it is not regular; match the"
              + " preceding text itself, or use '\\b' or '^'.",
          start);
    }
    if (take(">")) {
      throw error("Atomic groups '(?>' are not supported; write '(?:'.", start);
    }
    if (take("(")) {
      throw error("Conditionals '(?(' are not supported; write the cases with '|'.", start);
    }
    if (take("|")) {
      throw error("Branch reset '(?|' is not supported; write '(?:'.", start);
    }
    if (take("P=")) {
      throw backReference(start);
    }
    if (take("R") || take("P>") || take("&") || (more() && Character.isDigit(text.charAt(at)))) {
      throw error(
          "Recursion and calls of groups are not supported, because they are not regular; write the"
              + " group out.",
          start);
    }
  }

  private PatternException backReference(int start) {
    return error(
        "Back-references are not supported, because they are not regular; write the alternatives"
            + " out.",
        start);
  }

  private void groupName(int start, char close) {
    int nameStart = at;
    while (more() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
      at++;
    }
    if (at == nameStart || !take(String.valueOf(close))) {
      throw error(
          "A group name is malformed; write '(?<name>...)' with letters and digits.", start);
    }
  }

  /// `(?i)` for the rest of the enclosing group: false; `(?i:` opens a group: true.
  private boolean inlineFlags(int start) {
    Set<Flag> changed = EnumSet.noneOf(Flag.class);
    changed.addAll(flags);
    boolean on = true;
    while (more()) {
      char c = text.charAt(at++);
      switch (c) {
        case 'i' -> set(changed, Flag.IGNORE_CASE, on);
        case 's' -> set(changed, Flag.DOT_ALL, on);
        case 'm' -> set(changed, Flag.MULTILINE, on);
        case 'u', 'd' -> {
          // Unicode case and UNIX_LINES are how every pattern is read.
        }
        case '-' -> {
          if (!on) {
            throw error("The flags of a group have two '-'.", at - 1);
          }
          on = false;
        }
        case ')', ':' -> {
          flags = changed;
          return c == ':';
        }
        default ->
            throw error(
                "The flag or group kind '(?"
                    + c
                    + "' is not supported; known flags are i, m and s.",
                start);
      }
    }
    throw error("A '(' is not closed; add ')' or write '\\(' for the character.", start);
  }

  private static void set(Set<Flag> flags, Flag flag, boolean on) {
    if (on) {
      flags.add(flag);
    } else {
      flags.remove(flag);
    }
  }

  private Node escape() {
    int start = at;
    at++;
    if (!more()) {
      throw error("The expression ends with a lone '\\'; write '\\\\' for the character.", start);
    }
    return switch (text.charAt(at)) {
      case 'b' -> {
        if (text.startsWith("b{", at)) {
          throw error("'\\b{' is not supported; write '\\b'.", start);
        }
        yield look(Kind.WORD);
      }
      case 'B' -> look(Kind.NOT_WORD);
      case 'A' -> look(Kind.START_TEXT);
      case 'z' -> look(Kind.END_TEXT);
      case 'Z' -> look(Kind.END_FINAL);
      case 'R' -> {
        at++;
        yield new Node.Alt(
            List.of(
                new Node.Cat(
                    List.of(
                        new Node.Chars(CodePoints.of('\r', '\r'), false),
                        new Node.Chars(CodePoints.of('\n', '\n'), false))),
                new Node.Chars(VERTICAL, false)));
      }
      case 'G' ->
          throw error("'\\G' is not supported; write '\\A' for the start of the text.", start);
      case 'K' -> throw error("'\\K' is not supported; match the whole text.", start);
      case 'X' -> throw error("'\\X' is not supported; write '.'.", start);
      case 'N' -> throw error("'\\N' is not supported; write '[^\\n]'.", start);
      case '1', '2', '3', '4', '5', '6', '7', '8', '9', 'k', 'g' -> throw backReference(start);
      default -> classEscape().chars;
    };
  }

  /// What one escape or character means inside a class; `single` is -1 for a set.
  private record ClassItem(Node.Chars chars, int single) {}

  private ClassItem setItem(CodePoints set, boolean negated) {
    return new ClassItem(new Node.Chars(negated ? set.negated() : set, negated), -1);
  }

  private ClassItem single(int c) {
    return new ClassItem((Node.Chars) character(c), c);
  }

  /// An escape that means a character or a set; `at` is behind the backslash.
  private ClassItem classEscape() {
    int start = at - 1;
    if (!more()) {
      throw error("The expression ends with a lone '\\'; write '\\\\' for the character.", start);
    }
    int c = codePoint();
    return switch (c) {
      case 'd', 'D' -> setItem(CodePoints.DIGIT, c == 'D');
      case 'w', 'W' -> setItem(CodePoints.WORD, c == 'W');
      case 's', 'S' -> setItem(CodePoints.SPACE, c == 'S');
      case 'v', 'V' -> setItem(VERTICAL, c == 'V');
      case 'h', 'H' -> setItem(HORIZONTAL, c == 'H');
      case 'p', 'P' -> setItem(property(start), c == 'P');
      case 't' -> single('\t');
      case 'n' -> single('\n');
      case 'r' -> single('\r');
      case 'f' -> single('\f');
      case 'a' -> single(0x07);
      case 'e' -> single(0x1B);
      case 'c' -> {
        if (!more()) {
          throw error("'\\c' needs a letter behind it.", start);
        }
        yield single(codePoint() ^ 64);
      }
      case '0' -> {
        int value = 0;
        int digits = 0;
        while (more()
            && digits < 3
            && text.charAt(at) >= '0'
            && text.charAt(at) <= '7'
            && value * 8 + text.charAt(at) - '0' <= 0xFF) {
          value = value * 8 + text.charAt(at++) - '0';
          digits++;
        }
        yield single(value);
      }
      case 'x' -> single(take("{") ? hexBraced(start) : hex(2, start));
      case 'u' -> single(unicode(start));
      default -> {
        if (c < 0x80 && Character.isLetterOrDigit(c)) {
          throw error(
              "The escape '\\"
                  + (char) c
                  + "' is not known; write '"
                  + (char) c
                  + "' for the character.",
              start);
        }
        yield single(c);
      }
    };
  }

  private int unicode(int start) {
    int c = hexUnit(start);
    if (Character.isHighSurrogate((char) c) && take("\\u")) {
      int low = hexUnit(start);
      if (Character.isLowSurrogate((char) low)) {
        return Character.toCodePoint((char) c, (char) low);
      }
      c = low;
    }
    return scalar(c, start);
  }

  private int hex(int digits, int start) {
    return scalar(hexDigits(digits, start), start);
  }

  private int hexUnit(int start) {
    return hexDigits(4, start);
  }

  private int hexDigits(int digits, int start) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = more() ? Character.digit(text.charAt(at), 16) : -1;
      if (digit < 0) {
        throw error("The escape needs " + digits + " hexadecimal digits.", start);
      }
      value = value * 16 + digit;
      at++;
    }
    return value;
  }

  private int hexBraced(int start) {
    int value = 0;
    int digits = 0;
    while (more() && text.charAt(at) != '}') {
      int digit = Character.digit(text.charAt(at), 16);
      if (digit < 0 || ++digits > 8) {
        throw error("'\\x{...}' needs hexadecimal digits between its braces.", start);
      }
      value = value * 16 + digit;
      at++;
    }
    if (digits == 0 || !take("}")) {
      throw error("'\\x{...}' needs hexadecimal digits between its braces.", start);
    }
    return scalar(value, start);
  }

  private int scalar(int c, int start) {
    if (c < 0 || c > CodePoints.MAX || (c >= 0xD800 && c <= 0xDFFF)) {
      throw error("The escape names no character that UTF-8 can carry.", start);
    }
    return c;
  }

  private CodePoints property(int start) {
    String name;
    if (take("{")) {
      int end = text.indexOf('}', at);
      if (end < 0) {
        throw error("'\\p{' is not closed with '}'.", start);
      }
      name = text.substring(at, end);
      at = end + 1;
    } else if (more()) {
      name = text.substring(at, at + 1);
      at++;
    } else {
      throw error("'\\p' needs a name; write for example '\\p{L}'.", start);
    }
    CodePoints posix = POSIX.get(name.toLowerCase(Locale.ROOT));
    if (posix != null) {
      return folded(name.toLowerCase(Locale.ROOT), posix);
    }
    String bare = name.startsWith("Is") ? name.substring(2) : name;
    int bits = 0;
    for (Map.Entry<String, Integer> entry : CATEGORY_BITS.entrySet()) {
      if (!bare.isEmpty() && bare.length() <= 2 && entry.getKey().startsWith(bare)) {
        bits |= entry.getValue();
      }
    }
    if (bits == 0) {
      throw error(
          "The property '\\p{"
              + name
              + "}' is not supported; use a general category such as '\\p{L}' or '\\p{Lu}'.",
          start);
    }
    int wanted = bits;
    CodePoints category =
        CATEGORIES.computeIfAbsent(
            bare, _ -> CodePoints.where(c -> ((1 << Character.getType(c)) & wanted) != 0));
    return folded(bare, category);
  }

  /// The sets that name a case lose it under IGNORE_CASE; the others stay as they are, as `\w`
  /// does.
  private CodePoints folded(String name, CodePoints set) {
    boolean namesCase =
        switch (name) {
          case "upper", "lower", "Lu", "Ll", "Lt" -> true;
          default -> false;
        };
    return namesCase && flags.contains(Flag.IGNORE_CASE) ? set.foldClosed() : set;
  }

  private Node charClass() {
    int start = at;
    at++;
    boolean negated = take("^");
    CodePoints set = CodePoints.NONE;
    boolean malformed = false;
    boolean first = true;
    while (true) {
      if (!more()) {
        throw error("A '[' is not closed; add ']' or write '\\[' for the character.", start);
      }
      if (text.charAt(at) == ']' && !first) {
        at++;
        break;
      }
      first = false;
      int itemStart = at;
      if (take("\\Q")) {
        int end = text.indexOf("\\E", at);
        int stop = end < 0 ? text.length() : end;
        while (at < stop) {
          set = set.union(single(codePoint()).chars.set());
        }
        at = end < 0 ? stop : end + 2;
        continue;
      }
      ClassItem item = classItem();
      if (item.single >= 0
          && at + 1 < text.length()
          && text.charAt(at) == '-'
          && text.charAt(at + 1) != ']') {
        int dash = at;
        at++;
        ClassItem upper = classItem();
        if (upper.single >= 0) {
          if (upper.single < item.single) {
            throw error("A range in a class has its larger end first.", itemStart);
          }
          CodePoints range = CodePoints.of(item.single, upper.single);
          set = set.union(flags.contains(Flag.IGNORE_CASE) ? range.foldClosed() : range);
          continue;
        }
        at = dash;
      }
      set = set.union(item.chars.set());
      malformed |= item.chars.malformed();
    }
    return new Node.Chars(negated ? set.negated() : set, negated != malformed);
  }

  private ClassItem classItem() {
    int start = at;
    if (take("[:")) {
      boolean negated = take("^");
      int end = text.indexOf(":]", at);
      CodePoints posix = end < 0 ? null : POSIX.get(text.substring(at, end));
      if (posix != null) {
        String name = text.substring(at, end);
        at = end + 2;
        return setItem(folded(name, posix), negated);
      }
      if (end > 0 && text.substring(at, end).matches("[a-z]{1,10}")) {
        throw error("The POSIX class '[:" + text.substring(at, end) + ":]' is not known.", start);
      }
      at = start;
    }
    if (take("\\")) {
      if (more() && text.charAt(at) == 'b') {
        at++;
        return single('\b');
      }
      return classEscape();
    }
    return single(codePoint());
  }
}
