package dev.vedette.app;

import java.nio.file.Files;
import java.nio.file.Path;

/// Pure functions. Where the checkout is, from wherever a test was started.
final class Checkout {
  private Checkout() {}

  static Path root() {
    var at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("vedette")) || !Files.exists(at.resolve(".mvn"))) {
      at = at.getParent();
      if (at == null) {
        throw new IllegalStateException("not started inside the checkout");
      }
    }
    return at;
  }
}
