package dev.vedette.store;

import dev.vedette.event.Ecs;
import java.util.Arrays;

/// Thread-safe: static functions only. The names of the entities in a block, as hashes small enough
/// to keep beside it, so that a search for one address skips the blocks that cannot hold it.
///
/// A filter is the sorted set of the upper 22 bits of the tokens' hashes, as variable-length
/// differences: about two bytes per entity, wrong once in 2,800 where a block holds 1,500 entities,
/// and, other than a Bloom filter, exact to unite when blocks are merged.
public final class TokenFilter {
  private static final int SHIFT = 64 - 22;

  /// The filter of a block whose entities are not all known: it rules nothing out. No set is
  /// written like this, because only a first difference can be 0.
  private static final byte[] UNKNOWN = {0, 0};

  /// The ECS fields whose values are tokens. [Tally] puts them in, [Store#search] relies on them.
  static final int[] FIELDS = {
    Ecs.SOURCE_IP,
    Ecs.CLIENT_IP,
    Ecs.DESTINATION_IP,
    Ecs.HOST_IP,
    Ecs.HOST_NAME,
    Ecs.HOST_HOSTNAME,
    Ecs.USER_NAME,
    Ecs.USER_TARGET_NAME,
    Ecs.USER_EFFECTIVE_NAME,
    Ecs.SOURCE_USER_NAME,
    Ecs.RELATED_IP,
    Ecs.RELATED_USER,
    Ecs.RELATED_HOSTS,
  };

  private TokenFilter() {}

  /// A 64-bit hash of the ASCII-lower-cased bytes `[from, to)`.
  public static long hash(byte[] bytes, int from, int to) {
    long h = 0xcbf29ce484222325L;
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (b >= 'A' && b <= 'Z') {
        b = (byte) (b + 32);
      }
      h = (h ^ b) * 0x100000001b3L;
    }
    h ^= h >>> 32;
    h *= 0xd6e8feb86659fd93L;
    return h ^ (h >>> 32);
  }

  /// The filter of what a batch holds.
  static byte[] of(Commit.Summary summary) {
    return summary.allTokens() ? of(summary.tokens()) : UNKNOWN.clone();
  }

  /// The filter of these hashes.
  static byte[] of(long[] hashes) {
    int[] prints = new int[hashes.length];
    for (int i = 0; i < hashes.length; i++) {
      prints[i] = (int) (hashes[i] >>> SHIFT);
    }
    Arrays.sort(prints);
    return encode(prints, prints.length);
  }

  /// The filter of everything that is in one of the filters.
  static byte[] union(Iterable<byte[]> filters) {
    int[] prints = new int[1_024];
    int count = 0;
    for (byte[] filter : filters) {
      if (Arrays.equals(filter, UNKNOWN)) {
        return UNKNOWN.clone();
      }
      int value = 0;
      for (int at = 0; at < filter.length; ) {
        int delta = 0;
        int shift = 0;
        byte b;
        do {
          b = filter[at++];
          delta |= (b & 0x7f) << shift;
          shift += 7;
        } while (b < 0 && at < filter.length);
        value += delta;
        if (count == prints.length) {
          prints = Arrays.copyOf(prints, count * 2);
        }
        prints[count++] = value;
      }
    }
    Arrays.sort(prints, 0, count);
    return encode(prints, count);
  }

  /// Whether the filter may hold the hash; false is certain.
  static boolean mayContain(byte[] filter, long hash) {
    if (Arrays.equals(filter, UNKNOWN)) {
      return true;
    }
    int wanted = (int) (hash >>> SHIFT);
    int value = 0;
    for (int at = 0; at < filter.length; ) {
      int delta = 0;
      int shift = 0;
      byte b;
      do {
        b = filter[at++];
        delta |= (b & 0x7f) << shift;
        shift += 7;
      } while (b < 0 && at < filter.length);
      value += delta;
      if (value >= wanted) {
        return value == wanted;
      }
    }
    return false;
  }

  private static byte[] encode(int[] sorted, int count) {
    byte[] out = new byte[count * 4];
    int length = 0;
    int before = 0;
    for (int i = 0; i < count; i++) {
      if (i > 0 && sorted[i] == before) {
        continue;
      }
      int delta = sorted[i] - before;
      before = sorted[i];
      while (delta >= 0x80) {
        out[length++] = (byte) (delta | 0x80);
        delta >>>= 7;
      }
      out[length++] = (byte) delta;
    }
    return Arrays.copyOf(out, length);
  }
}
