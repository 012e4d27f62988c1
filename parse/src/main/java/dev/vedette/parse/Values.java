package dev.vedette.parse;

/// Immutable. The constant values that events share; nobody writes to these arrays.
final class Values {
  private Values() {}

  static final byte[] EVENT = Scan.bytes("event");
  static final byte[] SUCCESS = Scan.bytes("success");
  static final byte[] FAILURE = Scan.bytes("failure");

  // event.category
  static final byte[] WEB = Scan.bytes("web");
  static final byte[] AUTHENTICATION = Scan.bytes("authentication");
  static final byte[] SESSION = Scan.bytes("session");
  static final byte[] IAM = Scan.bytes("iam");
  static final byte[] PROCESS = Scan.bytes("process");
  static final byte[] NETWORK = Scan.bytes("network");

  // event.type
  static final byte[] ACCESS = Scan.bytes("access");
  static final byte[] ERROR = Scan.bytes("error");
  static final byte[] INFO = Scan.bytes("info");
  static final byte[] START = Scan.bytes("start");
  static final byte[] END = Scan.bytes("end");
  static final byte[] DENIED = Scan.bytes("denied");
  static final byte[] CONNECTION = Scan.bytes("connection");
  static final byte[] PROTOCOL = Scan.bytes("protocol");
  static final byte[] CREATION = Scan.bytes("creation");
  static final byte[] DELETION = Scan.bytes("deletion");
  static final byte[] CHANGE = Scan.bytes("change");
  static final byte[] USER = Scan.bytes("user");
  static final byte[] GROUP = Scan.bytes("group");
  static final byte[] AUTHENTICATION_SUCCESS = Scan.bytes("authentication_success");
  static final byte[] AUTHENTICATION_FAILURE = Scan.bytes("authentication_failure");

  // event.action, where several daemons report the same thing
  static final byte[] SESSION_OPENED = Scan.bytes("session_opened");
  static final byte[] SESSION_CLOSED = Scan.bytes("session_closed");
  static final byte[] PASSWORD_CHANGED = Scan.bytes("password_changed");

  static final byte[] ROOT = Scan.bytes("root");
  static final byte[] TLS = Scan.bytes("tls");
  static final byte[] SSL = Scan.bytes("ssl");
  static final byte[] DASH = Scan.bytes("-");
}
