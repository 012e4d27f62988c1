package dev.vedette.source;

/// A source that cannot start, in one sentence that says what to do.
public final class SourceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SourceException(String message, Throwable cause) {
    super(message, cause);
  }
}
