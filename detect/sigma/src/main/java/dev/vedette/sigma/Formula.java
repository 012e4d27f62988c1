package dev.vedette.sigma;

import dev.vedette.pattern.Anchor;
import dev.vedette.pattern.Flag;
import dev.vedette.pattern.Pattern;
import dev.vedette.pattern.Piece;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Immutable. What a rule asks for after its names and modifiers were resolved: a boolean formula
/// over tests of event fields. Stands between the document and the program.
sealed interface Formula {
  record And(List<Formula> parts) implements Formula {
    public And {
      parts = List.copyOf(parts);
    }
  }

  record Or(List<Formula> parts) implements Formula {
    public Or {
      parts = List.copyOf(parts);
    }
  }

  record Not(Formula part) implements Formula {}

  /// At least `count` of the parts.
  record AtLeast(int count, List<Formula> parts) implements Formula {
    public AtLeast {
      parts = List.copyOf(parts);
    }
  }

  /// A value of one of the fields matches the text. Becomes an atom.
  record TextTest(Fields fields, TextPattern pattern) implements Formula {}

  /// A test that is not one of text; evaluated only for candidate rules.
  sealed interface ValueTest extends Formula {
    Fields fields();
  }

  /// One of the fields is there, even if its value is null.
  record Exists(Fields fields) implements ValueTest {}

  /// One of the fields has a value that is not null.
  record Present(Fields fields) implements ValueTest {}

  /// A value is a number, and compares so.
  record Compare(Fields fields, Modifier comparison, SigmaNumber number) implements ValueTest {}

  /// A value is an address of the network.
  record InNetwork(Fields fields, Network network) implements ValueTest {}

  /// A value of `fields` equals (or contains, begins, ends with) one of `others`.
  record SameAs(Fields fields, Fields others, Anchor anchor, boolean cased) implements ValueTest {}

  /// The event fields that one Sigma field means, any of which may match.
  ///
  /// @param ids in the order of the mapping
  /// @param keywords whether the whole event is meant: the line, and every text that does not stand
  ///   in it as it is
  record Fields(List<Integer> ids, boolean keywords) {
    static final Fields KEYWORDS = new Fields(List.of(), true);

    public Fields {
      ids = List.copyOf(ids);
    }
  }

  /// What a text must look like. Equal patterns of all rules share one atom.
  sealed interface TextPattern {
    Pattern compile();

    /// How much of a text it takes to match: the length of the longest text that must occur. Says
    /// which of several tests is the rarest.
    int weight();

    /// Whether a match in a part of a text is always one in the whole: nothing in the pattern looks
    /// at the ends of the text or at what stands beside the match.
    boolean isFloating();

    /// The text where the whole value must be it, whatever its case; else null.
    default @Nullable String exact() {
      return null;
    }
  }

  record Wild(List<Piece> pieces, Anchor anchor, boolean cased) implements TextPattern {
    public Wild {
      pieces = List.copyOf(pieces);
    }

    @Override
    public Pattern compile() {
      Flag[] flags = cased ? new Flag[0] : new Flag[] {Flag.IGNORE_CASE};
      if (pieces.isEmpty()) {
        return Pattern.literal("", anchor, flags);
      }
      return pieces.size() == 1 && pieces.getFirst() instanceof Piece.Text(String text)
          ? Pattern.literal(text, anchor, flags)
          : Pattern.wildcard(pieces, anchor, flags);
    }

    @Override
    public int weight() {
      int longest = 0;
      for (var piece : pieces) {
        if (piece instanceof Piece.Text(String text)) {
          longest = Math.max(longest, text.length());
        }
      }
      return longest;
    }

    @Override
    public @Nullable String exact() {
      if (cased || anchor != Anchor.EXACT || pieces.size() > 1) {
        return null;
      }
      if (pieces.isEmpty()) {
        return "";
      }
      return pieces.getFirst() instanceof Piece.Text(String text) ? text : null;
    }

    @Override
    public boolean isFloating() {
      return anchor == Anchor.CONTAINS;
    }
  }

  record Expression(String regex, Set<Flag> flags) implements TextPattern {
    public Expression {
      flags = Set.copyOf(flags);
    }

    @Override
    public Pattern compile() {
      return Pattern.regex(regex, flags.toArray(Flag[]::new));
    }

    /// Reads just enough of the expression; says no where it is not sure.
    @Override
    public boolean isFloating() {
      for (int i = 0; i < regex.length(); i++) {
        char c = regex.charAt(i);
        if (c == '^' || c == '$') {
          return false;
        } else if (c == '\\') {
          i++;
          if (i < regex.length() && "bBAzZGQE".indexOf(regex.charAt(i)) >= 0) {
            return false;
          }
        } else if (c == '[') {
          i = classEnd(i);
        }
      }
      return true;
    }

    /// The index of the `]` that ends the class opened at `open`; the last index where there is
    /// none.
    private int classEnd(int open) {
      int i = open + 1;
      if (i < regex.length() && regex.charAt(i) == '^') {
        i++;
      }
      if (i < regex.length() && regex.charAt(i) == ']') {
        i++;
      }
      while (i < regex.length() && regex.charAt(i) != ']') {
        if (regex.charAt(i) == '\\') {
          i++;
        } else if (regex.startsWith("[:", i)) {
          int end = regex.indexOf(":]", i + 2);
          i = end < 0 ? i : end + 1;
        }
        i++;
      }
      return i;
    }

    @Override
    public int weight() {
      int longest = 0;
      int run = 0;
      for (int i = 0; i < regex.length(); i++) {
        run = Character.isLetterOrDigit(regex.charAt(i)) ? run + 1 : 0;
        longest = Math.max(longest, run);
      }
      return longest / 2;
    }
  }
}
