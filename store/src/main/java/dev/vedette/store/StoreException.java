package dev.vedette.store;

import org.jspecify.annotations.Nullable;

/// What the store could not do, and whether waiting helps.
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public enum Kind {
    /// No room on the disk: free some, then try again.
    FULL,
    /// The database does not answer, or is locked: try again.
    UNAVAILABLE,
    /// What was read is not what was written.
    DAMAGED,
    /// The database was made by a newer Vedette.
    NEWER,
    /// The question or the call is wrong.
    REFUSED
  }

  private final Kind kind;

  public StoreException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
