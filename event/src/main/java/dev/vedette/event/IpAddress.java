package dev.vedette.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Confined to one worker. The last address parsed: a reusable cell, so that reading an address
/// from a line allocates nothing.
///
/// Strict: an IPv4 address is four decimal octets without leading zeros (octal forms are refused,
/// not guessed); an IPv6 address is RFC 4291 text. Accepted around an address and dropped: square
/// brackets, and a zone (`fe80::1%eth0`). An IPv4-mapped IPv6 address *is* the IPv4 address, so
/// that one host has one name. The canonical form is dotted decimal, or RFC 5952.
///
/// An IPv4 address is held as the IPv6 address that it maps to; [#high] and [#low] are the 128
/// bits.
public final class IpAddress {
  /// The longest canonical text.
  public static final int TEXT_BYTES_MAX = 39;

  /// With brackets, a zone and no compression nothing that we take is longer.
  private static final int INPUT_BYTES_MAX = 128;

  private static final long MAPPED = 0xffffL << 32;
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private long high;
  private long low;
  private boolean canonical;
  private int start;
  private int end;
  private final byte[] text = new byte[TEXT_BYTES_MAX];
  private final int[] groups = new int[8];

  /// Reads `bytes[from, to)` as one address; on false the cell keeps no meaningful value.
  public boolean parse(byte[] bytes, int from, int to) {
    canonical = true;
    int a = from;
    int b = to;
    if (b - a < 2 || b - a > INPUT_BYTES_MAX) {
      return false;
    }
    if (bytes[a] == '[') {
      if (bytes[b - 1] != ']') {
        return false;
      }
      canonical = false;
      a++;
      b--;
    }
    if (parseIpv4(bytes, a, b)) {
      start = a;
      end = b;
      return true;
    }
    for (int i = a; i < b; i++) {
      if (bytes[i] == '%') {
        if (i + 1 == b) {
          return false;
        }
        canonical = false;
        b = i;
        break;
      }
    }
    if (!parseIpv6(bytes, a, b)) {
      return false;
    }
    start = a;
    end = b;
    if (isIpv4()) {
      canonical = false;
    } else if (canonical) {
      int length = write(text, 0);
      canonical = Arrays.equals(text, 0, length, bytes, a, b);
    }
    return true;
  }

  public boolean parse(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return parse(bytes, 0, bytes.length);
  }

  /// Whether the text parsed last is byte for byte the canonical form, so that it can be kept as it
  /// stands.
  public boolean isCanonical() {
    return canonical;
  }

  public boolean isIpv4() {
    return high == 0 && (low & 0xffffffff_00000000L) == MAPPED;
  }

  /// The upper 64 bits.
  public long high() {
    return high;
  }

  /// The lower 64 bits.
  public long low() {
    return low;
  }

  /// Where the text of the address parsed or found last begins (without a bracket).
  public int start() {
    return start;
  }

  /// One past the text of the address parsed or found last (without a zone).
  public int end() {
    return end;
  }

  /// Whether the address is of no use to tell who somebody on the Internet is: private, loopback,
  /// link-local, shared (RFC 6598), unique local, unspecified.
  public boolean isPrivate() {
    if (isIpv4()) {
      int v = (int) low;
      int first = v >>> 24;
      int second = (v >>> 16) & 0xff;
      return first == 10
          || first == 127
          || first == 0
          || (first == 172 && (second & 0xf0) == 16)
          || (first == 192 && second == 168)
          || (first == 169 && second == 254)
          || (first == 100 && (second & 0xc0) == 64);
    }
    return (high == 0 && (low == 1 || low == 0)) || (high >>> 57) == 0x7e || (high >>> 54) == 0x3fa;
  }

  /// Writes the canonical text at `out[at..]` (at most [#TEXT_BYTES_MAX] bytes); answers its end.
  public int write(byte[] out, int at) {
    int p = at;
    if (isIpv4()) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        int octet = (int) (low >>> shift) & 0xff;
        if (octet >= 100) {
          out[p++] = (byte) ('0' + octet / 100);
        }
        if (octet >= 10) {
          out[p++] = (byte) ('0' + octet / 10 % 10);
        }
        out[p++] = (byte) ('0' + octet % 10);
        if (shift > 0) {
          out[p++] = '.';
        }
      }
      return p;
    }
    int zeroFrom = -1;
    int zeroCount = 1;
    for (int i = 0; i < 8; i++) {
      int run = 0;
      while (i + run < 8 && group(i + run) == 0) {
        run++;
      }
      if (run > zeroCount) {
        zeroFrom = i;
        zeroCount = run;
      }
      i += run;
    }
    for (int i = 0; i < 8; i++) {
      if (i == zeroFrom) {
        out[p++] = ':';
        out[p++] = ':';
        i += zeroCount - 1;
        continue;
      }
      if (i > 0 && (zeroFrom < 0 || i != zeroFrom + zeroCount)) {
        out[p++] = ':';
      }
      int group = group(i);
      if (group > 0xfff) {
        out[p++] = HEX[group >>> 12];
      }
      if (group > 0xff) {
        out[p++] = HEX[(group >>> 8) & 15];
      }
      if (group > 0xf) {
        out[p++] = HEX[(group >>> 4) & 15];
      }
      out[p++] = HEX[group & 15];
    }
    return p;
  }

  @Override
  public String toString() {
    byte[] out = new byte[TEXT_BYTES_MAX];
    return new String(out, 0, write(out, 0), StandardCharsets.US_ASCII);
  }

  /// Finds the first address that stands by itself in a text, in one pass; [#start] and [#end] tell
  /// where. Not taken: a part of a longer word, number, version or path (`Chrome/1.2.3.4`,
  /// `1.2.3.4.5`, `lib-1.2.3.4`), times and MAC addresses, and IPv6 without any digit (`a::b`).
  public boolean find(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      if (!isAddressByte(bytes[i])) {
        i++;
        continue;
      }
      int runFrom = i;
      int colons = 0;
      int dots = 0;
      boolean digits = false;
      while (i < to && isAddressByte(bytes[i])) {
        if (bytes[i] == ':') {
          colons++;
        } else if (bytes[i] == '.') {
          dots++;
        } else if (bytes[i] <= '9') {
          digits = true;
        }
        i++;
      }
      if (!digits) {
        continue;
      }
      if (colons >= 2 && findIpv6(bytes, from, runFrom, i, to)) {
        return true;
      }
      if (dots >= 3 && findIpv4(bytes, from, runFrom, i, to)) {
        return true;
      }
    }
    return false;
  }

  private boolean findIpv6(byte[] bytes, int from, int runFrom, int runTo, int to) {
    int a = runFrom;
    int b = runTo;
    if (a > from && isWordByte(bytes[a - 1])) {
      return false;
    }
    if (b < to && isWordByte(bytes[b])) {
      return false;
    }
    while (b - a > 2 && (bytes[b - 1] == '.' || (bytes[b - 1] == ':' && bytes[b - 2] != ':'))) {
      b--;
    }
    if (bytes[a] == ':' && a + 1 < b && bytes[a + 1] != ':') {
      a++;
    }
    if (b - a < 3 || b - a > 45 || !parseIpv6(bytes, a, b)) {
      return false;
    }
    start = a;
    end = b;
    int length = write(text, 0);
    canonical = Arrays.equals(text, 0, length, bytes, a, b);
    return true;
  }

  private boolean findIpv4(byte[] bytes, int from, int runFrom, int runTo, int to) {
    int i = runFrom;
    while (i < runTo) {
      if (!isDigit(bytes[i])) {
        i++;
        continue;
      }
      int a = i;
      while (i < runTo && (isDigit(bytes[i]) || bytes[i] == '.')) {
        i++;
      }
      int b = i;
      while (b > a && bytes[b - 1] == '.') {
        b--;
      }
      if (b - a < 7 || b - a > 15) {
        continue;
      }
      if (i < to
          && b == i
          && (isWordByte(bytes[i]) || (bytes[i] == '-' && i + 1 < to && isLetter(bytes[i + 1])))) {
        continue;
      }
      if (b < i && i < to && isWordByte(bytes[i])) {
        continue;
      }
      if (a > from && !isLeftBoundary(bytes, from, a, b, to)) {
        continue;
      }
      if (parseIpv4(bytes, a, b)) {
        start = a;
        end = b;
        canonical = true;
        return true;
      }
    }
    return false;
  }

  /// Java writes `host/1.2.3.4:80`, browsers write `Chrome/1.2.3.4`: after a word and a slash only
  /// an address with a port counts.
  private static boolean isLeftBoundary(byte[] bytes, int from, int a, int b, int to) {
    byte before = bytes[a - 1];
    if (isWordByte(before) || before == '.' || before == '-') {
      return false;
    }
    if (before == '/' && a - 2 >= from && isWordByte(bytes[a - 2])) {
      return b + 1 < to && bytes[b] == ':' && isDigit(bytes[b + 1]);
    }
    return true;
  }

  private boolean parseIpv4(byte[] bytes, int from, int to) {
    if (to - from < 7 || to - from > 15) {
      return false;
    }
    int value = 0;
    int octet = 0;
    int digits = 0;
    int dots = 0;
    for (int i = from; i < to; i++) {
      int c = bytes[i];
      if (c == '.') {
        if (digits == 0 || ++dots > 3) {
          return false;
        }
        value = (value << 8) | octet;
        octet = 0;
        digits = 0;
        continue;
      }
      c -= '0';
      if (c < 0 || c > 9 || (digits > 0 && octet == 0)) {
        return false;
      }
      octet = octet * 10 + c;
      digits++;
      if (octet > 255) {
        return false;
      }
    }
    if (dots != 3 || digits == 0) {
      return false;
    }
    high = 0;
    low = MAPPED | (((value << 8) | octet) & 0xffffffffL);
    return true;
  }

  private boolean parseIpv6(byte[] bytes, int from, int to) {
    int count = 0;
    int gap = -1;
    int i = from;
    if (to - from < 2) {
      return false;
    }
    if (bytes[i] == ':') {
      if (bytes[i + 1] != ':') {
        return false;
      }
      gap = 0;
      i += 2;
    }
    while (i < to) {
      if (count == 8) {
        return false;
      }
      int groupFrom = i;
      int group = 0;
      while (i < to && i - groupFrom < 5) {
        int digit = hexDigit(bytes[i]);
        if (digit < 0) {
          break;
        }
        group = (group << 4) | digit;
        i++;
      }
      if (i < to && bytes[i] == '.') {
        if (count > 6 || !parseIpv4(bytes, groupFrom, to)) {
          return false;
        }
        groups[count++] = (int) (low >>> 16) & 0xffff;
        groups[count++] = (int) low & 0xffff;
        break;
      }
      int digits = i - groupFrom;
      if (digits == 0 || digits > 4) {
        return false;
      }
      groups[count++] = group;
      if (i == to) {
        break;
      }
      if (bytes[i] != ':' || i + 1 == to) {
        return false;
      }
      i++;
      if (bytes[i] == ':') {
        if (gap >= 0) {
          return false;
        }
        gap = count;
        i++;
      }
    }
    if (gap < 0 ? count != 8 : count > 7) {
      return false;
    }
    long h = 0;
    long l = 0;
    for (int g = 0; g < 8; g++) {
      int value;
      if (gap < 0 || g < gap) {
        value = groups[g];
      } else {
        int fromEnd = 8 - g;
        value = fromEnd <= count - gap ? groups[count - fromEnd] : 0;
      }
      if (g < 4) {
        h = (h << 16) | value;
      } else {
        l = (l << 16) | value;
      }
    }
    high = h;
    low = l;
    return true;
  }

  private int group(int index) {
    long half = index < 4 ? high : low;
    return (int) (half >>> (48 - 16 * (index & 3))) & 0xffff;
  }

  private static int hexDigit(byte c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }

  private static boolean isAddressByte(byte c) {
    return c == ':' || c == '.' || hexDigit(c) >= 0;
  }

  private static boolean isDigit(byte c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLetter(byte c) {
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'z';
  }

  private static boolean isWordByte(byte c) {
    return isDigit(c) || isLetter(c) || c == '_';
  }

  /// Immutable. A block of addresses in CIDR notation; a single address is a block of one.
  ///
  /// @param high the upper 64 bits of its first address
  /// @param low the lower 64 bits of its first address
  /// @param prefixBits how many leading bits of the 128 are fixed (an IPv4 `/8` is 104)
  public record Network(long high, long low, int prefixBits) {
    /// Reads `10.0.0.0/8`, `2001:db8::/32` or a plain address; bits past the prefix are ignored.
    /// Null where the text is none of these.
    public static @Nullable Network parse(String text) {
      int slash = text.indexOf('/');
      var address = new IpAddress();
      if (!address.parse(slash < 0 ? text : text.substring(0, slash))) {
        return null;
      }
      int bits = 128;
      if (slash >= 0) {
        String digits = text.substring(slash + 1);
        if (digits.isEmpty() || digits.length() > 3) {
          return null;
        }
        bits = 0;
        for (int i = 0; i < digits.length(); i++) {
          int digit = digits.charAt(i) - '0';
          if (digit < 0 || digit > 9) {
            return null;
          }
          bits = bits * 10 + digit;
        }
        boolean dotted = text.lastIndexOf(':', slash) < 0;
        bits += dotted ? 96 : 0;
        if (bits > 128) {
          return null;
        }
      }
      return new Network(address.high & maskHigh(bits), address.low & maskLow(bits), bits);
    }

    /// Whether the address parsed or found last is in this block.
    public boolean contains(IpAddress address) {
      return (address.high & maskHigh(prefixBits)) == high
          && (address.low & maskLow(prefixBits)) == low;
    }

    private static long maskHigh(int bits) {
      return bits == 0 ? 0 : bits >= 64 ? -1L : -1L << (64 - bits);
    }

    private static long maskLow(int bits) {
      return bits <= 64 ? 0 : -1L << (128 - bits);
    }
  }
}
