package dev.vedette.pattern;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Immutable. One pattern over bytes, parsed and checked.
///
/// A haystack is read as UTF-8. An ill-formed sequence counts as one character, cut the way `new
/// String(bytes, UTF_8)` cuts it; only `.`, `?` wildcards and negated sets match it. `\n` is the
/// only line terminator: `$` and `\Z` match at the end and before a `\n` that is the last byte.
///
/// ```java
/// Pattern traversal = Pattern.regex("(?:\\.\\./){2,}etc/passwd", Flag.IGNORE_CASE);
/// Span where = traversal.find(line, 0, line.length); // null if it does not match
/// ```
public final class Pattern {
  /// Characters of one literal or wildcard.
  static final int LITERAL_MAX = 65_536;

  /// NFA states of one pattern.
  private static final int STATES_MAX = 200_000;

  private final String source;
  private final Node node;
  private volatile @Nullable Alone alone;

  /// Immutable. The pattern by itself, entered only where the caller says.
  ///
  /// @param firsts see [Finder#firsts]
  @SuppressWarnings("ArrayRecordComponent") // Never compared, never written.
  private record Alone(Nfa nfa, boolean @Nullable [] firsts) {}

  private Pattern(String source, Node node) {
    this.source = source;
    this.node = node;
  }

  /// `text` as it stands.
  public static Pattern literal(String text, Anchor anchor, Flag... flags) {
    checkLength(text.length());
    List<Node> parts = new ArrayList<>();
    text(text, flags(flags), parts);
    return anchored(text, parts, anchor);
  }

  /// `text` as it stands, also bytes that are not UTF-8; letters fold where they are well-formed.
  public static Pattern literal(byte[] text, Anchor anchor, Flag... flags) {
    checkLength(text.length);
    Set<Flag> set = flags(flags);
    List<Node> parts = new ArrayList<>();
    int at = 0;
    while (at < text.length) {
      int length = Utf8.length(text, at, text.length);
      if (length > 0) {
        text(new String(text, at, length, StandardCharsets.UTF_8), set, parts);
        at += length;
      } else {
        parts.add(new Node.RawByte(text[at++] & 0xFF));
      }
    }
    return anchored(new String(text, StandardCharsets.UTF_8), parts, anchor);
  }

  /// Texts with gaps between them.
  public static Pattern wildcard(List<Piece> pieces, Anchor anchor, Flag... flags) {
    Set<Flag> set = flags(flags);
    List<Node> parts = new ArrayList<>();
    StringBuilder shown = new StringBuilder();
    for (Piece piece : pieces) {
      switch (piece) {
        case Piece.Text(String text) -> {
          checkLength(text.length() + shown.length());
          text(text, set, parts);
          shown.append(text);
        }
        case Piece.AnyRun() -> {
          parts.add(new Node.Repeat(Node.ANY, 0, Node.Repeat.UNBOUNDED));
          shown.append('*');
        }
        case Piece.AnyOne() -> {
          parts.add(Node.ANY);
          shown.append('?');
        }
      }
    }
    return anchored(shown.toString(), parts, anchor);
  }

  /// A regular expression in the syntax that java.util.regex, PCRE and Python share: literals,
  /// escapes (`\t \n \r \f \a \e \xHH \x{H...}`, a backslash and u with four hex digits,
  /// `\Q...\E`), `\d \w \s \h \v` and their negations (ASCII), `\p{L}` and the other general
  /// categories, classes with ranges, negation and `[:alpha:]`, groups (all non-capturing), `|`,
  /// greedy and lazy quantifiers, `^ $ \A \z \Z \b \B`, inline flags `i`, `s` and `m`. Nested
  /// counts multiply to 1,000 at most.
  ///
  /// Where dialects differ: in a class `[` and `&` are literals, and so is a `]` that comes first;
  /// a `{` that opens no quantifier is a literal.
  ///
  /// @throws PatternException if it is malformed, not regular, or above a limit
  public static Pattern regex(String regex, Flag... flags) {
    Node node = RegexParser.parse(regex, flags(flags));
    Pattern pattern = new Pattern(regex, node);
    if (pattern.statesBound() > STATES_MAX) {
      pattern.alone();
    }
    return pattern;
  }

  private static Set<Flag> flags(Flag... flags) {
    Set<Flag> set = EnumSet.noneOf(Flag.class);
    set.addAll(List.of(flags));
    return set;
  }

  private static void checkLength(int length) {
    if (length > LITERAL_MAX) {
      throw new PatternException(
          "The text is longer than " + LITERAL_MAX + " characters; use a part of it.", LITERAL_MAX);
    }
  }

  private static void text(String text, Set<Flag> flags, List<Node> parts) {
    int at = 0;
    while (at < text.length()) {
      int c = text.codePointAt(at);
      if (c >= 0xD800 && c <= 0xDFFF) {
        throw new PatternException("A lone surrogate cannot occur in UTF-8; remove it.", at);
      }
      parts.add(new Node.Chars(CodePoints.one(c, flags.contains(Flag.IGNORE_CASE)), false));
      at += Character.charCount(c);
    }
  }

  private static Pattern anchored(String source, List<Node> parts, Anchor anchor) {
    if (anchor == Anchor.STARTS || anchor == Anchor.EXACT) {
      parts.addFirst(new Node.Look(Node.Kind.START_TEXT));
    }
    if (anchor == Anchor.ENDS || anchor == Anchor.EXACT) {
      parts.add(new Node.Look(Node.Kind.END_TEXT));
    }
    return new Pattern(source, Node.cat(parts));
  }

  /// What the pattern was made from, for messages.
  public String source() {
    return source;
  }

  Node node() {
    return node;
  }

  /// No automaton of this pattern has more states; most have far fewer.
  long statesBound() {
    return Nfa.statesBound(node);
  }

  /// The leftmost match in `[from, to)`, and of those that start there the longest; null if there
  /// is none. For evidence after the fact: time grows with bytes times the size of the pattern.
  public @Nullable Span find(byte[] b, int from, int to) {
    Objects.checkFromToIndex(from, to, b.length);
    var searched = alone();
    return new Finder(searched.nfa, searched.firsts).find(b, from, to);
  }

  /// Built on first use.
  private Alone alone() {
    Alone known = alone;
    if (known == null) {
      Nfa.Builder builder = new Nfa.Builder().statesMax(STATES_MAX);
      builder.add(Nfa.Entry.ROOT, Node.flatten(node), 0);
      Nfa nfa = builder.build();
      known = new Alone(nfa, Finder.firsts(nfa));
      alone = known;
    }
    return known;
  }

  @Override
  public String toString() {
    return source;
  }
}
