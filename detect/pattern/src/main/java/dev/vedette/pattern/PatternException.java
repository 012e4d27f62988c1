package dev.vedette.pattern;

/// A pattern that cannot be used: a syntax error, something that is not a regular expression, or a
/// pattern above a limit. The message is one or two plain sentences for the author of the pattern.
public final class PatternException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int position;

  PatternException(String message, int position) {
    super(message);
    this.position = position;
  }

  /// Index of the offending character in the pattern text, in UTF-16 units from 0.
  public int position() {
    return position;
  }
}
