package dev.vedette.parse;

import dev.vedette.event.Ecs;
import dev.vedette.event.Event;

/// Confined to one worker. What OpenSSH's server logs (auth.c, auth2.c, packet.c, sshconnect of
/// versions 5 to 10, and its `sshd-session` and `sshd-auth` of 9.8 and later).
///
/// The client chooses the user name, which may hold spaces and a forged `from 192.0.2.1 port 22
/// ssh2`. sshd writes the address behind the name, so the *last* ` from ` with an address behind it
/// counts.
///
/// What is an authentication failure (`event.category` authentication, `event.outcome` failure), so
/// that rules may count them: `Failed ... for`, `Invalid user`, `User ... not allowed because`,
/// `ROOT LOGIN REFUSED`, `maximum authentication attempts exceeded`, `error: PAM: ... for ...
/// from`, a key used from a host that its restrictions exclude, and, with an action of its own, a
/// connection that ended before authentication with a user named (`Connection closed by
/// authenticating user ...`). What is not, because it says nothing of its own or what was said
/// before: a connection closed or reset otherwise, `Postponed`, `Partial`, and connections that
/// never spoke SSH (category network).
final class SshdMessage {
  private static final byte[] ACCEPTED = Scan.bytes("Accepted ");
  private static final byte[] FAILED = Scan.bytes("Failed ");
  private static final byte[] POSTPONED = Scan.bytes("Postponed ");
  private static final byte[] PARTIAL = Scan.bytes("Partial ");
  private static final byte[] INVALID_USER = Scan.bytes("Invalid user ");
  private static final byte[] ILLEGAL_USER = Scan.bytes("Illegal user ");
  private static final byte[] FOR = Scan.bytes(" for ");
  private static final byte[] FROM = Scan.bytes(" from ");
  private static final byte[] PORT = Scan.bytes(" port ");
  private static final byte[] SSH2 = Scan.bytes("ssh2");
  private static final byte[] SSH1 = Scan.bytes("ssh1");
  private static final byte[] SSH = Scan.bytes("ssh");
  private static final byte[] INVALID = Scan.bytes("invalid user ");
  private static final byte[] ILLEGAL = Scan.bytes("illegal user ");
  private static final byte[] AUTHENTICATING = Scan.bytes("authenticating user ");
  private static final byte[] USER = Scan.bytes("user ");
  private static final byte[] PREAUTH = Scan.bytes(" [preauth]");
  private static final byte[] POSTAUTH = Scan.bytes(" [postauth]");
  private static final byte[] ERROR = Scan.bytes("error: ");
  private static final byte[] FATAL = Scan.bytes("fatal: ");
  private static final byte[] INFO = Scan.bytes("info: ");
  private static final byte[] PAM = Scan.bytes("PAM: ");
  private static final byte[] MAXIMUM = Scan.bytes("maximum authentication attempts exceeded for ");
  private static final byte[] CONNECTION = Scan.bytes("Connection ");
  private static final byte[] CONNECTION_FROM = Scan.bytes("Connection from ");
  private static final byte[] CLOSED_BY = Scan.bytes("Connection closed by ");
  private static final byte[] RESET_BY = Scan.bytes("Connection reset by ");
  private static final byte[] DISCONNECTED_FROM = Scan.bytes("Disconnected from ");
  private static final byte[] DISCONNECTING = Scan.bytes("Disconnecting");
  private static final byte[] RECEIVED_DISCONNECT = Scan.bytes("Received disconnect from ");
  private static final byte[] DID_NOT_RECEIVE =
      Scan.bytes("Did not receive identification string from ");
  private static final byte[] BAD_PROTOCOL = Scan.bytes("Bad protocol version identification ");
  private static final byte[] UNABLE = Scan.bytes("Unable to negotiate with ");
  private static final byte[] REFUSED = Scan.bytes("refused connect from ");
  private static final byte[] ROOT_REFUSED = Scan.bytes("ROOT LOGIN REFUSED FROM ");
  private static final byte[] TIMEOUT = Scan.bytes("Timeout before authentication for ");
  private static final byte[] USER_CAPITAL = Scan.bytes("User ");
  private static final byte[] NOT_ALLOWED = Scan.bytes(" not allowed because ");
  private static final byte[] LOGIN_PREFIX = Scan.bytes("Authentication tried for ");
  private static final byte[] BREAK_IN = Scan.bytes("POSSIBLE BREAK-IN ATTEMPT");
  private static final byte[] SUBSYSTEM = Scan.bytes("subsystem request for ");
  private static final byte[] BY_USER = Scan.bytes(" by user ");
  private static final byte[] STARTING = Scan.bytes("Starting session: ");
  private static final byte[] CLOSE_SESSION = Scan.bytes("Close session: user ");
  private static final byte[] INPUT_USERAUTH = Scan.bytes("input_userauth_request: invalid user ");
  private static final byte[] BANNER = Scan.bytes("banner exchange: Connection from ");
  private static final byte[] IP_EQUALS = Scan.bytes("ip=");
  private static final byte[] TOO_MANY_FOR = Scan.bytes("Too many authentication failures for ");
  private static final byte[] TOO_MANY = Scan.bytes("Too many authentication failures");
  private static final byte[] CHANGE_OF_USER =
      Scan.bytes("Change of username or service not allowed");
  private static final byte[] AUTH_FAIL = Scan.bytes("Auth fail");
  private static final byte[] DROP = Scan.bytes("drop connection ");
  private static final byte[] DENIED_FOR = Scan.bytes("Access denied for user ");
  private static final byte[] SERVER_LISTENING = Scan.bytes("Server listening on ");

  private static final byte[] SSH_LOGIN = Scan.bytes("ssh_login");
  private static final byte[] SSH_CONNECTION = Scan.bytes("ssh_connection");
  private static final byte[] SSH_DISCONNECT = Scan.bytes("ssh_disconnect");
  private static final byte[] SSH_PREAUTH_DISCONNECT = Scan.bytes("ssh_preauth_disconnect");
  private static final byte[] SSH_TIMEOUT = Scan.bytes("ssh_timeout");
  private static final byte[] SSH_SESSION = Scan.bytes("ssh_session");
  private static final byte[] SSH_NEGOTIATION = Scan.bytes("ssh_negotiation");

  private final Fields fields;

  /// Where the parts stand that [#userFrom] read last.
  private int addressFrom;

  private int addressTo;
  private int portFrom;
  private int portTo;
  private int tailFrom;

  /// Whether the message came from the unprivileged part that speaks before authentication.
  private boolean preauth;

  /// Whether the disconnection is the answer to failed authentication.
  private boolean disconnectIsFailure;

  SshdMessage(Fields fields) {
    this.fields = fields;
  }

  static boolean isProgram(byte[] b, int from, int to) {
    return to - from >= 4
        && b[from] == 's'
        && b[from + 1] == 's'
        && b[from + 2] == 'h'
        && b[from + 3] == 'd'
        && (to - from == 4 || b[from + 4] == '-');
  }

  /// Whether a line without any header begins as only sshd's messages do; `read` still decides.
  static boolean mayBegin(byte[] b, int from, int to) {
    return switch (b[from]) {
      case 'A' -> Scan.startsWith(b, from, to, ACCEPTED);
      case 'F' -> Scan.startsWith(b, from, to, FAILED);
      case 'I' -> Scan.startsWith(b, from, to, INVALID_USER);
      case 'C' -> Scan.startsWith(b, from, to, CLOSED_BY) || Scan.startsWith(b, from, to, RESET_BY);
      case 'D' ->
          Scan.startsWith(b, from, to, DISCONNECTED_FROM)
              || Scan.startsWith(b, from, to, DID_NOT_RECEIVE);
      case 'R' -> Scan.startsWith(b, from, to, RECEIVED_DISCONNECT);
      default -> false;
    };
  }

  /// Adds what the message says; false where it is none of the known ones (then nothing was added).
  boolean read(byte[] b, int from, int messageTo) {
    int to = messageTo;
    disconnectIsFailure = false;
    preauth = Scan.endsWith(b, from, to, PREAUTH);
    if (preauth) {
      to -= PREAUTH.length;
    } else if (Scan.endsWith(b, from, to, POSTAUTH)) {
      to -= POSTAUTH.length;
    }
    int p = from;
    if (Scan.startsWith(b, p, to, ERROR)) {
      p += ERROR.length;
    } else if (Scan.startsWith(b, p, to, FATAL)) {
      p += FATAL.length;
    } else if (Scan.startsWith(b, p, to, INFO)) {
      p += INFO.length;
    }
    if (p >= to) {
      return false;
    }
    return switch (b[p]) {
      case 'A' ->
          attempt(b, p, to, ACCEPTED)
              || wrongHost(b, p, to)
              || denied(b, p, to)
              || breakIn(b, p, to);
      case 'F' -> attempt(b, p, to, FAILED);
      case 'P' -> attempt(b, p, to, POSTPONED) || attempt(b, p, to, PARTIAL) || pam(b, p, to);
      case 'I' -> invalidUser(b, p, to, INVALID_USER) || invalidUser(b, p, to, ILLEGAL_USER);
      case 'C' -> connection(b, p, to) || closeSession(b, p, to);
      case 'D' -> disconnect(b, p, to) || noIdentification(b, p, to);
      case 'R' -> receivedDisconnect(b, p, to) || rootRefused(b, p, to);
      case 'B' -> badProtocol(b, p, to);
      case 'U' -> negotiation(b, p, to) || notAllowed(b, p, to);
      case 'T' -> timeout(b, p, to);
      case 'S' -> session(b, p, to) || listening(b, p, to);
      case 'm' -> maximum(b, p, to);
      case 's' -> subsystem(b, p, to);
      case 'r' -> refused(b, p, to) || breakIn(b, p, to);
      case 'i' -> inputUserauth(b, p, to);
      case 'b' -> banner(b, p, to);
      case 'd' -> drop(b, p, to);
      default -> breakIn(b, p, to);
    };
  }

  // ---- authentication
  // -----------------------------------------------------------------------------------------------

  /// `Accepted publickey for bob from 192.0.2.1 port 5 ssh2: ED25519 SHA256:...`.
  private boolean attempt(byte[] b, int from, int to, byte[] word) {
    if (!Scan.startsWith(b, from, to, word)) {
      return false;
    }
    int methodFrom = from + word.length;
    int methodTo = Scan.wordEnd(b, methodFrom, to);
    if (methodTo == methodFrom || !Scan.startsWith(b, methodTo, to, FOR)) {
      return false;
    }
    int userFrom = methodTo + FOR.length;
    int userTo = userFrom(b, userFrom - 1, to, true);
    if (userTo < 0) {
      return false;
    }
    boolean accepted = b[from] == 'A';
    boolean failed = b[from] == 'F';
    fields.kind();
    fields.add(Ecs.EVENT_CATEGORY, Values.AUTHENTICATION);
    if (accepted) {
      fields.add(Ecs.EVENT_CATEGORY, Values.SESSION);
      fields.add(Ecs.EVENT_TYPE, Values.AUTHENTICATION_SUCCESS);
    } else if (failed) {
      fields.add(Ecs.EVENT_TYPE, Values.AUTHENTICATION_FAILURE);
    }
    fields.add(Ecs.EVENT_TYPE, Values.INFO);
    fields.add(Ecs.EVENT_ACTION, SSH_LOGIN);
    if (accepted || failed) {
      fields.outcome(accepted);
    }
    fields.add(Ecs.SYSTEM_AUTH_SSH_EVENT, b, from, from + word.length - 1);
    fields.add(Ecs.SYSTEM_AUTH_SSH_METHOD, b, methodFrom, methodTo);
    addUser(b, userFrom, userTo);
    addPeer(b);
    if (tailFrom + 2 < to && b[tailFrom] == ':') {
      fields.add(Ecs.SYSTEM_AUTH_SSH_SIGNATURE, b, tailFrom + 2, to);
    }
    return true;
  }

  private boolean invalidUser(byte[] b, int from, int to, byte[] word) {
    if (!Scan.startsWith(b, from, to, word)) {
      return false;
    }
    int userFrom = from + word.length;
    int userTo = userFrom(b, userFrom - 1, to, false);
    if (userTo < 0) {
      return false;
    }
    failure();
    fields.add(Ecs.SYSTEM_AUTH_SSH_EVENT, b, from, from + 7);
    addUser(b, userFrom, userTo);
    addPeer(b);
    return true;
  }

  /// `PAM: Authentication failure for illegal user bob from host.example`.
  private boolean pam(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, PAM)) {
      return false;
    }
    int userTo = userFrom(b, from + PAM.length, to, false);
    int forAt = Scan.indexOf(b, from, to, FOR);
    if (userTo < 0 || forAt < 0 || forAt + FOR.length > userTo) {
      return false;
    }
    failure();
    fields.add(Ecs.EVENT_REASON, b, from + PAM.length, forAt);
    addUser(b, forAt + FOR.length, userTo);
    addPeer(b);
    return true;
  }

  private boolean maximum(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, MAXIMUM)) {
      return false;
    }
    int userFrom = from + MAXIMUM.length;
    int userTo = userFrom(b, userFrom - 1, to, true);
    if (userTo < 0) {
      return false;
    }
    failure();
    addUser(b, userFrom, userTo);
    addPeer(b);
    return true;
  }

  /// `User root from 192.0.2.1 not allowed because not listed in AllowUsers`.
  private boolean notAllowed(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, USER_CAPITAL)) {
      return false;
    }
    int because = Scan.lastIndexOf(b, from, to, NOT_ALLOWED);
    if (because < 0) {
      return false;
    }
    int userFrom = from + USER_CAPITAL.length;
    int userTo = userFrom(b, userFrom - 1, because, false);
    failure();
    fields.add(Ecs.EVENT_REASON, b, because + NOT_ALLOWED.length, to);
    addUser(b, userFrom, userTo < 0 ? because : userTo);
    if (userTo >= 0) {
      addPeer(b);
    }
    return true;
  }

  private boolean rootRefused(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, ROOT_REFUSED)) {
      return false;
    }
    failure();
    fields.add(Ecs.USER_NAME, Values.ROOT);
    peerAt(b, from + ROOT_REFUSED.length, to);
    return true;
  }

  /// `Authentication tried for bob with correct key but not from a permitted host (host=x, ip=y).`
  private boolean wrongHost(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, LOGIN_PREFIX)) {
      return false;
    }
    int userFrom = from + LOGIN_PREFIX.length;
    int userTo = Scan.wordEnd(b, userFrom, to);
    failure();
    fields.add(Ecs.USER_NAME, b, userFrom, userTo);
    int ip = Scan.lastIndexOf(b, userTo, to, IP_EQUALS);
    if (ip >= 0) {
      int a = ip + IP_EQUALS.length;
      int z = a;
      while (z < to && b[z] != ',' && b[z] != ')' && b[z] != ' ') {
        z++;
      }
      fields.addSource(b, a, z);
    }
    return true;
  }

  /// `Access denied for user bob by PAM account configuration`.
  private boolean denied(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, DENIED_FOR)) {
      return false;
    }
    int userFrom = from + DENIED_FOR.length;
    failure();
    fields.add(Ecs.USER_NAME, b, userFrom, Scan.wordEnd(b, userFrom, to));
    return true;
  }

  private void failure() {
    fields.kind(Values.AUTHENTICATION, Values.AUTHENTICATION_FAILURE, Values.INFO);
    fields.add(Ecs.EVENT_ACTION, SSH_LOGIN);
    fields.outcome(false);
  }

  // ---- connections
  // --------------------------------------------------------------------------------------------------

  private boolean connection(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, CONNECTION)) {
      return false;
    }
    if (Scan.startsWith(b, from, to, CONNECTION_FROM)) {
      // `Connection from 192.0.2.1 port 5 on 192.0.2.9 port 22 rdomain ""`
      int a = from + CONNECTION_FROM.length;
      fields.kind(Values.NETWORK, Values.CONNECTION, Values.START);
      fields.add(Ecs.EVENT_ACTION, SSH_CONNECTION);
      peerAt(b, a, to);
      return true;
    }
    int a;
    if (Scan.startsWith(b, from, to, CLOSED_BY)) {
      a = from + CLOSED_BY.length;
    } else if (Scan.startsWith(b, from, to, RESET_BY)) {
      a = from + RESET_BY.length;
    } else {
      return false;
    }
    return userAndPeer(b, a, to);
  }

  private boolean disconnect(byte[] b, int from, int to) {
    if (Scan.startsWith(b, from, to, DISCONNECTED_FROM)) {
      return userAndPeer(b, from + DISCONNECTED_FROM.length, to);
    }
    if (!Scan.startsWith(b, from, to, DISCONNECTING)) {
      return false;
    }
    int a = from + DISCONNECTING.length;
    if (a < to && b[a] == ':') {
      // `Disconnecting: Too many authentication failures for root`
      disconnectIsFailure = Scan.indexOf(b, a, to, TOO_MANY) >= 0;
      ended();
      int user = Scan.indexOf(b, a, to, TOO_MANY_FOR);
      if (user >= 0) {
        addUser(b, user + TOO_MANY_FOR.length, to);
      }
      fields.add(Ecs.EVENT_REASON, b, Math.min(to, a + 2), to);
      return true;
    }
    // `Disconnecting authenticating user root 192.0.2.1 port 22: Too many authentication failures`
    int colon = lastColon(b, a, to);
    if (colon < 0 || a + 1 >= colon) {
      return false;
    }
    if (Scan.indexOf(b, colon, to, TOO_MANY) >= 0
        || Scan.indexOf(b, colon, to, CHANGE_OF_USER) >= 0) {
      disconnectIsFailure = true;
    }
    if (!userAndPeer(b, a + 1, colon)) {
      return false;
    }
    fields.add(Ecs.EVENT_REASON, b, Math.min(to, colon + 2), to);
    return true;
  }

  /// The colon behind the last `port N`, or the last `: `.
  private static int lastColon(byte[] b, int from, int to) {
    int port = Scan.lastIndexOf(b, from, to, PORT);
    if (port >= 0) {
      int p = port + PORT.length;
      while (p < to && Scan.isDigit(b[p])) {
        p++;
      }
      return p < to && b[p] == ':' ? p : -1;
    }
    return -1;
  }

  /// `[authenticating user |invalid user |user NAME ]ADDRESS[ port N]`, which ends at `to`.
  private boolean userAndPeer(byte[] b, int from, int to) {
    int end = to;
    int portAt = Scan.lastIndexOf(b, from, to, PORT);
    int addressEnd = to;
    boolean port = false;
    if (portAt >= 0 && Scan.isPort(b, portAt + PORT.length, to)) {
      addressEnd = portAt;
      port = true;
    }
    int addressStart = Scan.lastIndexOf(b, from, addressEnd, ' ') + 1;
    if (addressStart <= 0) {
      addressStart = from;
    }
    if (!port && !fields.ip.parse(b, addressStart, addressEnd)) {
      return false;
    }
    int userFrom = -1;
    if (addressStart > from) {
      if (Scan.startsWith(b, from, addressStart, AUTHENTICATING)) {
        userFrom = from + AUTHENTICATING.length;
      } else if (Scan.startsWith(b, from, addressStart, INVALID)) {
        userFrom = from + INVALID.length;
      } else if (Scan.startsWith(b, from, addressStart, USER)) {
        userFrom = from + USER.length;
      } else {
        return false;
      }
    }
    if (preauth && userFrom >= 0 && !disconnectIsFailure) {
      leftUnauthenticated();
    } else {
      ended();
    }
    if (userFrom >= 0 && addressStart - 1 > userFrom) {
      fields.add(Ecs.USER_NAME, b, userFrom, addressStart - 1);
    }
    fields.addSource(b, addressStart, addressEnd);
    if (port) {
      fields.add(Ecs.SOURCE_PORT, b, portAt + PORT.length, end);
    }
    return true;
  }

  private void ended() {
    if (disconnectIsFailure) {
      failure();
      return;
    }
    fields.kind(Values.NETWORK, Values.CONNECTION, Values.END);
    fields.add(Ecs.EVENT_ACTION, preauth ? SSH_PREAUTH_DISCONNECT : SSH_DISCONNECT);
  }

  /// A client that named a user and went without being let in. Where sshd does not log each
  /// password or key that it refuses, this is all that it says. The action tells it from the
  /// failures that were logged one by one, so that they are not counted twice.
  private void leftUnauthenticated() {
    fields.kind(Values.AUTHENTICATION, Values.AUTHENTICATION_FAILURE, Values.END);
    fields.add(Ecs.EVENT_CATEGORY, Values.NETWORK);
    fields.add(Ecs.EVENT_ACTION, SSH_PREAUTH_DISCONNECT);
    fields.outcome(false);
  }

  /// `Received disconnect from 192.0.2.1 port 22:11: Bye Bye`, before 7.0 without the port.
  private boolean receivedDisconnect(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, RECEIVED_DISCONNECT)) {
      return false;
    }
    int a = from + RECEIVED_DISCONNECT.length;
    int z = Scan.wordEnd(b, a, to);
    disconnectIsFailure = Scan.endsWith(b, from, to, AUTH_FAIL);
    ended();
    int addressEnd = z > a && b[z - 1] == ':' ? z - 1 : z;
    fields.addSource(b, a, addressEnd);
    int p = z;
    if (Scan.startsWith(b, z, to, PORT)) {
      int portStart = z + PORT.length;
      p = digits(b, portStart, to);
      if (Scan.isPort(b, portStart, p)) {
        fields.add(Ecs.SOURCE_PORT, b, portStart, p);
      }
    }
    int reason = Scan.indexOf(b, p, to, ' ');
    if (reason > 0 && reason + 1 < to) {
      int colon = Scan.indexOf(b, p + 1, to, ':');
      int start = colon >= 0 && colon + 2 < to ? colon + 2 : reason + 1;
      fields.add(Ecs.EVENT_REASON, b, start, to);
    }
    return true;
  }

  private boolean noIdentification(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, DID_NOT_RECEIVE)) {
      return false;
    }
    int a = from + DID_NOT_RECEIVE.length;
    int z = Scan.wordEnd(b, a, to);
    negotiationFailed();
    peerAt(b, a, to);
    if (fields.event.has(Ecs.SOURCE_IP)) {
      fields.add(Ecs.SYSTEM_AUTH_SSH_DROPPED_IP, b, a, z);
    }
    return true;
  }

  /// `Bad protocol version identification '\026\003\001' from 192.0.2.1 port 22`.
  private boolean badProtocol(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, BAD_PROTOCOL) || userFrom(b, from, to, false) < 0) {
      return false;
    }
    negotiationFailed();
    addPeer(b);
    return true;
  }

  private boolean negotiation(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, UNABLE)) {
      return false;
    }
    negotiationFailed();
    peerAt(b, from + UNABLE.length, to);
    return true;
  }

  private boolean banner(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, BANNER)) {
      return false;
    }
    negotiationFailed();
    peerAt(b, from + BANNER.length, to);
    return true;
  }

  private boolean timeout(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, TIMEOUT)) {
      return false;
    }
    fields.kind(Values.NETWORK, Values.CONNECTION, Values.END);
    fields.add(Ecs.EVENT_ACTION, SSH_TIMEOUT);
    int a = from + TIMEOUT.length;
    int fromAt = Scan.indexOf(b, a, to, FROM);
    peerAt(b, fromAt < 0 ? a : fromAt + FROM.length, to);
    return true;
  }

  private void negotiationFailed() {
    fields.kind(Values.NETWORK, Values.CONNECTION, Values.PROTOCOL);
    fields.add(Ecs.EVENT_ACTION, SSH_NEGOTIATION);
  }

  /// libwrap: `refused connect from host.example (192.0.2.1)`.
  private boolean refused(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, REFUSED)) {
      return false;
    }
    fields.kind(Values.AUTHENTICATION, Values.AUTHENTICATION_FAILURE, Values.DENIED);
    fields.add(Ecs.EVENT_CATEGORY, Values.NETWORK);
    fields.add(Ecs.EVENT_ACTION, SSH_CONNECTION);
    fields.outcome(false);
    int a = from + REFUSED.length;
    int paren = Scan.lastIndexOf(b, a, to, '(');
    if (paren > a && b[to - 1] == ')') {
      fields.addSource(b, paren + 1, to - 1);
    } else {
      fields.addSource(b, a, Scan.wordEnd(b, a, to));
    }
    return true;
  }

  /// `drop connection #10 from [192.0.2.1]:5 on [192.0.2.9]:22 past MaxStartups`.
  private boolean drop(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, DROP)) {
      return false;
    }
    int at = Scan.indexOf(b, from, to, FROM);
    if (at < 0) {
      return false;
    }
    fields.kind(Values.NETWORK, Values.CONNECTION, Values.DENIED);
    fields.add(Ecs.EVENT_ACTION, SSH_CONNECTION);
    fields.outcome(false);
    int a = at + FROM.length;
    fields.addSourceWithPort(b, a, Scan.wordEnd(b, a, to));
    return true;
  }

  /// A reverse name that does not map back; says `POSSIBLE BREAK-IN ATTEMPT`, and mostly is a
  /// sloppy name server.
  private boolean breakIn(byte[] b, int from, int to) {
    if (Scan.indexOf(b, from, to, BREAK_IN) < 0) {
      return false;
    }
    fields.kind(Values.NETWORK, Values.INFO);
    fields.add(Ecs.EVENT_ACTION, SSH_CONNECTION);
    fields.addSourceFoundIn(b, from, to);
    return true;
  }

  private boolean listening(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, SERVER_LISTENING)) {
      return false;
    }
    fields.kind(Values.PROCESS, Values.INFO);
    return true;
  }

  // ---- sessions
  // -----------------------------------------------------------------------------------------------------

  private boolean subsystem(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, SUBSYSTEM)) {
      return false;
    }
    int user = Scan.indexOf(b, from, to, BY_USER);
    if (user < 0) {
      return false;
    }
    fields.kind(Values.SESSION, Values.INFO);
    fields.add(Ecs.EVENT_ACTION, SSH_SESSION);
    int a = user + BY_USER.length;
    fields.addPresent(Ecs.USER_NAME, b, a, Scan.wordEnd(b, a, to));
    return true;
  }

  /// `Starting session: shell on pts/0 for bob from 192.0.2.1 port 5 id 0`.
  private boolean session(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, STARTING)) {
      return false;
    }
    int at = Scan.lastIndexOf(b, from, to, FROM);
    int user = Scan.lastIndexOf(b, from, at < 0 ? to : at, FOR);
    if (at < 0 || user < 0) {
      return false;
    }
    fields.kind(Values.SESSION, Values.START);
    fields.add(Ecs.EVENT_ACTION, SSH_SESSION);
    fields.addPresent(Ecs.USER_NAME, b, user + FOR.length, at);
    peerAt(b, at + FROM.length, to);
    return true;
  }

  private boolean inputUserauth(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, INPUT_USERAUTH)) {
      return false;
    }
    // Says again what `Invalid user` said.
    fields.kind(Values.AUTHENTICATION, Values.INFO);
    fields.addPresent(Ecs.USER_NAME, b, from + INPUT_USERAUTH.length, to);
    return true;
  }

  /// `Close session: user bob from 192.0.2.1 port 5 id 0`.
  private boolean closeSession(byte[] b, int from, int to) {
    if (!Scan.startsWith(b, from, to, CLOSE_SESSION)) {
      return false;
    }
    int at = Scan.lastIndexOf(b, from, to, FROM);
    if (at < 0) {
      return false;
    }
    fields.kind(Values.SESSION, Values.END);
    fields.add(Ecs.EVENT_ACTION, SSH_SESSION);
    fields.addPresent(Ecs.USER_NAME, b, from + CLOSE_SESSION.length, at);
    peerAt(b, at + FROM.length, to);
    return true;
  }

  // ---- parts
  // --------------------------------------------------------------------------------------------------------

  /// Finds the last ` from ADDRESS[ port N][ ssh2]` in `b[from, to)` and keeps where its parts
  /// stand; answers where ` from ` begins, or -1. With `protocol` text may follow the protocol's
  /// name.
  private int userFrom(byte[] b, int from, int to, boolean protocol) {
    int limit = to;
    while (true) {
      int at = Scan.lastIndexOf(b, from, limit, FROM);
      if (at < 0) {
        return -1;
      }
      if (isPeer(b, at + FROM.length, to, protocol)) {
        return at;
      }
      limit = at + FROM.length - 1;
    }
  }

  private boolean isPeer(byte[] b, int from, int to, boolean protocol) {
    int z = from;
    int max = Math.min(to, from + 256);
    while (z < max && b[z] != ' ') {
      z++;
    }
    if (z == from || (z == max && max < to)) {
      return false;
    }
    addressFrom = from;
    addressTo = z;
    portFrom = -1;
    int p = z;
    if (Scan.startsWith(b, p, to, PORT)) {
      portFrom = p + PORT.length;
      portTo = digits(b, portFrom, to);
      if (!Scan.isPort(b, portFrom, portTo)) {
        return false;
      }
      p = portTo;
    }
    tailFrom = p;
    if (p == to) {
      return true;
    }
    if (!protocol || b[p] != ' ' || !Scan.startsWith(b, p + 1, to, SSH)) {
      return false;
    }
    if (!Scan.startsWith(b, p + 1, to, SSH2) && !Scan.startsWith(b, p + 1, to, SSH1)) {
      tailFrom = p + 1 + SSH.length;
    } else {
      tailFrom = p + 1 + SSH2.length;
    }
    return tailFrom == to || b[tailFrom] == ':';
  }

  private void addPeer(byte[] b) {
    fields.addSource(b, addressFrom, addressTo);
    if (portFrom >= 0) {
      fields.add(Ecs.SOURCE_PORT, b, portFrom, portTo);
    }
  }

  /// Adds the peer that begins at `from`: `192.0.2.1 port 5`, followed by anything.
  private void peerAt(byte[] b, int from, int to) {
    int z = Scan.wordEnd(b, from, to);
    int addressEnd = z;
    while (addressEnd > from && (b[addressEnd - 1] == ':' || b[addressEnd - 1] == ',')) {
      addressEnd--;
    }
    fields.addSource(b, from, addressEnd);
    if (Scan.startsWith(b, z, to, PORT)) {
      int a = z + PORT.length;
      int end = digits(b, a, to);
      if (Scan.isPort(b, a, end)) {
        fields.add(Ecs.SOURCE_PORT, b, a, end);
      }
    }
  }

  private static int digits(byte[] b, int from, int to) {
    int p = from;
    while (p < to && Scan.isDigit(b[p])) {
      p++;
    }
    return p;
  }

  /// Adds the user name, without sshd's remark that there is no such user.
  private void addUser(byte[] b, int from, int to) {
    int a = from;
    if (Scan.startsWith(b, a, to, INVALID)) {
      a += INVALID.length;
    } else if (Scan.startsWith(b, a, to, ILLEGAL)) {
      a += ILLEGAL.length;
    }
    if (to > a) {
      Event event = fields.event;
      event.add(Ecs.USER_NAME, b, a, to);
    }
  }
}
