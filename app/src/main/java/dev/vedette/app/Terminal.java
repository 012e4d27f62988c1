package dev.vedette.app;

import java.io.PrintStream;

/// Thread-safe: static functions only. What the terminal can do.
final class Terminal {
  private Terminal() {}

  /// Whether a person watches standard error: then progress bars make sense.
  @SuppressWarnings("SystemConsoleNull") // Its contract still allows null.
  static boolean isInteractive() {
    var console = System.console();
    return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
  }

  /// Whether colours may be used: only on a terminal, and never against `NO_COLOR` (no-color.org).
  static boolean hasColour(PrintStream out) {
    return isInteractive() && out.equals(System.out) && System.getenv("NO_COLOR") == null;
  }
}
