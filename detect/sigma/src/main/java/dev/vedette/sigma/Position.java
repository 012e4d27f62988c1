package dev.vedette.sigma;

/// Immutable. A place in a rule file, both counted from 1.
public record Position(int line, int column) {
  /// The beginning of a file.
  public static final Position START = new Position(1, 1);

  Position right(int characters) {
    return new Position(line, column + characters);
  }
}
