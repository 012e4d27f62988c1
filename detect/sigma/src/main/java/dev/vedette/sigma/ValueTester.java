package dev.vedette.sigma;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.IpAddress;
import dev.vedette.pattern.Anchor;
import dev.vedette.sigma.Formula.Fields;
import dev.vedette.sigma.Formula.ValueTest;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Confined to one worker. Answers the tests that are not of text. Only candidate rules come here.
/// Loops count instead of iterating, because an iterator would be garbage of every event.
final class ValueTester {
  /// A longer value is no number.
  private static final int NUMBER_BYTES_MAX = 64;

  private final IpAddress address = new IpAddress();

  boolean holds(ValueTest test, Event event) {
    return switch (test) {
      case Formula.Exists(var fields) -> anySlot(fields, event, false);
      case Formula.Present(var fields) -> anySlot(fields, event, true);
      case Formula.Compare compare -> compareSlot(compare, event) >= 0;
      case Formula.InNetwork inNetwork -> networkSlot(inNetwork, event) >= 0;
      case Formula.SameAs sameAs -> sameSlot(sameAs, event) >= 0;
    };
  }

  /// Whether one of the fields is there (with a value that is not null).
  private static boolean anySlot(Fields fields, Event event, boolean notNull) {
    for (int i = 0, count = fields.ids().size(); i < count; i++) {
      int field = fields.ids().get(i);
      if (field == Ecs.EVENT_ORIGINAL) {
        return true;
      }
      for (int slot = event.first(field); slot >= 0; slot = event.next(slot)) {
        if (!notNull || event.kind(slot) != Event.Kind.NULL) {
          return true;
        }
      }
    }
    return false;
  }

  /// The first slot that compares as wanted, or -1.
  static int compareSlot(Formula.Compare test, Event event) {
    for (int i = 0, count = test.fields().ids().size(); i < count; i++) {
      int field = test.fields().ids().get(i);
      for (int slot = event.first(field); slot >= 0; slot = event.next(slot)) {
        if (event.kind(slot) == Event.Kind.NULL || event.kind(slot) == Event.Kind.BOOLEAN) {
          continue;
        }
        if (compares(test, event.array(slot), event.from(slot), event.to(slot))) {
          return slot;
        }
      }
    }
    return -1;
  }

  private static boolean compares(Formula.Compare test, byte[] bytes, int from, int to) {
    BigDecimal wanted = test.number().value();
    int order;
    long whole = wholeNumber(bytes, from, to);
    if (whole != Long.MIN_VALUE && wanted.scale() == 0 && wanted.precision() <= 18) {
      order = Long.compare(whole, wanted.longValue());
    } else {
      SigmaNumber number = number(bytes, from, to);
      if (number == null) {
        return false;
      }
      order = number.value().compareTo(wanted);
    }
    return switch (test.comparison()) {
      case LT -> order < 0;
      case LTE -> order <= 0;
      case GT -> order > 0;
      default -> order >= 0;
    };
  }

  /// A whole number of at most 18 digits, or [Long#MIN_VALUE].
  private static long wholeNumber(byte[] bytes, int from, int to) {
    boolean negative = from < to && bytes[from] == '-';
    int at = negative ? from + 1 : from;
    if (at == to || to - at > 18) {
      return Long.MIN_VALUE;
    }
    long value = 0;
    for (; at < to; at++) {
      int digit = bytes[at] - '0';
      if (digit < 0 || digit > 9) {
        return Long.MIN_VALUE;
      }
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }

  /// A decimal number as JSON writes it, leading zeros allowed; null for anything else.
  static @Nullable SigmaNumber number(byte[] bytes, int from, int to) {
    if (from == to || to - from > NUMBER_BYTES_MAX) {
      return null;
    }
    int at = digits(bytes, bytes[from] == '-' ? from + 1 : from, to);
    if (at > 0 && at < to && bytes[at] == '.') {
      at = digits(bytes, at + 1, to);
    }
    if (at > 0 && at < to && (bytes[at] == 'e' || bytes[at] == 'E')) {
      boolean signed = at + 1 < to && (bytes[at + 1] == '-' || bytes[at + 1] == '+');
      at = digits(bytes, signed ? at + 2 : at + 1, to);
    }
    return at == to
        ? SigmaNumber.of(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1))
        : null;
  }

  /// One past the digits that begin at `from`; -1 where there are none.
  private static int digits(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    return at == from ? -1 : at;
  }

  int networkSlot(Formula.InNetwork test, Event event) {
    for (int i = 0, count = test.fields().ids().size(); i < count; i++) {
      int field = test.fields().ids().get(i);
      for (int slot = event.first(field); slot >= 0; slot = event.next(slot)) {
        if (address.parse(event.array(slot), event.from(slot), event.to(slot))
            && test.network().contains(address)) {
          return slot;
        }
      }
    }
    return -1;
  }

  static int sameSlot(Formula.SameAs test, Event event) {
    for (int i = 0, count = test.fields().ids().size(); i < count; i++) {
      int field = test.fields().ids().get(i);
      for (int slot = event.first(field); slot >= 0; slot = event.next(slot)) {
        if (event.kind(slot) != Event.Kind.NULL && sameAsAny(test, event, slot)) {
          return slot;
        }
      }
    }
    return -1;
  }

  private static boolean sameAsAny(Formula.SameAs test, Event event, int slot) {
    for (int i = 0, count = test.others().ids().size(); i < count; i++) {
      int field = test.others().ids().get(i);
      for (int other = event.first(field); other >= 0; other = event.next(other)) {
        if (event.kind(other) != Event.Kind.NULL
            && same(event.slotText(slot), event.slotText(other), test.anchor(), test.cased())) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean same(String value, String other, Anchor anchor, boolean cased) {
    String left = cased ? value : Utf8Fold.fold(value);
    String right = cased ? other : Utf8Fold.fold(other);
    return switch (anchor) {
      case EXACT -> left.equals(right);
      case CONTAINS -> left.contains(right);
      case STARTS -> left.startsWith(right);
      case ENDS -> left.endsWith(right);
    };
  }
}
