package dev.vedette.store;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.FieldDictionary;
import dev.vedette.event.IpAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Confined to one thread. A [Query] made ready to be asked of many events: values are bytes, lower
/// case, in parts between their wildcards; no regular expressions, so an event costs time linear in
/// its length.
///
/// It also says what every matching line must hold, so that most lines are ruled out unread:
/// [#literals] in the raw line, [#tokens] in the block's [TokenFilter]. Only text search gives
/// literals: a field's value may have been decoded and need not stand in the line as it is.
final class QueryMatcher {
  private static final int LITERALS_MAX = 8;
  private static final int NUMBER_BYTES_MAX = 40;
  private static final int[] IP_FIELDS = {
    Ecs.SOURCE_IP,
    Ecs.CLIENT_IP,
    Ecs.DESTINATION_IP,
    Ecs.HOST_IP,
    Ecs.RELATED_IP,
    Ecs.NETWORK_FORWARDED_IP
  };

  private final FieldDictionary dictionary;
  private final IpAddress address = new IpAddress();
  private final Node root;
  private final List<LiteralFinder> literals;
  private final List<long[]> tokens;

  QueryMatcher(Query query, FieldDictionary dictionary) {
    this.dictionary = dictionary;
    this.root = compile(query);
    var needed = literalsOf(query);
    this.literals = needed == null ? List.of() : needed.stream().map(LiteralFinder::new).toList();
    this.tokens = tokensOf(query);
  }

  /// Asks one event; `timeMs` is its time, or when it was received.
  boolean matches(Event event, long timeMs) {
    return root.matches(event, timeMs);
  }

  /// At least one of these stands in every line that matches; empty where nothing can be said.
  List<LiteralFinder> literals() {
    return literals;
  }

  /// Of each of these at least one hash is a token of every block with a line that matches.
  List<long[]> tokens() {
    return tokens;
  }

  private interface Node {
    boolean matches(Event event, long timeMs);
  }

  private Node compile(Query query) {
    return switch (query) {
      case Query.And(var parts) -> {
        var nodes = parts.stream().map(this::compile).toArray(Node[]::new);
        yield (event, timeMs) -> {
          for (var node : nodes) {
            if (!node.matches(event, timeMs)) {
              return false;
            }
          }
          return true;
        };
      }
      case Query.Or(var parts) -> {
        var nodes = parts.stream().map(this::compile).toArray(Node[]::new);
        yield (event, timeMs) -> {
          for (var node : nodes) {
            if (node.matches(event, timeMs)) {
              return true;
            }
          }
          return false;
        };
      }
      case Query.Not(var part) -> {
        var node = compile(part);
        yield (event, timeMs) -> !node.matches(event, timeMs);
      }
      case Query.Text(var text) -> {
        var finder = new LiteralFinder(bytes(text));
        yield (event, _) -> finder.find(event.line(), event.lineFrom(), event.lineTo()) >= 0;
      }
      case Query.FieldIs(var field, var value) -> fieldIs(field, value);
      case Query.FieldInNetwork(var field, var cidr) -> {
        var network = IpAddress.Network.parse(cidr);
        if (network == null) {
          throw new QueryException(0, "`" + cidr + "` is no network.");
        }
        yield overValues(
            field,
            (bytes, from, to) -> address.parse(bytes, from, to) && network.contains(address));
      }
      case Query.FieldCompares(var field, var comparison, var value) -> {
        if (dictionary.lookup(field) == Ecs.TIMESTAMP) {
          yield (_, timeMs) -> compares((double) timeMs, comparison, value);
        }
        yield overValues(
            field,
            (bytes, from, to) -> {
              double number = number(bytes, from, to);
              return !Double.isNaN(number) && compares(number, comparison, value);
            });
      }
    };
  }

  private static boolean compares(double number, Query.Comparison comparison, double value) {
    return switch (comparison) {
      case LT -> number < value;
      case LTE -> number <= value;
      case GT -> number > value;
      case GTE -> number >= value;
    };
  }

  private static double number(byte[] bytes, int from, int to) {
    if (to <= from || to - from > NUMBER_BYTES_MAX) {
      return Double.NaN;
    }
    byte first = bytes[from];
    if (first != '-' && first != '+' && first != '.' && (first < '0' || first > '9')) {
      return Double.NaN;
    }
    try {
      return Double.parseDouble(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
    } catch (NumberFormatException _) {
      return Double.NaN;
    }
  }

  // ---- values
  // --------------------------------------------------------------------------------------------------

  private interface ValueTest {
    boolean test(byte[] bytes, int from, int to);
  }

  private Node fieldIs(String field, String value) {
    if (value.equals("*")) {
      return overValues(field, (_, _, _) -> true);
    }
    if (QueryParser.hasWildcard(value)) {
      var pattern = new Wildcard(value);
      return overValues(field, pattern::matches);
    }
    byte[] typed = bytes(QueryParser.unescape(value));
    byte[] canonical = canonical(field, value);
    return overValues(
        field,
        (bytes, from, to) ->
            equal(typed, bytes, from, to)
                || (canonical != null && equal(canonical, bytes, from, to)));
  }

  private Node overValues(String field, ValueTest test) {
    int known = dictionary.lookup(field);
    return switch (known) {
      case Ecs.EVENT_ORIGINAL ->
          (event, _) -> test.test(event.line(), event.lineFrom(), event.lineTo());
      case Ecs.EVENT_DATASET ->
          (event, _) -> anyValue(event, known, test) || test(event.dataset().name(), test);
      case Ecs.EVENT_MODULE ->
          (event, _) -> anyValue(event, known, test) || test(event.dataset().module(), test);
      case Ecs.TIMESTAMP ->
          (event, timeMs) ->
              anyValue(event, known, test) || test(Instant.ofEpochMilli(timeMs).toString(), test);
      // A name that no line had so far may come with the next one.
      case FieldDictionary.NONE -> (event, _) -> anyValue(event, dictionary.lookup(field), test);
      default -> (event, _) -> anyValue(event, known, test);
    };
  }

  private static boolean anyValue(Event event, int field, ValueTest test) {
    for (int slot = event.first(field); slot >= 0; slot = event.next(slot)) {
      if (test.test(event.array(slot), event.from(slot), event.to(slot))) {
        return true;
      }
    }
    return false;
  }

  private static boolean test(String text, ValueTest test) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return test.test(bytes, 0, bytes.length);
  }

  private static boolean equal(byte[] folded, byte[] bytes, int from, int to) {
    if (folded.length != to - from) {
      return false;
    }
    for (int i = 0; i < folded.length; i++) {
      if (LiteralFinder.fold(bytes[from + i]) != folded[i]) {
        return false;
      }
    }
    return true;
  }

  private static byte[] bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = LiteralFinder.fold(bytes[i]);
    }
    return bytes;
  }

  /// An address as every reader of lines writes it, or null.
  private byte @Nullable [] canonical(String field, String value) {
    int id = dictionary.lookup(field);
    return Arrays.stream(IP_FIELDS).anyMatch(ip -> ip == id)
            && address.parse(QueryParser.unescape(value))
        ? bytes(address.toString())
        : null;
  }

  /// Immutable. A value with wildcards: parts that must follow one another.
  private static final class Wildcard {
    private final List<LiteralFinder> parts = new ArrayList<>();
    private final byte[] prefix;
    private final byte[] suffix;

    Wildcard(String value) {
      var literals = literalParts(value);
      prefix = bytes(literals.getFirst());
      suffix = bytes(literals.getLast());
      for (String literal : literals.subList(1, literals.size() - 1)) {
        if (!literal.isEmpty()) {
          parts.add(new LiteralFinder(bytes(literal)));
        }
      }
    }

    boolean matches(byte[] bytes, int from, int to) {
      if (to - from < prefix.length + suffix.length
          || !equal(prefix, bytes, from, from + prefix.length)
          || !equal(suffix, bytes, to - suffix.length, to)) {
        return false;
      }
      int at = from + prefix.length;
      for (var part : parts) {
        int found = part.find(bytes, at, to - suffix.length);
        if (found < 0) {
          return false;
        }
        at = found + part.length();
      }
      return true;
    }
  }

  /// The texts around the wildcards of a value; at least two for a value that has one.
  private static List<String> literalParts(String value) {
    var parts = new ArrayList<String>();
    var part = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '*') {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        if (c == '\\' && i + 1 < value.length()) {
          c = value.charAt(++i);
        }
        part.append(c);
      }
    }
    parts.add(part.toString());
    return parts;
  }

  // ---- what must be there
  // --------------------------------------------------------------------------------------------------

  private static @Nullable List<byte[]> literalsOf(Query query) {
    return switch (query) {
      case Query.Text(var text) -> text.isEmpty() ? null : List.of(bytes(text));
      case Query.FieldIs(var field, var value) -> {
        if (!field.equals(Ecs.name(Ecs.EVENT_ORIGINAL))) {
          yield null;
        }
        String longest = "";
        for (String part : literalParts(value)) {
          longest = part.length() > longest.length() ? part : longest;
        }
        yield longest.isEmpty() ? null : List.of(bytes(longest));
      }
      case Query.And(var parts) -> {
        List<byte[]> best = null;
        int bestLength = 0;
        for (var part : parts) {
          var found = literalsOf(part);
          int length =
              found == null ? 0 : found.stream().mapToInt(bytes -> bytes.length).min().orElse(0);
          if (length > bestLength) {
            best = found;
            bestLength = length;
          }
        }
        yield best;
      }
      case Query.Or(var parts) -> {
        var all = new ArrayList<byte[]>();
        for (var part : parts) {
          var found = literalsOf(part);
          if (found == null || all.size() + found.size() > LITERALS_MAX) {
            yield null;
          }
          all.addAll(found);
        }
        yield all.isEmpty() ? null : all;
      }
      case Query.Not _, Query.FieldCompares _, Query.FieldInNetwork _ -> null;
    };
  }

  private List<long[]> tokensOf(Query query) {
    return switch (query) {
      case Query.FieldIs(var field, var value) -> {
        int id = dictionary.lookup(field);
        if (QueryParser.hasWildcard(value)
            || Arrays.stream(TokenFilter.FIELDS).noneMatch(token -> token == id)) {
          yield List.of();
        }
        byte[] typed = bytes(QueryParser.unescape(value));
        byte[] canonical = canonical(field, value);
        long hash = TokenFilter.hash(typed, 0, typed.length);
        yield List.of(
            canonical == null
                ? new long[] {hash}
                : new long[] {hash, TokenFilter.hash(canonical, 0, canonical.length)});
      }
      case Query.And(var parts) -> {
        var all = new ArrayList<long[]>();
        parts.forEach(part -> all.addAll(tokensOf(part)));
        yield List.copyOf(all);
      }
      case Query.Or(var parts) -> {
        long[] any = new long[0];
        for (var part : parts) {
          var needed = tokensOf(part);
          if (needed.isEmpty()) {
            yield List.of();
          }
          long[] one = needed.getFirst();
          int length = any.length;
          any = Arrays.copyOf(any, length + one.length);
          System.arraycopy(one, 0, any, length, one.length);
        }
        yield any.length == 0 ? List.of() : List.of(any);
      }
      case Query.Not _, Query.Text _, Query.FieldCompares _, Query.FieldInNetwork _ -> List.of();
    };
  }
}
