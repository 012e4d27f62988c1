package dev.vedette.sigma;

import java.math.BigDecimal;
import java.math.BigInteger;

/// Immutable. A number of a rule or of an event: compared by value, and by its canonical text where
/// the other side is a text.
record SigmaNumber(BigDecimal value) {
  /// A larger exponent is cut here: such a number only ever says "very large" or "very small".
  private static final int EXPONENT_MAX = 400;

  /// Reads a number as YAML 1.2 or JSON writes it: `4688`, `-1.5`, `1e3`, `0x1F`, `0o17`.
  static SigmaNumber of(String text) {
    if (text.startsWith("0x")) {
      return new SigmaNumber(new BigDecimal(new BigInteger(text.substring(2), 16)));
    }
    if (text.startsWith("0o")) {
      return new SigmaNumber(new BigDecimal(new BigInteger(text.substring(2), 8)));
    }
    int exponentAt = Math.max(text.indexOf('e'), text.indexOf('E'));
    if (exponentAt >= 0) {
      String digits = text.substring(exponentAt + 1);
      boolean huge = digits.length() > 5 || Math.abs(Integer.parseInt(digits)) > EXPONENT_MAX;
      if (huge) {
        String sign = digits.startsWith("-") ? "-" : "";
        return of(text.substring(0, exponentAt) + "e" + sign + EXPONENT_MAX);
      }
    }
    String plain = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    return new SigmaNumber(new BigDecimal(plain.replace(".e", "e").replace(".E", "E")));
  }

  /// Without exponent, without trailing zeros of a fraction: `4688.0` is `4688`.
  String canonical() {
    if (value.signum() == 0) {
      return "0";
    }
    return value.stripTrailingZeros().toPlainString();
  }

  Object plain() {
    try {
      return value.longValueExact();
    } catch (ArithmeticException _) {
      if (value.stripTrailingZeros().scale() <= 0) {
        return value.toBigInteger();
      }
      return value.doubleValue();
    }
  }
}
