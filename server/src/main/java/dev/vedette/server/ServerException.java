package dev.vedette.server;

/// A server that cannot start, in one sentence that says what to do.
public final class ServerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ServerException(String message) {
    super(message);
  }

  public ServerException(String message, Throwable cause) {
    super(message, cause);
  }
}
