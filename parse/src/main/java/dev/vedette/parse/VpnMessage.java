package dev.vedette.parse;

import dev.vedette.event.Ecs;

/// Confined to one worker. What WireGuard in the kernel and strongSwan's charon say about peers.
///
/// WireGuard knows no users: a handshake that does not verify is its failed login. A packet whose
/// inner address the peer may not use comes from one that has shown its key: it is denied, but no
/// login. charon writes the peer's address in lines of their own (`received packet: from ...`); its
/// lines about failed authentication name an identity that the peer chose, which is never taken for
/// an address.
///
/// A method answers false, having added nothing, where the message `b[from, to)` is none of its
/// own.
final class VpnMessage {
  private static final byte[] WIREGUARD = Scan.bytes("wireguard: ");
  private static final byte[] INVALID = Scan.bytes("Invalid ");
  private static final byte[] UNALLOWED = Scan.bytes("Packet has unallowed src IP (");
  private static final byte[] FROM = Scan.bytes(" from ");
  private static final byte[] FROM_PEER = Scan.bytes(" from peer ");
  private static final byte[] VPN_HANDSHAKE = Scan.bytes("vpn_handshake");

  private static final byte[] VPN_PACKET = Scan.bytes("vpn_packet");

  private static final byte[] RECEIVED = Scan.bytes("received packet: from ");
  private static final byte[] SENDING = Scan.bytes("sending packet: from ");
  private static final byte[] TO = Scan.bytes(" to ");
  private static final byte[] INITIATING = Scan.bytes(" is initiating ");
  private static final byte[] HALF_OPEN = Scan.bytes("deleting half open IKE_SA with ");
  private static final byte[] NO_CONFIG = Scan.bytes("no IKE config found for ");
  private static final byte[] LOOKING = Scan.bytes("looking for ");
  private static final byte[] DOTS = Scan.bytes("...");
  private static final byte[] IKE_LOGIN = Scan.bytes("ike_login");
  private static final byte[] IKE_CONNECTION = Scan.bytes("ike_connection");

  /// How lines of failed authentication begin.
  private static final byte[][] FAILURES = {
    Scan.bytes("EAP-MS-CHAPv2 verification failed"),
    Scan.bytes("no EAP key found for "),
    Scan.bytes("no shared key found for "),
    Scan.bytes("no matching peer config found"),
  };

  /// How they begin that name an identity in quotes, and what follows the last quote: the peer
  /// chose what stands in them, and may have chosen quotes.
  private static final byte[][][] FAILURES_OF_IDENTITIES = {
    {Scan.bytes("RADIUS authentication of '"), Scan.bytes(" failed")},
    {Scan.bytes("XAuth authentication of '"), Scan.bytes(" failed")},
    {Scan.bytes("PAM authentication of '"), Scan.bytes(" failed")},
    {Scan.bytes("authentication of '"), Scan.bytes(" failed")},
    {Scan.bytes("tried "), Scan.bytes(", but MAC mismatched")},
  };

  /// `EAP method EAP_MSCHAPV2 failed for peer x`, `no trusted RSA public key found for 'x'`: what
  /// stands before the identity.
  private static final byte[][][] FAILURES_BEFORE_IDENTITIES = {
    {Scan.bytes("EAP method "), Scan.bytes(" failed for peer ")},
    {Scan.bytes("no trusted "), Scan.bytes(" public key found for ")},
  };

  private final Fields fields;

  VpnMessage(Fields fields) {
    this.fields = fields;
  }

  /// `[1.5] wireguard: wg0: Invalid handshake initiation from 192.0.2.1:5`.
  boolean readWireGuard(byte[] b, int from, int to) {
    int p = from;
    if (b[p] == '[') {
      int close = Scan.indexOf(b, p, Math.min(to, p + 32), ']');
      p = close < 0 ? p : Scan.skipSpaces(b, close + 1, to);
    }
    if (!Scan.startsWith(b, p, to, WIREGUARD)) {
      return false;
    }
    int text = Scan.indexOf(b, p + WIREGUARD.length, to, ':') + 2;
    if (text < 2 || text >= to) {
      return false;
    }
    int end = Scan.trimEnd(b, text, to);
    if (Scan.startsWith(b, text, to, INVALID)) {
      int a = Scan.lastIndexOf(b, text, end, FROM);
      if (a < 0) {
        return false;
      }
      fields.kind(Values.AUTHENTICATION, Values.AUTHENTICATION_FAILURE, Values.DENIED);
      fields.add(Ecs.EVENT_CATEGORY, Values.NETWORK);
      fields.add(Ecs.EVENT_ACTION, VPN_HANDSHAKE);
      fields.outcome(false);
      fields.addSourceWithPort(b, a + FROM.length, end);
      return true;
    }
    if (Scan.startsWith(b, text, to, UNALLOWED)) {
      // `... (10.0.0.3) from peer 1 (192.0.2.1:5)`: the first is what the peer claims inside.
      int peer = Scan.lastIndexOf(b, text, end, FROM_PEER);
      int a = Scan.lastIndexOf(b, text, end, '(') + 1;
      if (peer < 0 || a <= peer || b[end - 1] != ')') {
        return false;
      }
      fields.kind(Values.NETWORK, Values.CONNECTION, Values.DENIED);
      fields.add(Ecs.EVENT_ACTION, VPN_PACKET);
      fields.outcome(false);
      fields.addSourceWithPort(b, a, end - 1);
      return true;
    }
    return false;
  }

  /// `06[NET] <con1|62> received packet: from 192.0.2.1[500] to 192.0.2.9[500] (92 bytes)`.
  boolean readCharon(byte[] b, int from, int to) {
    int open = from;
    while (open < to && Scan.isDigit(b[open])) {
      open++;
    }
    int close =
        open < to && b[open] == '[' ? Scan.indexOf(b, open, Math.min(to, open + 8), ']') : -1;
    if (close < 0) {
      return false;
    }
    int p = Scan.skipSpaces(b, close + 1, to);
    if (p < to && b[p] == '<') {
      int name = Scan.indexOf(b, p, Math.min(to, p + 256), '>');
      p = name < 0 ? p : Scan.skipSpaces(b, name + 1, to);
    }
    boolean sending = Scan.startsWith(b, p, to, SENDING);
    if (sending || Scan.startsWith(b, p, to, RECEIVED)) {
      int a = p + (sending ? SENDING.length : RECEIVED.length);
      int second = Scan.indexOf(b, a, to, TO);
      if (second < 0) {
        return false;
      }
      connection();
      endpoint(b, sending ? second + TO.length : a, to);
      return true;
    }
    if (Scan.startsWith(b, p, to, HALF_OPEN)) {
      connection();
      endpoint(b, p + HALF_OPEN.length, to);
      return true;
    }
    if (Scan.startsWith(b, p, to, NO_CONFIG) || Scan.startsWith(b, p, to, LOOKING)) {
      // `192.0.2.9[%any]...192.0.2.1[id]`: what stands behind the dots up to the bracket is the
      // address, what stands in it the peer's own words.
      int dots = Scan.indexOf(b, p, to, DOTS);
      if (dots < 0) {
        return false;
      }
      connection();
      endpoint(b, dots + DOTS.length, to);
      return true;
    }
    int word = Scan.wordEnd(b, p, to);
    if (fields.ip.parse(b, p, word) && Scan.startsWith(b, word, to, INITIATING)) {
      connection();
      endpoint(b, p, to);
      return true;
    }
    if (isFailure(b, p, to)) {
      fields.kind(Values.AUTHENTICATION, Values.AUTHENTICATION_FAILURE, Values.INFO);
      fields.add(Ecs.EVENT_ACTION, IKE_LOGIN);
      fields.outcome(false);
      return true;
    }
    // Nothing else in it is the peer's address for sure.
    fields.kind();
    return true;
  }

  private static boolean isFailure(byte[] b, int from, int to) {
    for (byte[] failure : FAILURES) {
      if (Scan.startsWith(b, from, to, failure)) {
        return true;
      }
    }
    for (byte[][] failure : FAILURES_OF_IDENTITIES) {
      if (Scan.startsWith(b, from, to, failure[0])) {
        int quote = Scan.lastIndexOf(b, from + failure[0].length, to, '\'');
        return quote >= 0 && Scan.indexOf(b, quote, to, failure[1]) >= 0;
      }
    }
    for (byte[][] failure : FAILURES_BEFORE_IDENTITIES) {
      if (Scan.startsWith(b, from, to, failure[0])) {
        // One word before: the method, the kind of key.
        int word = Scan.wordEnd(b, from + failure[0].length, to);
        return Scan.startsWith(b, word, to, failure[1]);
      }
    }
    return false;
  }

  private void connection() {
    fields.kind(Values.NETWORK, Values.CONNECTION);
    fields.add(Ecs.EVENT_ACTION, IKE_CONNECTION);
  }

  /// Adds the peer at `from`: `192.0.2.1[500]`, `192.0.2.1,`, `192.0.2.1 `.
  private void endpoint(byte[] b, int from, int to) {
    int z = from;
    while (z < to && b[z] != '[' && b[z] != ' ' && b[z] != ',') {
      z++;
    }
    fields.addSource(b, from, z);
    if (z < to && b[z] == '[') {
      int close = Scan.indexOf(b, z, Math.min(to, z + 8), ']');
      if (close > 0 && Scan.isPort(b, z + 1, close)) {
        fields.add(Ecs.SOURCE_PORT, b, z + 1, close);
      }
    }
  }
}
