package dev.vedette.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Immutable. What words of a text mean, whatever the case of their ASCII letters. Most words of a
/// text mean nothing, and cost one look into a table then.
///
/// @param <M> what a word means
final class WordTable<M> {
  private static final int BUCKETS = 512;

  /// A word of letters and digits, or a phrase that begins with one.
  private record Entry<M>(byte[] text, int wordBytes, M meaning) {}

  private final List<List<Entry<M>>> buckets;
  private final int wordBytesMax;

  private WordTable(List<List<Entry<M>>> buckets, int wordBytesMax) {
    this.buckets = buckets;
    this.wordBytesMax = wordBytesMax;
  }

  static <M> Builder<M> builder() {
    return new Builder<>();
  }

  static final class Builder<M> {
    private final List<Entry<M>> entries = new ArrayList<>();

    /// @param texts in lower case; a phrase means more than its first word alone, so it comes
    ///   before that
    Builder<M> add(M meaning, String... texts) {
      for (String text : texts) {
        byte[] bytes = Scan.bytes(text);
        int word = wordEnd(bytes, 0, bytes.length);
        if (word == 0) {
          throw new IllegalArgumentException("begins with no word: " + text);
        }
        entries.add(new Entry<>(bytes, word, meaning));
      }
      return this;
    }

    WordTable<M> build() {
      var buckets = new ArrayList<List<Entry<M>>>();
      for (int i = 0; i < BUCKETS; i++) {
        buckets.add(new ArrayList<>());
      }
      for (var entry : entries) {
        buckets.get(bucket(entry.text, 0, entry.wordBytes)).add(entry);
      }
      buckets.replaceAll(List::copyOf);
      return new WordTable<>(
          List.copyOf(buckets), entries.stream().mapToInt(Entry::wordBytes).max().orElse(0));
    }
  }

  /// What the word `b[from, wordEnd)`, or the phrase that begins with it and ends before `to`,
  /// means; null where that is nothing.
  @Nullable M meaning(byte[] b, int from, int wordEnd, int to) {
    int length = wordEnd - from;
    if (length == 0 || length > wordBytesMax) {
      return null;
    }
    var bucket = buckets.get(bucket(b, from, wordEnd));
    for (int i = 0; i < bucket.size(); i++) {
      var entry = bucket.get(i);
      int end = from + entry.text.length;
      if (entry.wordBytes == length
          && end <= to
          && Scan.equalsIgnoreCase(b, from, end, entry.text)) {
        return entry.meaning;
      }
    }
    return null;
  }

  /// Whether the word `b[from, to)` means anything.
  boolean has(byte[] b, int from, int to) {
    return meaning(b, from, to, to) != null;
  }

  /// The end of the letters and digits that begin at `from`.
  static int wordEnd(byte[] b, int from, int to) {
    int i = from;
    while (i < to && isWordByte(b[i])) {
      i++;
    }
    return i;
  }

  static boolean isWordByte(byte c) {
    return Scan.isLetter(c) || Scan.isDigit(c);
  }

  private static int bucket(byte[] b, int from, int to) {
    int first = b[from] & 31;
    int last = b[to - 1] & 31;
    return (first * 37 + last * 5 + (to - from) * 131) & (BUCKETS - 1);
  }
}
