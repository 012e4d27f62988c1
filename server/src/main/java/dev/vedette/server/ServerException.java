package dev.vedette.server;

import org.jspecify.annotations.Nullable;

/// A server that cannot start, in one sentence that says what to do.
public final class ServerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean configuration;

  public ServerException(String message) {
    this(message, null);
  }

  public ServerException(String message, @Nullable Throwable cause) {
    this(message, cause, false);
  }

  private ServerException(String message, @Nullable Throwable cause, boolean configuration) {
    super(message, cause);
    this.configuration = configuration;
  }

  static ServerException ofConfiguration(String message, @Nullable Throwable cause) {
    return new ServerException(message, cause, true);
  }

  /// Whether it was asked for something that cannot be, rather than for something that is not to be
  /// had now.
  public boolean isConfiguration() {
    return configuration;
  }
}
