package dev.vedette.sigma;

import dev.vedette.sigma.Clause.Item;
import dev.vedette.sigma.Clause.Value;
import java.math.BigDecimal;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;

/// The reference: evaluates a rule's document directly over an event of Java values, as slowly and
/// as obviously as possible. Shares nothing with the engine but the document.
///
/// An event is a line and a map from field names to lists of values: `String`, `BigDecimal` with
/// the text it was written as ([Written]), `Boolean`, or [Fixtures#NULL].
final class Naive {
  /// A JSON number and how it was written.
  record Written(String text) {
    @Override
    public String toString() {
      return text;
    }
  }

  private final String line;
  private final Map<String, List<Object>> fields;
  private final Function<String, List<String>> mapping;

  Naive(String line, Map<String, List<Object>> fields, Function<String, List<String>> mapping) {
    this.line = line;
    this.fields = fields;
    this.mapping = mapping;
  }

  /// The values of every field that a name means.
  private List<Object> values(String name) {
    return mapping.apply(name).stream()
        .flatMap(field -> fields.getOrDefault(field, List.of()).stream())
        .toList();
  }

  boolean matches(DetectionRule rule) {
    return rule.conditions().stream().anyMatch(condition -> holds(rule, condition));
  }

  private boolean holds(DetectionRule rule, Condition condition) {
    return switch (condition) {
      case Condition.And(var parts) -> parts.stream().allMatch(part -> holds(rule, part));
      case Condition.Or(var parts) -> parts.stream().anyMatch(part -> holds(rule, part));
      case Condition.Not(var part) -> !holds(rule, part);
      case Condition.Reference(String name, _) -> selection(rule, name);
      case Condition.Quantified(int atLeast, String pattern, _) -> {
        String regex = pattern.equals("them") ? ".*" : pattern.replace("*", ".*");
        List<String> names =
            rule.selections().stream()
                .map(DetectionRule.Selection::name)
                .filter(name -> name.matches(regex))
                .filter(name -> !name.startsWith("_") || pattern.startsWith("_"))
                .toList();
        long holding = names.stream().filter(name -> selection(rule, name)).count();
        yield atLeast == Condition.Quantified.ALL ? holding == names.size() : holding >= atLeast;
      }
    };
  }

  private boolean selection(DetectionRule rule, String name) {
    return rule.selections().stream()
        .filter(selection -> selection.name().equals(name))
        .allMatch(selection -> clause(selection.clause()));
  }

  private boolean clause(Clause clause) {
    return switch (clause) {
      case Clause.AllOf(var clauses) -> clauses.stream().allMatch(this::clause);
      case Clause.AnyOf(var clauses) -> clauses.stream().anyMatch(this::clause);
      case Item item -> {
        boolean holds =
            item.modifiers().contains(Modifier.ALL)
                ? item.values().stream().allMatch(value -> value(item, value))
                : item.values().stream().anyMatch(value -> value(item, value));
        yield item.modifiers().contains(Modifier.NEQ) != holds;
      }
    };
  }

  private boolean value(Item item, Value value) {
    List<Modifier> chain = item.modifiers();
    List<Object> there = values(item.field());
    if (chain.contains(Modifier.EXISTS)) {
      return !there.isEmpty() == ((Value.Bool) value).value();
    }
    if (value instanceof Value.Null) {
      return there.stream().allMatch(Fixtures.NULL::equals);
    }
    if (chain.stream().anyMatch(Modifier::isNumeric)) {
      return there.stream()
          .anyMatch(event -> compares(chain, event, ((Value.Numeric) value).number()));
    }
    if (chain.contains(Modifier.FIELDREF)) {
      String other = ((Value.Text) value).text();
      return there.stream()
          .filter(event -> !event.equals(Fixtures.NULL))
          .anyMatch(event ->
              values(other).stream()
                  .filter(o -> !o.equals(Fixtures.NULL))
                  .anyMatch(o -> related(chain, event.toString(), o.toString())));
    }
    List<String> haystacks = new ArrayList<>();
    if (item.field().isEmpty()) {
      haystacks.add(line);
      fields.values().stream()
          .flatMap(List::stream)
          .filter(String.class::isInstance)
          .forEach(event -> haystacks.add((String) event));
    }
    for (Object event : there) {
      if (event instanceof Written(String text)) {
        haystacks.add(text);
        haystacks.add(plain(new BigDecimal(text)));
      } else if (!event.equals(Fixtures.NULL)) {
        haystacks.add(event.toString());
      }
    }
    return haystacks.stream().anyMatch(haystack -> text(item, value, haystack));
  }

  private static boolean compares(List<Modifier> chain, Object event, BigDecimal wanted) {
    if (event instanceof Boolean
        || !event.toString().matches("-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?")) {
      return false;
    }
    int order = new BigDecimal(event.toString()).compareTo(wanted);
    return (chain.contains(Modifier.LT) && order < 0)
        || (chain.contains(Modifier.LTE) && order <= 0)
        || (chain.contains(Modifier.GT) && order > 0)
        || (chain.contains(Modifier.GTE) && order >= 0);
  }

  private static boolean related(List<Modifier> chain, String left, String right) {
    String a = chain.contains(Modifier.CASED) ? left : folded(left);
    String b = chain.contains(Modifier.CASED) ? right : folded(right);
    return chain.contains(Modifier.CONTAINS)
        ? a.contains(b)
        : chain.contains(Modifier.STARTSWITH)
            ? a.startsWith(b)
            : chain.contains(Modifier.ENDSWITH) ? a.endsWith(b) : a.equals(b);
  }

  private static String plain(BigDecimal number) {
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
  }

  // ---- texts

  /// A pattern as code points; wildcards are negative.
  private static final int RUN = -1;

  private static final int ONE = -2;

  private static boolean text(Item item, Value value, String haystack) {
    List<Modifier> chain = item.modifiers();
    String raw =
        switch (value) {
          case Value.Text(String text, _) -> text;
          case Value.Numeric(var number, _) -> plain(number);
          case Value.Bool(boolean bool, _) -> String.valueOf(bool);
          case Value.Null _ -> throw new AssertionError();
        };
    if (chain.contains(Modifier.RE)) {
      int flags = Pattern.UNIX_LINES;
      flags |= chain.contains(Modifier.I) ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0;
      flags |= chain.contains(Modifier.M) ? Pattern.MULTILINE : 0;
      flags |= chain.contains(Modifier.S) ? Pattern.DOTALL : 0;
      return Pattern.compile(raw, flags).matcher(haystack).find();
    }
    List<List<Integer>> patterns = List.of(codes(raw));
    Charset wide = null;
    boolean contains = item.field().isEmpty();
    for (var modifier : chain) {
      List<List<Integer>> next = new ArrayList<>();
      for (var pattern : patterns) {
        switch (modifier) {
          case CONTAINS -> next.add(join(List.of(RUN), pattern, List.of(RUN)));
          case STARTSWITH -> next.add(join(pattern, List.of(RUN)));
          case ENDSWITH -> next.add(join(List.of(RUN), pattern));
          case WINDASH -> next.addAll(dashes(pattern));
          case BASE64 -> {
            byte[] bytes = string(pattern).getBytes(wide == null ? StandardCharsets.UTF_8 : wide);
            next.add(points(Base64.getEncoder().encodeToString(bytes)));
          }
          case BASE64OFFSET -> {
            byte[] bytes = string(pattern).getBytes(wide == null ? StandardCharsets.UTF_8 : wide);
            for (int offset = 0; offset < 3; offset++) {
              String stable = stable(bytes, offset);
              if (!stable.isEmpty()) {
                next.add(points(stable));
              }
            }
          }
          default -> next.add(pattern);
        }
      }
      contains &= modifier != Modifier.STARTSWITH && modifier != Modifier.ENDSWITH;
      wide =
          switch (modifier) {
            case WIDE -> StandardCharsets.UTF_16LE;
            case UTF16BE -> StandardCharsets.UTF_16BE;
            case BASE64, BASE64OFFSET -> null;
            default -> wide;
          };
      patterns = next;
    }
    int[] text = haystack.codePoints().toArray();
    for (var pattern : patterns) {
      var whole = contains ? join(List.of(RUN), pattern, List.of(RUN)) : pattern;
      if (glob(whole, text, chain.contains(Modifier.CASED))) {
        return true;
      }
    }
    return false;
  }

  @SafeVarargs
  private static List<Integer> join(List<Integer>... parts) {
    List<Integer> out = new ArrayList<>();
    for (var part : parts) {
      out.addAll(part);
    }
    return out;
  }

  private static List<Integer> codes(String raw) {
    List<Integer> out = new ArrayList<>();
    int[] points = raw.codePoints().toArray();
    for (int i = 0; i < points.length; i++) {
      boolean escape =
          points[i] == '\\'
              && i + 1 < points.length
              && (points[i + 1] == '*' || points[i + 1] == '?' || points[i + 1] == '\\');
      if (escape) {
        out.add(points[++i]);
      } else if (points[i] == '*') {
        out.add(RUN);
      } else if (points[i] == '?') {
        out.add(ONE);
      } else {
        out.add(points[i]);
      }
    }
    return out;
  }

  private static List<Integer> points(String text) {
    return text.codePoints().boxed().toList();
  }

  private static String string(List<Integer> pattern) {
    var out = new StringBuilder();
    pattern.forEach(out::appendCodePoint);
    return out.toString();
  }

  /// Every spelling of every dash or slash that has no word character before it and one after it.
  private static List<List<Integer>> dashes(List<Integer> pattern) {
    List<List<Integer>> out = new ArrayList<>();
    out.add(new ArrayList<>());
    for (int i = 0; i < pattern.size(); i++) {
      boolean dash =
          (pattern.get(i) == '-' || pattern.get(i) == '/')
              && !(i > 0 && word(pattern.get(i - 1)))
              && i + 1 < pattern.size()
              && word(pattern.get(i + 1));
      List<List<Integer>> next = new ArrayList<>();
      for (int c :
          dash ? new int[] {'-', '/', 0x2013, 0x2014, 0x2015} : new int[] {pattern.get(i)}) {
        for (var begun : out) {
          next.add(join(begun, List.of(c)));
        }
      }
      out = next;
    }
    return out;
  }

  private static boolean word(int c) {
    return c >= 0 && (Character.isLetterOrDigit(c) || c == '_');
  }

  /// The characters of a base64 text that do not depend on what stands around the bytes.
  private static String stable(byte[] bytes, int offset) {
    String zeros = surrounded(bytes, offset, (byte) 0);
    String ones = surrounded(bytes, offset, (byte) 0xFF);
    int from = 0;
    while (from < zeros.length() && zeros.charAt(from) != ones.charAt(from)) {
      from++;
    }
    int to = from;
    while (to < zeros.length() && zeros.charAt(to) == ones.charAt(to)) {
      to++;
    }
    return zeros.substring(from, to);
  }

  private static String surrounded(byte[] bytes, int offset, byte filler) {
    int length = (bytes.length + offset + 2) / 3 * 3 + 3;
    byte[] out = new byte[length];
    java.util.Arrays.fill(out, filler);
    System.arraycopy(bytes, 0, out, offset, bytes.length);
    return Base64.getEncoder().encodeToString(out);
  }

  private static boolean glob(List<Integer> pattern, int[] text, boolean cased) {
    boolean[] reach = new boolean[text.length + 1];
    reach[0] = true;
    for (int code : pattern) {
      boolean[] next = new boolean[text.length + 1];
      for (int at = 0; at <= text.length; at++) {
        if (code == RUN) {
          next[at] = reach[at] || (at > 0 && next[at - 1]);
        } else if (at > 0) {
          next[at] = reach[at - 1] && (code == ONE || same(code, text[at - 1], cased));
        }
      }
      reach = next;
    }
    return reach[text.length];
  }

  private static boolean same(int a, int b, boolean cased) {
    return a == b || (!cased && folded(a) == folded(b));
  }

  private static String folded(String text) {
    var out = new StringBuilder();
    text.codePoints().map(Naive::folded).forEach(out::appendCodePoint);
    return out.toString();
  }

  /// Simple folding; the Turkish i with and without dot are letters of their own.
  private static int folded(int c) {
    return c == 0x130 || c == 0x131 ? c : Character.toLowerCase(Character.toUpperCase(c));
  }
}
