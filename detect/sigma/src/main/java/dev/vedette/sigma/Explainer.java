package dev.vedette.sigma;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;
import dev.vedette.event.Evidence;
import dev.vedette.pattern.Pattern;
import dev.vedette.pattern.Span;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Confined to one call. Finds, after the fact, where in the event a formula holds.
final class Explainer {
  /// Pieces of evidence for one rule.
  static final int EVIDENCE_MAX = 8;

  /// Bytes of one value that are searched for the place of a match.
  static final int SOUGHT_BYTES_MAX = 32 << 10;

  /// Characters shown before a match in a long value.
  private static final int BEFORE_CHARS = 256;

  private final SigmaMatcher matcher;
  private final SigmaEngine engine;
  private final Event event;
  private final ValueTester tester = new ValueTester();

  Explainer(SigmaMatcher matcher, Event event) {
    this.matcher = matcher;
    this.engine = matcher.engine();
    this.event = event;
  }

  List<Evidence> explain(Formula formula) {
    List<Evidence> out = new ArrayList<>();
    collect(formula, out);
    List<Evidence> distinct = new ArrayList<>(Math.min(out.size(), EVIDENCE_MAX));
    for (var evidence : out) {
      if (distinct.size() < EVIDENCE_MAX && !distinct.contains(evidence)) {
        distinct.add(evidence);
      }
    }
    return distinct;
  }

  /// Whether the formula holds; if so, `out` has gained what shows it.
  private boolean collect(Formula formula, List<Evidence> out) {
    int before = out.size();
    boolean holds =
        switch (formula) {
          case Formula.And(var parts) -> {
            boolean every = true;
            for (var part : parts) {
              every = every && collect(part, out);
            }
            yield every;
          }
          case Formula.Or(var parts) -> {
            boolean some = false;
            for (var part : parts) {
              if (!some || out.size() < EVIDENCE_MAX) {
                some |= collect(part, out);
              }
            }
            yield some;
          }
          case Formula.AtLeast(int count, var parts) -> {
            int holding = 0;
            for (var part : parts) {
              holding += collect(part, out) ? 1 : 0;
            }
            yield holding >= count;
          }
          case Formula.Not(var part) -> !collect(part, new ArrayList<>());
          case Formula.TextTest test -> text(test, out);
          case Formula.Exists _, Formula.Present _ ->
              tester.holds((Formula.ValueTest) formula, event);
          case Formula.Compare compare -> slot(ValueTester.compareSlot(compare, event), out);
          case Formula.InNetwork inNetwork -> slot(tester.networkSlot(inNetwork, event), out);
          case Formula.SameAs sameAs -> slot(ValueTester.sameSlot(sameAs, event), out);
        };
    if (!holds) {
      out.subList(before, out.size()).clear();
    }
    return holds;
  }

  private boolean slot(int slot, List<Evidence> out) {
    if (slot < 0) {
      return false;
    }
    String value = event.slotText(slot);
    String shown =
        value.length() <= Evidence.VALUE_CHARS_MAX
            ? value
            : value.substring(0, Evidence.VALUE_CHARS_MAX);
    out.add(new Evidence(engine.dictionary().name(event.field(slot)), shown, 0, 0));
    return true;
  }

  /// The matcher knows whether a test held; only the place is sought, and not beyond
  /// [#SOUGHT_BYTES_MAX] of a value: an attacker must not choose how long we look.
  private boolean text(Formula.TextTest test, List<Evidence> out) {
    if (!matcher.held(test)) {
      return false;
    }
    String exact = test.pattern().exact();
    if (exact != null && whole(test, exact, out)) {
      return true;
    }
    Pattern pattern = engine.pattern(test.pattern());
    if (test.fields().keywords()) {
      if (!foundInLine(pattern, out)) {
        for (int slot = 0; slot < event.slots(); slot++) {
          if (engine.isDecodedText(event, slot) && found(pattern, slot, out)) {
            break;
          }
        }
      }
      return true;
    }
    for (int field : test.fields().ids()) {
      if (field == Ecs.EVENT_ORIGINAL && foundInLine(pattern, out)) {
        return true;
      }
      for (int slot = event.first(field); slot >= 0; slot = event.next(slot)) {
        if (event.kind(slot) != Event.Kind.NULL && found(pattern, slot, out)) {
          return true;
        }
      }
    }
    for (int field : test.fields().ids()) {
      if (event.has(field)) {
        return slot(event.first(field), out);
      }
    }
    return true;
  }

  /// The usual test, that a value is a plain word, without a search: the match is all of the value.
  /// Answers false where it takes more than ASCII to see it.
  private boolean whole(Formula.TextTest test, String exact, List<Evidence> out) {
    for (int field : test.fields().ids()) {
      for (int slot = event.first(field); slot >= 0; slot = event.next(slot)) {
        byte[] bytes = event.array(slot);
        int from = event.from(slot);
        int to = event.to(slot);
        if (event.kind(slot) != Event.Kind.NULL && isAsciiWord(exact, bytes, from, to)) {
          out.add(evidence(engine.dictionary().name(field), bytes, from, to, new Span(from, to)));
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isAsciiWord(String word, byte[] bytes, int from, int to) {
    if (word.length() != to - from || to - from > SOUGHT_BYTES_MAX) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      int a = word.charAt(i);
      int b = bytes[from + i];
      if (b < 0 || (a != b && (foldAscii(a) != foldAscii(b) || a >= 0x80))) {
        return false;
      }
    }
    return true;
  }

  private static int foldAscii(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  private boolean foundInLine(Pattern pattern, List<Evidence> out) {
    return found(pattern, Ecs.EVENT_ORIGINAL, event.line(), event.lineFrom(), event.lineTo(), out);
  }

  private boolean found(Pattern pattern, int slot, List<Evidence> out) {
    return found(
        pattern, event.field(slot), event.array(slot), event.from(slot), event.to(slot), out);
  }

  private boolean found(
      Pattern pattern, int field, byte[] bytes, int from, int to, List<Evidence> out) {
    int end = Math.min(to, from + SOUGHT_BYTES_MAX);
    Span span = pattern.find(bytes, from, end);
    if (span == null || (end < to && span.to() == end)) {
      return false;
    }
    out.add(evidence(engine.dictionary().name(field), bytes, from, to, span));
    return true;
  }

  /// The value, cut around the match so that the match is seen.
  private static Evidence evidence(String field, byte[] bytes, int from, int to, Span span) {
    String head = new String(bytes, from, span.from() - from, StandardCharsets.UTF_8);
    String match = new String(bytes, span.from(), span.to() - span.from(), StandardCharsets.UTF_8);
    // Four bytes a character at most: whatever is cut inside a character is cut off below.
    int tailEnd = Math.min(to, span.to() + 4 * Evidence.VALUE_CHARS_MAX);
    String tail = new String(bytes, span.to(), tailEnd - span.to(), StandardCharsets.UTF_8);
    int max = Evidence.VALUE_CHARS_MAX;
    if (head.length() + match.length() + tail.length() > max) {
      if (head.length() > BEFORE_CHARS) {
        head = head.substring(head.length() - BEFORE_CHARS);
      }
      if (head.length() + match.length() > max) {
        match = match.substring(0, max - head.length());
      }
      int room = max - head.length() - match.length();
      if (tail.length() > room) {
        tail = tail.substring(0, room);
      }
    }
    return new Evidence(field, head + match + tail, head.length(), head.length() + match.length());
  }
}
