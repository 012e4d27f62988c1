package dev.vedette.store;

/// What is wrong with a search expression, and where.
public final class QueryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int position;

  public QueryException(int position, String message) {
    super(message);
    this.position = position;
  }

  /// The first character of the word that is wrong, counted from 0 in UTF-16 units.
  public int position() {
    return position;
  }
}
