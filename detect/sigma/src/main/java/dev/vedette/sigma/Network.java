package dev.vedette.sigma;

import dev.vedette.event.IpAddress;

/// Immutable. The block of addresses of a `cidr` test. IPv4 and IPv6 never match each other: `::/0`
/// is every IPv6 address, and no IPv4 address.
record Network(IpAddress.Network block, boolean isIpv4) {

  /// Reads `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `2001:db8::/32`, or a single address.
  static Network parse(String text, Position position) {
    int slash = text.indexOf('/');
    String addressText = slash < 0 ? text : text.substring(0, slash);
    String suffix = slash < 0 ? "" : text.substring(slash + 1);
    var address = new IpAddress();
    if (!address.parse(addressText)) {
      throw new RuleSyntaxException(
          position,
          "'" + text + "' is no network.",
          "Write one such as 10.0.0.0/8 or 2001:db8::/32.");
    }
    boolean four = address.isIpv4() && addressText.indexOf(':') < 0;
    String prefix = four && suffix.indexOf('.') > 0 ? "/" + prefixOfMask(suffix, position) : "";
    if (slash >= 0 && prefix.isEmpty()) {
      prefix = "/" + suffix;
    }
    var block = IpAddress.Network.parse(addressText + prefix);
    if (block == null) {
      throw new RuleSyntaxException(
          position, "'" + suffix + "' is no prefix length of '" + addressText + "'.");
    }
    if (block.high() != address.high() || block.low() != address.low()) {
      throw new RuleSyntaxException(
          position,
          "'" + text + "' is no network: the address has bits set behind the prefix.",
          "Set them to zero, or leave the prefix out for one address.");
    }
    return new Network(block, four);
  }

  private static int prefixOfMask(String text, Position position) {
    var mask = new IpAddress();
    if (mask.parse(text) && mask.isIpv4()) {
      int bits = (int) mask.low();
      int ones = Integer.numberOfLeadingZeros(~bits);
      if (ones == 32 || bits << ones == 0) {
        return ones;
      }
    }
    throw new RuleSyntaxException(position, "'" + text + "' is no network mask.");
  }

  /// Whether the address that was parsed last lies in the block.
  boolean contains(IpAddress address) {
    return address.isIpv4() == isIpv4 && block.contains(address);
  }
}
