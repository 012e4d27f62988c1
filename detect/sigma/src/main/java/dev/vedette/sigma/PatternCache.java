package dev.vedette.sigma;

import dev.vedette.pattern.Pattern;
import dev.vedette.sigma.Formula.TextPattern;
import java.util.concurrent.ConcurrentHashMap;

/// Thread-safe. Every distinct pattern of a rule set, compiled once: for checking, for the
/// automata, and for finding evidence.
final class PatternCache {
  private final ConcurrentHashMap<TextPattern, Pattern> compiled = new ConcurrentHashMap<>();

  /// @throws dev.vedette.pattern.PatternException if it cannot be compiled
  Pattern get(TextPattern pattern) {
    Pattern known = compiled.get(pattern);
    if (known == null) {
      known = pattern.compile();
      compiled.putIfAbsent(pattern, known);
    }
    return known;
  }
}
