package dev.vedette.sigma;

import dev.vedette.event.Ecs;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.LogSource;
import dev.vedette.pattern.Anchor;
import dev.vedette.pattern.Flag;
import dev.vedette.pattern.PatternException;
import dev.vedette.pattern.Piece;
import dev.vedette.sigma.Clause.Item;
import dev.vedette.sigma.Clause.Value;
import dev.vedette.sigma.Formula.TextPattern;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Confined to one rule. From a document to a [Formula]: resolves field names by the mapping,
/// applies modifiers, unrolls quantifiers.
final class Lowering {
  /// Tests of one rule, after placeholders and quantifiers were unrolled.
  static final int TESTS_MAX = 100_000;

  private static final String DASHES = "[-/\u2013\u2014\u2015]";

  private final DetectionRule rule;
  private final FieldMapping mapping;
  private final FieldDictionary dictionary;
  private final Map<String, List<String>> placeholders;
  private final PatternCache patterns;
  private int tests;

  private Lowering(
      DetectionRule rule,
      FieldMapping mapping,
      FieldDictionary dictionary,
      Map<String, List<String>> placeholders,
      PatternCache patterns) {
    this.rule = rule;
    this.mapping = mapping;
    this.dictionary = dictionary;
    this.placeholders = placeholders;
    this.patterns = patterns;
  }

  /// @throws RuleSyntaxException for modifiers and values that have no meaning
  static Formula lower(
      DetectionRule rule,
      FieldMapping mapping,
      FieldDictionary dictionary,
      Map<String, List<String>> placeholders,
      PatternCache patterns) {
    var lowering = new Lowering(rule, mapping, dictionary, placeholders, patterns);
    List<Formula> conditions = new ArrayList<>();
    for (var condition : rule.conditions()) {
      conditions.add(lowering.condition(condition));
    }
    return or(conditions);
  }

  /// The event fields that a Sigma field name means in a rule of the log source.
  static List<Integer> fieldIds(
      String name,
      LogSource logSource,
      FieldMapping mapping,
      FieldDictionary dictionary,
      Position position) {
    List<Integer> ids = new ArrayList<>();
    for (String target : mapping.targets(logSource, name)) {
      int id = dictionary.intern(target);
      if (id == FieldDictionary.NONE) {
        throw new RuleSyntaxException(
            position,
            "The field '"
                + target
                + "' finds no place among the "
                + dictionary.capacity()
                + " field names that are kept, or is too long.");
      }
      ids.add(id);
    }
    return ids;
  }

  private static Formula and(List<Formula> parts) {
    return parts.size() == 1 ? parts.getFirst() : new Formula.And(parts);
  }

  private static Formula or(List<Formula> parts) {
    return parts.size() == 1 ? parts.getFirst() : new Formula.Or(parts);
  }

  // ---- conditions

  private Formula condition(Condition condition) {
    return switch (condition) {
      case Condition.And(var parts) -> and(parts.stream().map(this::condition).toList());
      case Condition.Or(var parts) -> or(parts.stream().map(this::condition).toList());
      case Condition.Not(var part) -> new Formula.Not(condition(part));
      case Condition.Reference reference -> selection(reference.name(), reference.position());
      case Condition.Quantified quantified -> {
        List<Formula> parts = new ArrayList<>();
        for (var selection : rule.selections()) {
          if (quantified.names(selection.name())) {
            parts.add(selection(selection.name(), quantified.position()));
          }
        }
        if (quantified.atLeast() == 1) {
          yield or(parts);
        }
        yield quantified.atLeast() >= parts.size()
            ? and(parts)
            : new Formula.AtLeast(quantified.atLeast(), parts);
      }
    };
  }

  private Formula selection(String name, Position position) {
    var selection = rule.selection(name);
    if (selection == null) {
      throw new RuleSyntaxException(position, "There is no selection '" + name + "'.");
    }
    return clause(selection.clause());
  }

  private Formula clause(Clause clause) {
    return switch (clause) {
      case Clause.AllOf(var clauses) -> and(clauses.stream().map(this::clause).toList());
      case Clause.AnyOf(var clauses) -> or(clauses.stream().map(this::clause).toList());
      case Item item -> item(item);
    };
  }

  // ---- items

  private Formula item(Item item) {
    checkChain(item);
    Formula.Fields fields =
        item.field().isEmpty() ? Formula.Fields.KEYWORDS : fields(item.field(), item.position());
    List<Formula> parts = new ArrayList<>();
    for (var value : item.values()) {
      parts.add(value(item, fields, value));
    }
    tests += parts.size();
    if (tests > TESTS_MAX) {
      throw new RuleSyntaxException(
          item.position(), "The rule makes more than " + TESTS_MAX + " tests.");
    }
    var formula = item.has(Modifier.ALL) ? and(parts) : or(parts);
    return item.has(Modifier.NEQ) ? new Formula.Not(formula) : formula;
  }

  private Formula.Fields fields(String name, Position position) {
    return new Formula.Fields(
        fieldIds(name, rule.logSource(), mapping, dictionary, position), false);
  }

  private static void checkChain(Item item) {
    List<Modifier> chain = item.modifiers();
    if (EnumSet.copyOf(orNone(chain)).size() < chain.size()) {
      throw new RuleSyntaxException(item.position(), "A modifier stands twice in the chain.");
    }
    for (int i = 0; i < chain.size(); i++) {
      var modifier = chain.get(i);
      if (modifier.isTimePart()) {
        throw new RuleSyntaxException(
            item.position(), "The modifier '" + modifier.word() + "' is not supported.");
      }
      switch (modifier) {
        case EXISTS, CIDR, LT, LTE, GT, GTE -> {
          if (item.field().isEmpty()) {
            throw new RuleSyntaxException(
                item.position(), "'" + modifier.word() + "' needs a field.");
          }
          for (var other : chain) {
            boolean fits =
                other == modifier
                    || (modifier != Modifier.EXISTS
                        && (other == Modifier.ALL || other == Modifier.NEQ));
            if (!fits) {
              throw clash(item, modifier, other);
            }
          }
        }
        case RE -> {
          if (i > 0) {
            throw new RuleSyntaxException(item.position(), "'re' must be the first modifier.");
          }
          for (var other : chain) {
            switch (other) {
              case RE, I, M, S, ALL, NEQ, CASED, CONTAINS, STARTSWITH, ENDSWITH -> {}
              default -> throw clash(item, modifier, other);
            }
          }
        }
        case I, M, S -> {
          if (chain.getFirst() != Modifier.RE) {
            throw new RuleSyntaxException(
                item.position(), "'" + modifier.word() + "' is a flag of 're'.");
          }
        }
        case FIELDREF -> {
          if (item.field().isEmpty()) {
            throw new RuleSyntaxException(item.position(), "'fieldref' needs a field.");
          }
          for (var other : chain) {
            switch (other) {
              case FIELDREF, ALL, NEQ, CASED, CONTAINS, STARTSWITH, ENDSWITH -> {}
              default -> throw clash(item, modifier, other);
            }
          }
        }
        case ALL -> {
          if (!item.hasList()) {
            // A single value needs no 'all'; harmless, and published rules have it.
            continue;
          }
        }
        case WIDE, UTF16BE, UTF16, BASE64, BASE64OFFSET, WINDASH, EXPAND -> {}
        case CONTAINS, STARTSWITH, ENDSWITH, CASED, NEQ -> {}
        case MINUTE, HOUR, DAY, WEEK, MONTH, YEAR -> {}
      }
    }
    if (chain.contains(Modifier.I) && chain.contains(Modifier.CASED)) {
      throw clash(item, Modifier.I, Modifier.CASED);
    }
  }

  private static List<Modifier> orNone(List<Modifier> chain) {
    // EnumSet.copyOf refuses an empty list that is no EnumSet.
    return chain.isEmpty() ? List.of(Modifier.ALL) : chain;
  }

  private static RuleSyntaxException clash(Item item, Modifier one, Modifier other) {
    return new RuleSyntaxException(
        item.position(), "'" + one.word() + "' cannot be combined with '" + other.word() + "'.");
  }

  private Formula value(Item item, Formula.Fields fields, Value value) {
    List<Modifier> chain = item.modifiers();
    if (chain.contains(Modifier.EXISTS)) {
      if (!(value instanceof Value.Bool(boolean wanted, _)) || item.hasList()) {
        throw new RuleSyntaxException(value.position(), "'exists' is true or false.");
      }
      var exists = new Formula.Exists(fields);
      return wanted ? exists : new Formula.Not(exists);
    }
    if (value instanceof Value.Null) {
      boolean plain =
          chain.stream().allMatch(modifier -> modifier == Modifier.NEQ || modifier == Modifier.ALL);
      if (!plain || fields.keywords()) {
        throw new RuleSyntaxException(value.position(), "null cannot be modified.");
      }
      return new Formula.Not(new Formula.Present(fields));
    }
    for (var modifier : chain) {
      if (modifier.isNumeric()) {
        if (!(value instanceof Value.Numeric(var number, _))) {
          throw new RuleSyntaxException(
              value.position(),
              "'" + modifier.word() + "' needs a number.",
              value instanceof Value.Text ? "Leave the quotes out." : "");
        }
        return new Formula.Compare(fields, modifier, new SigmaNumber(number));
      }
    }
    if (chain.contains(Modifier.CIDR)) {
      return new Formula.InNetwork(
          fields, Network.parse(text(value, Modifier.CIDR), value.position()));
    }
    if (chain.contains(Modifier.FIELDREF)) {
      return fieldReference(item, fields, value);
    }
    if (chain.contains(Modifier.RE)) {
      return new Formula.TextTest(fields, regex(item, value));
    }
    return texts(item, fields, value);
  }

  private static String text(Value value, Modifier modifier) {
    if (value instanceof Value.Text(String text, _)) {
      return text;
    }
    throw new RuleSyntaxException(value.position(), "'" + modifier.word() + "' needs a text.");
  }

  private Formula fieldReference(Item item, Formula.Fields fields, Value value) {
    String name = text(value, Modifier.FIELDREF);
    if (name.isEmpty() || SigmaText.parse(name).hasWildcards()) {
      throw new RuleSyntaxException(
          value.position(), "'fieldref' needs the name of a field, without wildcards.");
    }
    Anchor anchor =
        item.has(Modifier.CONTAINS)
            ? Anchor.CONTAINS
            : item.has(Modifier.STARTSWITH)
                ? Anchor.STARTS
                : item.has(Modifier.ENDSWITH) ? Anchor.ENDS : Anchor.EXACT;
    return new Formula.SameAs(
        fields, fields(name, value.position()), anchor, item.has(Modifier.CASED));
  }

  /// `contains`, `startswith` and `endswith` add `.*` to a regular expression; in a search that
  /// changes nothing.
  private TextPattern regex(Item item, Value value) {
    String regex =
        value instanceof Value.Numeric(var number, _)
            ? new SigmaNumber(number).canonical()
            : text(value, Modifier.RE);
    Set<Flag> flags = EnumSet.noneOf(Flag.class);
    if (item.has(Modifier.I)) {
      flags.add(Flag.IGNORE_CASE);
    }
    if (item.has(Modifier.M)) {
      flags.add(Flag.MULTILINE);
    }
    if (item.has(Modifier.S)) {
      flags.add(Flag.DOT_ALL);
    }
    return checked(new Formula.Expression(regex, flags), value.position());
  }

  private TextPattern checked(TextPattern pattern, Position position) {
    try {
      patterns.get(pattern);
      return pattern;
    } catch (PatternException e) {
      throw new RuleSyntaxException(
          position,
          "This regular expression cannot be used (character "
              + (e.position() + 1)
              + "): "
              + e.getMessage());
    }
  }

  // ---- texts

  private Formula texts(Item item, Formula.Fields fields, Value value) {
    List<SigmaText> texts = spelled(item, value);
    boolean contains = fields.keywords();
    boolean windash = false;
    @Nullable Charset wide = null;
    for (var modifier : item.modifiers()) {
      List<SigmaText> next = new ArrayList<>();
      for (var text : texts) {
        switch (modifier) {
          case CONTAINS -> next.add(text.withRuns(true, true));
          case STARTSWITH -> {
            next.add(text.withRuns(false, true));
            contains = false;
          }
          case ENDSWITH -> {
            next.add(text.withRuns(true, false));
            contains = false;
          }
          case WIDE, UTF16BE, UTF16 -> next.add(text);
          case BASE64 ->
              next.add(
                  SigmaText.plain(
                      Base64.getEncoder().encodeToString(bytes(text, wide, value.position()))));
          case BASE64OFFSET -> next.addAll(shifted(bytes(text, wide, value.position())));
          default -> next.add(text);
        }
      }
      switch (modifier) {
        case WIDE -> wide = StandardCharsets.UTF_16LE;
        case UTF16BE -> wide = StandardCharsets.UTF_16BE;
        case UTF16 -> wide = StandardCharsets.UTF_16;
        case BASE64, BASE64OFFSET -> wide = null;
        case WINDASH -> windash = true;
        default -> {}
      }
      texts = next;
    }
    List<Formula> out = new ArrayList<>();
    for (var text : texts) {
      SigmaText spelled = wide == null ? text : widened(text, wide, value.position());
      if (contains) {
        spelled = spelled.withRuns(true, true);
      }
      out.add(test(fields, spelled, item.has(Modifier.CASED), windash, value.position()));
    }
    tests += out.size();
    return or(out);
  }

  private List<SigmaText> spelled(Item item, Value value) {
    return switch (value) {
      case Value.Text(String raw, var position) ->
          item.has(Modifier.EXPAND)
              ? SigmaText.expand(raw, placeholders, position)
              : List.of(SigmaText.parse(raw));
      case Value.Numeric(var number, _) ->
          List.of(SigmaText.plain(new SigmaNumber(number).canonical()));
      case Value.Bool(boolean bool, _) -> List.of(SigmaText.plain(String.valueOf(bool)));
      case Value.Null(var position) ->
          throw new RuleSyntaxException(position, "null cannot be modified.");
    };
  }

  private Formula test(
      Formula.Fields fields, SigmaText text, boolean cased, boolean windash, Position position) {
    List<Piece> pieces = text.pieces();
    boolean before = !pieces.isEmpty() && pieces.getFirst() instanceof Piece.AnyRun;
    boolean after = !pieces.isEmpty() && pieces.getLast() instanceof Piece.AnyRun;
    if (pieces.size() == 1 && before) {
      if (fields.keywords()) {
        throw new RuleSyntaxException(position, "This keyword matches every event.");
      }
      return new Formula.Present(fields);
    }
    if (windash && pieces.stream().anyMatch(Lowering::hasSwitch)) {
      return new Formula.TextTest(
          fields,
          checked(
              dashes(
                  pieces.subList(before ? 1 : 0, pieces.size() - (after ? 1 : 0)),
                  before,
                  after,
                  cased),
              position));
    }
    List<Piece> core = pieces.subList(before ? 1 : 0, pieces.size() - (after ? 1 : 0));
    Anchor anchor =
        before ? after ? Anchor.CONTAINS : Anchor.ENDS : after ? Anchor.STARTS : Anchor.EXACT;
    var wild = new Formula.Wild(core, anchor, cased);
    return new Formula.TextTest(fields, checked(wild, position));
  }

  // ---- windash

  private static boolean hasSwitch(Piece piece) {
    if (piece instanceof Piece.Text(String text)) {
      for (int i = 0; i < text.length(); i++) {
        if (isSwitch(text, i)) {
          return true;
        }
      }
    }
    return false;
  }

  /// Whether a dash or slash begins an option: no word character before it, one after it.
  private static boolean isSwitch(String text, int i) {
    return (text.charAt(i) == '-' || text.charAt(i) == '/')
        && (i == 0 || !isWord(text.charAt(i - 1)))
        && i + 1 < text.length()
        && isWord(text.charAt(i + 1));
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  private static TextPattern dashes(
      List<Piece> pieces, boolean before, boolean after, boolean cased) {
    var regex = new StringBuilder(before ? "" : "\\A");
    for (var piece : pieces) {
      switch (piece) {
        case Piece.AnyRun() -> regex.append(".*");
        case Piece.AnyOne() -> regex.append('.');
        case Piece.Text(String text) -> {
          for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isSwitch(text, i)) {
              regex.append(DASHES);
            } else if (c < 0x80 && !Character.isLetterOrDigit(c) && c > ' ') {
              regex.append('\\').append(c);
            } else {
              regex.append(c);
            }
          }
        }
      }
    }
    regex.append(after ? "" : "\\z");
    Set<Flag> flags = EnumSet.of(Flag.DOT_ALL);
    if (!cased) {
      flags.add(Flag.IGNORE_CASE);
    }
    return new Formula.Expression(regex.toString(), flags);
  }

  // ---- encodings

  private static byte[] bytes(SigmaText text, @Nullable Charset wide, Position position) {
    String literal = text.literal();
    if (literal == null) {
      throw new RuleSyntaxException(
          position, "A value with wildcards cannot be encoded in base64.");
    }
    if (StandardCharsets.UTF_16.equals(wide)) {
      byte[] body = literal.getBytes(StandardCharsets.UTF_16LE);
      byte[] marked = new byte[body.length + 2];
      marked[0] = (byte) 0xFF;
      marked[1] = (byte) 0xFE;
      System.arraycopy(body, 0, marked, 2, body.length);
      return marked;
    }
    return literal.getBytes(wide == null ? StandardCharsets.UTF_8 : wide);
  }

  /// The three ways in which bytes look when they stand somewhere inside a base64 text: what
  /// depends on their neighbours is cut off.
  private static List<SigmaText> shifted(byte[] bytes) {
    int[] startCut = {0, 2, 3};
    int[] endCut = {0, 3, 2};
    List<SigmaText> out = new ArrayList<>();
    for (int offset = 0; offset < 3; offset++) {
      byte[] moved = new byte[bytes.length + offset];
      System.arraycopy(bytes, 0, moved, offset, bytes.length);
      String encoded = Base64.getEncoder().encodeToString(moved);
      int end = encoded.length() - endCut[moved.length % 3];
      if (end > startCut[offset]) {
        out.add(SigmaText.plain(encoded.substring(startCut[offset], end)));
      }
    }
    return out;
  }

  /// A text in two bytes per character, as it looks where those bytes were logged as characters.
  private static SigmaText widened(SigmaText text, Charset wide, Position position) {
    List<Piece> out = new ArrayList<>();
    for (var piece : text.pieces()) {
      if (!(piece instanceof Piece.Text(String chars))) {
        out.add(piece);
        continue;
      }
      var spread = new StringBuilder();
      for (int i = 0; i < chars.length(); i++) {
        char c = chars.charAt(i);
        if (c >= 0x80) {
          throw new RuleSyntaxException(
              position,
              "Only ASCII can be matched as UTF-16 outside base64.",
              "Add 'base64offset'.");
        }
        if (StandardCharsets.UTF_16BE.equals(wide)) {
          spread.append('\0').append(c);
        } else {
          spread.append(c).append('\0');
        }
      }
      out.add(new Piece.Text(spread.toString()));
    }
    return new SigmaText(out);
  }

  /// The field whose value usually holds that of `part`: a test that matches in the part matches in
  /// the whole, as long as the one stands inside the other. -1 where there is none.
  static int wholeOf(int part) {
    return part == Ecs.URL_QUERY || part == Ecs.URL_PATH ? Ecs.URL_ORIGINAL : -1;
  }
}
