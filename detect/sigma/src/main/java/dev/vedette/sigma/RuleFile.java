package dev.vedette.sigma;

import java.nio.charset.StandardCharsets;

/// Immutable (its array must not be written after construction). The bytes of one rule file, with
/// the name that its errors will carry.
public record RuleFile(String name, byte[] bytes) {
  /// A longer file is refused with an error.
  public static final int BYTES_MAX = 8 << 20;

  public static RuleFile of(String name, String yaml) {
    return new RuleFile(name, yaml.getBytes(StandardCharsets.UTF_8));
  }
}
