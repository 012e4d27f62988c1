package dev.vedette.store;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.vedette.event.Batch;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Thread-safe: static functions only. How the lines of a block lie on the disk.
///
/// A payload is a row of pieces, each with a header of three variable-length numbers (lines, bytes
/// before and after compression) and a zstd frame of its own. A piece holds whole lines, about 256
/// KB of them: first the length of each line, then their bytes end to end. So a line may hold any
/// byte, and two payloads are joined by unpacking and packing their lines.
///
/// Compression is zstd level 1 by JNI: why, is in `docs/decisions/store-compression.md`.
final class BlockPayload {
  static final int PIECE_BYTES = 256 * 1024;

  /// A piece is longer than [#PIECE_BYTES] only by its last line.
  private static final int PIECE_BYTES_MAX = 128 * 1024 * 1024;

  private static final int KEPT_CODECS_MAX = 8;
  private static final int KEPT_BUFFER_BYTES_MAX = 2 * 1024 * 1024;
  private static final ConcurrentLinkedQueue<Codec> CODECS = new ConcurrentLinkedQueue<>();

  private BlockPayload() {}

  /// A packed block, and what its lines came to.
  record Packed(byte[] payload, int rawBytes) {}

  /// Lines to pack: those of a batch, or of blocks that are merged.
  interface Lines {
    int count();

    byte[] bytes(int line);

    int start(int line);

    int end(int line);
  }

  static Lines of(Batch batch) {
    return new Lines() {
      @Override
      public int count() {
        return batch.count();
      }

      @Override
      public byte[] bytes(int line) {
        return batch.bytes();
      }

      @Override
      public int start(int line) {
        return batch.start(line);
      }

      @Override
      public int end(int line) {
        return batch.end(line);
      }
    };
  }

  static Packed pack(Lines lines) {
    var codec = borrow();
    try {
      var out = new ByteArrayOutputStream(16 * 1024);
      long rawBytes = 0;
      int line = 0;
      while (line < lines.count()) {
        int end = line;
        long lengths = 0;
        long bytes = 0;
        while (end < lines.count() && lengths + bytes < PIECE_BYTES) {
          int length = lines.end(end) - lines.start(end);
          lengths += varintBytes(length);
          bytes += length;
          end++;
        }
        int raw = Math.toIntExact(lengths + bytes);
        byte[] buffer = codec.raw(raw);
        int at = 0;
        for (int i = line; i < end; i++) {
          at = putVarint(buffer, at, lines.end(i) - lines.start(i));
        }
        for (int i = line; i < end; i++) {
          int length = lines.end(i) - lines.start(i);
          System.arraycopy(lines.bytes(i), lines.start(i), buffer, at, length);
          at += length;
        }
        byte[] packed = codec.packed(raw);
        int size = codec.compress.compressByteArray(packed, 0, packed.length, buffer, 0, raw);
        byte[] header = new byte[15];
        int headerBytes =
            putVarint(header, putVarint(header, putVarint(header, 0, end - line), raw), size);
        out.write(header, 0, headerBytes);
        out.write(packed, 0, size);
        rawBytes += raw;
        line = end;
      }
      return new Packed(out.toByteArray(), (int) Math.min(Integer.MAX_VALUE, rawBytes));
    } finally {
      giveBack(codec);
    }
  }

  /// SHA-256 over the lines as [dev.vedette.event.Receipt#sha256] defines it.
  static byte[] sha256(Lines lines, int from, int to) {
    MessageDigest digest = newSha256();
    byte[] chunk = new byte[64 * 1024];
    int used = 0;
    for (int i = from; i < to; i++) {
      int start = lines.start(i);
      int length = lines.end(i) - start;
      if (used + 4 + length > chunk.length) {
        digest.update(chunk, 0, used);
        used = 0;
      }
      chunk[used++] = (byte) (length >>> 24);
      chunk[used++] = (byte) (length >>> 16);
      chunk[used++] = (byte) (length >>> 8);
      chunk[used++] = (byte) length;
      if (used + length > chunk.length) {
        digest.update(chunk, 0, used);
        used = 0;
        digest.update(lines.bytes(i), start, length);
      } else {
        System.arraycopy(lines.bytes(i), start, chunk, used, length);
        used += length;
      }
    }
    digest.update(chunk, 0, used);
    return digest.digest();
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// Confined to one thread. Unpacks a payload piece by piece; its arrays are used again for the
  /// next piece. Damage is a [StoreException] of kind DAMAGED, never another exception.
  static final class Reader implements Lines {
    private byte[] payload = new byte[0];
    private int at;
    private byte[] raw = new byte[0];
    private int rawLength;
    private int bytesFrom;
    private int count;
    private int[] starts = new int[0];

    Reader over(byte[] payload) {
      this.payload = payload;
      at = 0;
      count = 0;
      return this;
    }

    /// Unpacks the next piece; false at the end.
    boolean next() {
      if (at == payload.length) {
        return false;
      }
      int lines = varint();
      int length = varint();
      int size = varint();
      if (lines < 1
          || length < lines
          || length > PIECE_BYTES_MAX
          || size < 1
          || size > payload.length - at) {
        throw damaged("a piece with an impossible header");
      }
      if (raw.length < length) {
        raw = new byte[Math.max(length, PIECE_BYTES + 16 * 1024)];
      }
      var codec = borrow();
      try {
        int got = codec.decompress.decompressByteArray(raw, 0, length, payload, at, size);
        if (got != length) {
          throw damaged("a piece of another size than its header says");
        }
      } catch (ZstdException e) {
        throw new StoreException(
            StoreException.Kind.DAMAGED, "a piece does not decompress: " + e.getMessage(), e);
      } finally {
        giveBack(codec);
      }
      at += size;
      rawLength = length;
      index(lines);
      return true;
    }

    private void index(int lines) {
      if (starts.length < lines + 1) {
        starts = new int[Math.max(lines + 1, 2_048)];
      }
      int from = 0;
      long sum = 0;
      for (int i = 0; i < lines; i++) {
        int value = 0;
        int shift = 0;
        byte b;
        do {
          if (from == rawLength || shift > 28) {
            throw damaged("lengths that run past the piece");
          }
          b = raw[from++];
          value |= (b & 0x7f) << shift;
          shift += 7;
        } while (b < 0);
        starts[i] = (int) sum;
        sum += value;
        if (value < 0 || sum > rawLength) {
          throw damaged("lines that run past the piece");
        }
      }
      starts[lines] = (int) sum;
      if (from + sum != rawLength) {
        throw damaged("lines that do not fill the piece");
      }
      bytesFrom = from;
      for (int i = 0; i <= lines; i++) {
        starts[i] += from;
      }
      count = lines;
    }

    private int varint() {
      int value = 0;
      int shift = 0;
      byte b;
      do {
        if (at == payload.length || shift > 28) {
          throw damaged("a header that runs past the payload");
        }
        b = payload[at++];
        value |= (b & 0x7f) << shift;
        shift += 7;
      } while (b < 0);
      return value;
    }

    /// The lines of the piece, end to end: `[bytesFrom, bytesTo)` of [#raw].
    byte[] raw() {
      return raw;
    }

    int bytesFrom() {
      return bytesFrom;
    }

    int bytesTo() {
      return rawLength;
    }

    /// The line of the piece that holds the byte at `offset` of [#raw].
    int lineAt(int offset) {
      int place = Arrays.binarySearch(starts, 0, count + 1, offset);
      if (place < 0) {
        return -place - 2;
      }
      // Empty lines start where the next one does: the last of them owns the byte.
      while (place < count && starts[place + 1] == offset) {
        place++;
      }
      return place;
    }

    @Override
    public int count() {
      return count;
    }

    @Override
    public byte[] bytes(int line) {
      return raw;
    }

    @Override
    public int start(int line) {
      return starts[line];
    }

    @Override
    public int end(int line) {
      return starts[line + 1];
    }
  }

  private static StoreException damaged(String what) {
    return new StoreException(StoreException.Kind.DAMAGED, "the block has " + what, null);
  }

  private static int varintBytes(int value) {
    return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
  }

  private static int putVarint(byte[] out, int at, int value) {
    int rest = value;
    int place = at;
    while (rest >= 0x80) {
      out[place++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    out[place++] = (byte) rest;
    return place;
  }

  private static Codec borrow() {
    var codec = CODECS.poll();
    return codec == null ? new Codec() : codec;
  }

  private static void giveBack(Codec codec) {
    if (CODECS.size() < KEPT_CODECS_MAX) {
      codec.shrink();
      CODECS.add(codec);
    } else {
      codec.close();
    }
  }

  /// Confined to whoever borrowed it. The native contexts are costly to make, so they are kept.
  private static final class Codec {
    final ZstdCompressCtx compress = new ZstdCompressCtx().setLevel(1).setChecksum(false);
    final ZstdDecompressCtx decompress = new ZstdDecompressCtx();
    private byte[] raw = new byte[0];
    private byte[] packed = new byte[0];

    byte[] raw(int bytes) {
      if (raw.length < bytes) {
        raw = new byte[Math.max(bytes, PIECE_BYTES + 8 * 1024)];
      }
      return raw;
    }

    byte[] packed(int rawBytes) {
      int bound = rawBytes + (rawBytes >> 7) + 1_024;
      if (packed.length < bound) {
        packed = new byte[Math.max(bound, PIECE_BYTES + 16 * 1024)];
      }
      return packed;
    }

    void shrink() {
      if (raw.length > KEPT_BUFFER_BYTES_MAX) {
        raw = new byte[0];
        packed = new byte[0];
      }
    }

    void close() {
      compress.close();
      decompress.close();
    }
  }
}
